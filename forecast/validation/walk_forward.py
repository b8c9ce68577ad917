"""Walk-forward validation: fit on each fold's training rows, forecast its test block, remember.

Nothing is scored here that a fit could have seen: a fold hands its forecaster the rows of its
span, and each forecast the rows up to its cutoff.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from forecast.data.transform import AS_IT_IS, Target
from forecast.models.forecaster import FitContext
from forecast.validation.bench import Bench
from forecast.validation.evaluation import Begun, Evaluation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from forecast.data.panel import Panel
    from forecast.models.forecaster import Forecaster
    from forecast.training.checkpoint import Checkpoints
    from forecast.training.monitor import Monitor
    from forecast.validation.evaluation import FoldResult, Judgement
    from forecast.validation.plan import Fold, FoldSchedule


class Judgements(Protocol):
    """Where a run keeps what its candidates made of each fold."""

    def load(self, candidate: str, fold: int) -> Judgement | None:
        """Return what a candidate made of a fold; None where that is not known."""

    def save(self, candidate: str, fold: int, judgement: Judgement) -> None:
        """Keep what a candidate made of a fold."""


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
    judgements : Judgements or None
        Where what it made of each fold is kept, and known from where the run was cut off.
    shares : tuple of float
        Levels of the quantiles to ask of it in each fold, ascending; none of most models.
    """

    name: str
    make: Callable[[Fold], Forecaster]
    intervals: bool = False
    trained: bool = False
    target: Target = AS_IT_IS
    checkpoints: Checkpoints | None = None
    seed: int | None = None
    judgements: Judgements | None = None
    shares: tuple[float, ...] = ()

    def known(self, fold: Fold) -> Judgement | None:
        """Return what it made of a fold before the run was cut off."""
        return None if self.judgements is None else self.judgements.load(self.name, fold.index)


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


def _cut_short(begun: Begun) -> bool:
    report = begun.forecaster.report
    return report is not None and report.stopped == "interrupted"


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
        schedule = self.schedule
        for fold in self._folds(index):
            bench = Bench(self.panel, fold, schedule.folds[-1].test_stop, self.horizon)
            for candidate in self.candidates:
                if monitor.should_stop():
                    return Leg(tuple(results), begun, interrupted=True)
                known = candidate.known(fold)
                if fold.trained and not self._settled(candidate, index):
                    context = self._context(candidate, index, monitor)
                    begun[candidate.name] = Begun(bench.fit(candidate, context), fold.span)
                if known is None:
                    bench.judge(candidate, begun[candidate.name].forecaster)
                else:
                    bench.recall(candidate, known, begun.get(candidate.name), monitor)
            if any(map(_cut_short, begun.values())):
                return Leg(tuple(results), begun, interrupted=True)
            results.append(bench.result(self.season_length))
        return Leg(tuple(results), begun, interrupted=False)

    def _folds(self, index: int) -> list[Fold]:
        """Folds that are judged by the ``index``-th training."""
        schedule, trained = self.schedule, self.schedule.trained[index]
        pairs = zip(schedule.folds, schedule.fits, strict=True)
        return [fold for fold, fit in pairs if fit == trained.index]

    def _settled(self, candidate: Candidate, index: int) -> bool:
        """Whether a rule has nothing left to do; a network goes on from its checkpoint."""
        folds = self._folds(index)
        return not candidate.trained and all(candidate.known(fold) is not None for fold in folds)

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
