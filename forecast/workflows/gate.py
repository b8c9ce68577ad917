"""``--fail-if-worse-than``: a model that a baseline beats fails the run, after all was written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecast.errors import CheckFailed, UsageError
from forecast.validation.margin import margin_over
from forecast.validation.verdict import TIE, measure_of

if TYPE_CHECKING:
    from forecast.config.schema import Config
    from forecast.validation.evaluation import Evaluation
    from forecast.workflows.results import TrainResult

FLAG = "--fail-if-worse-than"
GATES = ("seasonal_naive", "naive")
"""Baselines that stand beside every model."""


def check_gate(baseline: str, config: Config) -> None:
    """Refuse a gate that no run could pass, before anything is trained.

    Raises
    ------
    UsageError
        If the baseline is none, or there are no folds.
    """
    if baseline not in GATES:
        raise UsageError(
            f"{baseline!r} is no baseline that every model is judged beside",
            location=f"flag {FLAG}",
            fix=f"pass {FLAG} {' or '.join(GATES)}",
        )
    if config.validation.folds == 0:
        raise UsageError(
            f"{FLAG} needs folds, and --folds is 0",
            location=f"flag {FLAG}",
            fix="pass --folds 1 or more",
        )


def apply_gate(baseline: str, result: TrainResult) -> None:
    """Fail a finished run whose model is worse than ``baseline``; within 1 % is a tie, and passes.

    Raises
    ------
    CheckFailed
        Naming the skill, how sure it is, and the step from which the model is no better.
    """
    name, evaluation = result.config.model.name, result.evaluation
    if evaluation is None:
        raise _failed(f"{name} was not judged against {_spoken(baseline)}: no folds", result)
    margin = margin_over(evaluation, name, baseline, measure=measure_of(evaluation))
    if margin.skill is None:
        if _equal(evaluation, name, baseline):
            return
        raise _failed(f"the skill of {name} against {_spoken(baseline)} is undefined", result)
    if margin.skill <= -TIE:
        share = f"{-margin.skill:.0%}".replace("%", " %")
        raise _failed(f"{name} is {share} worse than {_spoken(baseline)} ({margin.words})", result)


def _equal(evaluation: Evaluation, name: str, baseline: str) -> bool:
    """Whether both have the same error, as where both are perfect."""
    measure = measure_of(evaluation)
    mine, theirs = (evaluation.scores(model).metrics[measure] for model in (name, baseline))
    return mine is not None and mine == theirs


def _failed(message: str, result: TrainResult) -> CheckFailed:
    fix = f"see {result.run / 'report.html'}; everything was written"
    if result.command is not None:
        fix = f"everything was written; what does better: {result.command}"
    return CheckFailed(message, location=str(result.run), fix=fix)


def _spoken(name: str) -> str:
    return name.replace("_", " ")
