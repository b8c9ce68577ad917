"""Theta: the mean of a straight line and an exponential smoothing of what is bent away from it.

In the M3 competition it was the most accurate of all methods on the monthly series.

References
----------
Assimakopoulos & Nikolopoulos (2000), The theta model; Hyndman & Billah (2003), Unmasking the Theta
method: it is simple exponential smoothing with a drift of half the slope.
"""

from __future__ import annotations

import numpy as np

from forecast.data.arrays import FloatArray
from forecast.models.decompose import figure_of, filled_between, positive, seasonal
from forecast.models.search import minimise

LEAST = 0.01
"""Smallest weight of the newest value."""


class Theta:
    """The classical method with theta 0 and 2, seasonally adjusted where a test finds a season.

    Its parameters: whether there is a season (2 multiplies, 1 adds, 0 none), the weight of the
    newest value, the slope of the line in sizes of the window a step.
    """

    bounds: tuple[tuple[float, float], ...] = ((0.0, 2.0), (LEAST, 1.0), (-np.inf, np.inf))

    def __init__(self, season_length: int) -> None:
        self.season_length = season_length

    def fit(self, windows: FloatArray) -> FloatArray:
        """Fit weight and slope to each window; see `Method`."""
        asked = seasonal(windows, self.season_length)
        figure = figure_of(windows, self.season_length, asked=asked)
        rows = filled_between(figure.out_of(windows))
        kind = np.where(figure.known, np.where(figure.factor, 2.0, 1.0), 0.0)

        def loss(candidates: FloatArray) -> FloatArray:
            return _smooth(rows, LEAST + (1 - LEAST) * candidates[..., 0])[1]

        best = minimise(loss, len(rows), ((0.05, 0.2, 0.4, 0.6, 0.8, 0.95),))[0][:, 0]
        return np.stack([kind, LEAST + (1 - LEAST) * best, _slope(rows)], axis=1)

    def forecast(self, windows: FloatArray, parameters: FloatArray, horizon: int) -> FloatArray:
        """Smooth each window and go on by half the slope; see `Method`."""
        kind, alpha, slope = parameters.T
        factor = np.where(kind > 1, positive(windows), False)  # noqa: FBT003
        figure = figure_of(windows, self.season_length, asked=kind > 0, factor=factor)
        rows = filled_between(figure.out_of(windows))
        level, _ = _smooth(rows, alpha[:, None])
        count = np.isfinite(rows).sum(axis=1)
        begun = (1 - (1 - alpha) ** count) / alpha
        steps = _behind(windows)[:, None] + np.arange(horizon)
        return figure.into(level + slope[:, None] / 2 * (steps + begun[:, None]))


def _smooth(rows: FloatArray, alpha: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Smooth rows (M, W) by weights (M, G): last levels and mean squared errors, both (M, G).

    The level before the first value is the one that makes the squared errors least.
    """
    level = np.zeros(alpha.shape)
    weight = np.ones(alpha.shape)  # of the first level in the present one
    square, cross, power = np.zeros(alpha.shape), np.zeros(alpha.shape), np.zeros(alpha.shape)
    there = np.isfinite(rows)
    for column, seen in zip(rows.T, there.T, strict=True):
        here = seen[:, None]
        error = np.where(here, column[:, None] - level, 0.0)
        known = np.where(here, weight, 0.0)
        square += error**2
        cross += error * known
        power += known**2
        level += alpha * error
        weight = np.where(here, (1 - alpha) * weight, weight)
    first = cross / power
    count = there.sum(axis=1)[:, None]
    return level + weight * first, (square - first * cross) / count


def _slope(rows: FloatArray) -> FloatArray:
    """Slope of the straight line of least squares through each row, shape (M,)."""
    there = np.isfinite(rows)
    count = there.sum(axis=1)
    step = np.broadcast_to(np.arange(float(rows.shape[1])), rows.shape)
    centre = np.where(there, step, 0.0).sum(axis=1) / count
    apart = np.where(there, step - centre[:, None], 0.0)
    value = np.where(there, rows, 0.0)
    mean = value.sum(axis=1) / count
    found: FloatArray = (apart * (value - mean[:, None])).sum(axis=1) / (apart**2).sum(axis=1)
    return found


def _behind(windows: FloatArray) -> FloatArray:
    """Rows from the last value of each window to its end."""
    return np.asarray(np.argmax(np.isfinite(windows)[:, ::-1], axis=1), dtype=np.float64)
