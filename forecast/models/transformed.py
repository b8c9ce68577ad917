"""A forecaster of transformed values, as a forecaster of values; and one that is clipped at 0.

The forecaster inside sees a panel of transformed values and forecasts those, beyond its trained
horizon, too. What it forecasts is inverted once, on the way out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Self, TypeAlias

import numpy as np

from forecast.data.arrays import FloatArray, IntArray
from forecast.data.domain import refuse_outside
from forecast.data.panel import Panel, Span
from forecast.data.transform import Target, TargetTransform, fit_transform, observed_before
from forecast.errors import NotEnoughDataError, NotFittedError, UsageError
from forecast.models.forecaster import Draws, FitContext, FitReport, Forecaster, Setting
from forecast.models.naive import Naive, SeasonalNaive

if TYPE_CHECKING:
    from torch import Tensor

Ask: TypeAlias = Callable[[Panel, IntArray], FloatArray]
"""Lines (N, K, M, H) that the forecaster inside gives for a transformed panel and cutoffs."""
PREFIX = "target."  # of its settings and of its one tensor, among those of the forecaster inside
PARAMETER = f"{PREFIX}parameter"


class TransformedForecaster:
    """Forecasts values by a forecaster of transformed ones.

    Parameters
    ----------
    inner : Forecaster
    target : Target
        The transform, and whether forecasts are clipped at 0.
    """

    def __init__(self, inner: Forecaster, target: Target) -> None:
        self.inner = inner
        self.target = target
        self.name = inner.name
        self.fitted: TargetTransform | None = None
        self.unique_ids: tuple[str, ...] = ()

    @property
    def parameters(self) -> int:
        """Number of trained numbers, those of the transform not counted."""
        return self.inner.parameters

    @property
    def report(self) -> FitReport | None:
        """How the fit of the forecaster inside went."""
        return self.inner.report

    @property
    def context_length(self) -> int:
        """Rows up to a cutoff that a forecast reads: a difference begins one lag earlier."""
        return self.inner.context_length + self.target.lag

    def rows_needed(self, panel: Panel) -> IntArray:
        """Rows that a forecast rests on; all of a series that its own rows still transform."""
        transform = self._of(panel)
        needed = self.inner.rows_needed(transform.apply(panel))
        if self.target.lag:
            return np.maximum(needed + self.target.lag, self._repeat().rows_needed(panel))
        if transform.parameter is None:
            return needed
        return np.where(np.isnan(transform.parameter), panel.lengths, needed)

    def fit(self, panel: Panel, *, span: Span, context: FitContext) -> Self:
        """Fit the transform on the training rows, and the forecaster on what it makes of the span.

        Raises
        ------
        DataError
            If a value of the span is not of the domain of the transform.
        NotEnoughDataError
            If the training rows hold values and no difference.
        """
        refuse_outside(panel, self.target, stop=span.stop)
        transform = fit_transform(panel, self.target, start=span.start, stop=span.train_stop)
        seen = panel.slice(span.start, span.stop)  # differences reach no further back either
        rows = transform.apply(seen)
        _refuse_without_pairs(seen, rows, self.target, span.train_stop - span.start)
        inside = Span(0, span.train_stop - span.start, span.stop - span.start)
        self.inner.fit(rows, span=inside, context=context)
        self.fitted, self.unique_ids = transform, panel.unique_ids
        return self

    def predict(self, panel: Panel, cutoffs: IntArray, *, horizon: int) -> FloatArray:
        """Forecast; see `Forecaster.predict` and, for the kind of point, `forecast.data.transform`.

        A series that the fit had no value of has its Box-Cox power from its rows up to each cutoff.

        Raises
        ------
        DataError
            If a value up to the last cutoff is not of the domain of the transform.
        """

        def ask(rows: Panel, at: IntArray) -> FloatArray:
            return self.inner.predict(rows, at, horizon=horizon)[:, :, None]

        return self._inverted(panel, cutoffs, ask)[:, :, 0]

    def predict_quantiles(
        self, panel: Panel, cutoffs: IntArray, *, horizon: int, levels: Sequence[float]
    ) -> FloatArray:
        """Quantiles of transformed values, inverted one by one, which keeps them quantiles.

        Raises
        ------
        UsageError
            If the values are sums of differences: quantiles of a sum are no sum of quantiles.
        """
        if self.target.lag:
            raise UsageError(
                f"{self.name} forecasts differences, and the quantiles of values do not follow "
                "from those of their differences",
                location="flag --quantiles",
                fix="pass --samples 1000 and take the quantiles of its paths, or train with "
                "--transform none",
            )

        def ask(rows: Panel, at: IntArray) -> FloatArray:
            found = self.inner.predict_quantiles(rows, at, horizon=horizon, levels=levels)
            return found.swapaxes(2, 3)

        return self._inverted(panel, cutoffs, ask).swapaxes(2, 3)

    def sample_paths(
        self, panel: Panel, cutoffs: IntArray, *, horizon: int, draws: Draws
    ) -> FloatArray:
        """Paths of transformed values, each inverted; those of differences are summed up."""

        def ask(rows: Panel, at: IntArray) -> FloatArray:
            return self.inner.sample_paths(rows, at, horizon=horizon, draws=draws)

        return self._inverted(panel, cutoffs, ask)

    def _inverted(self, panel: Panel, cutoffs: IntArray, ask: Ask) -> FloatArray:
        """Ask the forecaster inside for M lines a cutoff, and invert them, (N, K, M, H)."""
        refuse_outside(panel, self.target, stop=int(cutoffs.max(initial=-1)) + 1)
        transform = self._of(panel)
        if self.target.transform != "box-cox" or transform.parameter is None:
            return self._forecast(panel, transform, cutoffs, ask)
        fresh = np.isnan(transform.parameter)
        if not fresh.any():
            return self._forecast(panel, transform, cutoffs, ask)
        known, new = np.flatnonzero(~fresh), np.flatnonzero(fresh)
        strangers = panel.take(new)
        columns = []
        for place, cutoff in enumerate(cutoffs):
            own = fit_transform(strangers, self.target, start=0, stop=int(cutoff) + 1)
            columns.append(self._forecast(strangers, own, cutoffs[place : place + 1], ask))
        found = np.concatenate(columns, axis=1)
        forecasts = np.empty((panel.n_series, *found.shape[1:]))
        forecasts[new] = found
        if len(known):
            old = transform.take(known)
            forecasts[known] = self._forecast(panel.take(known), old, cutoffs, ask)
        return forecasts

    def _forecast(
        self, panel: Panel, transform: TargetTransform, cutoffs: IntArray, ask: Ask
    ) -> FloatArray:
        lag, rows = self.target.lag, transform.apply(panel)
        found = ask(rows, cutoffs)
        if lag:
            strange = ~np.isin(panel.unique_ids, self.unique_ids)[:, None]
            found[strange & (observed_before(rows, cutoffs) < 2)] = 0.0  # noqa: PLR2004 - no habit
            repeated = self._repeat().predict(panel, cutoffs, horizon=found.shape[3])
            found = transform.cumulate(found, repeated[:, :, None])
        return transform.backward(found)

    def _repeat(self) -> Naive | SeasonalNaive:
        """The rule whose forecasts those of differences are added to."""
        return Naive() if self.target.lag == 1 else SeasonalNaive(self.target.lag)

    def _of(self, panel: Panel) -> TargetTransform:
        """Transform of the series of a panel; its parameter is nan for one never seen."""
        if self.fitted is None:
            raise NotFittedError(f"{self.name} has not been fitted", fix="call fit first")
        parameter = self.fitted.parameter
        if parameter is None or panel.unique_ids == self.unique_ids:
            return self.fitted
        place = {name: index for index, name in enumerate(self.unique_ids)}
        index = np.array([place.get(name, -1) for name in panel.unique_ids], dtype=np.int64)
        with_nan = np.append(parameter, np.nan)
        return TargetTransform(self.target, with_nan[index])

    def settings(self) -> Mapping[str, Setting]:
        """Settings of the forecaster inside, and the target."""
        return {
            **self.inner.settings(),
            f"{PREFIX}transform": self.target.transform,
            f"{PREFIX}season_length": self.target.season_length,
            f"{PREFIX}non_negative": self.target.non_negative,
        }

    def state(self) -> Mapping[str, Tensor]:
        """Tensors of the forecaster inside, and the fitted parameter where there is one."""
        state = self.inner.state()
        if self.fitted is None or self.fitted.parameter is None:
            return state
        import torch  # a rule has no parameter, and so no need of a second's import

        return {**state, PARAMETER: torch.from_numpy(self.fitted.parameter.copy())}


def _refuse_without_pairs(seen: Panel, rows: Panel, target: Target, stop: int) -> None:
    """Refuse training rows in which every difference lacks one of its values."""
    last = np.array([stop - 1], dtype=np.int64)
    values = int(observed_before(seen, last).sum())
    if values and not observed_before(rows, last).any():
        apart = "next to each other" if target.lag == 1 else f"{target.lag} steps apart"
        raise NotEnoughDataError(
            f"the {stop} training rows hold {values} values, and no two are {apart}: --transform "
            f"{target.transform} leaves nothing to learn from",
            fix="pass --transform none, or train on more rows",
        )


def split_settings(
    settings: Mapping[str, Setting], state: Mapping[str, Tensor], *, n_series: int
) -> tuple[dict[str, Setting], dict[str, Tensor], TargetTransform]:
    """Take what `TransformedForecaster` added out of settings and state, and check it.

    Raises
    ------
    ValueError
        If it describes no target, or the tensor does not fit it.
    """
    own = {name.removeprefix(PREFIX): value for name, value in settings.items() if _is_own(name)}
    try:
        target = Target(**own)  # type: ignore[arg-type]
    except TypeError as error:
        raise ValueError(f"settings do not describe a target: {error}") from error
    target.check()
    parameter = state.get(PARAMETER)
    if (parameter is not None) != (target.transform == "box-cox" or target.lag > 0):
        raise ValueError(f"{target.transform} and tensor {PARAMETER!r} do not go together")
    numbers = None
    if parameter is not None:
        numbers = parameter.numpy()
        if numbers.shape != (n_series,) or numbers.dtype != np.float64 or np.isinf(numbers).any():
            raise ValueError(f"tensor {PARAMETER!r} is not {n_series} finite numbers")
        if not target.lag:
            check_powers(numbers)
    inside = {name: value for name, value in settings.items() if not _is_own(name)}
    rest = {name: value for name, value in state.items() if name != PARAMETER}
    return inside, rest, TargetTransform(target, numbers)


def check_powers(powers: FloatArray) -> None:
    """Refuse Box-Cox powers that no fit finds.

    Raises
    ------
    ValueError
        If one is not between 0 and 1.
    """
    if not ((powers >= 0) & (powers <= 1) | np.isnan(powers)).all():
        raise ValueError("a power is not of 0 to 1")


def _is_own(name: str) -> bool:
    return name.startswith(PREFIX)
