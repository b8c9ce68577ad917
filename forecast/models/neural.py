"""A recurrent network as a `Forecaster`: scaler, windows, training and recursion around it."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from torch import Tensor

from forecast.data.arrays import BoolArray, FloatArray, IntArray
from forecast.data.covariates import NOTHING, Beside
from forecast.data.exogenous import (
    CovariateScale,
    covariate_rows_needed,
    fit_covariate_scale,
    pack_exogenous,
)
from forecast.data.gaps import MASKED, Gaps, rows_needed
from forecast.data.panel import Panel, Span
from forecast.data.scale import Scaler, ScalerKind, ScalerScope, fit_scaler
from forecast.data.windows import pack
from forecast.errors import NotFittedError
from forecast.models.forecaster import FitContext, FitReport, Setting
from forecast.models.problem import Objective, build_problem, inputs_of, units_of
from forecast.models.rollout import Rollout
from forecast.models.start import StartKind, begin_linear
from forecast.networks.recurrent import RecurrentNetwork
from forecast.networks.shape import RecurrentShape, shape_settings
from forecast.training.device import (
    own_randomness,
    own_threads,
    resolve_device,
    resolve_threads,
)
from forecast.training.loop import run_loop
from forecast.training.objectives import LossKind
from forecast.training.plan import TrainingPlan

REPEATED_CELLS = 1 << 22
"""Values of series repeated, each once a cutoff, that are held at once: 32 MB."""


@dataclass(frozen=True)
class FitSettings:
    """How a neural forecaster is fitted; forecasting needs none of it.

    ``start`` is what the linear path begins as, see `forecast.models.start`; ``season_length`` is
    that of the naive error that loss ``mase`` divides by.
    """

    plan: TrainingPlan
    loss: LossKind = "mae"
    season_length: int = 1
    start: StartKind = "regression"
    device: str = "cpu"
    threads: int | None = None


@dataclass(frozen=True, eq=False)
class Learnt:
    """What a fit leaves: the network and the scaler of the series it has seen."""

    network: RecurrentNetwork
    scaler: Scaler
    unique_ids: tuple[str, ...]
    covariate_scale: CovariateScale


class NeuralForecaster:
    """A global recurrent model of all series of a panel.

    Parameters
    ----------
    shape : RecurrentShape
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
        shape: RecurrentShape,
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
        self.name: str = shape.cell
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
        fresh = ~np.isfinite(self._known_scaler(panel).center)
        needed = np.maximum(
            rows_needed(panel, self.shape.context_length, self.gaps),
            covariate_rows_needed(panel, self.shape.context_length),
        )
        return np.where(fresh, panel.lengths, needed)

    def fit(self, panel: Panel, *, span: Span, context: FitContext) -> Self:
        """Train on the rows of ``span``; see `Forecaster.fit`.

        Raises
        ------
        NotEnoughDataError
            If the span holds no window with an observed target.
        DivergedError
            If the loss stops being finite twice.
        """
        if self.fitting is None:
            raise NotFittedError("this forecaster was loaded from a bundle and has no settings")
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
        with own_randomness(context.seed, device, threads=threads) as generator:
            network = RecurrentNetwork(shape).to(device)
            if self.fitting.start == "regression":
                begin_linear(network, problem)
            self.learnt = Learnt(network, scaler, panel.unique_ids, covariate_scale)
            result = run_loop(
                network,
                problem,
                plan=plan,
                fit=context.name,
                monitor=context.monitor,
                generator=generator,
                checkpoints=context.checkpoints,
            )
        network.eval()
        context.monitor.end_fit(context.name)
        self.report = FitReport(
            result.best_epoch, len(result.records), result.stopped, result.records
        )
        return self

    def predict(self, panel: Panel, cutoffs: IntArray, *, horizon: int) -> FloatArray:
        """Forecast; see `Forecaster.predict`.

        Up to the trained horizon one pass; beyond, whole blocks are fed back as if observed. A
        series that was constant where the scaler was fitted repeats its last value. A series that
        the fit had no value of is scaled, at each cutoff, by its rows up to there, or as all others
        are where the scope is global.
        """
        scaler = self._known_scaler(panel)
        fresh = ~np.isfinite(scaler.center)
        each = np.broadcast_to(cutoffs, (panel.n_series, len(cutoffs)))
        if not fresh.any():
            return self._forecast(panel, scaler, each, horizon=horizon)
        forecasts = np.empty((panel.n_series, len(cutoffs), horizon))
        known, new = np.flatnonzero(~fresh), np.flatnonzero(fresh)
        old = Scaler(scaler.center[known], scaler.scale[known])
        forecasts[known] = self._forecast(panel.take(known), old, each[known], horizon=horizon)
        forecasts[new] = self._forecast_strangers(panel.take(new), cutoffs, horizon=horizon)
        return forecasts

    def _forecast_strangers(self, panel: Panel, cutoffs: IntArray, *, horizon: int) -> FloatArray:
        """Forecast series without a scaler: each is repeated, with a scaler of its own, a cutoff.

        Nothing but the scalers is computed one cutoff after the other.
        """
        count = panel.n_series
        per_batch = max(1, REPEATED_CELLS // max(1, len(panel.values)))
        forecasts = np.empty((count, len(cutoffs), horizon))
        for begin in range(0, len(cutoffs), per_batch):
            some = cutoffs[begin : begin + per_batch]
            own = [
                fit_scaler(panel, kind=self.scaler_kind, start=0, stop=int(cutoff) + 1).sharing(
                    self._learnt().scaler.shared
                )
                for cutoff in some
            ]
            scaler = Scaler(
                np.concatenate([one.center for one in own]),
                np.concatenate([one.scale for one in own]),
            )
            repeated = panel.take(np.tile(np.arange(count, dtype=np.int64), len(some)))
            at = np.repeat(some, count)[:, None]
            found = self._forecast(repeated, scaler, at, horizon=horizon)
            found = found.reshape(len(some), count, horizon)
            forecasts[:, begin : begin + len(some)] = found.transpose(1, 0, 2)
        return forecasts

    def _forecast(
        self, panel: Panel, scaler: Scaler, cutoffs: IntArray, *, horizon: int
    ) -> FloatArray:
        """Forecast each series at cutoffs of its own, (N, K)."""
        network = self._learnt().network
        device = next(network.parameters()).device
        scaled = scaler.transform(panel)
        row = panel.offsets[:-1, None] + cutoffs - panel.first[:, None]  # (N, K)
        series, column = np.nonzero(_answerable(panel, scaled, row))
        inputs = inputs_of(panel, scaled, scaler, self.gaps)
        packed = pack(panel, scaled, device=device, inputs=inputs)
        exogenous = pack_exogenous(
            panel,
            self.beside,
            self._learnt().covariate_scale,
            ahead=math.ceil(horizon / self.shape.horizon) * self.shape.horizon,
            device=device,
        )
        rollout = Rollout(
            network,
            packed,
            exogenous,
            units_of(scaler, device),
            torch.from_numpy(self._places(panel)).to(device),
        )
        with own_threads(self._threads()):
            paths = rollout.points(
                torch.from_numpy(row[series, column]).to(device),
                torch.from_numpy(series.astype(np.int64)).to(device),
                horizon=horizon,
            )
        flat = scaler.constant[series]
        last = np.minimum(row[series, column], panel.offsets[1:][series] - 1)
        paths[flat] = packed.values.cpu().numpy()[last[flat], None]
        forecasts = np.full((*cutoffs.shape, horizon), np.nan)
        forecasts[series, column] = paths
        return scaler.inverse(forecasts)

    def _threads(self) -> int:
        """Threads of a fit or a forecast, the same in any process of a machine."""
        asked = None if self.fitting is None else self.fitting.threads
        return resolve_threads(asked, hidden_size=self.shape.hidden_size)

    def _known_scaler(self, panel: Panel) -> Scaler:
        """Scaler of the fit; nan for a series that it had no value of."""
        learnt = self._learnt()
        scaler = learnt.scaler
        if panel.unique_ids == learnt.unique_ids:
            return scaler
        known = self._places(panel)
        center = np.where(known >= 0, scaler.center[known], np.nan)
        scale = np.where(known >= 0, scaler.scale[known], np.nan)
        return Scaler(center, scale, scaler.shared)

    def _places(self, panel: Panel) -> IntArray:
        """Place of each series among those of the fit, (N,); -1 for one it did not have."""
        known = self._learnt().unique_ids
        if panel.unique_ids == known:
            return np.arange(panel.n_series, dtype=np.int64)
        place = {name: index for index, name in enumerate(known)}
        return np.array([place.get(name, -1) for name in panel.unique_ids], dtype=np.int64)

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
        learnt = self._learnt()
        state = learnt.network.state_dict()
        weights = {name: value.detach().cpu() for name, value in state.items()}
        shared = learnt.scaler.shared
        together = {} if shared is None else {"scaler.shared": torch.from_numpy(shared.copy())}
        beside = {}
        if len(learnt.covariate_scale.center):
            beside["covariates.center"] = torch.from_numpy(learnt.covariate_scale.center.copy())
            beside["covariates.scale"] = torch.from_numpy(learnt.covariate_scale.scale.copy())
        return {
            **together,
            **{f"network.{name}": value.contiguous() for name, value in weights.items()},
            "scaler.center": torch.from_numpy(learnt.scaler.center.copy()),
            "scaler.scale": torch.from_numpy(learnt.scaler.scale.copy()),
            **beside,
        }

    def _learnt(self) -> Learnt:
        if self.learnt is None:
            raise NotFittedError(f"{self.name} has not been fitted", fix="call fit first")
        return self.learnt


def _answerable(panel: Panel, scaled: FloatArray, row: IntArray) -> BoolArray:
    """Which series have an observed value at or before packed rows ``row`` (N, K)."""
    begin, end = panel.offsets[:-1, None], panel.offsets[1:, None]
    seen = np.concatenate([[0], np.cumsum(np.isfinite(scaled))])
    upto = np.clip(row + 1, begin, end)
    answer: BoolArray = seen[upto] > seen[begin]
    return answer
