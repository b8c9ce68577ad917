"""Judge models fold by fold, then fit the one to keep; what ``train`` and ``compare`` share."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from forecast.config.schema import Config
from forecast.data.covariates import Beside
from forecast.data.panel import Panel
from forecast.models.forecaster import FitContext, FitReport, Forecaster, settled_share
from forecast.models.registry import NETWORKS
from forecast.training.monitor import SILENT, Monitor
from forecast.validation.evaluation import Evaluation
from forecast.validation.folds import Fold, FoldSchedule, final_span
from forecast.validation.walk_forward import Candidate, Judgements, Walk, fold_seed
from forecast.workflows.forecasting.bands import Known
from forecast.workflows.resolving.automatic import Plan
from forecast.workflows.resolving.build import Settled, build, target_of
from forecast.workflows.resolving.layout import fold_plan, rows_read
from forecast.workflows.running.record import Attempt, Kept
from forecast.workflows.running.recording import RecordingMonitor
from forecast.workflows.running.warm import warm_up

if TYPE_CHECKING:
    from forecast.training.checkpoint import Checkpoints  # loads torch


@dataclass(frozen=True)
class Judged:
    """Models that went through the folds.

    Parameters
    ----------
    evaluation : Evaluation or None
        None where there are no folds.
    attempts : mapping of str to tuple of Attempt
        Each model as the last two folds left it that it began, oldest first.
    """

    evaluation: Evaluation | None
    attempts: dict[str, tuple[Attempt, ...]]

    @property
    def fits(self) -> int:
        """How many of the fits had epochs."""
        results = () if self.evaluation is None else self.evaluation.folds
        return sum(report is not None for result in results for report in result.fits.values())

    @property
    def parameters(self) -> dict[str, int]:
        """How many numbers each model has learnt."""
        return {} if self.evaluation is None else dict(self.evaluation.folds[-1].parameters)


def candidate(
    plan: Plan,
    model: str,
    *,
    name: str | None = None,
    seed: int | None = None,
    keepable: bool = True,
    checkpoints: Checkpoints | None = None,
    judgements: Judgements | None = None,
) -> Candidate:
    """Enter a model for the walk, as ``plan`` describes it.

    Parameters
    ----------
    model : str
        Of the registry.
    name : str, optional
        What it is called beside the others; by default as the registry does.
    seed : int, optional
        By default that of the run.
    keepable : bool
        Whether it may be kept, and so needs intervals beyond the trained horizon.
    checkpoints, judgements : optional
        Where fits keep what they need to go on after a crash, and what came of them.
    """
    return Candidate(
        model if name is None else name,
        Maker(plan.config, model, plan.beside),
        intervals=keepable and plan.config.validation.intervals != "none",
        trained=model in NETWORKS,
        target=target_of(plan.config, int(plan.config.data.season_length)),
        checkpoints=checkpoints,
        seed=seed,
        judgements=judgements,
        shares=Known.of_config(plan.config, model).shares(plan.config.validation.level),
    )


def judge(plan: Plan, panel: Panel, *, candidates: Sequence[Candidate], monitor: Monitor) -> Judged:
    """Walk ``candidates`` through the folds of ``plan``; the first is the main model."""
    if not plan.schedule.folds:
        return Judged(None, {})
    walk = Walk(
        panel,
        plan.schedule,
        candidates=candidates,
        horizon=int(plan.config.model.horizon),
        season_length=int(plan.config.data.season_length),
        seed=plan.config.training.seed,
    )
    jobs = min(jobs_of(plan.config), len(plan.schedule.trained))
    if jobs == 1:
        evaluation = walk.alone(monitor)
    else:
        from forecast.validation.parallel import walk_in_parallel

        networks = any(entry.trained for entry in candidates)
        warm = partial(warm_up, plan.config.training.device) if networks else rest
        evaluation = walk_in_parallel(walk, monitor=monitor, jobs=jobs, prepare=warm)
    attempts = {
        name: tuple(Attempt(fit.forecaster, fit.span) for fit in fits)
        for name, fits in evaluation.begun.items()
    }
    return Judged(evaluation, attempts)


@dataclass(frozen=True)
class Maker:
    """Builds the forecaster of a model for a fold; it may travel to another process."""

    config: Config
    name: str
    beside: Beside

    def __call__(self, fold: Fold) -> Forecaster:  # noqa: ARG002 - every fold has the same model
        """Build an unfitted forecaster."""
        return build(self.config, self.name, beside=self.beside)


def jobs_of(config: Config) -> int:
    """How many folds may be trained at once: as asked, or one a core."""
    asked = config.run.jobs
    if asked != "auto":
        return asked
    from joblib import cpu_count

    return int(cpu_count())


def rest() -> None:
    """Prepare nothing: rules have no need of torch."""


def settled_epochs(evaluation: Evaluation | None, name: str) -> int | None:
    """Median over the folds of the best epoch of model ``name``; None without folds or epochs."""
    best = best_epochs(evaluation, name)
    return round(statistics.median(best)) if best else None


def best_epochs(evaluation: Evaluation | None, name: str) -> tuple[int, ...]:
    """Best epoch of model ``name`` in each fold that it was trained for; none of a rule."""
    return tuple(report.best_epoch for report in fold_reports(evaluation, name))


def fold_reports(evaluation: Evaluation | None, name: str) -> tuple[FitReport, ...]:
    """How the fits of model ``name`` went in the folds it was trained for; none of a rule."""
    folds = () if evaluation is None else evaluation.folds
    reports = (result.fits[name] for result in folds)
    return tuple(report for report in reports if report is not None)


def fit_kept(
    plan: Plan,
    panel: Panel,
    judged: Judged,
    name: str,
    recorder: RecordingMonitor,
    *,
    checkpoints: Checkpoints | None = None,
) -> Kept:
    """Fit the model of ``plan`` on all rows, or keep the last fold's where that was asked.

    ``name`` is what it was called in the walk.
    """
    if not plan.config.validation.final_fit and plan.schedule.folds:
        recorder.say(_kept_words(plan.schedule))
        attempt = judged.attempts[name][-1] if name in judged.attempts else _rule_of(plan, panel)
        return Kept(attempt, judged.evaluation, name, plan.schedule)
    epochs = settled_epochs(judged.evaluation, name)
    if epochs is not None:
        recorder.say(_final_words(epochs, best_epochs(judged.evaluation, name), plan.config))
    model = plan.config.model.name
    before = judged.fits if model in NETWORKS else 0
    context = FitContext(
        name=f"{name}, final fit",
        index=before,
        total=before + 1,
        seed=fold_seed(plan.config.training.seed, len(plan.schedule.folds)),
        monitor=recorder,
        checkpoints=checkpoints,
    )
    reports = fold_reports(judged.evaluation, name)
    settled = Settled(
        epochs,
        settled_share(report.share for report in reports),
        settled_share(report.companion_share for report in reports),
    )
    attempt = _fit_all(plan, panel, settled=settled, context=context)
    return Kept(attempt, judged.evaluation, name, plan.schedule)


def _rule_of(plan: Plan, panel: Panel) -> Attempt:
    """Fit the rule of the last fold, which was known when the run went on."""
    fold, name = plan.schedule.trained[-1], plan.config.model.name
    seed = fold_seed(plan.config.training.seed, fold.index)
    forecaster = build(plan.config, name, beside=plan.beside)
    context = FitContext(name, index=0, total=1, seed=seed, monitor=SILENT)
    return Attempt(forecaster.fit(panel, span=fold.span, context=context), fold.span)


def _kept_words(schedule: FoldSchedule) -> str:
    which = "the last fold" if schedule.folds[-1].trained else f"fold {schedule.fits[-1] + 1}"
    return f"no final fit: the bundle holds the model of {which}"


def _final_words(epochs: int, best: Sequence[int], config: Config) -> str:
    if epochs == 0:
        begun = "linear" if config.model.skip != "none" else "untrained"
        idle = best.count(0)
        which = "half of the folds" if 2 * idle == len(best) else "most folds"
        if idle == len(best):
            which = "the folds" if idle > 1 else "the fold"
        return f"final fit of the {begun} start alone: in {which} no epoch improved on it"
    counted = "epoch" if epochs == 1 else "epochs"
    settled = "folds settled on" if len(best) > 1 else "one fit before it settled on"
    return f"final fit on all rows for {epochs} {counted}, as the {settled}"


def _fit_all(plan: Plan, panel: Panel, *, settled: Settled, context: FitContext) -> Attempt:
    """Fit the model of ``plan`` on all rows; what is not settled, a validation tail decides."""
    config, name = plan.config, plan.config.model.name
    season = int(config.data.season_length)
    span = final_span(
        panel.length,
        int(config.model.horizon),
        fold_plan(config, panel),
        context_length=rows_read(config, name, int(config.model.context_length), season),
    )
    forecaster = build(plan.config, name, beside=plan.beside, settled=settled)
    return Attempt(forecaster.fit(panel, span=span, context=context), span)
