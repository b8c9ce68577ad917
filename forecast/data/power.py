"""The power of a Box-Cox transform, found for many series at once.

References
----------
Box & Cox (1964), An analysis of transformations, section 3: maximum likelihood, which for values
divided by their geometric mean is least variance of the transformed values.
"""

from __future__ import annotations

import numpy as np

from forecast.data.arrays import FloatArray, IntArray

GRID = np.linspace(1.0, 0.0, 21)  # where powers tie, the one nearest to no transform is taken
HALVINGS = 24  # golden sections of a twentieth: the power is known to 1e-6
GOLDEN = (np.sqrt(5.0) - 1) / 2


def likeliest_powers(values: FloatArray, series: IntArray, n_series: int) -> FloatArray:
    """Power of each series, between 0 (the logarithm) and 1 (no transform).

    Above 1 the transform may overflow, and below 0 its inverse has a pole, where a forecast would
    be infinite.

    Parameters
    ----------
    values : array of shape (R,)
        All above 0.
    series : array of shape (R,)
        Which series each is of.
    n_series : int
        N.

    Returns
    -------
    array of shape (N,)
        1 for a series that never changes, nan for one without a value.
    """
    count = np.bincount(series, minlength=n_series)
    divisor = np.maximum(count, 1)
    logs = np.log(values)
    logs -= (np.bincount(series, logs, n_series) / divisor)[series]

    def spread(powers: FloatArray) -> FloatArray:
        power = powers[series]
        with np.errstate(over="ignore", invalid="ignore"):
            bent = np.where(power > 0, np.expm1(power * logs) / np.where(power > 0, power, 1), logs)
            bent -= (np.bincount(series, bent, n_series) / divisor)[series]
            found = np.bincount(series, bent**2, n_series) / divisor
        return np.where(np.isfinite(found), found, np.inf)

    tried = np.stack([spread(np.full(n_series, power)) for power in GRID])
    best = GRID[np.argmin(tried, axis=0)]
    low = np.maximum(best - (GRID[0] - GRID[1]), 0.0)
    high = np.minimum(best + (GRID[0] - GRID[1]), 1.0)
    for _ in range(HALVINGS):
        inner, outer = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
        lower = spread(inner) < spread(outer)
        low, high = np.where(lower, low, inner), np.where(lower, outer, high)
    middle = (low + high) / 2
    powers = np.where(spread(middle) < tried.min(axis=0), middle, best)
    changes = np.zeros(n_series, dtype=np.bool_)
    changes[series[1:][(series[1:] == series[:-1]) & (values[1:] != values[:-1])]] = True
    return np.where(count > 0, np.where(changes, powers, 1.0), np.nan)
