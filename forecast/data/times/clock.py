"""From a row of the grid to a moment, and back.

A panel numbers its rows 0, 1, 2, ... on one grid. With timestamps, a row of the grid is one instant
for every series. Without, series are aligned at their ends, so that "the last row" means the same
for all of them, and a moment is a count.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import TypeAlias

import numpy as np
import pandas as pd
from pandas.tseries.frequencies import to_offset

from forecast.data.arrays import IntArray
from forecast.data.times.dates import YEARS
from forecast.errors import UsageError

YEAR_FIRST = re.compile(r"\s*[0-9]{4}([-/0-9]|\s*$)")  # 12:30 is of no day, 1.2.2024 of two


def dated_grid(
    first: pd.Timestamp,
    freq: str,
    *,
    last: pd.Timestamp | None = None,
    periods: int | None = None,
) -> pd.DatetimeIndex:
    """Stamps from ``first`` on: hours and finer in absolute time, days and longer by the calendar.

    A day that has no midnight, because clocks are put on then, begins when its first hour does; of
    a time that occurs twice the first is taken.

    Parameters
    ----------
    first : Timestamp
        The first stamp; aware or not.
    freq : str
        A pandas offset alias.
    last : Timestamp, optional
        The last moment; a stamp may lie on it.
    periods : int, optional
        The number of stamps, where no last moment is given.
    """
    if first.tz is None or isinstance(to_offset(freq), pd.offsets.Tick):
        return _range(first, last, periods, freq)
    wall = first.tz_localize(None)
    midnight = wall.normalize()
    if midnight.tz_localize(first.tz, ambiguous=True, nonexistent="shift_forward") == first:
        wall = midnight
    end = None if last is None else last.tz_convert(first.tz).tz_localize(None)
    local = _range(wall, end, periods, freq)
    summer = np.ones(len(local), dtype=np.bool_)
    return pd.DatetimeIndex(
        local.tz_localize(first.tz, ambiguous=summer, nonexistent="shift_forward")
    )


def _range(
    first: pd.Timestamp, last: pd.Timestamp | None, periods: int | None, freq: str
) -> pd.DatetimeIndex:
    if last is not None:
        return pd.date_range(first, last, freq=freq)
    return pd.date_range(first, periods=periods or 0, freq=freq)


def _in_zone(stamp: pd.Timestamp, zone: tzinfo) -> pd.Timestamp:
    """Read a stamp in a zone; see `CalendarClock.position` for hours that clocks repeat or skip."""
    if stamp.tz is not None:
        return stamp.tz_convert(zone)
    if stamp == stamp.normalize():
        return stamp.tz_localize(zone, ambiguous=True, nonexistent="shift_forward")
    return stamp.tz_localize(zone, ambiguous=True, nonexistent="shift_backward")


@dataclass(frozen=True)
class CalendarClock:
    """Rows of the grid are stamps: row p is ``origin`` plus p steps of ``freq``.

    Parameters
    ----------
    origin : Timestamp
        The stamp of row 0; aware if the data are.
    freq : str
        A pandas offset alias, such as ``h``, ``D`` or ``MS``.
    """

    origin: pd.Timestamp
    freq: str

    def grid(self, length: int) -> pd.DatetimeIndex:
        """Stamps of rows 0 to ``length - 1``."""
        return dated_grid(self.origin, self.freq, periods=length)

    def stamps(self, series: IntArray, positions: IntArray) -> pd.Index:
        """Stamps of rows ``positions`` (any shape, flattened); ``series`` does not matter here."""
        flat = np.broadcast_arrays(series, positions)[1].reshape(-1)
        return self.grid(int(flat.max(initial=0)) + 1)[flat]

    def position(self, moment: str) -> int:
        """Row of the last stamp that is not after ``moment``; -1 when all are.

        Local time is that of the data. Of an hour that occurs twice the first is meant, and an
        hour that is left out has no row of its own, save that a day begins after it.

        Raises
        ------
        UsageError
            If ``moment`` is no date, or names a zone and the data have none.
        """
        stamp = self._read(moment)
        return -1 if stamp < self.origin else self.row_of(stamp)

    def row_of(self, stamp: pd.Timestamp) -> int:
        """Row of the last stamp of the grid that is not after ``stamp``, itself not before row 0.

        Parameters
        ----------
        stamp : Timestamp
            Of the zone of the origin.
        """
        step = to_offset(self.freq)
        if isinstance(step, pd.offsets.Tick):  # no grid: it may be long
            return int((stamp - self.origin) // pd.Timedelta(step))
        return int((dated_grid(self.origin, self.freq, last=stamp) <= stamp).sum()) - 1

    def label(self, series: int, row: int) -> str:  # noqa: ARG002 - the clocks are alike
        """Stamp of grid row ``row`` as `position` reads it; midnight is left out without a zone."""
        stamp = self.grid(row + 1)[row]
        bare = stamp.tz is None and stamp == stamp.normalize()
        return str(stamp.date()) if bare else str(stamp.isoformat())

    def _read(self, moment: str) -> pd.Timestamp:
        """Read a moment in the zone of the data."""
        zone = self.origin.tz
        stamp: pd.Timestamp | None = None
        if YEAR_FIRST.match(moment):
            with contextlib.suppress(ValueError, OverflowError):
                stamp = pd.Timestamp(moment)
                stamp = stamp if zone is None else _in_zone(stamp, zone)
        if stamp is None or stamp.year > YEARS[1]:
            raise UsageError(
                f"cutoff {moment!r} is not a date",
                location="flag --cutoff",
                fix=f"write it like {self.origin.isoformat()}",
            )
        if zone is None and stamp.tz is not None:
            raise UsageError(
                f"cutoff {moment!r} names a time zone, and the times of the data have none",
                location="flag --cutoff",
                fix=f"write it in their local time, like {self.origin.isoformat()}",
            )
        return stamp

    def shifted(self, rows: int) -> CalendarClock:
        """Return the clock of a grid whose row 0 is this one's row ``rows``."""
        return replace(self, origin=self.grid(rows + 1)[rows])

    def take(self, indices: IntArray) -> CalendarClock:  # noqa: ARG002 - the clocks are alike
        """Return the clock of some of the series: itself."""
        return self


@dataclass(frozen=True, eq=False)
class CountClock:
    """Rows of the grid are counts, aligned at the end of every series.

    Parameters
    ----------
    last : array of shape (N,)
        The count of each series at row ``length - 1``.
    step : int
        What one row adds to the count.
    length : int
        Rows of the grid when ``last`` was read.
    """

    last: IntArray
    step: int
    length: int

    def stamps(self, series: IntArray, positions: IntArray) -> pd.Index:
        """Counts of rows ``positions`` of ``series`` (broadcast together, flattened)."""
        counts: IntArray = self.last[series] + (positions - (self.length - 1)) * self.step
        return pd.Index(counts.reshape(-1))

    def position(self, moment: str) -> int:
        """Row at which the first series shows the count ``moment``; -1 when before the grid.

        Raises
        ------
        UsageError
            If ``moment`` is not a whole number.
        """
        try:
            count = int(moment)
        except ValueError as error:
            raise UsageError(
                f"cutoff {moment!r} is not a count",
                location="flag --cutoff",
                fix=f"the rows of this file are numbered: write a number up to {self.last[0]}",
            ) from error
        return max(-1, self.length - 1 + (count - int(self.last[0])) // self.step)

    def label(self, series: int, row: int) -> str:
        """Count of grid row ``row`` of one series."""
        return str(int(self.last[series]) + (row - (self.length - 1)) * self.step)

    def shifted(self, rows: int) -> CountClock:
        """Return the clock of a grid whose row 0 is this one's row ``rows``."""
        return replace(self, length=self.length - rows)

    def take(self, indices: IntArray) -> CountClock:
        """Return the clock of the series at ``indices``."""
        return replace(self, last=self.last[indices])


Clock: TypeAlias = CalendarClock | CountClock
