"""Networks that no epoch brought further than where they began, said aloud."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forecast.config.schema import Config
from forecast.models.forecaster import FitReport
from forecast.validation.evaluation import Evaluation
from forecast.workflows.running.fitting import fold_reports
from forecast.workflows.running.record import Kept


def idle_notes(config: Config, kept: Kept, models: Sequence[str]) -> tuple[str, ...]:
    """Say which of ``models`` never left their start; those that forecast alike in one sentence.

    Of an ensemble nothing is said: some of its networks may have left it.

    Parameters
    ----------
    config : Config
        With every automatic value resolved.
    kept : Kept
        The model of the run, and how all were judged.
    models : sequence of str
        As they are called in the walk; rules have no start.
    """
    if config.training.ensemble > 1:
        return ()
    idle = [name for name in models if _is_idle(kept, name)]
    notes = []
    while idle:
        alike = [name for name in idle if _same(kept.evaluation, idle[0], name)]
        notes.append(_words(config, alike, beside=_is_accompanied(kept, idle[0])))
        idle = [name for name in idle if name not in alike]
    return tuple(notes)


def _is_idle(kept: Kept, name: str) -> bool:
    reports = _reports(kept, name)
    return bool(reports) and not any(report.best_epoch for report in reports)


def _is_accompanied(kept: Kept, name: str) -> bool:
    """Whether companions count in any of its forecasts."""
    return any(report.companion_share for report in _reports(kept, name))


def _reports(kept: Kept, name: str) -> tuple[FitReport, ...]:
    """How its fits went, in the folds and, where it is the model of the run, in the end."""
    found = fold_reports(kept.evaluation, name)
    last = kept.forecaster.report
    return found if name != kept.name or last is None else (*found, last)


def _same(evaluation: Evaluation | None, one: str, other: str) -> bool:
    folds = () if evaluation is None else evaluation.folds
    return one == other or all(
        np.array_equal(fold.forecasts[one], fold.forecasts[other], equal_nan=True) for fold in folds
    )


def _words(config: Config, alike: Sequence[str], *, beside: bool) -> str:
    *others, last = sorted(alike)
    linear = config.model.skip != "none"
    if others:
        start = "the linear start" if linear else "their start"
        return f"{', '.join(others)} and {last} tie: none left {start}"
    if last.split()[0] == "linear":
        return (
            "no epoch improved on the start of linear by more than chance: it forecasts as it "
            "began, and options of its training had no effect"
        )
    if not linear:
        return (
            f"no epoch improved on the start of {last} by more than chance: it forecasts as it "
            "began, untrained"
        )
    companions = " and its companions" if beside else ""
    return (
        f"no epoch improved on the linear start by more than chance: {last} forecasts by its "
        f"linear path{companions} alone, and options of its layers had no effect"
    )
