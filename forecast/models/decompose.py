"""Classical decomposition of many windows at once: whether there is a season, and which.

A window is one row of an array (M, W) that ends with its newest value; what lies before the first
one is nan. Where W is a multiple of the season m, column j has the phase ``j mod m``, and h steps
ahead the phase is ``(h - 1) mod m``: a season needs no other anchor.

References
----------
Makridakis, Spiliotis & Assimakopoulos (2020), The M4 competition: `SeasonalityTest` and
`decompose` of the published benchmarks (github.com/Mcompetitions/M4-methods).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.data.arrays import BoolArray, FloatArray, IntArray
from forecast.data.panel import Panel

CRITICAL = 1.645
"""Of a standard normal number, two-sided 90 %."""
LEAST_SEASONS = 3
"""Of values, for a season to be tested."""


@dataclass(frozen=True)
class Figure:
    """A season: factors where every value of a window is positive, else terms.

    Parameters
    ----------
    values : array of shape (M, m)
        1 or 0 in every phase where no season is known.
    factor : array of shape (M,)
        Whether the values are factors.
    known : array of shape (M,)
        Whether a season was found.
    """

    values: FloatArray
    factor: BoolArray
    known: BoolArray

    def out_of(self, windows: FloatArray) -> FloatArray:
        """Return the windows without their season."""
        tiled = np.tile(self.values, (1, windows.shape[1] // self.values.shape[1]))
        with np.errstate(all="ignore"):  # terms may be 0, and are never divided by
            return np.where(self.factor[:, None], windows / tiled, windows - tiled)

    def into(self, lines: FloatArray) -> FloatArray:
        """Give the season back to what was forecast without, (M, H)."""
        ahead = self.values[:, np.arange(lines.shape[1]) % self.values.shape[1]]
        return np.where(self.factor[:, None], lines * ahead, lines + ahead)


def windows_before(panel: Panel, cutoffs: IntArray, rows: int, season_length: int) -> FloatArray:
    """Take the last ``rows`` rows up to each cutoff, less what is empty in all of them.

    Returns
    -------
    array of shape (N, K, W)
        W is a multiple of the season.
    """
    reach = int(cutoffs.max(initial=0) - panel.first.min(initial=0)) + 1
    rows = max(1, min(rows, reach))
    rows += -rows % season_length
    back = np.arange(1 - rows, 1, dtype=np.int64)
    found = panel.at(cutoffs[:, None] + back)
    there = np.flatnonzero(np.isfinite(found).any(axis=(0, 1)))
    used = rows - (int(there[0]) if len(there) else rows - 1)
    return found[..., rows - (used + -used % season_length) :]


def last_value(windows: FloatArray) -> tuple[FloatArray, IntArray]:
    """Return the newest value of each window and its column; nan and 0 where there is none."""
    there = np.isfinite(windows)
    column = windows.shape[1] - 1 - np.argmax(there[:, ::-1], axis=1)
    column = np.where(there.any(axis=1), column, 0)
    return windows[np.arange(len(windows)), column], column


def filled_between(windows: FloatArray) -> FloatArray:
    """Draw straight lines across the gaps of windows; before and after their values is nothing."""
    there = np.isfinite(windows)
    if bool(np.all(there)):
        return windows
    column = np.broadcast_to(np.arange(windows.shape[1]), windows.shape)
    before = np.maximum.accumulate(np.where(there, column, -1), axis=1)
    after = np.where(there, column, windows.shape[1])[:, ::-1]
    after = np.minimum.accumulate(after, axis=1)[:, ::-1]
    inside = ~there & (before >= 0) & (after < windows.shape[1])
    low, high = np.where(inside, before, 0), np.where(inside, after, 0)
    start = np.take_along_axis(windows, low, axis=1)
    rise = np.take_along_axis(windows, high, axis=1) - start
    share = (column - low) / np.maximum(high - low, 1)
    return np.where(inside, start + rise * share, windows)


def seasonal(windows: FloatArray, season_length: int) -> BoolArray:
    """Test each window for a season by its autocorrelation at one season, at 90 %.

    ``|r_m| > 1.645 sqrt((1 + 2 (r_1^2 + ... + r_(m-1)^2)) / n)``; never with less than three
    seasons of values.
    """
    whole = filled_between(windows)
    there = np.isfinite(whole)
    count = there.sum(axis=1)
    if season_length == 1 or not len(whole):
        return np.zeros(len(whole), dtype=np.bool_)
    centre = np.where(there, whole, 0.0).sum(axis=1) / np.maximum(count, 1)
    apart = np.where(there, whole - centre[:, None], 0.0)
    with np.errstate(all="ignore"):
        power = (apart**2).sum(axis=1)
        found = [
            (apart[:, lag:] * apart[:, :-lag]).sum(axis=1) / power
            for lag in range(1, min(season_length, whole.shape[1] - 1) + 1)
        ]
        if len(found) < season_length:
            return np.zeros(len(whole), dtype=np.bool_)
        spread = 1 + 2 * sum((each**2 for each in found[:-1]), np.zeros(len(whole)))
        limit = CRITICAL * np.sqrt(spread / count)
        enough = count >= LEAST_SEASONS * season_length
        tested: BoolArray = enough & (np.abs(found[-1]) > limit)
        return tested


def figure_of(
    windows: FloatArray, season_length: int, *, asked: BoolArray, factor: BoolArray | None = None
) -> Figure:
    """Find the season of each window by classical decomposition.

    The mean of the values over (or less) their centred moving average, by phase, then divided by
    (or less) the mean of all phases.

    Parameters
    ----------
    windows : array of shape (M, W)
    season_length : int, in steps
    asked : array of shape (M,)
        Of which windows a season is wanted.
    factor : array of shape (M,), optional
        Whether it multiplies; by default, where every value is positive.
    """
    factor = positive(windows) if factor is None else factor
    neutral = np.where(factor, 1.0, 0.0)[:, None]
    values = np.broadcast_to(neutral, (len(windows), season_length))
    if season_length == 1 or windows.shape[1] <= season_length or not asked.any():
        return Figure(values, factor, np.zeros(len(windows), dtype=np.bool_))
    whole = filled_between(windows)
    trend = _moving_average(whole, season_length)
    with np.errstate(all="ignore"):
        trend = np.where(factor[:, None] & (trend <= 0), np.nan, trend)
        rest = np.where(factor[:, None], whole / trend, whole - trend)
        cycles = rest.reshape(len(rest), -1, season_length)
        there = np.isfinite(cycles)
        found = np.where(there, cycles, 0.0).sum(axis=1) / there.sum(axis=1)
        centre = found.mean(axis=1, keepdims=True)
        found = np.where(factor[:, None], found / centre, found - centre)
        sound = np.isfinite(found) & (~factor[:, None] | (found > 0))
        known = asked & sound.all(axis=1)
    return Figure(np.where(known[:, None], found, values), factor, known)


def positive(windows: FloatArray) -> BoolArray:
    """Whether every value of a window is above 0."""
    return np.asarray(~(windows <= 0).any(axis=1))


def _moving_average(windows: FloatArray, season_length: int) -> FloatArray:
    """Centred mean of one season, half weights at both ends where it is even; nan at the edges."""
    half = season_length // 2
    weights = np.ones(2 * half + 1)
    if season_length % 2 == 0:
        weights[[0, -1]] = 0.5
    middle = windows.shape[1] - 2 * half
    total = np.zeros((len(windows), middle))
    for offset, weight in enumerate(weights):
        total += weight * windows[:, offset : offset + middle]
    trend = np.full(windows.shape, np.nan)
    trend[:, half : half + middle] = total / season_length
    return trend
