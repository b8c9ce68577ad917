"""Calendar features: where a stamp lies in the day, the week, the year, and on a holiday.

Each cycle becomes a pair, sine and cosine of its phase, so that 23:00 lies next to 00:00. Stamps
are read in their own local time. All of it is known for any future row.

References
----------
Cyclic coding: Hyndman & Athanasopoulos, Forecasting: Principles and Practice (3rd ed.), 7.4.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from types import ModuleType

import numpy as np
import pandas as pd
from pandas.tseries.frequencies import to_offset

from forecast.data.arrays import FloatArray, IntArray
from forecast.data.times.clock import CalendarClock, Clock
from forecast.errors import MissingExtraError, UsageError

TURNS = 2
"""A cycle is taken by itself where the training rows hold at least so many turns of it."""
DAY, WEEK, MONTH, QUARTER, YEAR = (
    pd.Timedelta(days=days) for days in (1.0, 7.0, 30.44, 91.31, 365.24)
)
HOUR = pd.Timedelta(hours=1)
CODE = re.compile("[A-Z]{2,3}")


def _of_day(stamps: pd.DatetimeIndex) -> FloatArray:
    return np.asarray((stamps.hour + stamps.minute / 60 + stamps.second / 3600) / 24)


def _days_in_year(stamps: pd.DatetimeIndex) -> FloatArray:
    return np.where(np.asarray(stamps.is_leap_year), 366.0, 365.0)


PHASES: dict[str, tuple[pd.Timedelta, Callable[[pd.DatetimeIndex], FloatArray]]] = {
    "minute": (HOUR, lambda stamps: np.asarray((stamps.minute + stamps.second / 60) / 60)),
    "hour": (DAY, _of_day),
    "dayofweek": (WEEK, lambda stamps: np.asarray(stamps.day_of_week / 7)),
    "dayofmonth": (
        MONTH,
        lambda stamps: np.asarray((stamps.day - 1) / np.asarray(stamps.days_in_month)),
    ),
    "month": (YEAR, lambda stamps: np.asarray((stamps.month - 1) / 12)),
    "quarter": (YEAR, lambda stamps: np.asarray((stamps.quarter - 1) / 4)),
    "dayofyear": (YEAR, lambda stamps: np.asarray(stamps.day_of_year - 1) / _days_in_year(stamps)),
}
"""Length of each cycle, and the phase of stamps in it, from 0 to below 1."""

FEATURES = tuple(PHASES)


def automatic_features(clock: Clock, *, rows: int) -> tuple[str, ...]:
    """Return the cycles longer than a step of which ``rows`` rows hold at least two turns.

    Of the cycles of a year that of the days is taken where a step is shorter than a month.
    """
    if not isinstance(clock, CalendarClock):
        return ()
    ends = clock.grid(max(rows, 2))[[0, -1]]
    span = ends[1] - ends[0]
    step = span / max(rows - 1, 1)
    yearly = "dayofyear" if step < MONTH * 0.9 else "month"
    wanted = ("hour", "dayofweek", yearly)
    return tuple(
        name
        for name in wanted
        if step < PHASES[name][0] * 0.9 and span >= TURNS * PHASES[name][0] - step
    )


def calendar_channels(
    clock: Clock, names: tuple[str, ...], *, rows: int, holidays: str | None = None
) -> FloatArray:
    """Features of grid rows 0 to ``rows - 1``.

    Parameters
    ----------
    clock : Clock
        Of the grid.
    names : tuple of str
        Among `FEATURES`.
    rows : int
        G, rows of the grid, future ones included.
    holidays : str, optional
        A country, such as ``DE`` or ``US-CA``: adds the days of each step that are holidays.

    Returns
    -------
    array of shape (G, C)
        C is two for each name, within [-1, 1], and one more for holidays, in days.

    Raises
    ------
    UsageError
        If rows are only counted, or a name or country is unknown.
    MissingExtraError
        If holidays are asked for without the library that knows them.
    """
    if not names and holidays is None:
        return np.zeros((rows, 0))
    if not isinstance(clock, CalendarClock):
        raise UsageError(
            "calendar features and holidays need dates, and the rows are only counted",
            location="data.holidays" if holidays else "data.calendar_features",
            fix="name the column of dates with --time, or leave them out",
        )
    stamps = clock.grid(rows)
    columns = [
        wave(2 * np.pi * PHASES[name][1](stamps)) for name in names for wave in (np.sin, np.cos)
    ]
    if holidays is not None:
        columns.append(_holiday_count(stamps, clock.freq, holidays))
    return np.column_stack(columns)


def channel_count(names: tuple[str, ...], holidays: str | None) -> int:
    """C, the number of channels of `calendar_channels`."""
    return 2 * len(names) + (holidays is not None)


def _holiday_count(stamps: pd.DatetimeIndex, freq: str, country: str) -> FloatArray:
    """Days of each step that are public holidays, in local time.

    A step of a month, quarter or year that is named by its end (``ME``) ends there; any other
    begins at its stamp.
    """
    if not len(stamps):
        return np.zeros(0)
    days = pd.DatetimeIndex(stamps.tz_localize(None) if stamps.tz is not None else stamps)
    days = days.normalize()
    offset = to_offset(freq)
    unit = offset.rule_code.split("-")[0]
    begin, end = days, days + pd.Timedelta(days=1)
    if unit in ("ME", "QE", "YE", "BME", "BQE", "BYE"):
        begin = pd.DatetimeIndex([days[0] - offset, *days[:-1]]) + pd.Timedelta(days=1)
    elif offset.n > 1 or unit not in ("B", "D", "h"):
        end = pd.DatetimeIndex([*days[1:], days[-1] + offset]).normalize()
        end = end.where(end > begin, begin + pd.Timedelta(days=1))
    free = _holidays(country, int(begin[0].year), int(end[-1].year))
    first = begin[0]
    count = (end[-1] - first).days + 1
    place = (free - first).days.to_numpy()
    is_free = np.zeros(count)
    is_free[place[(place >= 0) & (place < count)]] = 1.0
    total = np.concatenate([[0.0], np.cumsum(is_free)])
    low: IntArray = (begin - first).days.to_numpy().astype(np.int64)
    high: IntArray = (end - first).days.to_numpy().astype(np.int64)
    found: FloatArray = total[high] - total[low]
    return found


def _holidays(country: str, first: int, last: int) -> pd.DatetimeIndex:
    try:
        import holidays as library
    except ImportError as error:
        raise MissingExtraError(
            f"holidays of {country!r} need the extra 'calendar', which is not installed",
            location="data.holidays",
            fix="pip install 'forecast-rnn[calendar]'",
        ) from error
    name, _, part = country.partition("-")
    if not CODE.fullmatch(name):  # the library has more by its names than countries
        raise _unknown(country, library)
    try:
        found = library.country_holidays(name, subdiv=part or None, years=range(first, last + 1))
    except NotImplementedError as error:
        raise _unknown(country, library) from error
    return pd.DatetimeIndex(sorted(found)).as_unit("us")


def _unknown(country: str, library: ModuleType) -> UsageError:
    """Return the refusal of a country, with one of a name nearly alike."""
    name, _, part = country.partition("-")
    known = library.list_supported_countries(include_aliases=True)
    among = known.get(name, ()) if part and name in known else known
    near = difflib.get_close_matches(part or name, list(among), n=1, cutoff=0.1)
    example = f"{name}-{near[0]}" if part and name in known and near else (near or ["DE"])[0]
    return UsageError(
        f"no holidays are known for {country!r}",
        location="data.holidays",
        fix=f"give an ISO code, such as {example}",
    )
