"""Walk-forward validation: fit on each fold's training rows, forecast its test block, remember.

Nothing is scored here that a fit could have seen: a fold hands its forecaster the rows of its
span, and each forecast the rows up to its cutoff.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecast.data.transform import AS_IT_IS, Target
from forecast.metrics.scaled import (
    seasonal_scales,
    seasonal_square_scales,
    training_deviation,
)
from forecast.models.forecaster import FitContext
from forecast.models.intervals import Spread, fit_spread
from forecast.validation.evaluation import Begun, Evaluation, FoldResult, Recursion, Seconds
from forecast.validation.plan import MAX_CUTOFFS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from forecast.data.arrays import FloatArray
    from forecast.data.panel import Panel
    from forecast.models.forecaster import FitReport, Forecaster
    from forecast.training.checkpoint import Checkpoints
    from forecast.training.monitor import Monitor
    from forecast.validation.plan import Fold, FoldSchedule

RECURSIVE_HORIZONS = 4  # intervals reach so many trained horizons ahead


@dataclass(frozen=True)
class Candidate:
    """A model that is to be judged.

    Parameters
    ----------
    name : str
        Its column in the forecasts.
    make : callable
        Builds a fresh forecaster for a fold.
    intervals : bool
        Whether to forecast four horizons ahead, too, for intervals beyond the trained horizon.
    trained : bool
        Whether its fits have epochs, and so count among the fits that a monitor hears of.
    target : Target
        How its intervals are transformed and clipped.
    checkpoints : Checkpoints or None
        Where its fits keep what they need to go on after a crash.
    seed : int or None
        That its fits derive theirs from; None for that of the run.
    """

    name: str
    make: Callable[[Fold], Forecaster]
    intervals: bool = False
    trained: bool = False
    target: Target = AS_IT_IS
    checkpoints: Checkpoints | None = None
    seed: int | None = None


@dataclass(frozen=True, eq=False)
class Leg:
    """What came of one training of every candidate and of the folds that it judges.

    Parameters
    ----------
    results : tuple of FoldResult
        Finished folds only.
    begun : mapping of str to Begun
        The fit of each candidate that was begun, finished or not.
    interrupted : bool
    """

    results: tuple[FoldResult, ...]
    begun: Mapping[str, Begun]
    interrupted: bool


@dataclass(frozen=True, eq=False)
class Walk:
    """Every candidate in every fold, fitted anew in those that a model is trained for.

    It is made of plain values, so that a leg of it may be gone in another process.

    Parameters
    ----------
    panel : Panel
    schedule : FoldSchedule
    candidates : sequence of Candidate
        The first is the main model, the one that intervals are made for.
    horizon, season_length : int, in steps
    seed : int
        Of the run; each fold has its own, the same for every candidate that has none.
    """

    panel: Panel
    schedule: FoldSchedule
    candidates: Sequence[Candidate]
    horizon: int
    season_length: int
    seed: int

    def leg(self, index: int, monitor: Monitor) -> Leg:
        """Train for the ``index``-th fold that a model is trained for, and judge what it judges."""
        begun: dict[str, Begun] = {}
        results: list[FoldResult] = []
        schedule, trained = self.schedule, self.schedule.trained[index]
        for fold, fit in zip(schedule.folds, schedule.fits, strict=True):
            if fit != trained.index:
                continue
            bench = _Bench(self.panel, fold, schedule.folds[-1].test_stop, self.horizon)
            for candidate in self.candidates:
                if monitor.should_stop():
                    return Leg(tuple(results), begun, interrupted=True)
                if fold.trained:
                    context = self._context(candidate, index, monitor)
                    begun[candidate.name] = Begun(bench.fit(candidate, context), fold.span)
                bench.judge(candidate, begun[candidate.name].forecaster)
            results.append(bench.result(self.season_length))
        return Leg(tuple(results), begun, interrupted=False)

    def _context(self, candidate: Candidate, index: int, monitor: Monitor) -> FitContext:
        fold, count = self.schedule.trained[index], len(self.schedule.trained)
        trained = [other.name for other in self.candidates if other.trained]
        place = trained.index(candidate.name) if candidate.trained else 0
        return FitContext(
            name=f"{candidate.name}, fold {fold.index + 1} of {len(self.schedule.folds)}",
            index=index * len(trained) + place,
            total=len(trained) * count,
            seed=fold_seed(self.seed if candidate.seed is None else candidate.seed, fold.index),
            monitor=monitor,
            checkpoints=candidate.checkpoints,
        )

    def alone(self, monitor: Monitor) -> Evaluation:
        """Go every leg in this process."""
        legs: list[Leg] = []
        while len(legs) < len(self.schedule.trained) and not (legs and legs[-1].interrupted):
            legs.append(self.leg(len(legs), monitor))
        return self.gathered(legs)

    def gathered(self, legs: Iterable[Leg]) -> Evaluation:
        """Put the legs together, in their order, up to the first that was interrupted."""
        results: list[FoldResult] = []
        begun: dict[str, tuple[Begun, ...]] = {}
        interrupted = False
        for leg in legs:
            if not interrupted:
                results += leg.results
            interrupted = interrupted or leg.interrupted
            for name, fit in leg.begun.items():
                begun[name] = (*begun.get(name, ())[-1:], fit)
        return Evaluation(
            self.horizon,
            self.season_length,
            tuple(candidate.name for candidate in self.candidates),
            tuple(results),
            interrupted=interrupted,
            begun=begun,
        )


def walk_forward(
    panel: Panel,
    schedule: FoldSchedule,
    *,
    candidates: Sequence[Candidate],
    horizon: int,
    season_length: int,
    seed: int,
    monitor: Monitor,
) -> Evaluation:
    """Go a `Walk` of these parameters in this process.

    The monitor is asked before each fit whether to stop; then only finished folds are returned.
    """
    walk = Walk(panel, schedule, candidates, horizon, season_length, seed)
    return walk.alone(monitor)


def fold_seed(seed: int, index: int) -> int:
    """Seed of fold ``index``: the same on every machine, unlike its neighbours'.

    Examples
    --------
    >>> fold_seed(0, 1) == fold_seed(0, 1), fold_seed(0, 1) == fold_seed(0, 2)
    (True, False)
    """
    return int(np.random.SeedSequence([seed, index]).generate_state(1)[0])


class _Bench:
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
        self.recursive: dict[str, Recursion] = {}
        self.spreads: dict[Target, Spread] = {}
        self.targets: dict[str, Target] = {}

    def fit(self, candidate: Candidate, context: FitContext) -> Forecaster:
        """Fit one candidate and keep how that went."""
        begin = time.perf_counter()
        forecaster = candidate.make(self.fold).fit(self.panel, span=self.fold.span, context=context)
        self.fit_seconds[candidate.name] = time.perf_counter() - begin
        self.fits[candidate.name] = forecaster.report
        return forecaster

    def judge(self, candidate: Candidate, forecaster: Forecaster) -> None:
        """Keep the forecasts of one candidate."""
        self.targets[candidate.name] = target = candidate.target
        if target not in self.spreads:  # those of one target share it: no time of the model's own
            self.spreads[target] = fit_spread(self.panel, self.fold.span, target)
        begin = time.perf_counter()
        found = forecaster.predict(self.panel, self.cutoffs, horizon=self.horizon)
        self.forecasts[candidate.name] = found.astype(np.float64, copy=False)
        if candidate.intervals:
            self.reach_beyond(candidate.name, forecaster)
        validated = time.perf_counter() - begin
        self.seconds[candidate.name] = Seconds(self.fit_seconds.get(candidate.name, 0.0), validated)
        self.fits.setdefault(candidate.name, None)

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
        )
