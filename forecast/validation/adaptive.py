"""Adaptive conformal intervals: the level that is used follows how often intervals missed.

With alpha the share of values that may lie outside, 0.2 for 80 %, and err 1 where one did and 0
where not::

    alpha[t + 1] = alpha[t] + gamma (alpha - err[t])

The interval of the next forecast is the conformal one at the level ``1 - alpha[t + 1]``: after
misses it is wider, after hits a little narrower. Each series and each step ahead has an alpha of
its own. The error of a forecast of h steps is known h rows after its cutoff, so that the interval
at a cutoff has learnt from the forecasts alone whose actual value lies at or before it.

Whatever happens, after T known errors of forecasts one step ahead the share of misses is within
``(max(alpha, 1 - alpha) + gamma) / (gamma T)`` of alpha, had alpha free play; of h steps ahead,
whose errors are known later, some h gamma stands for gamma. Alpha has no free play where it asks
for more than any error known: the interval then is as wide as the largest one.

References
----------
Gibbs & Candes (2021), Adaptive conformal inference under distribution shift, NeurIPS 34, arXiv
2106.00170: equation 2, proposition 4.1. They take a gamma of 0.005 for thousands of days; the
bound above is worth something after a hundred errors with ten times as much.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from forecast.data.arrays import BoolArray, FloatArray, IntArray
    from forecast.models.intervals import ConformalIntervals

GAMMA = 0.05


@dataclass(frozen=True, eq=False)
class AdaptiveWidths:
    """What came of it.

    Parameters
    ----------
    half : array of shape (N, K, H), in scales of the series
        Half of the width of each interval; nan where the plain one is.
    capped : array of shape (N, K, H)
        Where alpha asked for more than any error known.
    """

    half: FloatArray
    capped: BoolArray


def adaptive_half_widths(
    errors: FloatArray,
    cutoffs: IntArray,
    intervals: ConformalIntervals,
    *,
    level: float,
    gamma: float = GAMMA,
) -> AdaptiveWidths:
    """Follow N series over K cutoffs.

    Parameters
    ----------
    errors : array of shape (N, K, H), in scales of the series
        How far each forecast was off, without sign; nan where the actual value is missing, which
        changes nothing.
    cutoffs : array of shape (K,)
        Grid rows, ascending.
    intervals : ConformalIntervals
        From which widths are taken, at any level.
    level : float, in percent
    gamma : float
        How far one error moves alpha; at 0 intervals are the plain ones.

    Examples
    --------
    >>> from forecast.models.intervals import ConformalIntervals
    >>> past = ConformalIntervals.from_residuals(np.arange(1.0, 100.0)[:, None])
    >>> errors = np.array([[[90.0], [90.0], [1.0]]])
    >>> found = adaptive_half_widths(errors, np.array([0, 1, 2]), past, level=80, gamma=0.1)
    >>> found.half.ravel()
    array([80., 88., 96.])
    """
    alpha = 1 - level / 100
    n_series, count, horizon = errors.shape
    steps = np.arange(1, horizon + 1, dtype=np.int64)
    plain = intervals.half_width(level, horizon)
    largest = np.tile(intervals.largest(horizon), (n_series, 1))  # (N, H)
    current, arrived = np.full((n_series, horizon), alpha), np.zeros(horizon, dtype=np.int64)
    half = np.empty(errors.shape)
    capped = np.zeros(errors.shape, dtype=np.bool_)
    for place in range(count):
        due = np.searchsorted(cutoffs, cutoffs[place] - steps, side="right")  # (H,)
        while (fresh := np.flatnonzero(arrived < due)).size:
            before = errors[:, arrived[fresh], fresh]  # (N, F)
            known = np.isfinite(before)
            missed = before > half[:, arrived[fresh], fresh]
            current[:, fresh] += np.where(known, gamma * (alpha - missed), 0.0)
            largest[:, fresh] = np.fmax(largest[:, fresh], before)
            arrived[fresh] += 1
        found = intervals.half_widths(100 * (1 - np.clip(current, 0.0, 1.0)))
        beyond = np.isnan(found) & ~np.isnan(plain)
        found = np.where(beyond, largest, found)
        half[:, place] = np.where(np.isnan(plain), np.nan, found)
        capped[:, place] = beyond
    return AdaptiveWidths(half, capped)
