"""A time for a whole comparison, shared out equally over the fits of its networks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecast.workflows.running.fitting import jobs_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecast.config.schema import Config
    from forecast.validation.plan import FoldSchedule
    from forecast.workflows.running.record import Kept
    from forecast.workflows.terms import Terms

ENDED = "max time"


def share_of(
    budget: float, configs: Sequence[Config], schedule: FoldSchedule, terms: Terms
) -> float:
    """Return the seconds of each fit of a network, the final fit included.

    Folds that are trained side by side take their time at once, so that all fits together end
    within the budget, wherever they end before their epochs do.

    Parameters
    ----------
    budget : float, in seconds
    configs : sequence of Config
        Of each setting, with every automatic value resolved.
    """
    jobs = min(jobs_of(configs[0]), len(schedule.trained))
    turns = -(-len(schedule.trained) // jobs)
    members = [config.training.ensemble for config in configs]
    each_fold = len(terms.networks) * terms.seeds * sum(members)
    final = max(members) if configs[0].validation.final_fit else 0
    return budget / (turns * each_fold + final)


def budget_note(budget: float, config: Config, kept: Kept) -> str:
    """Say what became of the budget.

    Parameters
    ----------
    budget : float, in seconds
        Of all fits.
    config : Config
        Of a setting: says what each fit had.
    kept : Kept
    """
    folds = () if kept.evaluation is None else kept.evaluation.folds
    fits = [report for result in folds for report in result.fits.values() if report is not None]
    final = kept.forecaster.report
    if final is not None and final not in fits:  # the last fold's model may be the one that is kept
        fits.append(final)
    ended = sum(report.stopped == ENDED for report in fits)
    return (
        f"{ended} of {len(fits)} fits were ended by the budget of {budget:g} seconds, "
        f"{config.training.max_time:.3g} for each: how far a fit comes depends on the speed of the "
        "machine, so the same seed need not give the same model"
    )
