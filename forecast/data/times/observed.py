"""A calendar of the kinds of stamps that occur: trading days, opening hours.

A kind is a weekday and a time of day. Steps go from one kind that occurs to the next, so nights
and weekends without rows are no gaps, and forecasts fall on the same kinds; a holiday inside stays
an absent row.

    hourly rows, open on weekdays from 9 to 11      Mon 09  Mon 10  Mon 11  Tue 09 ...
    rows of the grid                                     0       1       2       3 ...
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from forecast.data.arrays import IntArray
from forecast.data.times.clock import CalendarClock
from forecast.errors import FrequencyError

WEEK = pd.Timedelta("7D")
DAY_US, WEEK_US = 86_400_000_000, 7 * 86_400_000_000
HOUR_US, MINUTE_US = 3_600_000_000, 60_000_000
SEEN_LEAST = 2
"""Rows that each kind has on average, at least; fewer make no calendar."""
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True)
class ObservedClock(CalendarClock):
    """Rows of the grid are the stamps of the kinds that occur, from ``origin`` on.

    Parameters
    ----------
    origin : Timestamp
        The stamp of row 0, itself of one of the kinds.
    freq : str
        Alias of the commonest step, for words only.
    kinds : tuple of int, in microseconds after Monday 00:00 of the calendar's own zone
        Sorted.
    """

    kinds: tuple[int, ...] = ()

    @property
    def season(self) -> int:
        """Steps of a day where each day has as many; otherwise of a week."""
        days: dict[int, int] = {}
        for kind in self.kinds:
            days[kind // DAY_US] = days.get(kind // DAY_US, 0) + 1
        per_day = set(days.values())
        first = per_day.pop()
        return first if first > 1 and not per_day else len(self.kinds)

    def grid(self, length: int) -> pd.DatetimeIndex:
        """Stamps of rows 0 to ``length - 1``."""
        return self._at(self._rank(_plain(self.origin)) + np.arange(length, dtype=np.int64))

    def row_of(self, stamp: pd.Timestamp) -> int:
        """Row of the last stamp of the calendar that is not after ``stamp``."""
        return self._rank(_plain(stamp)) - self._rank(_plain(self.origin))

    def positions(self, stamps: pd.DatetimeIndex) -> IntArray:
        """Rows of ``stamps``; negative before the origin, and -1 less the row of none.

        Raises
        ------
        FrequencyError
            If a stamp is of no kind that occurs.
        """
        local = stamps.tz_localize(None) if stamps.tz is not None else stamps
        week, into = _split(local)
        kinds = np.asarray(self.kinds, dtype=np.int64)
        rank = np.searchsorted(kinds, into)
        known = kinds[np.minimum(rank, len(kinds) - 1)] == into
        if not known.all():
            odd = stamps[int(np.argmin(known))]
            raise FrequencyError(
                f"{int((~known).sum())} stamps are of a kind that the observed calendar does not "
                f"have (first: {odd.day_name()} {odd})",
                fix="give rows of the weekdays and times of day that the training file has",
            )
        return week * len(kinds) + rank - self._rank(_plain(self.origin))

    def _rank(self, stamp: pd.Timestamp) -> int:
        """Number of the last stamp of the calendar that is not after ``stamp``."""
        week, into = _split(pd.DatetimeIndex([stamp]))
        place = int(np.searchsorted(np.asarray(self.kinds), into[0], side="right")) - 1
        return int(week[0]) * len(self.kinds) + place

    def _at(self, ranks: IntArray) -> pd.DatetimeIndex:
        week, kind = np.divmod(ranks, len(self.kinds))
        since = week * WEEK_US + np.asarray(self.kinds, dtype=np.int64)[kind]
        index = pd.DatetimeIndex(MONDAY.to_datetime64() + since.astype("timedelta64[us]"))
        if self.origin.tz is None:
            return index
        first = np.ones(len(index), dtype=np.bool_)
        return index.tz_localize(self.origin.tz, ambiguous=first, nonexistent="shift_forward")


MONDAY = pd.Timestamp("1969-12-29").as_unit("us")


def _plain(stamp: pd.Timestamp) -> pd.Timestamp:
    return stamp.tz_localize(None) if stamp.tz is not None else stamp


def _split(local: pd.DatetimeIndex) -> tuple[IntArray, IntArray]:
    """Weeks since a Monday, and microseconds into the week."""
    since = (local - MONDAY).as_unit("us").to_numpy().astype(np.int64)
    week, into = np.divmod(since, WEEK_US)
    return week, into


def observe(stamps: pd.DatetimeIndex, *, freq: str, kinds: tuple[int, ...]) -> ObservedClock:
    """Build the calendar of the kinds that occur.

    Parameters
    ----------
    stamps : DatetimeIndex
        Distinct and sorted.
    freq : str
        Alias of the commonest step.
    kinds : tuple of int
        Known already; empty finds them in ``stamps``.

    Raises
    ------
    FrequencyError
        If the kinds are too many to be a weekly calendar, or a time stands twice in local time.
    """
    local = stamps.tz_localize(None) if stamps.tz is not None else stamps
    if not local.is_unique:
        raise FrequencyError(
            "an observed calendar cannot tell the hour that is repeated when clocks go back",
            fix="leave out --calendar observed",
        )
    found = kinds or tuple(int(kind) for kind in np.unique(_split(local)[1]))
    if not kinds and SEEN_LEAST * len(found) > len(stamps):
        raise FrequencyError(
            f"{len(stamps)} stamps are of {len(found)} kinds (weekday and time of day): each must "
            f"occur {SEEN_LEAST} times or more on average to make a calendar",
            fix="leave out --calendar observed, or pass --resample h in its place",
        )
    return ObservedClock(origin=stamps[0], freq=freq, kinds=found)


def calendar_words(clock: ObservedClock) -> str:
    """Say which kinds occur.

    Examples
    --------
    >>> nine = tuple(day * DAY_US + 9 * HOUR_US for day in (0, 1, 2, 3, 4))
    >>> calendar_words(ObservedClock(pd.Timestamp("2024-01-01 09:00"), "D", nine))
    'on observed Mon Tue Wed Thu Fri at 09:00, 5 steps a week'
    """
    days = [WEEKDAYS[day] for day in sorted({kind // DAY_US for kind in clock.kinds})]
    times = sorted({kind % DAY_US for kind in clock.kinds})
    hours = [f"{time // HOUR_US:02d}:{time % HOUR_US // MINUTE_US:02d}" for time in times]
    at = f" at {hours[0]}" if len(hours) == 1 and times[0] else ""
    if len(hours) > 1:
        at = f" from {hours[0]} to {hours[-1]}"
    return f"on observed {' '.join(days)}{at}, {len(clock.kinds)} steps a week"
