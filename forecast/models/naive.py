"""The naive family: four rules that learn nothing and must be beaten.

Each rule looks at the rows at or before the cutoff, never after. A missing value is passed over:
the last observed one takes its place.

References
----------
Hyndman & Athanasopoulos, Forecasting: Principles and Practice, 3rd ed., section 5.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import numpy as np

from forecast.data.gaps import MASKED, Gaps, rows_needed
from forecast.data.latest import latest_in_phase, latest_observed
from forecast.models.forecaster import PointsOnly

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch

    from forecast.data.arrays import FloatArray, IntArray
    from forecast.data.panel import Panel, Span
    from forecast.models.forecaster import FitContext, FitReport, Setting

GATHER_CELLS = 4_000_000  # values that the moving average holds at once, 32 MB


class Rule(PointsOnly):
    """What the rules share: nothing to learn, nothing to keep."""

    name: str

    @property
    def parameters(self) -> int:
        """A rule trains no numbers."""
        return 0

    @property
    def report(self) -> FitReport | None:
        """A rule has no epochs to report."""
        return None

    @property
    def context_length(self) -> int:
        """A rule reads one row unless it says otherwise."""
        return 1

    def rows_needed(self, panel: Panel) -> IntArray:
        """Rows that a forecast rests on, shape (N,): back to an observed value."""
        return rows_needed(panel, self.context_length, MASKED)

    def fit(self, panel: Panel, *, span: Span, context: FitContext) -> Self:  # noqa: ARG002
        """Return self: there is nothing to learn."""
        return self

    def settings(self) -> Mapping[str, Setting]:
        """Return the arguments of the constructor: none."""
        return {}

    def state(self) -> Mapping[str, torch.Tensor]:
        """Return nothing: a rule learns nothing."""
        return {}


class Naive(Rule):
    """Repeats the last observed value: ``y_hat[c + h] = y[c]``."""

    name = "naive"

    def predict(self, panel: Panel, cutoffs: IntArray, *, horizon: int) -> FloatArray:
        """Forecast ``horizon`` steps after each cutoff, shape (N, K, horizon)."""
        last = _last_observed(panel, cutoffs)
        return np.repeat(last[:, :, None], horizon, axis=2)


class SeasonalNaive(Rule):
    """Repeats the last season: ``y_hat[c + h] = y[c + h - m ceil(h / m)]``.

    The phase of a row is its place on the grid, so a gap in the data never shifts the season. A
    missing value is replaced by the one a season earlier, and so on back; a phase that was never
    observed takes the last observed value.

    Parameters
    ----------
    season_length : int, in steps
        m; 1 is the naive rule.
    """

    name = "seasonal_naive"

    def __init__(self, season_length: int) -> None:
        self.season_length = season_length

    @property
    def context_length(self) -> int:
        """One season."""
        return self.season_length

    def rows_needed(self, panel: Panel) -> IntArray:
        """Rows that a forecast rests on, shape (N,): back to an observed value of each phase."""
        season = self.season_length
        return rows_needed(panel, season, Gaps("seasonal", season))

    def predict(self, panel: Panel, cutoffs: IntArray, *, horizon: int) -> FloatArray:
        """Forecast ``horizon`` steps after each cutoff, shape (N, K, horizon)."""
        season = self.season_length
        steps = np.arange(min(season, horizon), dtype=np.int64)
        rows = cutoffs[:, None] + 1 + steps - season  # (K, one season)
        one = _last_in_phase(panel, rows, season)  # (N, K, one season)
        fallback = _last_observed(panel, cutoffs)[:, :, None]
        one = np.where(np.isnan(one), fallback, one)
        return one[:, :, np.arange(horizon) % season]

    def settings(self) -> Mapping[str, Setting]:
        """Return the arguments of the constructor."""
        return {"season_length": self.season_length}


class Drift(Rule):
    """Extends the line from the first observed value to the last one at or before the cutoff.

    ``y_hat[c + h] = y[c] + h (y[c] - y[first]) / (c - first)``; with one observed value the line
    is flat. The slope rests on the first value of the series, so a shortened series has another.
    """

    name = "drift"

    def rows_needed(self, panel: Panel) -> IntArray:
        """All rows of each series, shape (N,): the line begins at the first."""
        return panel.lengths

    def predict(self, panel: Panel, cutoffs: IntArray, *, horizon: int) -> FloatArray:
        """Forecast ``horizon`` steps after each cutoff, shape (N, K, horizon)."""
        last = _last_index(panel, cutoffs)  # (N, K), into the packed values
        first = _first_index(panel)[:, None]
        found = last >= 0
        origin = np.broadcast_to(np.where(first >= 0, first, 0), last.shape)
        newest = np.where(found, last, origin)
        if not panel.values.size:
            return np.full((*last.shape, horizon), np.nan)
        value = np.where(found, panel.values[newest], np.nan)
        slope = (value - panel.values[origin]) / np.maximum(newest - origin, 1)
        newest_row = newest - panel.offsets[:-1, None] + panel.first[:, None]
        ahead = (cutoffs[None, :] - newest_row)[:, :, None] + np.arange(1, horizon + 1)
        forecast: FloatArray = value[:, :, None] + slope[:, :, None] * ahead
        return forecast


class MovingAverage(Rule):
    """Repeats the mean of the values observed in the last ``window`` rows.

    Parameters
    ----------
    window : int, in steps
        With none observed among them, the last observed value is repeated.
    """

    name = "moving_average"

    def __init__(self, window: int) -> None:
        self.window = window

    @property
    def context_length(self) -> int:
        """The window."""
        return self.window

    def predict(self, panel: Panel, cutoffs: IntArray, *, horizon: int) -> FloatArray:
        """Forecast ``horizon`` steps after each cutoff, shape (N, K, horizon)."""
        level = _last_observed(panel, cutoffs)
        window = max(1, min(self.window, panel.length))
        back = np.arange(1 - window, 1, dtype=np.int64)
        chunk = max(1, GATHER_CELLS // max(1, panel.n_series * window))
        for start in range(0, len(cutoffs), chunk):
            part = slice(start, start + chunk)
            values = panel.at(cutoffs[part, None] + back)  # (N, chunk, window)
            observed = ~np.isnan(values)
            count = observed.sum(axis=2)
            # Around the last value, so that the mean of equal values is that value exactly.
            last = level[:, part]
            total = np.where(observed, values - last[:, :, None], 0.0).sum(axis=2)
            level[:, part] = np.where(count > 0, last + total / np.maximum(count, 1), last)
        return np.repeat(level[:, :, None], horizon, axis=2)

    def settings(self) -> Mapping[str, Setting]:
        """Return the arguments of the constructor."""
        return {"window": self.window}


def _last_observed(panel: Panel, rows: IntArray) -> FloatArray:
    """Last value at or before each row, shape (N, K); nan where there is none."""
    return _take(panel, _last_index(panel, rows))


def _last_index(panel: Panel, rows: IntArray) -> IntArray:
    """Packed index of the last observed value at or before each row (N, K), or -1."""
    seen = latest_observed(panel, ~np.isnan(panel.values))
    local = np.minimum(rows[None, :] - panel.first[:, None], panel.lengths[:, None] - 1)
    inside = local >= 0
    if not len(seen):
        return np.full(local.shape, -1, dtype=np.int64)
    return np.where(inside, seen[np.where(inside, local + panel.offsets[:-1, None], 0)], -1)


def _first_index(panel: Panel) -> IntArray:
    """Packed index of the first observed value of each series (N,), or -1."""
    where = np.flatnonzero(~np.isnan(panel.values))
    place = np.searchsorted(where, panel.offsets[:-1])
    candidates = np.append(where, len(panel.values))[place]
    return np.where(candidates < panel.offsets[1:], candidates, -1).astype(np.int64)


def _last_in_phase(panel: Panel, rows: IntArray, season_length: int) -> FloatArray:
    """Last value at or before each row with that row's phase, shape (N, *rows.shape)."""
    last = latest_in_phase(panel, ~np.isnan(panel.values), season_length)
    flat = rows.reshape(-1)
    local = flat[None, :] - panel.first[:, None]
    beyond = np.maximum(local - (panel.lengths[:, None] - 1), 0)
    local = local - season_length * (-(-beyond // season_length))  # back to the last own season
    inside = local >= 0
    if not len(last):
        return np.full((panel.n_series, *rows.shape), np.nan)
    found = np.where(inside, last[np.where(inside, local + panel.offsets[:-1, None], 0)], -1)
    return _take(panel, found).reshape(panel.n_series, *rows.shape)


def _take(panel: Panel, index: IntArray) -> FloatArray:
    """Packed values at ``index``; nan where it is -1."""
    if not panel.values.size:
        return np.full(index.shape, np.nan)
    return np.where(index >= 0, panel.values[index], np.nan)
