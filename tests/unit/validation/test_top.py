"""The ensemble of the best models, chosen on earlier folds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from forecast.data.panel import Span
from forecast.validation.evaluation import Evaluation, FoldResult, Seconds
from forecast.validation.plan import Fold
from forecast.validation.top import Top, best_of_earlier


def walked(*folds: dict[str, float]) -> Evaluation:
    """Models that are off by a constant in each fold."""
    one, results = np.ones(1), []
    for index, errors in enumerate(folds):
        y = np.full((1, 4, 2), 100.0)
        forecasts = {model: y + error for model, error in errors.items()}
        first = 10 + 6 * index
        fold = Fold(index, Span(0, first, first), tuple(range(first, first + 4)), first + 6)
        seconds = dict.fromkeys(errors, Seconds(1.0, 0.5))
        results.append(FoldResult(fold, y, one, one, forecasts, seconds, {}, {}, {}))
    return Evaluation(2, 1, tuple(folds[0]), tuple(results))


FOLDS = (
    {"gru": 1.0, "lstm": -2.0, "theta": 3.0, "seasonal_naive": 4.0},
    {"gru": 5.0, "lstm": -1.0, "theta": 0.5, "seasonal_naive": 4.0},
    {"gru": 3.0, "lstm": -2.0, "theta": 1.0, "seasonal_naive": 4.0},
)


def found(evaluation: Evaluation, k: int) -> Top:
    top = best_of_earlier(evaluation, k)
    assert top is not None
    return top


def test_mean_of_the_best_of_earlier_folds_is_judged_in_the_later_ones() -> None:
    top = found(walked(*FOLDS), 2)
    # after fold 1: gru 1, lstm 2; after fold 2: lstm (2 + 1) / 2, theta (3 + 0.5) / 2
    assert top.choices == (("gru", "lstm"), ("lstm", "theta"))
    assert top.folds == (1, 2)
    # means: (5 - 1) / 2 = 2, (-2 + 1) / 2 = -0.5
    assert top.evaluation.scores("top 2").metrics["mase"] == pytest.approx(1.25)
    assert top.best == "theta"
    assert top.evaluation.scores("theta").metrics["mase"] == pytest.approx(0.75)
    assert top.words == (
        "top 2 is the mean of those best in the folds before (fold 2: gru, lstm; fold 3: lstm, "
        "theta): MASE 1.25 in folds 2 to 3, theta 0.75 and seasonal naive 4 there"
    )


def test_what_happens_in_a_fold_changes_no_choice_for_it_or_an_earlier_one() -> None:
    evaluation = walked(*FOLDS, {"gru": 0.0, "lstm": 9.0, "theta": 9.0, "seasonal_naive": 9.0})
    before = found(evaluation, 2).choices
    changed = []
    for index in range(1, 4):
        results = list(evaluation.folds)
        results[index] = replace(results[index], y=results[index].y + 50.0)
        after = found(replace(evaluation, folds=tuple(results)), 2).choices
        assert after[:index] == before[:index]  # choices[i] is that for fold i + 1
        changed.append(after != before)
    assert any(changed)


def test_fold_that_is_not_over_has_no_say() -> None:
    first, second, third = walked(*FOLDS).folds
    late = replace(first, fold=replace(first.fold, test_stop=second.fold.cutoffs[0] + 2))
    evaluation = replace(walked(*FOLDS), folds=(late, second, third))
    top = found(evaluation, 1)
    assert (top.folds, top.choices) == ((2,), (("lstm",),))
    assert best_of_earlier(replace(evaluation, folds=(late, second)), 1) is None


def test_models_without_an_error_are_chosen_last() -> None:
    first = {**FOLDS[0], "gru": np.nan}
    assert found(walked(first, FOLDS[1]), 2).choices == (("lstm", "theta"),)


def test_fewer_models_than_asked_for_are_all_taken_and_so_named() -> None:
    top = found(walked({"gru": 1.0, "naive": 2.0}, {"gru": 1.0, "naive": 2.0}), 3)
    assert (top.name, top.choices) == ("top 2", (("gru", "naive"),))


def test_there_is_none_with_one_fold_or_one_model() -> None:
    assert best_of_earlier(walked(FOLDS[0]), 3) is None
    assert best_of_earlier(walked({"gru": 1.0}, {"gru": 1.0}), 3) is None


def test_plain_errors_choose_where_mase_is_undefined() -> None:
    evaluation = walked(*FOLDS)
    for result in evaluation.folds:
        result.mase_scale[:] = 0.0
    top = found(evaluation, 2)
    assert top.choices == (("gru", "lstm"), ("lstm", "theta"))
    assert "MAE 1.25 in folds 2 to 3" in top.words
