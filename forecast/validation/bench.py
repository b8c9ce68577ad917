"""One fold while its candidates are judged, one after the other."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from forecast.metrics.scaled import (
    seasonal_scales,
    seasonal_square_scales,
    training_deviation,
)
from forecast.models.intervals import Spread, fit_spread
from forecast.validation.evaluation import Begun, FoldResult, Judgement, Recursion, Seconds
from forecast.validation.memory import largest, watched
from forecast.validation.plan import MAX_CUTOFFS
from forecast.validation.quantiles import QuantileForecasts

if TYPE_CHECKING:
    from forecast.data.arrays import FloatArray
    from forecast.data.panel import Panel
    from forecast.data.transform import Target
    from forecast.models.forecaster import FitContext, FitReport, Forecaster
    from forecast.training.monitor import EpochRecord, Monitor
    from forecast.validation.plan import Fold
    from forecast.validation.walk_forward import Candidate

RECURSIVE_HORIZONS = 4  # intervals reach so many trained horizons ahead


class Bench:
    """One fold while its candidates are judged, one after the other."""

    def __init__(self, panel: Panel, fold: Fold, data_stop: int, horizon: int) -> None:
        self.panel, self.fold = panel, fold
        self.data_stop, self.horizon = data_stop, horizon
        self.cutoffs = np.array(fold.cutoffs, dtype=np.int64)
        self.y = panel.horizon_after(self.cutoffs, horizon)
        self.forecasts: dict[str, FloatArray] = {}
        self.seconds: dict[str, Seconds] = {}
        self.fit_seconds: dict[str, float] = {}
        self.fits: dict[str, FitReport | None] = {}
        self.memory: dict[str, int | None] = {}
        self.recursive: dict[str, Recursion] = {}
        self.quantiles: dict[str, QuantileForecasts] = {}
        self.spreads: dict[Target, Spread] = {}
        self.targets: dict[str, Target] = {}
        self.parameters: dict[str, int] = {}
        self.said: dict[str, tuple[str, ...]] = {}

    def fit(self, candidate: Candidate, context: FitContext) -> Forecaster:
        """Fit one candidate and keep how that went."""
        ear, span = _Ear(context.monitor), self.fold.span
        context = context if candidate.trained else replace(context, monitor=ear)
        begin = time.perf_counter()
        with watched() as peak:
            forecaster = candidate.make(self.fold).fit(self.panel, span=span, context=context)
        self.fit_seconds[candidate.name] = time.perf_counter() - begin
        self.memory[candidate.name] = peak.bytes
        self.fits[candidate.name] = forecaster.report
        self.said[candidate.name] = tuple(ear.said)
        return forecaster

    def judge(self, candidate: Candidate, forecaster: Forecaster) -> None:
        """Keep the forecasts of one candidate."""
        self.share_spread(candidate)
        begin = time.perf_counter()
        with watched() as peak:
            self.forecast(candidate, forecaster)
        validated = time.perf_counter() - begin
        self.memory[candidate.name] = largest(self.memory.get(candidate.name), peak.bytes)
        self.seconds[candidate.name] = Seconds(self.fit_seconds.get(candidate.name, 0.0), validated)
        self.fits.setdefault(candidate.name, None)
        self.parameters[candidate.name] = forecaster.parameters
        report = forecaster.report
        whole = report is None or report.stopped != "interrupted"
        if candidate.judgements is not None and whole:
            judgement = Judgement(
                self.forecasts[candidate.name],
                self.seconds[candidate.name],
                forecaster.parameters,
                self.recursive.get(candidate.name),
                self.said.get(candidate.name, ()),
                self.quantiles.get(candidate.name),
                self.memory[candidate.name],
            )
            candidate.judgements.save(candidate.name, self.fold.index, judgement)

    def forecast(self, candidate: Candidate, forecaster: Forecaster) -> None:
        """Keep the forecasts, and whatever else intervals and scores are made of."""
        found = forecaster.predict(self.panel, self.cutoffs, horizon=self.horizon)
        self.forecasts[candidate.name] = found.astype(np.float64, copy=False)
        if candidate.shares:
            self.quantiles[candidate.name] = QuantileForecasts.ask(
                forecaster, self.panel, self.cutoffs, horizon=self.horizon, levels=candidate.shares
            )
        if candidate.intervals:
            self.reach_beyond(candidate.name, forecaster)

    def recall(
        self, candidate: Candidate, known: Judgement, begun: Begun | None, monitor: Monitor
    ) -> None:
        """Take what one candidate made of this fold before the run was cut off."""
        self.share_spread(candidate)
        self.forecasts[candidate.name] = known.forecasts
        self.seconds[candidate.name] = known.seconds
        self.parameters[candidate.name] = known.parameters
        self.memory[candidate.name] = known.memory
        self.fits.setdefault(candidate.name, None)
        if known.recursion is not None:
            self.recursive[candidate.name] = known.recursion
        if known.quantiles is not None:
            self.quantiles[candidate.name] = known.quantiles
        if begun is None:  # it is not fitted again, and says what it said
            for sentence in known.said:
                monitor.say(sentence)

    def share_spread(self, candidate: Candidate) -> None:
        """Fit the spread of its target; candidates of one target share it."""
        self.targets[candidate.name] = target = candidate.target
        if target not in self.spreads:
            self.spreads[target] = fit_spread(self.panel, self.fold.span, target)

    def reach_beyond(self, name: str, forecaster: Forecaster) -> None:
        """Forecast as far as four horizons, or as the data can answer."""
        reach = min(RECURSIVE_HORIZONS * self.horizon, self.data_stop - 1 - int(self.cutoffs[0]))
        answerable = self.cutoffs[self.cutoffs + self.horizon < self.data_stop - 1]
        if reach <= self.horizon or not len(answerable):
            return
        chosen = np.linspace(0, len(answerable) - 1, min(MAX_CUTOFFS, len(answerable)))
        cutoffs = answerable[chosen.round().astype(np.int64)]
        y = self.panel.horizon_after(cutoffs, reach)
        late = cutoffs[:, None] + np.arange(1, reach + 1) >= self.data_stop
        y[:, late] = np.nan
        found = forecaster.predict(self.panel, cutoffs, horizon=reach)
        spread = self.spreads[self.targets[name]]
        self.recursive[name] = Recursion(cutoffs, spread.residuals(y, found))

    def result(self, season_length: int) -> FoldResult:
        """Freeze what was found."""
        span = self.fold.span
        scale = seasonal_scales(self.panel, span.start, span.stop, season_length=season_length)
        deviation = training_deviation(self.panel, span.start, span.train_stop)
        return FoldResult(
            self.fold,
            self.y,
            scale,
            deviation,
            self.forecasts,
            self.seconds,
            self.fits,
            self.recursive,
            {name: self.spreads[target] for name, target in self.targets.items()},
            seasonal_square_scales(self.panel, span.start, span.stop, season_length=season_length),
            self.parameters,
            self.quantiles,
            self.memory,
        )


class _Ear:
    """A monitor that passes everything on and remembers the sentences."""

    def __init__(self, monitor: Monitor) -> None:
        self.monitor = monitor
        self.said: list[str] = []

    def say(self, text: str) -> None:
        """Remember a sentence and pass it on."""
        self.said.append(text)
        self.monitor.say(text)

    def start_fit(self, fit: str, index: int, total: int, epochs: int) -> None:
        """Pass it on."""
        self.monitor.start_fit(fit, index, total, epochs)

    def end_epoch(self, record: EpochRecord) -> None:
        """Pass it on."""
        self.monitor.end_epoch(record)

    def end_fit(self, fit: str) -> None:
        """Pass it on."""
        self.monitor.end_fit(fit)

    def should_stop(self) -> bool:
        """Ask the monitor behind it."""
        return self.monitor.should_stop()
