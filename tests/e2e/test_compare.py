"""Models side by side, on the same folds and seeds."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.e2e.conftest import Forecast, Refused

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
    assert [row["rank"] for row in board] == [*range(1, 8), None]
    assert board.pop()["model"] == document["top"]["name"] == "top 3"
    assert {row["model"] for row in board} == MODELS
    errors = [row["metrics"]["mase"] for row in board]
    assert errors == sorted(errors)
    for row, above in zip(board[1:], board, strict=False):
        assert row["against_above"]["model"] == above["model"]
    for row in board:
        assert {"metrics_standardised", "parameters", "seconds", "peak_memory"} <= set(row)
        named = (row["against_reference"] or {"model": row["model"]})["model"]
        assert named == "seasonal_naive"
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


@pytest.mark.charts
def test_compare_prints_the_leaderboard_and_writes_the_run(forecast: Forecast, sales: Path) -> None:
    done = forecast("compare", "sales.csv", "--horizon", "7")
    lines = done.out.splitlines()
    assert lines[0].split()[:2] == ["rank", "model"]
    assert {line.split()[1] for line in lines[1:8]} == MODELS
    assert "fit 10 of 10" in done.err or "final fit" not in done.err
    assert Path("runs/sales-compare/report.html").is_file()
    assert forecast("predict", "runs/sales-compare").code == 0


def test_finished_runs_stand_side_by_side(forecast: Forecast, sales: Path) -> None:
    flags = ("--horizon", "3", "--folds", "2", "--quiet")
    for model in ("drift", "moving_average"):
        done = forecast("train", "sales.csv", *flags, "--model", model, "--output", model)
        assert done.code == 0, done.err
    assert forecast("train", "sales.csv", *flags[:3], "3", "--model", "naive", "-o", "c").code == 0
    shown = forecast("compare", "drift", "moving_average")
    assert shown.code == 0, shown.err
    lines = shown.out.splitlines()
    assert lines[0].split()[:3] == ["rank", "run", "model"]
    assert {line.split()[1] for line in lines[1:3]} == {"drift", "moving_average"}
    document = json.loads(forecast("compare", "drift", "moving_average", "--json").out)
    assert [row["rank"] for row in document["runs"]] == [1, 2]
    assert document["runs"][1]["against_above"]["model"] == document["runs"][0]["run"]
    for arguments, words in (
        (("drift", "c"), "c has 3 folds, drift has 2 folds"),
        (("drift", "sales.csv"), "'drift' is a finished run, and 'sales.csv' is not"),
        (("drift",), "one run is named"),
        (("drift", "moving_average", "--folds", "3"), "--folds is of a new comparison"),
        (("drift", "moving_average", "--top", "0"), "--top is of a new comparison"),
    ):
        refused = forecast("compare", *arguments)
        assert refused.code == 2
        assert words in refused.err
        assert "  fix: " in refused.err
    assert not Path("runs").exists()


def test_compare_without_folds_is_refused(forecast: Forecast, sales: Path) -> None:
    done = forecast("compare", "sales.csv", "--folds", "0")
    assert done.code == 2
    assert "--folds" in done.err
    assert not Path("runs").exists()


def test_every_model_there_is_runs_on_the_same_folds(forecast: Forecast, sales: Path) -> None:
    done = forecast("compare", *FLAGS, "run", "--models", "all", "--max-steps", "6")
    assert done.code == 0, done.err
    board = json.loads(done.out)["leaderboard"]
    comparators = {"linear", "mlp", "cnn", "tcn", "transformer", "ssm"}
    classic = {"naive2", "ets", "arima", "theta", "stl_ets"}
    assert {row["model"] for row in board} == MODELS | comparators | classic | {"top 3"}
    assert all(row["metrics"]["mae"] is not None for row in board)


def test_best_model_of_a_comparison_forecasts_and_can_be_trained_again(
    forecast: Forecast, sales: Path
) -> None:
    done = forecast("compare", *FLAGS, "run", "--models", "linear", "--segment-length", "7")
    assert done.code == 2
    assert "linear reads no segments" in done.err
    done = forecast("compare", *FLAGS, "run", "--models", "linear,moving_average")
    assert done.code == 0, done.err
    assert json.loads(done.out)["leaderboard"][0]["model"] == "linear"
    ahead = forecast("predict", "run", "--horizon", "10")
    assert ahead.code == 0, ahead.err
    assert len(ahead.out.splitlines()) == 11
    again = forecast("train", "sales.csv", "--config", "run/config.yaml", "--output", "again")
    assert again.code == 0, again.err


def test_option_that_one_of_the_models_lacks_is_refused_before_anything_is_trained(
    forecast: Forecast, sales: Path
) -> None:
    peephole = ("--set", "model.peephole=true")
    for models in (["--models", "lstm,gru"], ["--models", "gru"], []):
        done = forecast("compare", *FLAGS, "run", *models, *peephole)
        assert done.code == 2
        assert "has no cell state for its gates to see" in done.err
        fix = "  fix: compare with --models lstm, or leave out model.peephole"
        assert done.err.splitlines()[-1] == fix
        assert "epoch" not in done.err
        assert not Path("run").exists()
        assert forecast("compare", *FLAGS, "run", *models, *peephole, "--dry-run").code == 2
    assert forecast("compare", *FLAGS, "run", "--models", "lstm", *peephole).code == 0


def test_fix_of_a_comparison_names_all_models_that_can(forecast: Forecast, sales: Path) -> None:
    norm = ("--set", "model.layer_norm=true")
    done = forecast("compare", *FLAGS, "run", "--models", "tcn,gru", *norm)
    fix = "  fix: compare with --models gru,lstm,rnn, or leave out model.layer_norm"
    assert done.err.splitlines()[-1] == fix


def test_option_that_no_model_can_have_keeps_its_own_fix(forecast: Forecast, sales: Path) -> None:
    done = forecast("compare", *FLAGS, "run", "--head", "gaussian", "--loss", "mae")
    assert done.code == 2
    assert done.err.splitlines()[-1] == "  fix: pass --loss nll, or choose another --head"


def test_model_that_is_not_there_is_refused_with_those_that_are(
    forecast: Forecast, sales: Path
) -> None:
    done = forecast("compare", *FLAGS, "run", "--models", "gru,prophet")
    assert done.code == 2
    assert "no model is called 'prophet'" in done.err
    assert "transformer" in done.err


def test_seeds_and_settings_show_how_far_scores_spread(forecast: Forecast, sales: Path) -> None:
    given = ("--models", "gru,naive", "--seeds", "2", "--vary", "hidden_size=2,4 dropout=0.1")
    planned = forecast("compare", *FLAGS[:-2], *given, "--dry-run")
    assert planned.code == 0, planned.err
    assert "8 trainings: 2 settings x 2 seeds x 2 folds" in planned.out.splitlines()
    assert json.loads(forecast("compare", *FLAGS[:-1], *given, "--dry-run").out)["trainings"] == 8
    done = forecast("compare", *FLAGS[:-2], *given, "--budget", "1h30m", "--output", "run")
    assert done.code == 0, done.err
    board = {line[6:].split("  ")[0]: line for line in done.out.splitlines()[1:5]}
    assert set(board) >= {"naive", "seasonal_naive"}
    assert sum(" \N{PLUS-MINUS SIGN} " in line for line in board.values()) == 2
    assert "\N{PLUS-MINUS SIGN}" not in board["naive"]
    document = json.loads(Path("run/metrics.json").read_text(encoding="utf-8"))
    rows = {row["model"]: row for row in document["leaderboard"]}
    row = rows["gru hidden_size=4 dropout=0.1"]
    assert row["settings"] == {"model.hidden_size": 4, "model.dropout": 0.1}
    assert (row["seeds"], rows["naive"]["spread"]) == ([0, 1], None)
    assert set(row["spread"]) == set(row["metrics"])
    assert any("0 of 9 fits were ended by the budget" in note for note in document["notes"])
    assert forecast("predict", "run").code == 0


def test_unknown_key_to_vary_is_refused_with_the_nearest(refused: Refused, sales: Path) -> None:
    assert refused(2, "compare", "sales.csv", "--vary", "hiden_size=8") == [
        "error: unknown key 'hiden_size'",
        "  in:  flag --vary",
        "  fix: did you mean 'hidden_size'? ('forecast config show' lists all keys)",
    ]


def test_folder_of_an_interrupted_run_is_refused_with_the_way_to_go_on(
    refused: Refused, sales: Path
) -> None:
    Path("run").mkdir()
    Path("run/resume.json").write_text("{}", encoding="utf-8")
    lines = refused(2, "compare", "sales.csv", "--models", "naive", "--output", "run")
    assert lines[-1].startswith("  fix: pass --resume run to go on with the run in it, choose")
