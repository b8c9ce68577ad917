"""Strength of trend and season: how much of what varies they explain, from 0 to 1.

    trend     max(0, 1 - Var(R) / Var(T + R))
    season    max(0, 1 - Var(R) / Var(S + R))

The parts are those of a classical additive decomposition: T is a centred moving average over one
season, S the mean of each phase of what is left, R the rest.

References
----------
Hyndman & Athanasopoulos, Forecasting: Principles and Practice (3rd ed.), sections 3.4 and 4.3;
Wang, Smith & Hyndman (2006).
"""

from __future__ import annotations

import numpy as np

from forecast.data.arrays import BoolArray, FloatArray, IntArray
from forecast.data.panel import Panel
from forecast.data.profile.segments import divided, means, place, totals

LEAST_SEASONS = 2
FEW_ROWS, SHARE = 7, 10
"""Without a season the trend is averaged over a tenth of the rows, and at least seven."""
DEAD = 1e-10
"""A deviation below this share of the size of the values is rounding."""


def strengths(panel: Panel, season: int) -> tuple[FloatArray, FloatArray]:
    """Strength of trend and of season of each series, shape (N,) each.

    Parameters
    ----------
    panel : Panel
        N series.
    season : int, in steps
        1 for none: the strength of the season is then nan.

    Returns
    -------
    tuple of arrays
        nan where a series is constant or shorter than two seasons.
    """
    values = standardised(panel)
    trend = moving_average(panel, values, _window(panel, season))
    detrended = values - trend
    remainder = detrended
    seasonal = np.full(panel.n_series, np.nan)
    if season > 1:
        sums, counts = phase_sums(panel, detrended, place(panel) % season, season)
        remainder = detrended - divided(sums, counts)
        seasonal = _explained(panel, remainder, detrended)
    return _explained(panel, remainder, remainder + trend), seasonal


def standardised(panel: Panel) -> FloatArray:
    """Values less their mean in deviations of their series, (R,); nan for a constant series."""
    mean = means(panel, panel.values)
    rest = panel.values - np.repeat(mean, panel.lengths)
    deviation = np.sqrt(means(panel, rest**2))
    alive = deviation > DEAD * np.maximum(np.abs(mean), np.finfo(np.float64).tiny)
    scale = np.where(alive, deviation, np.nan)
    return np.asarray(rest / np.repeat(scale, panel.lengths))


def moving_average(panel: Panel, values: FloatArray, window: IntArray) -> FloatArray:
    """Centred moving average of each series over the values that are seen.

    Parameters
    ----------
    panel : Panel
        N series.
    values : array of shape (R,)
        About as large in one series as in another.
    window : array of shape (N,), in rows
        An even window counts its two outermost rows by half.

    Returns
    -------
    array of shape (R,)
        nan where the window reaches over an end of the series or sees nothing.
    """
    half = np.repeat(window // 2, panel.lengths)
    even = np.repeat(window % 2 == 0, panel.lengths)
    rows = np.arange(len(values), dtype=np.int64)
    inside = (rows - half >= np.repeat(panel.offsets[:-1], panel.lengths)) & (
        rows + half < np.repeat(panel.offsets[1:], panel.lengths)
    )
    low, high = np.where(inside, rows - half, 0), np.where(inside, rows + half, 0)
    seen = np.isfinite(values)
    filled = np.where(seen, values, 0.0)
    above = _between(filled, low, high) - np.where(even, filled[low] + filled[high], 0.0) / 2
    count = _between(seen, low, high) - np.where(even, 0.5 * seen[low] + 0.5 * seen[high], 0.0)
    return np.where(inside, divided(above, count), np.nan)


def phase_sums(
    panel: Panel, values: FloatArray, phase: IntArray, season: int
) -> tuple[FloatArray, FloatArray]:
    """Sum and count, over the same series, of the values at the phase of each row.

    Parameters
    ----------
    panel : Panel
        N series; of those shorter than two seasons nothing is counted.
    values : array of shape (R,)
        nan is not counted.
    phase : array of shape (R,)
        Place of each row in the season, from 0.
    season : int, in steps

    Returns
    -------
    tuple of arrays of shape (R,)
    """
    long = panel.lengths >= LEAST_SEASONS * season
    inside = np.repeat(long, panel.lengths)
    key = np.repeat((np.cumsum(long) - 1) * season, panel.lengths)[inside] + phase[inside]
    known = values[inside]
    seen = np.isfinite(known)
    size = int(long.sum()) * season
    found = np.zeros((2, len(values)))
    if size:
        found[0, inside] = np.bincount(key[seen], known[seen], size)[key]
        found[1, inside] = np.bincount(key[seen], minlength=size)[key]
    return found[0], found[1]


def _window(panel: Panel, season: int) -> IntArray:
    if season > 1:
        return np.full(panel.n_series, season, dtype=np.int64)
    return np.maximum(FEW_ROWS, panel.lengths // SHARE) | 1


def _between(values: FloatArray | BoolArray, low: IntArray, high: IntArray) -> FloatArray:
    """Sum of the rows ``low`` to ``high``, both included."""
    summed = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    return np.asarray(summed[high + 1] - summed[low])


def _explained(panel: Panel, rest: FloatArray, whole: FloatArray) -> FloatArray:
    """Share of the variance of ``whole`` that is not in ``rest``, over the rows that have both."""
    both = np.isfinite(rest) & np.isfinite(whole)
    left, right = (_variance(panel, np.where(both, part, np.nan)) for part in (rest, whole))
    return np.maximum(0.0, 1 - divided(left, right))


def _variance(panel: Panel, values: FloatArray) -> FloatArray:
    centred = values - np.repeat(means(panel, values), panel.lengths)
    count = totals(panel, np.isfinite(values))
    return divided(totals(panel, np.where(np.isfinite(centred), centred**2, 0.0)), count)
