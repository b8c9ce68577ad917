from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd
import pytest

from forecast.data.panel import Span
from forecast.errors import UsageError
from forecast.validation.evaluation import Evaluation, FoldResult, Seconds
from forecast.validation.plan import Fold
from forecast.validation.significance import Difference
from forecast.validation.top import Top, best_of_earlier
from forecast.workflows.compare import compare
from forecast.workflows.comparing.contenders import Contender
from forecast.workflows.comparing.leaderboard import LeaderboardRow, leaderboard, ranked, standing

if TYPE_CHECKING:
    from forecast.workflows.resolving.automatic import Plan


def walked(**errors: float) -> Evaluation:
    """Models that each err by a constant, which is their MASE; each fitted for a second."""
    y, one = np.full((1, 1, 2), 100.0), np.ones(1)
    forecasts = {model: y - error for model, error in errors.items()}
    seconds = dict.fromkeys(errors, Seconds(1.0, 0.5))
    results = tuple(
        FoldResult(fold, y, one, one, forecasts, seconds, {}, {}, {})
        for fold in (Fold(0, Span(0, 5, 5), (4,), 7), Fold(1, Span(0, 7, 7), (6,), 9))
    )
    return Evaluation(2, 7, tuple(errors), results)


def contender(name: str, *, seeds: tuple[int, ...] = ()) -> Contender:
    return Contender(name, cast("Plan", None), "", {}, seeds)  # a row asks for no plan


def board_of(evaluation: Evaluation, top: Top | None = None) -> tuple[LeaderboardRow, ...]:
    rows = [contender(name) for name in evaluation.models]
    zero = dict.fromkeys(evaluation.models, 0)
    return leaderboard(evaluation, zero, rows, final=Seconds(0.0, 0.0), top=top)


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


def test_each_row_is_tested_against_seasonal_naive_and_the_one_above() -> None:
    evaluation = walked(gru=0.75, lstm=0.8, seasonal_naive=1.0)
    board = board_of(evaluation)
    pairs = [(row.against_reference, row.against_above) for row in board]
    named = [tuple(found and found.model for found in pair) for pair in pairs]
    assert named == [("seasonal_naive", None), ("seasonal_naive", "gru"), (None, "lstm")]
    few = {"p": None, "statistic": None, "cutoffs": 2, "tie": None}
    assert board[1].document()["against_above"] == {
        "model": "gru",
        **few,
        "reason": "2 cutoffs, needs 10",
    }
    assert board[0].document()["against_above"] is None
    said = "whether gru is better than lstm was not tested: 2 cutoffs, needs 10"
    assert standing(board) == said
    board = (board[0], replace(board[1], against_above=Difference("gru", 64, 0.41, 0.8)))
    assert standing(board) == "gru and lstm tie (p 0.410 over 64 cutoffs)"
    board = (board[0], replace(board[1], against_above=Difference("gru", 64, 0.0001, 4.8)))
    assert standing(board) == "gru is better than lstm (p <0.001 over 64 cutoffs)"
    assert standing(board[:1]) is None


def test_peak_memory_is_the_largest_of_the_folds() -> None:
    evaluation = walked(gru=0.75, seasonal_naive=1.0)
    known = [
        replace(result, memory={"gru": peak, "seasonal_naive": None})
        for result, peak in zip(evaluation.folds, (5_000, 7_000), strict=True)
    ]
    board = board_of(replace(evaluation, folds=tuple(known)))
    assert [row.document()["peak_memory"] for row in board] == [7_000, None]


def test_ensemble_of_the_best_is_the_last_row_and_has_no_rank() -> None:
    evaluation = walked(gru=0.75, lstm=-0.5, seasonal_naive=1.0)
    top = best_of_earlier(evaluation, 2)
    *rows, last = board_of(evaluation, top)
    assert [row.rank for row in rows] == [1, 2, 3]
    assert (last.rank, last.model, last.seconds, last.parameters) == (None, "top 2", None, None)
    assert last.metrics["mase"] == pytest.approx(0.125)
    assert last.skill == pytest.approx(0.875)
    assert last.against_reference is not None
    assert last.against_reference.cutoffs == 1  # the second fold alone


def asked(folder: Path, **more: object) -> dict[str, object]:
    model = {"model.horizon": 2, "data.season_length": 7}
    return {**model, "run.output": str(folder), **{f"validation.{k}": v for k, v in more.items()}}


def daily() -> pd.DataFrame:
    rows = np.arange(120)
    y = np.sin(rows * 2 * np.pi / 7) + np.random.default_rng(0).normal(0, 0.3, 120)
    return pd.DataFrame({"ds": pd.date_range("2024-01-01", periods=120), "y": y})


def test_size_of_the_ensemble_is_a_choice(tmp_path: Path) -> None:
    rules = ["naive", "drift", "moving_average"]
    one = compare(daily(), asked(tmp_path / "1"), models=rules)
    two = compare(daily(), asked(tmp_path / "2"), models=rules, top=2)
    none = compare(daily(), asked(tmp_path / "0"), models=rules, top=0)
    names = [[row.model for row in result.leaderboard if row.rank is None] for result in (one, two)]
    assert names == [["top 3"], ["top 2"]]
    assert any(note.startswith("top 3 is the mean of") for note in one.notes)
    assert all(row.rank is not None for row in none.leaderboard)
    assert none.top is None
    assert none.document()["top"] is None
    for given in (-1, "two", 1.5):
        with pytest.raises(UsageError, match="top is"):
            compare(daily(), asked(tmp_path / "x"), models=rules, top=given)  # type: ignore[arg-type]


def test_one_fold_has_no_ensemble_and_says_so(tmp_path: Path) -> None:
    done = compare(daily(), asked(tmp_path / "run", folds=1), models=["naive"])
    said = "no ensemble of the best: it is chosen on earlier folds, and there is one fold"
    assert said in done.notes
    assert done.top is None
    assert [row.rank for row in done.leaderboard] == [1, 2]
