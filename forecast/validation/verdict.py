"""One sentence on whether the model is worth having, and which rule to use when it is not.

A network is judged against seasonal naive, a rule of the naive family against the best of the
other rules, or of the networks where it is the only rule. The measure is MASE, or MAE where MASE is
undefined; skill is always relative to seasonal naive.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from forecast.metrics.scaled import skill
from forecast.validation.margin import Margin, margin_over

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecast.validation.evaluation import Evaluation

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
        Share of the error of what it is compared with that the model avoids; None where undefined.
    words : str
        One or two sentences, without a full stop at the end.
    better : bool
        Whether the model beats what it is compared with and no baseline beats the model.
    instead : str or None
        The baseline to use instead, where there is one.
    margin : Margin or None
        How sure the comparison is, and how far ahead it holds; None where there is none.
    """

    skill: float | None
    words: str
    better: bool
    instead: str | None
    margin: Margin | None = None

    @property
    def sentences(self) -> str:
        """The words, and those of the margin."""
        return self.words if self.margin is None else f"{self.words}. {_upper(self.margin.words)}"


def reach_verdict(evaluation: Evaluation, name: str) -> Verdict:
    """Judge one model of an evaluation against its baselines.

    Parameters
    ----------
    evaluation : Evaluation
        With at least one baseline beside the model.
    name : str
        Of the model.

    Returns
    -------
    Verdict
    """
    measure = measure_of(evaluation)
    found = errors_of(evaluation, measure)
    errors = {model: error for model, error in found.items() if error is not None}
    others = [model for model in errors if model != name]
    rivals = [model for model in others if model in BASELINES]
    if name in BASELINES:
        rivals = rivals or others  # the one baseline of a comparison, ahead of all networks
    if name not in errors or not rivals:
        why = "there is no baseline beside it" if name in errors else "no forecast could be scored"
        words = f"{spoken(name)} could not be judged: {why}"
        return Verdict(None, words, better=False, instead=None)
    best = min(rivals, key=errors.__getitem__)
    reference = REFERENCE if REFERENCE in errors and name not in BASELINES else best
    if _sign(_skill(errors[best], errors[reference])) == 0:
        best = reference
    verdict = _compare(errors, name, reference, best, measure=measure.upper())
    return replace(verdict, margin=margin_over(evaluation, name, reference, measure=measure))


def measure_of(evaluation: Evaluation) -> Literal["mase", "mae"]:
    """Return what models are compared by: MASE, or MAE where no model has a MASE."""
    scores = [evaluation.scores(name).metrics["mase"] for name in evaluation.models]
    return "mae" if all(score is None for score in scores) else "mase"


def errors_of(evaluation: Evaluation, measure: str) -> dict[str, float | None]:
    """Return one measure of each model over all folds; None where undefined."""
    return {name: evaluation.scores(name).metrics[measure] for name in evaluation.models}


def skills_of(evaluation: Evaluation) -> dict[str, float | None]:
    """Return the skill of each model: 1 - MASE / MASE of seasonal naive (MAE without MASE).

    Seasonal naive itself has 0. None where either is undefined, or seasonal naive is perfect.
    """
    return skills_beside(errors_of(evaluation, measure_of(evaluation)))


def skills_beside(errors: Mapping[str, float | None]) -> dict[str, float | None]:
    """Return the skill of each model from the errors of all of them."""
    reference = errors.get(REFERENCE)
    return {
        name: skill(error, reference) if error is not None and reference else None
        for name, error in errors.items()
    }


def skills_among(scores: Mapping[str, Mapping[str, float | None]]) -> dict[str, float | None]:
    """Return the skill of each model from the scores of all, by MASE, or MAE where none has one."""
    measure = "mae" if all(row.get("mase") is None for row in scores.values()) else "mase"
    return skills_beside({name: row.get(measure) for name, row in scores.items()})


def _compare(
    errors: Mapping[str, float], name: str, reference: str, best: str, *, measure: str
) -> Verdict:
    """Put the comparison in words."""
    mine, theirs = errors[name], errors[reference]
    value = _skill(mine, theirs)
    against = f"({measure} {_number(mine)} against {_number(theirs)})"
    share = "" if math.isinf(value) else f" by {abs(value):.0%}".replace("%", " %")
    verb = {1: "beats", 0: "ties with", -1: "loses to"}[_sign(value)]
    words = f"{spoken(name)} {verb} {spoken(reference)}{share if _sign(value) else ''} {against}"
    beaten = _sign(_skill(mine, errors[best])) < 0
    if best != reference:
        words += f". Best of the baselines is {spoken(best)} ({measure} {_number(errors[best])})"
    if beaten:
        words += ": use that"
    if measure == "MAE":
        words += ". MASE is undefined here, so MAE is compared"
    return Verdict(
        skill=None if math.isinf(value) else value,
        words=words,
        better=_sign(value) > 0 and not beaten,
        instead=best if beaten else None,
    )


def _skill(error: float, reference: float) -> float:
    """Skill; 0 where both are perfect and -inf where only the reference is."""
    if reference > 0:
        return skill(error, reference)
    return -math.inf if error > 0 else 0.0


def _sign(value: float) -> int:
    return 0 if abs(value) < TIE else (1 if value > 0 else -1)


def _upper(words: str) -> str:
    return words[0].upper() + words[1:]


def spoken(name: str) -> str:
    """Return a model's name as a sentence has it; a varied key keeps its spelling."""
    return name if "=" in name else name.replace("_", " ")


def _number(value: float) -> str:
    if value >= WHOLE_FROM:
        return f"{value:.0f}"
    return f"{value:.2f}" if value >= PLAIN_FROM else f"{value:.2g}"
