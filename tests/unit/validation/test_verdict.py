from __future__ import annotations

import math

import numpy as np
import pytest

from forecast.data.panel import Span
from forecast.validation.evaluation import Evaluation, FoldResult
from forecast.validation.plan import Fold
from forecast.validation.verdict import Verdict, reach_verdict, skills_among, skills_of


def walked(*, scale: float = 1.0, actual: float = 100.0, **errors: float) -> Evaluation:
    """Models that each err by a constant; with scale 1 the error is the MASE."""
    y = np.full((1, 1, 2), actual)
    one = np.ones(1)
    fold = Fold(0, Span(0, 5, 5), (4,), 7)
    forecasts = {model: y - error for model, error in errors.items()}
    result = FoldResult(fold, y, scale * one, one, forecasts, {}, {}, {}, {})
    return Evaluation(2, 7, tuple(errors), (result,))


def verdict(name: str, *, scale: float = 1.0, actual: float = 100.0, **errors: float) -> Verdict:
    return reach_verdict(walked(scale=scale, actual=actual, **errors), name)


def test_verdict_better_model_beats_seasonal_naive() -> None:
    found = verdict("gru", gru=0.71, seasonal_naive=0.92, naive=1.5)
    assert found.words == "gru beats seasonal naive by 23 % (MASE 0.71 against 0.92)"
    assert found.skill == pytest.approx(1 - 0.71 / 0.92)
    assert found.better
    assert found.instead is None


def test_verdict_worse_model_names_the_command_to_use_instead() -> None:
    found = verdict("lstm", lstm=1.08, seasonal_naive=1.0, naive=1.5)
    assert found.words == "lstm loses to seasonal naive by 8 % (MASE 1.08 against 1.00): use that"
    assert found.skill == pytest.approx(-0.08)
    assert not found.better
    assert found.instead == "seasonal_naive"


@pytest.mark.parametrize("error", [0.992, 1.0, 1.008])
def test_verdict_within_one_percent_is_a_tie(error: float) -> None:
    found = verdict("gru", gru=error, seasonal_naive=1.0)
    assert found.words.startswith("gru ties with seasonal naive (MASE ")
    assert not found.better
    assert found.instead is None


def test_verdict_another_baseline_that_beats_the_model_is_to_be_used() -> None:
    found = verdict("gru", gru=0.8, seasonal_naive=1.0, naive=0.5, moving_average=0.6)
    assert found.words == (
        "gru beats seasonal naive by 20 % (MASE 0.80 against 1.00). "
        "Best of the baselines is naive (MASE 0.50): use that"
    )
    assert not found.better
    assert found.instead == "naive"


def test_verdict_another_baseline_that_ties_with_the_reference_is_not_mentioned() -> None:
    found = verdict("gru", gru=1.2, seasonal_naive=1.0, naive=0.995)
    assert found.words == "gru loses to seasonal naive by 20 % (MASE 1.20 against 1.00): use that"
    assert found.instead == "seasonal_naive"


def test_verdict_another_baseline_between_is_mentioned() -> None:
    found = verdict("gru", gru=0.8, seasonal_naive=1.0, moving_average=0.9)
    assert found.words.endswith(". Best of the baselines is moving average (MASE 0.90)")
    assert found.better
    assert found.instead is None


def test_verdict_rule_is_judged_against_the_best_other_rule() -> None:
    found = verdict("seasonal_naive", seasonal_naive=0.5, naive=1.0, drift=2.0)
    assert found.words == "seasonal naive beats naive by 50 % (MASE 0.50 against 1.00)"
    worse = verdict("drift", seasonal_naive=0.5, naive=1.0, drift=2.0)
    assert worse.words.startswith("drift loses to seasonal naive by 300 %")


def test_verdict_of_the_only_rule_is_against_the_best_network() -> None:
    found = verdict("seasonal_naive", seasonal_naive=0.5, gru=1.0, lstm=2.0)
    assert found.words == "seasonal naive beats gru by 50 % (MASE 0.50 against 1.00)"
    assert found.instead is None


def test_verdict_without_mase_compares_mae_and_says_so() -> None:
    found = verdict("gru", scale=0.0, gru=120.0, seasonal_naive=240.0)
    assert found.words == (
        "gru beats seasonal naive by 50 % (MAE 120 against 240). "
        "MASE is undefined here, so MAE is compared"
    )


def test_verdict_perfect_baseline_has_no_skill_to_state() -> None:
    found = verdict("gru", scale=0.0, gru=0.001, seasonal_naive=0.0)
    assert found.words.startswith("gru loses to seasonal naive (MAE 0.001 against 0): use that")
    assert found.skill is None
    even = verdict("gru", scale=0.0, gru=0.0, seasonal_naive=0.0)
    assert (even.skill, even.better, even.instead) == (0.0, False, None)


def test_verdict_nothing_scored_says_why() -> None:
    found = verdict("gru", actual=math.nan, gru=1.0, seasonal_naive=1.0)
    assert found.words == "gru could not be judged: no forecast could be scored"
    assert found.skill is None


def test_verdict_alone_says_why() -> None:
    found = verdict("naive", naive=1.0)
    assert found.words == "naive could not be judged: there is no baseline beside it"


def test_skill_of_every_model_is_relative_to_seasonal_naive() -> None:
    assert skills_of(walked(gru=0.75, naive=1.5, seasonal_naive=1.0)) == {
        "gru": 0.25,
        "naive": -0.5,
        "seasonal_naive": 0.0,
    }


def test_skill_is_of_mae_where_no_model_has_a_mase() -> None:
    assert skills_of(walked(scale=0.0, gru=30.0, seasonal_naive=40.0))["gru"] == 0.25


@pytest.mark.parametrize("errors", [{"gru": 1.0}, {"gru": 1.0, "seasonal_naive": 0.0}])
def test_skill_without_an_error_of_seasonal_naive_is_undefined(errors: dict[str, float]) -> None:
    assert set(skills_of(walked(**errors)).values()) == {None}


def test_skill_among_scores_that_were_kept_is_of_mae_where_no_model_has_a_mase() -> None:
    kept = {"gru": {"mase": None, "mae": 3.0}, "seasonal_naive": {"mase": None, "mae": 4.0}}
    assert skills_among(kept) == {"gru": 0.25, "seasonal_naive": 0.0}
    known = {"gru": {"mase": 0.5, "mae": 9.0}, "seasonal_naive": {"mase": 1.0, "mae": 4.0}}
    assert skills_among(known) == {"gru": 0.5, "seasonal_naive": 0.0}
