from __future__ import annotations

import math

import numpy as np
import pytest

from forecast.data.panel import Span
from forecast.validation.evaluation import Evaluation, FoldResult, Seconds
from forecast.validation.plan import Fold
from forecast.workflows.leaderboard import leaderboard, ranked


def walked(**errors: float) -> Evaluation:
    """Models that each err by a constant, which is their MASE; each fitted for a second."""
    y, one = np.full((1, 1, 2), 100.0), np.ones(1)
    forecasts = {model: y - error for model, error in errors.items()}
    seconds = dict.fromkeys(errors, Seconds(1.0, 0.5))
    result = FoldResult(
        Fold(0, Span(0, 5, 5), (4,), 7), y, one, one, forecasts, seconds, {}, {}, {}
    )
    return Evaluation(2, 7, tuple(errors), (result, result))


def test_models_are_ranked_by_error() -> None:
    evaluation = walked(gru=0.9, naive=2.0, seasonal_naive=1.0)
    assert ranked(evaluation, dict.fromkeys(evaluation.models, 0)) == [
        "gru",
        "seasonal_naive",
        "naive",
    ]


@pytest.mark.parametrize("noise", [-1e-12, 0.0, 1e-12])
def test_rounding_noise_ranks_nothing_but_parameters_and_names_do(noise: float) -> None:
    evaluation = walked(lstm=1.0 + noise, naive=1.0, seasonal_naive=1.0 - noise, gru=1.0)
    parameters = {"lstm": 9, "naive": 0, "seasonal_naive": 0, "gru": 7}
    assert ranked(evaluation, parameters) == ["naive", "seasonal_naive", "gru", "lstm"]


def test_model_without_a_score_comes_last() -> None:
    evaluation = walked(gru=math.nan, seasonal_naive=1.0)
    assert ranked(evaluation, {"gru": 7, "seasonal_naive": 0}) == ["seasonal_naive", "gru"]


def test_leaderboard_gives_skill_and_seconds_and_the_final_fit_to_the_best() -> None:
    evaluation = walked(gru=0.75, seasonal_naive=1.0)
    board = leaderboard(evaluation, {"gru": 7, "seasonal_naive": 0}, final=Seconds(4.0, 0.0))
    assert [(row.rank, row.model, row.skill, row.parameters) for row in board] == [
        (1, "gru", 0.25, 7),
        (2, "seasonal_naive", 0.0, 0),
    ]
    assert [row.seconds for row in board] == [Seconds(6.0, 1.0), Seconds(2.0, 1.0)]
