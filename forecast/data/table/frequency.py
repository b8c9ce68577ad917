"""The sampling step: from the commonest difference between stamps to a pandas offset alias."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
from pandas.tseries.frequencies import to_offset

from forecast.data.arrays import IntArray
from forecast.data.file.likely import likely_aggregate
from forecast.data.file.values import line_of
from forecast.data.table.read import Table
from forecast.data.times.clock import dated_grid
from forecast.data.times.moments import shown, shown_span
from forecast.data.times.observed import ObservedClock, observe
from forecast.errors import FrequencyError, UsageError

AUTO = "auto"
DAY = 86_400_000_000  # microseconds
# Lengths of calendar steps in days, shortest and longest.
MONTH_DAYS = (28, 31)
YEAR_MONTHS = 12
WEEKEND = 5
FEW_STAMPS = 10
GRID_CAP = 20_000_000
EXAMPLES = "h, 15min, D, B, W-SUN, MS, ME, QS, YS"

# Aliases that pandas 3 refuses, and what replaced them.
RENAMED = {
    "H": "h",
    "BH": "bh",
    "T": "min",
    "S": "s",
    "L": "ms",
    "U": "us",
    "M": "ME",
    "BM": "BME",
    "Q": "QE",
    "BQ": "BQE",
    "Y": "YE",
    "A": "YE",
    "BY": "BYE",
    "AS": "YS",
    "BA": "BYE",
    "BAS": "BYS",
}
ALIAS = re.compile(r"(?P<count>\d*)(?P<unit>[A-Za-z]+)(?P<anchor>-[A-Za-z]{3})?")
SEASONS = {"D": 7, "B": 5, "W": 52, "MS": 12, "ME": 12, "BMS": 12, "BME": 12, "QS": 4, "QE": 4}
STEPS_SHOWN = 5
UNITS = ((DAY, "day"), (DAY // 24, "hour"), (DAY // 1440, "minute"), (DAY // 86_400, "second"))
USUAL_STEPS = {"min": DAY // 1440, "15min": DAY // 96, "h": DAY // 24, "D": DAY, "W": 7 * DAY}
NEARLY = 0.9
DAY_STEP_LEAST = pd.Timedelta("5min")  # a day of finer steps is too long to be a season


def resolve_freq(table: Table, freq: str = AUTO) -> str | None:
    """Turn ``auto`` or a user's alias into the alias of the table's grid.

    Parameters
    ----------
    table : Table
        Sorted by series and time.
    freq : str
        A pandas offset alias, old spellings included, or ``auto``.

    Returns
    -------
    str or None
        None when rows are counted and not dated.

    Raises
    ------
    FrequencyError
        If the alias is unknown, or stamps do not lie on the grid of one step.
    UsageError
        If an alias is given for rows without dates.
    """
    if table.time_kind != "datetime":
        if freq != AUTO:
            raise UsageError(
                f"the frequency {freq!r} needs dates, and the rows are only counted",
                location=table.name,
                fix="name the column of dates with --time, or leave --freq out",
            )
        return None
    stamps = pd.DatetimeIndex(table.frame["ds"].drop_duplicates().sort_values())
    if freq != AUTO:
        alias = _given(freq, stamps, _differences(table))
        _refuse_off_grid(table, stamps, alias, given=freq)
        return alias
    inferred = infer(stamps, _differences(table))
    if inferred is None:
        raise FrequencyError(
            "one stamp per series does not tell the frequency",
            location=table.name,
            fix=f"say it, such as --freq D, or another of {EXAMPLES}",
        )
    _refuse_off_grid(table, stamps, inferred, given=None)
    return inferred


def resolve_calendar(table: Table, freq: str, kinds: tuple[int, ...]) -> ObservedClock:
    """Find the calendar of the kinds of stamps (weekday and time of day) that occur.

    Parameters
    ----------
    table : Table
        Sorted by series and time.
    freq : str
        Alias of the commonest step as the user says it, or ``auto``.
    kinds : tuple of int
        Of a calendar that is known already; empty finds them.

    Raises
    ------
    UsageError
        If rows are only counted, or their step is a week or more.
    FrequencyError
        If the stamps make no weekly calendar.
    """
    if table.time_kind != "datetime":
        raise UsageError(
            "--calendar observed needs dates, and the rows are only counted",
            location=table.name,
            fix="name the column of dates with --time, or leave --calendar out",
        )
    stamps = pd.DatetimeIndex(table.frame["ds"].drop_duplicates().sort_values())
    steps = _differences(table)
    alias = infer(stamps, steps) if freq == AUTO else _given(freq, stamps, steps)
    if alias is None and kinds:
        alias = "D"
    if alias is None or not _below_a_week(alias):
        found = "one stamp per series" if alias is None else f"the step {alias}"
        raise UsageError(
            f"--calendar observed is for steps shorter than a week, not for {found}",
            location=table.name,
            fix="leave --calendar out",
        )
    return observe(stamps, freq=alias, kinds=kinds)


def _below_a_week(alias: str) -> bool:
    step = to_offset(alias)
    if step.rule_code == "B":
        return True
    return step.rule_code == "D" or isinstance(step, pd.offsets.Tick)


def season_length(freq: str) -> int:
    """Season of a frequency in steps, by table: a day of hours, a week of days, a year of months.

    Examples
    --------
    >>> season_length("h"), season_length("2h"), season_length("D"), season_length("MS")
    (24, 12, 7, 12)
    """
    step = to_offset(freq)
    if isinstance(step, pd.offsets.Tick):
        span = pd.Timedelta(step.nanos, unit="ns")
        whole = pd.Timedelta("1D") % span == pd.Timedelta(0)
        return int(pd.Timedelta("1D") / span) if whole and span >= DAY_STEP_LEAST else 1
    season = SEASONS.get(step.rule_code.split("-")[0], 1)
    return season // step.n if season % step.n == 0 else 1


def infer(stamps: pd.DatetimeIndex, differences: IntArray) -> str | None:
    """Alias of the commonest difference; None when there is no difference.

    Parameters
    ----------
    stamps : DatetimeIndex
        Distinct and sorted.
    differences : array of shape (M,), in microseconds
        Between neighbouring rows of each series.
    """
    if not len(differences):
        return None
    step = _commonest(differences)
    days = step / DAY
    if days >= MONTH_DAYS[0]:
        return _calendar(stamps, step)
    if step % DAY:
        return str(to_offset(pd.Timedelta(step, unit="us")).freqstr)
    if step == 7 * DAY:
        return f"W-{stamps[0].day_name()[:3].upper()}"
    if step == DAY and _only_weekdays(stamps):
        return "B"
    return str(to_offset(f"{step // DAY}D").freqstr)


def _commonest(steps: IntArray) -> int:
    """Return the step that occurs most often, of several the shortest."""
    if steps.min() == steps.max():  # as in most files: no need to sort them all
        return int(steps[0])
    sizes, counts = np.unique(steps, return_counts=True)
    return int(sizes[np.argmax(counts)])


def _differences(table: Table) -> IntArray:
    instants = calendar_instants(table.frame["ds"])
    codes = table.frame["unique_id"].cat.codes.to_numpy()
    steps: IntArray = np.diff(instants)[codes[1:] == codes[:-1]]
    return steps


def calendar_instants(ds: pd.Series) -> IntArray:
    """Microseconds by which steps are judged: of local clocks where most show one time of day.

    Days and longer steps follow the local calendar, hours and finer ones absolute time.
    """
    instants: IntArray = ds.dt.as_unit("us").astype("int64").to_numpy()
    if not isinstance(ds.dtype, pd.DatetimeTZDtype) or str(ds.dt.tz) == "UTC":
        return instants
    wall: IntArray = ds.dt.tz_localize(None).dt.as_unit("us").astype("int64").to_numpy()
    times, counts = np.unique(wall % DAY, return_counts=True)
    return wall if len(times) and 2 * int(counts.max()) > len(wall) else instants


def _only_weekdays(stamps: pd.DatetimeIndex) -> bool:
    return len(stamps) >= FEW_STAMPS and bool((stamps.day_of_week < WEEKEND).all())


def _calendar(stamps: pd.DatetimeIndex, step: int) -> str:
    """Months, quarters, years: the candidate whose grid holds most of the stamps.

    Steps of so many days that hold every stamp come before months that do not.
    """
    months = max(1, round(step / DAY / 30.44))
    month = stamps[0].month_name()[:3].upper()
    if months % YEAR_MONTHS == 0:
        count = "" if months == YEAR_MONTHS else str(months // YEAR_MONTHS)
        names = [f"{count}YS-{month}", f"{count}YE-{month}"]
    elif months == 3:  # noqa: PLR2004 - a quarter
        starts = {0: "MAR", 1: "JAN", 2: "FEB"}
        ends = {0: "DEC", 1: "OCT", 2: "NOV"}
        phase = stamps[0].month % 3
        names = [f"QS-{starts[phase]}", f"QE-{ends[phase]}"]
    else:
        count = "" if months == 1 else str(months)
        names = [f"{count}{unit}" for unit in ("MS", "ME", "BMS", "BME")]
    held = [int(stamps.isin(_grid(stamps, name)).sum()) for name in names]
    even = f"{step // DAY}D"
    if max(held) < len(stamps) and step % DAY == 0 and stamps.isin(_grid(stamps, even)).all():
        return even
    best = names[int(np.argmax(held))]
    return {"QS-JAN": "QS", "QE-DEC": "QE", "YS-JAN": "YS", "YE-DEC": "YE"}.get(best, best)


def _grid(stamps: pd.DatetimeIndex, freq: str) -> pd.DatetimeIndex:
    return dated_grid(stamps[0], freq, last=stamps[-1])


def _given(freq: str, stamps: pd.DatetimeIndex, differences: IntArray) -> str:
    found = ALIAS.fullmatch(freq.strip())
    alias = freq.strip()
    if found and found["unit"].upper() == "W" and not found["anchor"]:
        alias = f"{found['count']}W-{stamps[0].day_name()[:3].upper()}"
    elif found and found["unit"] in RENAMED:
        alias = f"{found['count']}{RENAMED[found['unit']]}{found['anchor'] or ''}"
    try:
        forward = to_offset(alias).n > 0
    except ValueError:
        forward = False
    if not forward:
        likely = infer(stamps, differences)
        hint = f"--freq {likely}, as the stamps look, or " if likely else ""
        raise UsageError(
            f"{freq!r} is not a frequency",
            location="data.freq",
            fix=f"pass {hint}one of {EXAMPLES}",
        )
    return alias


def _refuse_off_grid(
    table: Table, stamps: pd.DatetimeIndex, alias: str, *, given: str | None
) -> None:
    _refuse_endless(table, stamps, alias)
    off = stamps[~stamps.isin(_grid(stamps, alias))]
    if not len(off) and to_offset(alias).is_on_offset(stamps[0]):
        return
    first = off[0] if len(off) else stamps[0]
    row = int(table.frame["row"].to_numpy()[np.flatnonzero(table.frame["ds"] == first)[0]])
    location = f"{table.name}, {line_of(table.name, row)}"
    if given and alias == "B":
        raise FrequencyError(
            f"{len(off)} of {len(stamps)} stamps are not business days (first: "
            f"{first.day_name()} {shown(first)})",
            location=location,
            fix="remove these rows, or pass --freq D",
        )
    firsts = ", ".join(str(stamp) for stamp in (off if len(off) else stamps)[:3])
    source = f"--freq {given}" if given else f"the commonest step ({alias})"
    step, how = _coarser(table), likely_aggregate(" ".join(table.columns.target))
    fix = f"correct these rows, or gather them: --resample {step} --aggregate {how}"
    mend: dict[str, object] = {"data.resample": step, "data.aggregate": how}
    if given:
        likely = infer(stamps, _differences(table))
        fix = f"the stamps look like --freq {likely}" if likely else f"use one of {EXAMPLES}"
        mend = {}
    raise FrequencyError(
        f"{max(len(off), 1)} of {len(stamps)} stamps do not lie on the grid of {source} "
        f"from {stamps[0]} (first: {firsts}); {steps_in_words(_differences(table))}",
        location=location,
        fix=fix,
        mend=mend,
    )


def steps_in_words(differences: IntArray) -> str:
    """Say how often each step between neighbouring rows occurs, the commonest first.

    Parameters
    ----------
    differences : array of shape (M,), in microseconds

    Examples
    --------
    >>> steps_in_words(np.array([DAY, DAY, DAY, 3 * DAY, DAY // 2]))
    'steps: 1 day x 3, 12 hours x 1, 3 days x 1'
    """
    if not len(differences):
        return "there are no two rows in one series"
    sizes, counts = np.unique(differences, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    parts = [f"{_duration(int(sizes[at]))} x {counts[at]}" for at in order[:STEPS_SHOWN]]
    rest = len(sizes) - len(parts)
    others = int(counts[order[STEPS_SHOWN:]].sum())
    return "steps: " + ", ".join(parts) + (f" and {rest} others x {others}" if rest else "")


def _duration(microseconds: int) -> str:
    for size, name in UNITS:
        if microseconds and microseconds % size == 0:
            count = microseconds // size
            return f"{count} {name}{'' if count == 1 else 's'}"
    return str(pd.Timedelta(microseconds, unit="us"))


def _coarser(table: Table) -> str:
    """Return a usual step that is no shorter, or hardly, than half of the steps between rows."""
    differences = _differences(table)
    middle = float(np.median(differences)) if len(differences) else 0.0
    return next((alias for alias, size in USUAL_STEPS.items() if size >= NEARLY * middle), "MS")


def _refuse_endless(table: Table, stamps: pd.DatetimeIndex, alias: str) -> None:
    step = to_offset(alias)
    if not isinstance(step, pd.offsets.Tick):
        return
    seconds = step.nanos / 1e9
    length = (stamps[-1] - stamps[0]).total_seconds() / seconds + 1
    if length > GRID_CAP and length > 2 * len(stamps):
        first, last = shown_span(stamps[0], stamps[-1])
        raise FrequencyError(
            f"{len(stamps)} stamps from {first} to {last} would take {length:.0f} rows "
            f"at {alias} (at most {GRID_CAP})",
            location=table.name,
            fix="correct the stamp that is far away, or gather the rows: --resample D",
        )
