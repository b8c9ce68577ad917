from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest

from forecast.data.panel import Span
from forecast.validation.evaluation import Evaluation, FoldResult, Seconds
from forecast.validation.plan import Fold
from forecast.workflows.contenders import Contender
from forecast.workflows.leaderboard import leaderboard, ranked

if TYPE_CHECKING:
    from forecast.workflows.automatic import Plan


def walked(**errors: float) -> Evaluation:
    """Models that each err by a constant, which is their MASE; each fitted for a second."""
    y, one = np.full((1, 1, 2), 100.0), np.ones(1)
    forecasts = {model: y - error for model, error in errors.items()}
    seconds = dict.fromkeys(errors, Seconds(1.0, 0.5))
    result = FoldResult(
        Fold(0, Span(0, 5, 5), (4,), 7), y, one, one, forecasts, seconds, {}, {}, {}
    )
    return Evaluation(2, 7, tuple(errors), (result, result))


def contender(name: str, *, seeds: tuple[int, ...] = ()) -> Contender:
    return Contender(name, cast("Plan", None), "", {}, seeds)  # a row asks for no plan


def order(evaluation: Evaluation, parameters: dict[str, int]) -> list[str]:
    rows = [contender(name) for name in evaluation.models]
    return [row.name for row in ranked(evaluation, parameters, rows)]


def test_models_are_ranked_by_error() -> None:
    evaluation = walked(gru=0.9, naive=2.0, seasonal_naive=1.0)
    assert order(evaluation, dict.fromkeys(evaluation.models, 0)) == [
        "gru",
        "seasonal_naive",
        "naive",
    ]


@pytest.mark.parametrize("noise", [-1e-12, 0.0, 1e-12])
def test_rounding_noise_ranks_nothing_but_parameters_and_names_do(noise: float) -> None:
    evaluation = walked(lstm=1.0 + noise, naive=1.0, seasonal_naive=1.0 - noise, gru=1.0)
    parameters = {"lstm": 9, "naive": 0, "seasonal_naive": 0, "gru": 7}
    assert order(evaluation, parameters) == ["naive", "seasonal_naive", "gru", "lstm"]


def test_model_without_a_score_comes_last() -> None:
    evaluation = walked(gru=math.nan, seasonal_naive=1.0)
    assert order(evaluation, {"gru": 7, "seasonal_naive": 0}) == ["seasonal_naive", "gru"]


def test_leaderboard_gives_skill_and_seconds_and_the_final_fit_to_the_best() -> None:
    evaluation = walked(gru=0.75, seasonal_naive=1.0)
    parameters = {"gru": 7, "seasonal_naive": 0}
    rows = [contender(name) for name in evaluation.models]
    board = leaderboard(evaluation, parameters, rows, final=Seconds(4.0, 0.0))
    assert [(row.rank, row.model, row.skill, row.parameters) for row in board] == [
        (1, "gru", 0.25, 7),
        (2, "seasonal_naive", 0.0, 0),
    ]
    assert [row.seconds for row in board] == [Seconds(6.0, 1.0), Seconds(2.0, 1.0)]


def test_row_of_several_seeds_has_their_means_and_how_far_they_spread() -> None:
    errors = {"gru seed=0": 0.5, "gru seed=1": 0.9, "lstm": 0.6, "seasonal_naive": 1.0}
    evaluation = walked(**errors)
    rows = [
        contender("gru", seeds=(0, 1)),
        contender("lstm", seeds=(0,)),
        contender("seasonal_naive"),
    ]
    parameters = dict.fromkeys(errors, 0)
    board = leaderboard(evaluation, parameters, rows, final=Seconds(0.0, 0.0))
    assert [row.model for row in board] == ["lstm", "gru", "seasonal_naive"]
    gru = board[1]
    assert gru.spread is not None
    assert gru.metrics["mase"] == pytest.approx(0.7)
    assert gru.spread["mase"] == pytest.approx(0.4 / math.sqrt(2))
    assert gru.skill == pytest.approx(0.3)
    assert gru.seconds == Seconds(4.0, 2.0)  # of both seeds
    assert board[0].spread is None


def test_mean_over_seeds_is_undefined_where_one_seed_is() -> None:
    evaluation = walked(**{"gru seed=0": 0.5, "gru seed=1": math.nan, "seasonal_naive": 1.0})
    rows = [contender("gru", seeds=(0, 1)), contender("seasonal_naive")]
    parameters = dict.fromkeys(evaluation.models, 0)
    board = leaderboard(evaluation, parameters, rows, final=Seconds(0.0, 0.0))
    assert [row.model for row in board] == ["seasonal_naive", "gru"]
    assert board[1].metrics["mase"] is None
    assert board[1].spread is not None
    assert board[1].spread["mase"] is None
    assert board[1].skill is None
