"""Judge models fold by fold, then fit the one to keep; what ``train`` and ``compare`` share."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

from forecast.data.panel import Panel
from forecast.models.forecaster import FitContext, Forecaster
from forecast.models.registry import RECURRENT
from forecast.training.monitor import Monitor
from forecast.validation.folds import Fold, final_span
from forecast.validation.walk_forward import Candidate, Evaluation, fold_seed, walk_forward
from forecast.workflows.automatic import Plan, fold_plan
from forecast.workflows.build import build


@dataclass(frozen=True)
class Judged:
    """Models that went through the folds.

    Parameters
    ----------
    evaluation : Evaluation or None
        None where there are no folds.
    last : mapping of str to Forecaster
        Each model as the last fold that began left it.
    seconds : float
        Wall time of all folds.
    """

    evaluation: Evaluation | None
    last: dict[str, Forecaster]
    seconds: float


def judge(plan: Plan, panel: Panel, *, models: Sequence[str], monitor: Monitor) -> Judged:
    """Walk ``models`` through the folds of ``plan``; the first is the one intervals are for."""
    last: dict[str, Forecaster] = {}
    if not plan.schedule.folds:
        return Judged(None, last, 0.0)

    def candidate(name: str) -> Candidate:
        def make(_: Fold) -> Forecaster:
            last[name] = build(plan.config, name)
            return last[name]

        trained = name in RECURRENT
        return Candidate(name, make, intervals=trained or name == models[0], trained=trained)

    begun = time.perf_counter()
    evaluation = walk_forward(
        panel,
        plan.schedule,
        candidates=[candidate(name) for name in models],
        horizon=int(plan.config.model.horizon),
        season_length=int(plan.config.data.season_length),
        seed=plan.config.training.seed,
        monitor=monitor,
    )
    return Judged(evaluation, last, time.perf_counter() - begun)


def wants_final_fit(plan: Plan) -> bool:
    """Whether the bundle is fitted on all rows: as asked, else unless sizes were explicit."""
    asked = plan.config.validation.final_fit
    if asked == "auto":
        return not fold_plan(plan.config).explicit or not plan.schedule.folds
    return asked


def settled_epochs(evaluation: Evaluation | None, name: str) -> int | None:
    """Median over the folds of the best epoch of model ``name``; None without folds or epochs."""
    if evaluation is None:
        return None
    reports = [result.fits[name] for result in evaluation.folds]
    best = [report.best_epoch for report in reports if report is not None]
    return round(statistics.median(best)) if best else None


def fit_all(
    plan: Plan, panel: Panel, name: str, *, epochs: int | None, fits: int, monitor: Monitor
) -> Forecaster:
    """Fit model ``name`` on all rows for ``epochs``; without, a validation tail decides when.

    Parameters
    ----------
    fits : int
        Fits that came before, for the monitor's count.
    """
    model = plan.config.model
    span = final_span(
        panel.length,
        int(model.horizon),
        fold_plan(plan.config),
        context_length=int(model.context_length) if name in RECURRENT else 1,
    )
    context = FitContext(
        name=f"{name}, final fit",
        index=fits,
        total=fits + 1,
        seed=fold_seed(plan.config.training.seed, len(plan.schedule.folds)),
        monitor=monitor,
    )
    return build(plan.config, name, stop_after=epochs).fit(panel, span=span, context=context)
