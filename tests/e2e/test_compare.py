"""Models side by side, on the same folds and seeds."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.e2e.conftest import Forecast

MODELS = {"rnn", "lstm", "gru", "naive", "seasonal_naive", "drift", "moving_average"}
FLAGS = ("sales.csv", "--horizon", "7", "--folds", "2", "--json", "--output")


def test_leaderboard_is_ranked_and_has_the_keys_of_the_contract(
    forecast: Forecast, sales: Path
) -> None:
    done = forecast("compare", *FLAGS, "run")
    assert done.code == 0, done.err
    document = json.loads(done.out)
    assert (document["schema"], document["command"]) == (1, "compare")
    board = document["leaderboard"]
    assert {row["model"] for row in board} == MODELS
    assert [row["rank"] for row in board] == list(range(1, 8))
    errors = [row["metrics"]["mase"] for row in board]
    assert errors == sorted(errors)
    for row in board:
        assert {"metrics_standardised", "parameters", "seconds"} <= set(row)
        assert (row["parameters"] > 0) == (row["model"] in {"rnn", "lstm", "gru"})
    shown = json.loads(forecast("inspect", "run", "--json").out)
    assert shown["manifest"]["model"] == board[0]["model"]


def test_models_are_judged_at_identical_cutoffs(forecast: Forecast, sales: Path) -> None:
    assert forecast("compare", *FLAGS, "run").code == 0
    with Path("run/forecasts.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert set(rows[0]) >= MODELS
    assert all(row[model] for row in rows for model in MODELS)
    with Path("run/metrics.csv").open(encoding="utf-8") as lines:
        cells = [(r["model"], r["fold"]) for r in csv.DictReader(lines)]
    assert set(cells) == {(model, fold) for model in MODELS for fold in "01"}


def test_model_scores_alike_in_company_and_alone(forecast: Forecast, sales: Path) -> None:
    board = json.loads(forecast("compare", *FLAGS, "together").out)["leaderboard"]
    scores = {row["model"]: row["metrics"] for row in board}
    for model in ("gru", "drift"):
        alone = json.loads(forecast("train", *FLAGS, model, "--model", model).out)
        assert alone["metrics"] == scores[model]
        assert alone["baselines"]["seasonal_naive"] == scores["seasonal_naive"]


def test_compare_prints_the_leaderboard_and_writes_the_run(forecast: Forecast, sales: Path) -> None:
    done = forecast("compare", "sales.csv", "--horizon", "7")
    lines = done.out.splitlines()
    assert lines[0].split()[:2] == ["rank", "model"]
    assert {line.split()[1] for line in lines[1:8]} == MODELS
    assert "fit 10 of 10" in done.err or "final fit" not in done.err
    assert Path("runs/sales-compare/report.html").is_file()
    assert forecast("predict", "runs/sales-compare").code == 0


def test_compare_without_folds_is_refused(forecast: Forecast, sales: Path) -> None:
    done = forecast("compare", "sales.csv", "--folds", "0")
    assert done.code == 2
    assert "--folds" in done.err
    assert not Path("runs").exists()
