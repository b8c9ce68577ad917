"""From a file to a panel, with everything worth saying about it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pandas.tseries.frequencies import to_offset

from forecast.data.file.dialect import Dialect
from forecast.data.file.raw import AS_FOUND, Source
from forecast.data.gaps import split_notes
from forecast.data.panel import Panel
from forecast.data.sentinels import sentinel_notes
from forecast.data.table.columns import ColumnChoice, Columns
from forecast.data.table.frequency import AUTO, resolve_calendar, resolve_freq
from forecast.data.table.gather import merge_duplicates, resample
from forecast.data.table.read import Table, read_table
from forecast.data.table.repair import drop_empty_series, place_rows, refuse_duplicates
from forecast.data.table.select import select
from forecast.data.table.treatment import Treatment
from forecast.data.times.clock import CountClock
from forecast.data.times.moments import shown_span
from forecast.data.times.observed import ObservedClock, calendar_words
from forecast.errors import UsageError

WORDS = {
    "h": "hourly",
    "D": "daily",
    "B": "on business days",
    "W": "weekly",
    "MS": "monthly",
    "ME": "monthly (month ends)",
    "QS": "quarterly",
    "QE": "quarterly (quarter ends)",
    "YS": "yearly",
    "YE": "yearly (year ends)",
}
AS_IT_IS = Treatment()
BLOCK = 2**18  # values that are copied at a time
UNITS = {"min": "minutes", "s": "seconds", "h": "hours", "D": "days", "ms": "milliseconds"}
WEEKDAYS = {
    "MON": "Mondays",
    "TUE": "Tuesdays",
    "WED": "Wednesdays",
    "THU": "Thursdays",
    "FRI": "Fridays",
    "SAT": "Saturdays",
    "SUN": "Sundays",
}


@dataclass(frozen=True, eq=False)
class Reading:
    """A file, read.

    Parameters
    ----------
    panel : Panel
        The series.
    columns : Columns
        The columns that were used.
    freq : str or None
        Alias of the grid; None when rows are counted.
    rows : int
        Rows of the file.
    absent : int
        Stamps that were added as rows without value, over all series.
    missing : int
        Values that the file leaves empty.
    span : tuple of str
        First and last stamp or count.
    fingerprint : str
        SHA-256 over ids, values and clock.
    notes : tuple of str
        What the user should know, as sentences.
    name : str
        The file's name, without its folder.
    understood : tuple of str
        Those of the notes that say what the columns were taken for, in a file without a flaw.
    """

    panel: Panel
    columns: Columns
    freq: str | None
    rows: int
    absent: int
    missing: int
    span: tuple[str, str]
    fingerprint: str
    notes: tuple[str, ...]
    name: str
    understood: tuple[str, ...] = ()


def read_panel(
    source: Source,
    *,
    columns: ColumnChoice,
    dialect: Dialect = AS_FOUND,
    freq: str = AUTO,
    treatment: Treatment = AS_IT_IS,
) -> Reading:
    """Read a file or data frame as a panel.

    Parameters
    ----------
    source : path, str, stream, DataFrame or sequence of paths
        One file or several, or a frame, which is not changed.
    columns : ColumnChoice
        What the user said about the columns.
    dialect : Dialect
        What the user said about how the file is written.
    freq : str
        A pandas offset alias, or ``auto``.
    treatment : Treatment
        What is to be done with the rows; nothing by default.

    Raises
    ------
    InputNotFoundError
        If the path is not a readable file.
    UsageError
        If several columns could be the target, or what is asked for contradicts itself.
    SchemaError
        If a column is missing or holds an unreadable value.
    FrequencyError
        If stamps are duplicated or follow no one step.
    DataError
        If a value is infinite, or every value is missing.
    """
    table = read_table(source, columns=columns, dialect=dialect)
    return place_table(table, freq=freq, treatment=treatment)


def place_table(found: Table, *, freq: str = AUTO, treatment: Treatment = AS_IT_IS) -> Reading:
    """Make a panel of a file that was read, as `read_panel` does."""
    table, alias, calendar = _treated(found, freq, treatment)
    placed = place_rows(table, alias, calendar)
    missing = int(table.frame["y"].isna().sum())
    ends = table.frame["ds"].min(), table.frame["ds"].max()
    span = shown_span(*ends)
    panel, dropped = drop_empty_series(placed.panel, table.name)
    understood = (
        _time_note(table, calendar or alias, span),
        *_column_notes(table, len(panel.unique_ids) + len(dropped)),
    )
    notes = [*table.notes, *understood, *_dropped_notes(dropped)]
    if freq not in (AUTO, alias):
        notes.append(f"the frequency {freq!r} was taken as {alias!r}")
    if placed.absent:
        one = placed.absent == 1
        notes.append(
            f"{_count(placed.absent, 'stamp is', 'stamps are')} absent: kept as "
            f"{'a missing value' if one else 'missing values'} (first: {placed.first_absent})"
        )
    if missing:
        notes.append(f"{_count(missing, 'value is', 'values are')} empty: kept as missing")
    notes.extend(sentinel_notes(panel))
    if treatment.max_gap is not None:
        notes.extend(split_notes(panel, treatment.max_gap))
    return Reading(
        panel=panel,
        columns=table.columns,
        freq=alias,
        rows=table.n_rows,
        absent=placed.absent,
        missing=missing,
        span=span,
        fingerprint=fingerprint(panel),
        notes=tuple(notes),
        name=Path(table.name).name,
        understood=understood,
    )


def read_future(
    source: Source, *, columns: ColumnChoice, dialect: Dialect, freq: str, treatment: Treatment
) -> Panel:
    """Read what is known of the steps ahead: covariates without a target; see `read_panel`."""
    table = read_table(source, columns=columns, dialect=dialect)
    table, alias, calendar = _treated(table, freq, treatment)
    return place_rows(table, alias, calendar).panel


def _treated(
    table: Table, freq: str, treatment: Treatment
) -> tuple[Table, str | None, ObservedClock | None]:
    """Do with the rows what was asked; then find their step and calendar."""
    table = select(table, treatment)
    if treatment.duplicates == "refuse":
        refuse_duplicates(table)
    else:
        table = merge_duplicates(table, treatment.duplicates)
    if treatment.resample is not None:
        gathered, alias = resample(table, treatment.resample, treatment.aggregate)
        _refuse_both(treatment, freq, alias)
        return gathered, alias, None
    if treatment.calendar == "regular":
        return table, resolve_freq(table, freq), None
    calendar = resolve_calendar(table, freq, treatment.kinds)
    return table, calendar.freq, calendar


def _refuse_both(treatment: Treatment, freq: str, alias: str) -> None:
    other = f"--freq {freq}" if freq not in (AUTO, treatment.resample, alias) else ""
    if treatment.calendar == "observed":
        other = "--calendar observed"
    if other:
        raise UsageError(
            f"--resample {treatment.resample} and {other} both say what the steps are",
            location="data.resample",
            fix="leave one of them out",
        )


def fingerprint(panel: Panel) -> str:
    """SHA-256 over ids, packed values and clock; equal for equal panels.

    Parameters
    ----------
    panel : Panel
        N series.
    """
    clock = panel.clock
    if isinstance(clock, CountClock):
        when: list[object] = [clock.step, clock.length, clock.last.tolist()]
    else:
        when = [clock.origin.isoformat(), str(clock.origin.tz), clock.freq]
    if isinstance(clock, ObservedClock):
        when.append(clock.kinds)
    head = json.dumps([panel.unique_ids, when], separators=(",", ":"))
    digest = hashlib.sha256(head.encode())
    for places in (panel.offsets, panel.first):
        digest.update(places.astype("<i8").data)
    for begin in range(0, len(panel.values), BLOCK):
        values = panel.values[begin : begin + BLOCK]
        plain = np.where(np.isnan(values), np.nan, values)  # one bit pattern for nan
        digest.update(plain.astype("<f8", copy=False).data)
    return digest.hexdigest()


def words(freq: str) -> str:
    """Say a frequency in words.

    Examples
    --------
    >>> words("h"), words("30min"), words("W-SAT"), words("MS")
    ('hourly', 'every 30 minutes', 'weekly on Saturdays', 'monthly')
    """
    step = to_offset(freq)
    unit, _, anchor = step.rule_code.partition("-")
    if step.n == 1 and unit in WORDS:
        return WORDS[unit] + (f" on {WEEKDAYS[anchor]}" if anchor in WEEKDAYS else "")
    if unit in UNITS:
        return f"every {step.n} {UNITS[unit]}"
    return f"at frequency {freq}"


def _time_note(table: Table, freq: str | ObservedClock | None, span: tuple[str, str]) -> str:
    if not table.columns.time:
        return f"no time column: rows are numbered from {span[0]} to {span[1]}"
    labels = ", ".join(repr(label) for label in table.columns.time)
    noun = "time column" if len(table.columns.time) == 1 else "time columns"
    if freq is None:
        return f"{noun} {labels}, a count from {span[0]} to {span[1]}"
    step = words(freq) if isinstance(freq, str) else calendar_words(freq)
    return f"{noun} {labels}, {step}, {span[0]} to {span[1]}"


def _column_notes(table: Table, n_series: int) -> list[str]:
    columns = table.columns
    notes = []
    if columns.id:
        labels = ", ".join(repr(label) for label in columns.id)
        noun = "id column" if len(columns.id) == 1 else "id columns"
        notes.append(f"{noun} {labels}, {n_series} series")
    if columns.layout == "rows":
        pass  # said already
    elif len(columns.target) == 1:
        notes.append(f"target {columns.target[0]!r}")
    else:
        notes.append(f"{len(columns.target)} target columns, each a series of its own")
    return notes


def _dropped_notes(dropped: tuple[str, ...]) -> list[str]:
    if not dropped:
        return []
    whose = f"series {dropped[0]!r} has" if len(dropped) == 1 else f"{len(dropped)} series have"
    first = "" if len(dropped) == 1 else f" (first: {dropped[0]!r})"
    return [f"{whose} no value at all: left out{first}"]


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
