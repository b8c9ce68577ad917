"""One sentence on whether the model is worth having, and the command to use when it is not.

A network is judged against seasonal naive, a rule of the naive family against the best of the
other rules. The measure is MASE, or MAE where MASE is undefined.
"""

from __future__ import annotations

import math
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from forecast.metrics.scaled import skill

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecast.validation.walk_forward import Evaluation

BASELINES = ("naive", "seasonal_naive", "drift", "moving_average")
REFERENCE = "seasonal_naive"
TIE = 0.01  # a skill within 1 % of 0 is a tie
PLAIN_FROM, WHOLE_FROM = 0.1, 100.0  # numbers between have two decimals


@dataclass(frozen=True)
class Verdict:
    """What the walk says about a model.

    Parameters
    ----------
    skill : float or None
        Share of the reference's error that the model avoids; None where undefined.
    words : str
        One or two sentences, without a full stop at the end.
    better : bool
        Whether the model beats the reference and no baseline beats the model.
    command : str or None
        What trains the baseline to use instead, where there is one.
    """

    skill: float | None
    words: str
    better: bool
    command: str | None


def reach_verdict(evaluation: Evaluation, name: str, *, source: str = "DATA") -> Verdict:
    """Judge one model of an evaluation against its baselines.

    Parameters
    ----------
    evaluation : Evaluation
        With at least one baseline beside the model.
    name : str
        Of the model.
    source : str
        The data file, for the command.

    Returns
    -------
    Verdict
    """
    metrics = {model: evaluation.scores(model).metrics for model in evaluation.models}
    rivals = [model for model in evaluation.models if model in BASELINES and model != name]
    measure = _measure(metrics, [name, *rivals])
    if measure is None or not rivals:
        why = "there is no baseline beside it" if measure else "no forecast could be scored"
        return Verdict(
            None, f"{_spoken(name)} could not be judged: {why}", better=False, command=None
        )
    values = {model: metrics[model][measure] for model in (name, *rivals)}
    errors = {model: value for model, value in values.items() if value is not None}
    best = min((model for model in rivals if model in errors), key=errors.__getitem__)
    reference = REFERENCE if REFERENCE in errors and name not in BASELINES else best
    if _sign(_skill(errors[best], errors[reference])) == 0:
        best = reference
    verdict = _compare(errors, name, reference, best, measure=measure.upper())
    if verdict.command is None:
        return verdict
    command = f"forecast train {shlex.quote(source)} --model {verdict.command}"
    return Verdict(verdict.skill, verdict.words, verdict.better, command)


def _measure(metrics: Mapping[str, Mapping[str, float | None]], models: list[str]) -> str | None:
    """Pick the measure that is defined for the model and a rival, MASE first."""
    for measure in ("mase", "mae"):
        defined = [metrics[model][measure] is not None for model in models]
        if defined[0] and (len(models) == 1 or any(defined[1:])):
            return measure
    return None


def _compare(
    errors: Mapping[str, float], name: str, reference: str, best: str, *, measure: str
) -> Verdict:
    """Put the comparison in words; the command is only the name of the baseline to use."""
    mine, theirs = errors[name], errors[reference]
    value = _skill(mine, theirs)
    against = f"({measure} {_number(mine)} against {_number(theirs)})"
    share = "" if math.isinf(value) else f" by {abs(value):.0%}".replace("%", " %")
    verb = {1: "beats", 0: "ties with", -1: "loses to"}[_sign(value)]
    words = f"{_spoken(name)} {verb} {_spoken(reference)}{share if _sign(value) else ''} {against}"
    beaten = _sign(_skill(mine, errors[best])) < 0
    if best != reference:
        words += f". Best of the baselines is {_spoken(best)} ({measure} {_number(errors[best])})"
    if beaten:
        words += ": use that"
    if measure == "MAE":
        words += ". MASE is undefined here, so MAE is compared"
    return Verdict(
        skill=None if math.isinf(value) else value,
        words=words,
        better=_sign(value) > 0 and not beaten,
        command=best if beaten else None,
    )


def _skill(error: float, reference: float) -> float:
    """Skill; 0 where both are perfect and -inf where only the reference is."""
    if reference > 0:
        return skill(error, reference)
    return -math.inf if error > 0 else 0.0


def _sign(value: float) -> int:
    return 0 if abs(value) < TIE else (1 if value > 0 else -1)


def _spoken(name: str) -> str:
    return name.replace("_", " ")


def _number(value: float) -> str:
    if value >= WHOLE_FROM:
        return f"{value:.0f}"
    return f"{value:.2f}" if value >= PLAIN_FROM else f"{value:.2g}"
