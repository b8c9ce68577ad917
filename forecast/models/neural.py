"""A recurrent network as a `Forecaster`: scaler, windows, training and recursion around it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from forecast.data.arrays import FloatArray, IntArray
from forecast.data.covariates import NOTHING, Beside
from forecast.data.domain import refuse_uncountable
from forecast.data.exogenous import (
    covariate_rows_needed,
    fit_covariate_scale,
    pack_exogenous,
)
from forecast.data.gaps import MASKED, Gaps, rows_needed
from forecast.data.panel import Panel, Span
from forecast.data.scale import ScalerKind, ScalerScope, fit_scaler
from forecast.errors import NotFittedError, UsageError
from forecast.models.answers import Answers
from forecast.models.distribution import check_answerable
from forecast.models.draws import Look, Paths, Points, Quantiles, step_correlation
from forecast.models.forecaster import Draws, FitContext, FitReport, Setting, no_distribution
from forecast.models.learnt import Learnt
from forecast.models.problem import Objective, WindowProblem, build_problem
from forecast.networks.build import build_network
from forecast.networks.compiled import compiles
from forecast.networks.shape import NetworkShape, shape_settings
from forecast.networks.threads import threads_for_layers
from forecast.training.device import (
    WIDE_HIDDEN,
    own_randomness,
    own_threads,
    resolve_device,
    resolve_threads,
    undisturbed,
)

if TYPE_CHECKING:
    from torch import Tensor

    from forecast.models.start import StartKind
    from forecast.training.objectives import LossKind
    from forecast.training.plan import TrainingPlan


@dataclass(frozen=True)
class FitSettings:
    """How a neural forecaster is fitted; forecasting needs none of it.

    ``start`` is what the linear path begins as, see `forecast.models.start`; ``season_length`` is
    that of the naive error that loss ``mase`` divides by; ``share`` is that of a linear map beside
    the network, where the validation tail is not to say.
    """

    plan: TrainingPlan
    loss: LossKind = "mae"
    season_length: int = 1
    start: StartKind = "regression"
    share: float | None = None
    device: str = "cpu"
    threads: int | None = None


class NeuralForecaster:
    """A global recurrent model of all series of a panel.

    Parameters
    ----------
    shape : NetworkShape
        Sizes of the network.
    scaler : str
        ``standard``, ``minmax``, ``robust`` or ``none``.
    fitting : FitSettings or None
        None for a forecaster that was loaded and only predicts.
    gaps : Gaps
        What the network sees where values are missing.
    beside : Beside
        What it reads beside the series.
    scope : str
        ``series`` scales each series by itself; ``global`` all alike.
    """

    def __init__(
        self,
        shape: NetworkShape,
        *,
        scaler: ScalerKind,
        fitting: FitSettings | None = None,
        gaps: Gaps = MASKED,
        beside: Beside = NOTHING,
        scope: ScalerScope = "series",
    ) -> None:
        self.shape = shape
        self.scope = scope
        self.beside = beside
        self.gaps = gaps
        self.scaler_kind: ScalerKind = scaler
        self.fitting = fitting
        self.name: str = shape.encoder
        self.learnt: Learnt | None = None
        self.report: FitReport | None = None

    @property
    def parameters(self) -> int:
        """Number of trained numbers."""
        return sum(weight.numel() for weight in self._learnt().network.parameters())

    @property
    def context_length(self) -> int:
        """Rows up to a cutoff that the network reads."""
        return self.shape.context_length

    def rows_needed(self, panel: Panel) -> IntArray:
        """Rows that a forecast rests on; all of a series that its own rows still scale."""
        fresh = ~np.isfinite(self._learnt().scaler_of(panel).center)
        needed = np.maximum(
            rows_needed(panel, self.shape.context_length, self.gaps),
            covariate_rows_needed(panel, self.shape.context_length),
        )
        return np.where(fresh, panel.lengths, needed)

    @undisturbed()
    def fit(self, panel: Panel, *, span: Span, context: FitContext) -> Self:
        """Train on the rows of ``span``; see `Forecaster.fit`.

        Raises
        ------
        NotEnoughDataError
            If the span holds no window with an observed target.
        DivergedError
            If the loss stops being finite twice.
        DataError
            If the head counts and a value of the span is no count.
        """
        if self.fitting is None:
            raise NotFittedError("this forecaster was loaded from a bundle and has no settings")
        from forecast.models.teach import teach

        if self.shape.head == "negative-binomial":
            refuse_uncountable(panel, stop=span.stop)
        device = resolve_device(self.fitting.device)
        threads = self._threads()
        rows = (span.start, span.train_stop)
        scaler = fit_scaler(
            panel, kind=self.scaler_kind, start=rows[0], stop=rows[1], scope=self.scope
        )
        covariate_scale = fit_covariate_scale(panel, start=rows[0], stop=rows[1])
        exogenous = pack_exogenous(
            panel.slice(span.start, span.stop),
            self.beside,
            covariate_scale,
            ahead=self.shape.horizon,
            device=device,
        )
        learns_series = self.shape.series_embedding > 0
        shape = dataclasses.replace(self.shape, n_series=panel.n_series if learns_series else 0)
        problem = build_problem(
            panel,
            scaler,
            shape=shape,
            span=span,
            objective=Objective(self.fitting.loss, self.fitting.season_length),
            device=device,
            gaps=self.gaps,
        )
        plan = self.fitting.plan
        problem = dataclasses.replace(problem, exogenous=exogenous, truncate=plan.truncate)
        context.monitor.start_fit(context.name, context.index, context.total, plan.stop_after)
        randomness = own_randomness(context.seed, device, threads=threads)
        with randomness as generator, self._apart(problem):
            network = build_network(shape).to(device)
            self.learnt = Learnt(network, scaler, panel.unique_ids, covariate_scale)
            result, share = teach(
                network, problem, fitting=self.fitting, context=context, generator=generator
            )
        network.eval()
        if shape.head != "point":
            rho = step_correlation(network, problem)
            self.learnt = dataclasses.replace(self.learnt, rho=rho)
        context.monitor.end_fit(context.name)
        self.report = FitReport(
            result.best_epoch, len(result.records), result.stopped, result.records, share
        )
        return self

    def predict(self, panel: Panel, cutoffs: IntArray, *, horizon: int) -> FloatArray:
        """Forecast; see `Forecaster.predict`.

        Up to the trained horizon one pass; beyond, whole blocks are fed back as if observed. A
        series that was constant where the scaler was fitted repeats its last value. A series that
        the fit had no value of is scaled, at each cutoff, by its rows up to there, or as all others
        are where the scope is global.
        """
        return self._ask(panel, cutoffs, Points(horizon))[:, :, 0]

    def predict_quantiles(
        self, panel: Panel, cutoffs: IntArray, *, horizon: int, levels: Sequence[float]
    ) -> FloatArray:
        """Quantiles that the head gives; see `Forecaster.predict_quantiles` and `draws`."""
        head, rho = self._learnt().network.head, self._learnt().rho
        if rho is None:
            raise no_distribution(f"{self.name} with head {head.kind}", "--quantiles")
        try:
            check_answerable(head, levels)
        except ValueError as error:
            low, high = head.levels[0], head.levels[-1]
            raise UsageError(
                str(error),
                location="flag --quantiles",
                fix=f"pass --quantiles from {low:g} to {high:g}, or train with --head gaussian",
            ) from error
        look = Quantiles(tuple(levels), horizon, rho)
        return self._ask(panel, cutoffs, look).swapaxes(2, 3)

    def sample_paths(
        self, panel: Panel, cutoffs: IntArray, *, horizon: int, draws: Draws
    ) -> FloatArray:
        """Possible futures; see `Forecaster.sample_paths` and `draws`."""
        rho = self._learnt().rho
        if rho is None:
            head = self._learnt().network.head
            raise no_distribution(f"{self.name} with head {head.kind}", "--samples")
        return self._ask(panel, cutoffs, Paths(draws, horizon, rho))

    @undisturbed()
    def _ask(self, panel: Panel, cutoffs: IntArray, look: Look) -> FloatArray:
        learnt = self._learnt()
        small = self.shape.hidden_size < WIDE_HIDDEN and self._compiles()
        with own_threads(self._threads()), threads_for_layers() if small else nullcontext():
            return Answers(learnt, self.scaler_kind, self.gaps, self.beside).ask(
                panel, cutoffs, look
            )

    def _threads(self) -> int:
        """Threads of a fit or a forecast, the same in any process of a machine."""
        asked = None if self.fitting is None else self.fitting.threads
        width = self.shape.hidden_size
        return resolve_threads(asked, hidden_size=width, compiled=self._compiles())

    def _apart(self, problem: WindowProblem) -> AbstractContextManager[None]:
        """Give the threads of a fit to the layers, where the kernel reads the batches that pay."""
        by_torch = problem.padded is not None and self.shape.hidden_size >= WIDE_HIDDEN
        narrow = self.fitting is not None and self.fitting.plan.precision == "bf16"
        if problem.device.type != "cpu" or by_torch or not self._compiles(narrow=narrow):
            return nullcontext()
        return threads_for_layers()

    def _compiles(self, *, narrow: bool = False) -> bool:
        """Whether a processor has a kernel for it."""
        return compiles(self.shape.encoder, self.shape, narrow=narrow)

    def settings(self) -> Mapping[str, Setting]:
        """Arguments that `restore` needs beside the tensors."""
        settings: dict[str, Setting] = shape_settings(self.shape)
        settings["scaler"] = self.scaler_kind
        if self.scope != "series":
            settings["scaler_scope"] = self.scope
        if self.gaps != MASKED:
            gaps = dataclasses.asdict(self.gaps)
            settings.update({f"gaps.{name}": value for name, value in gaps.items()})
        if self.beside.calendar or self.beside.holidays:
            settings["calendar.features"] = ",".join(self.beside.calendar)
            settings["calendar.holidays"] = self.beside.holidays
        return settings

    def state(self) -> Mapping[str, Tensor]:
        """Weights and scales, on the CPU."""
        return self._learnt().state()

    def _learnt(self) -> Learnt:
        if self.learnt is None:
            raise NotFittedError(f"{self.name} has not been fitted", fix="call fit first")
        return self.learnt
