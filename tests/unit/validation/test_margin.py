"""How sure a verdict is: fold by fold and step by step, against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from forecast.data.panel import Span
from forecast.validation.evaluation import Evaluation, FoldResult
from forecast.validation.margin import Margin, margin_over
from forecast.validation.plan import Fold
from forecast.validation.verdict import reach_verdict


def walked(*errors: tuple[list[float], list[float]]) -> Evaluation:
    """One series, one cutoff a fold; the errors of model and seasonal naive at each step."""
    folds = []
    for index, (mine, theirs) in enumerate(errors):
        y, one = np.full((1, 1, len(mine)), 10.0), np.ones(1)
        start = 5 + index * len(mine)
        fold = Fold(index, Span(0, start, start), (start - 1,), start + len(mine))
        forecasts = {"gru": y - np.array(mine), "seasonal_naive": y - np.array(theirs)}
        folds.append(FoldResult(fold, y, one, one, forecasts, {}, {}, {}, {}))
    return Evaluation(len(errors[0][0]), 7, ("gru", "seasonal_naive"), tuple(folds))


def margin(*errors: tuple[list[float], list[float]]) -> Margin:
    return margin_over(walked(*errors), "gru", "seasonal_naive", measure="mase")


def test_skill_of_each_fold_and_its_standard_error() -> None:
    found = margin(([1, 1], [2, 2]), ([1, 1], [1, 3]), ([3, 3], [4, 4]))
    assert found.by_fold == pytest.approx((0.5, 0.5, 0.25))
    assert found.skill == pytest.approx(1 - 10 / 16)
    assert found.error == pytest.approx(np.std([0.5, 0.5, 0.25], ddof=1) / np.sqrt(3))
    assert found.words.startswith("skill 25 % to 50 % in 3 folds, standard error 8 %; ")


@pytest.mark.parametrize(
    ("mine", "step", "words"),
    [
        ([1, 1, 1, 1], None, "better than it up to the last step"),
        ([1, 1, 2, 3], 3, "no better than it from step 3 on"),
        ([1, 3, 1, 2], 4, "no better than it from step 4 on, nor at step 2"),
        ([3, 3, 1, 1], None, "better than it up to the last step, but for steps 1 to 2"),
        ([2, 2, 2, 2], 1, "better than it at no step"),
    ],
)
def test_step_from_which_the_model_is_no_better(
    mine: list[float], step: int | None, words: str
) -> None:
    found = margin((mine, [2, 2, 2, 2]))
    assert found.ends_at == step
    assert found.words == f"of how sure that is, one fold says nothing; {words}"


def test_share_that_rounds_to_nothing_has_no_sign() -> None:
    found = margin(([1.001], [1.0]), ([0.999], [1.0]))
    assert found.words.startswith("skill 0 % to 0 % in 2 folds, standard error 0 %; ")


def test_folds_without_a_skill_are_not_called_one_fold() -> None:
    nothing, one = ([1.0], [0.0]), ([1.0], [2.0])
    assert "none of 2 folds has a skill" in margin(nothing, nothing).words
    assert "one of 2 folds has a skill" in margin(one, nothing).words


def test_fold_whose_baseline_is_perfect_has_no_skill() -> None:
    found = margin(([1, 1], [0, 0]), ([1, 1], [2, 2]))
    assert found.by_fold == (None, 0.5)
    assert found.error is None


def test_verdict_carries_the_margin_over_what_it_compares_with() -> None:
    verdict = reach_verdict(walked(([1, 1], [2, 2]), ([1, 1], [4, 4])), "gru")
    assert verdict.margin is not None
    assert verdict.margin.baseline == "seasonal_naive"
    assert verdict.sentences.startswith(f"{verdict.words}. Skill 50 % to 75 % in 2 folds")
