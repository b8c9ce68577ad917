"""Statistical forecasters: few numbers a series, fitted once, then filtered up to each cutoff.

What they share. A `Method` sees windows: the last rows up to a cutoff, at most 20 seasons or 200
rows, whichever is more. `fit` learns the parameters of each series (smoothing weights,
coefficients, which form) from the last window of the training rows; at a cutoff the state (level,
trend, season) follows from the window up to it by those parameters, without fitting anew. So
nothing but the window matters, and a bundle keeps no more than that.

A series that is constant or too short for its method is forecast by its last value, and a series
that the fit has not seen has its parameters from its own window at each cutoff.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Protocol, Self, TypeAlias

import numpy as np

from forecast.data.arrays import BoolArray, FloatArray, IntArray
from forecast.data.gaps import MASKED, rows_needed
from forecast.data.panel import Panel, Span
from forecast.errors import NotFittedError
from forecast.models.decompose import last_value, windows_before
from forecast.models.forecaster import FitContext, FitReport, PointsOnly, Setting
from forecast.models.naive import Naive

if TYPE_CHECKING:
    from torch import Tensor

SEASONS, LEAST_ROWS = 20, 200
"""History that is looked at, whichever is longer."""
LEAST_VALUES = 5
"""In a window, for anything but its last value to be forecast."""
BLOCK_CELLS = 2_000_000  # values of windows that are looked at together
MOST_STEPS = 1_000_000
"""Longest season that a bundle may claim: a forged one would cost memory."""
NAIVE = np.nan
"""First parameter of a series that is forecast by its last value."""

Parameters: TypeAlias = FloatArray
"""Of each window, shape (M, P); a row of nan where the last value is forecast."""


class Method(Protocol):
    """How windows are fitted and forecast; see `StatisticalForecaster`."""

    season_length: int
    bounds: tuple[tuple[float, float], ...]

    def fit(self, windows: FloatArray) -> Parameters:
        """Parameters (M, P) of windows (M, W), each scaled to a mean size of 1."""

    def forecast(self, windows: FloatArray, parameters: Parameters, horizon: int) -> FloatArray:
        """Forecast (M, H) after windows (M, W); nan where it cannot."""


class StatisticalForecaster(PointsOnly):
    """Fits a method to each series by itself.

    Parameters
    ----------
    name : str
        In the registry.
    method : Method
    """

    def __init__(self, name: str, method: Method) -> None:
        self.name = name
        self.method = method
        self.fitted: Parameters | None = None
        self.unique_ids: tuple[str, ...] = ()

    @property
    def parameters(self) -> int:
        """Number of fitted numbers of all series."""
        return 0 if self.fitted is None else int(np.isfinite(self.fitted).sum())

    @property
    def report(self) -> FitReport | None:
        """There are no epochs to report."""
        return None

    @property
    def context_length(self) -> int:
        """The history that is looked at."""
        season = self.method.season_length
        return season * max(SEASONS, -(-LEAST_ROWS // season))

    def rows_needed(self, panel: Panel) -> IntArray:
        """Rows that a forecast rests on, shape (N,): the history, back to an observed value."""
        return rows_needed(panel, self.context_length, MASKED)

    def fit(self, panel: Panel, *, span: Span, context: FitContext) -> Self:
        """Learn the parameters of each series from the last rows of the span.

        How many series have too little in them is said to the monitor.
        """
        seen = panel.slice(span.start, span.stop)
        last = np.array([span.stop - span.start - 1], dtype=np.int64)
        rows = windows_before(seen, last, self.context_length, self.method.season_length)[:, 0]
        self.fitted, self.unique_ids = self._fit(rows), panel.unique_ids
        plain = int(np.isnan(self.fitted[:, 0]).sum())
        if plain:
            context.monitor.say(
                f"{context.name}: {plain} of {panel.n_series} series are forecast by their last "
                "value, as their training rows are constant or too few"
            )
        return self

    def predict(self, panel: Panel, cutoffs: IntArray, *, horizon: int) -> FloatArray:
        """Forecast ``horizon`` steps after each cutoff, shape (N, K, horizon)."""
        if self.fitted is None:
            raise NotFittedError(f"{self.name} has not been fitted", fix="call fit first")
        found = Naive().predict(panel, cutoffs, horizon=horizon)
        place = {name: index for index, name in enumerate(self.unique_ids)}
        known = np.array([place.get(name, -1) for name in panel.unique_ids], dtype=np.int64)
        with_none = np.concatenate([self.fitted, np.full((1, self.fitted.shape[1]), NAIVE)])
        for series, times in self._blocks(panel, len(cutoffs)):
            part, at = panel.take(np.arange(panel.n_series)[series]), cutoffs[times]
            windows = windows_before(part, at, self.context_length, self.method.season_length)
            windows = windows.reshape(-1, windows.shape[2])
            which = np.repeat(known[series], len(at))
            parameters = with_none[which]
            strange = which < 0
            if strange.any():
                parameters[strange] = self._fit(windows[strange])
            ahead = self._ahead(windows, parameters, horizon)
            last = found[series, times]
            ahead = ahead.reshape(last.shape)
            found[series, times] = np.where(np.isfinite(ahead), ahead, last)
        return found

    def _blocks(self, panel: Panel, count: int) -> Iterator[tuple[slice, slice]]:
        """Series and cutoffs whose windows are looked at together."""
        rows = min(self.context_length, panel.length + self.method.season_length)
        most = max(1, BLOCK_CELLS // rows)
        size = max(1, most // max(1, min(count, most)))
        for start in range(0, panel.n_series, size):
            for first in range(0, count, most):
                yield slice(start, start + size), slice(first, first + most)

    def _fit(self, windows: FloatArray) -> Parameters:
        """Fit the windows that hold enough; nan for the others."""
        found = np.full((len(windows), len(self.method.bounds)), NAIVE)
        enough = _worth(windows)
        if enough.any():
            rows = windows[enough]
            found[enough] = self.method.fit(rows / _size(rows))
        return found

    def _ahead(self, windows: FloatArray, parameters: Parameters, horizon: int) -> FloatArray:
        found = np.full((len(windows), horizon), np.nan)
        usable: BoolArray = ~np.isnan(parameters[:, 0]) & _worth(windows)
        if usable.any():
            rows = windows[usable]
            size = _size(rows)
            with np.errstate(all="ignore"):
                ahead = self.method.forecast(rows / size, parameters[usable], horizon)
            whole = np.isfinite(ahead).all(axis=1, keepdims=True)
            found[usable] = np.where(whole, ahead * size, np.nan)
        return found

    def settings(self) -> Mapping[str, Setting]:
        """Return the arguments of `build_statistical`."""
        return {"season_length": self.method.season_length}

    def state(self) -> Mapping[str, Tensor]:
        """Return the parameters of each series, shape (N, P)."""
        import torch  # nothing else here needs it

        fitted = self.fitted
        return {} if fitted is None else {"parameters": torch.from_numpy(fitted.copy())}


def build_statistical(name: str, *, season_length: int) -> StatisticalForecaster:
    """Build an unfitted forecaster by its name."""
    from forecast.models import arima, ets, stl_ets, theta

    if name == "ets":
        return StatisticalForecaster(name, ets.Ets(season_length))
    if name == "arima":
        return StatisticalForecaster(name, arima.Arima(season_length))
    if name == "theta":
        return StatisticalForecaster(name, theta.Theta(season_length))
    return StatisticalForecaster(name, stl_ets.StlEts(season_length))


def restore_statistical(
    name: str,
    settings: Mapping[str, Setting],
    state: Mapping[str, Tensor],
    *,
    unique_ids: tuple[str, ...],
) -> StatisticalForecaster:
    """Build a fitted forecaster from what `settings` and `state` gave, all checked first.

    Raises
    ------
    ValueError
        If they do not describe this forecaster, or a parameter is out of its bounds.
    """
    season = settings.get("season_length")
    if set(settings) != {"season_length"} or type(season) is not int:
        raise ValueError(f"settings do not describe {name!r}: {dict(settings)!r}")
    if not 1 <= season <= MOST_STEPS:
        raise ValueError(f"season_length is {season}, not 1 to {MOST_STEPS}")
    forecaster = build_statistical(name, season_length=season)
    low, high = np.array(forecaster.method.bounds).T
    if set(state) != {"parameters"}:
        raise ValueError(f"{name!r} has the tensor 'parameters', not {sorted(state)}")
    fitted = state["parameters"].numpy()
    if fitted.shape != (len(unique_ids), len(low)) or fitted.dtype != np.float64:
        raise ValueError(f"tensor 'parameters' is {fitted.dtype} {list(fitted.shape)}")
    nothing = np.isnan(fitted[:, :1])
    if not (((fitted >= low) & (fitted <= high)) | (nothing & np.isnan(fitted))).all():
        raise ValueError("tensor 'parameters' holds a number out of bounds")
    forecaster.fitted, forecaster.unique_ids = fitted.copy(), unique_ids
    return forecaster


def _worth(windows: FloatArray) -> BoolArray:
    """Whether a window holds enough values, and two that differ."""
    there = np.isfinite(windows)
    last, _ = last_value(windows)
    apart = (there & (windows != last[:, None])).any(axis=1)
    found: BoolArray = apart & (there.sum(axis=1) >= LEAST_VALUES)
    return found


def _size(windows: FloatArray) -> FloatArray:
    """Mean absolute value of each window, shape (M, 1)."""
    there = np.isfinite(windows)
    return np.asarray(
        np.where(there, np.abs(windows), 0.0).sum(axis=1, keepdims=True)
        / there.sum(axis=1, keepdims=True)
    )
