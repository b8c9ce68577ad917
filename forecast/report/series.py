"""From long frames to the few numbers that a chart needs, thinned so that a page stays small."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import TypeAlias

import numpy as np
import pandas as pd

from forecast.data.arrays import FloatArray, IntArray

Stamp: TypeAlias = datetime | np.datetime64 | np.integer | int | float

NAME_LENGTH = 40
HISTORY_PER_STEP = 6  # rows of history for each step of the forecast
LEAST_HISTORY = 96
# Past this, limits of an axis overflow; such a value is left out of the drawing.
_LARGEST_DRAWN = 1e100
_MICROSECONDS_PER_DAY = 86_400e6


@dataclass(frozen=True)
class Kind:
    """What a horizontal axis counts: instants of a calendar, shown in ``zone``, or steps."""

    calendar: bool
    zone: tzinfo | None = None

    @property
    def label(self) -> str:
        """Name of the axis."""
        if not self.calendar:
            return "time (steps)"
        return "time" if self.zone is None else f"time ({self.zone})"


@dataclass(frozen=True)
class Line:
    """Points from left to right.

    Parameters
    ----------
    x : array of shape (n,)
        Days since 1970 on a calendar, otherwise steps.
    y : array of shape (n,), in units of the series
        nan where there is no value.
    """

    x: FloatArray
    y: FloatArray

    def at(self, rows: IntArray) -> Line:
        """Return some of the points."""
        return Line(self.x[rows], self.y[rows])


@dataclass(frozen=True)
class Band:
    """One interval: its level in percent, its places, its two edges."""

    level: float
    x: FloatArray
    low: FloatArray
    high: FloatArray


def kind_of(ds: pd.Series) -> Kind:
    """Tell a calendar from a count."""
    if pd.api.types.is_numeric_dtype(ds.dtype):
        return Kind(calendar=False)
    if ds.dtype.kind == "M":
        return Kind(calendar=True, zone=ds.dt.tz)
    stamps = [stamp for stamp in ds.iloc[:1] if isinstance(stamp, datetime)]
    return Kind(calendar=True, zone=stamps[0].tzinfo if stamps else None)


def positions(ds: pd.Series) -> FloatArray:
    """Place stamps on an axis: days since 1970 (UTC where aware), or the numbers themselves."""
    if pd.api.types.is_numeric_dtype(ds.dtype):
        return ds.to_numpy(dtype=np.float64, na_value=np.nan)
    aware = kind_of(ds).zone is not None
    stamps = pd.to_datetime(ds, utc=aware)
    naive = stamps.dt.tz_convert(None) if aware else stamps
    whole = naive.to_numpy(dtype="datetime64[us]")
    days = whole.astype(np.int64).astype(np.float64) / _MICROSECONDS_PER_DAY
    return np.where(np.isnat(whole), np.nan, days)


def values(frame: pd.DataFrame, column: str) -> FloatArray:
    """Return a column, nan where it is absent, infinite or too large to draw."""
    if column not in frame.columns:
        return np.full(len(frame), np.nan)
    column_values = frame[column].to_numpy(dtype=np.float64, na_value=np.nan)
    with np.errstate(invalid="ignore"):
        return np.where(np.abs(column_values) < _LARGEST_DRAWN, column_values, np.nan)


def first_series(frame: pd.DataFrame, most: int) -> tuple[list[str], int]:
    """Return the first ``most`` names in order of appearance, and how many are left out."""
    names = frame["unique_id"].drop_duplicates().tolist()
    return names[:most], max(0, len(names) - most)


def rows_of(frame: pd.DataFrame, unique_id: str) -> pd.DataFrame:
    """Return the rows of one series in order of time, without those that have no stamp."""
    rows = frame[frame["unique_id"] == unique_id]
    return rows[rows["ds"].notna()].sort_values("ds", kind="stable")


def recent_rows(recent: pd.DataFrame, unique_id: str, steps: int) -> pd.DataFrame:
    """Return as much of a series' history as suits a forecast of so many steps."""
    return rows_of(recent, unique_id).tail(max(LEAST_HISTORY, HISTORY_PER_STEP * steps))


def thin(y: FloatArray, most: int) -> IntArray:
    """Choose at most ``most`` points that keep the ends, the extremes and the gaps of a line.

    Each of ``most // 2 - 1`` stretches keeps its lowest and its highest point.
    """
    if len(y) <= most:
        return np.arange(len(y))
    edges = np.linspace(0, len(y), max(2, most // 2)).astype(np.int64)
    kept = {0, len(y) - 1}
    for start, stop in itertools.pairwise(edges):
        stretch = y[start:stop]
        if np.isfinite(stretch).any():
            kept.update((start + int(np.nanargmin(stretch)), start + int(np.nanargmax(stretch))))
        else:
            kept.add(int(start))
    return np.array(sorted(kept), dtype=np.int64)


def loners(y: FloatArray) -> IntArray:
    """Return the points with no neighbour, which a line alone would not show."""
    there = np.concatenate(([False], np.isfinite(y), [False]))
    return np.flatnonzero(there[1:-1] & ~there[:-2] & ~there[2:])


def clean(name: object, length: int = NAME_LENGTH) -> str:
    """Make a name fit for a chart: one line, printable, at most ``length`` characters."""
    text = "".join(char if char.isprintable() else " " for char in str(name)).strip()
    return text if len(text) <= length else text[: length - 1] + "…"


def left_out(shown: int, hidden: int, things: str) -> str:
    """Say how many things a chart leaves out; empty when it shows all."""
    if not hidden:
        return ""
    verb = "is" if hidden == 1 else "are"
    return f"{shown} of {shown + hidden} {things} shown; {hidden} {verb} left out"
