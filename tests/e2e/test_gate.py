"""A model that a baseline beats fails the run that asked, and the run is there all the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.e2e.conftest import Forecast

GATE = "--fail-if-worse-than"


def test_worse_model_ends_with_code_5_after_everything_was_written(
    forecast: Forecast, sales: Path
) -> None:
    flags = ("sales.csv", "--model", "naive", "--output", "run", "--json")
    done = forecast("train", *flags, GATE, "seasonal_naive")
    assert done.code == 5
    what, where, fix = done.err.splitlines()[-3:]
    assert what.startswith("error: naive is ")
    assert "worse than seasonal naive (skill -" in what
    assert "standard error" in what
    assert "better than it at no step" in what or "no better than it from step" in what
    assert where.split() == ["in:", "run"]
    assert "everything was written" in fix
    assert "--model seasonal_naive" in fix
    document = json.loads(done.out)
    assert document["margin"]["skill"] == pytest.approx(document["skill"])
    assert len(document["margin"]["by_fold"]) == 3
    assert json.loads(Path("run/metrics.json").read_text()) == document
    assert forecast("predict", "run").code == 0


def test_model_as_good_as_the_baseline_passes(forecast: Forecast, sales: Path) -> None:
    for model, baseline in (("naive", "naive"), ("seasonal_naive", "naive")):
        done = forecast("train", "sales.csv", "--model", model, GATE, baseline)
        assert done.code == 0, done.err


def test_gate_that_no_run_could_pass_is_refused_before_training(
    forecast: Forecast, sales: Path
) -> None:
    for flags, said in (
        ((GATE, "seasonal_naive", "--folds", "0"), "needs folds, and --folds is 0"),
        ((GATE, "drift"), "'drift' is no baseline that every model is judged beside"),
    ):
        done = forecast("train", "sales.csv", *flags, "--output", "run")
        assert done.code == 2
        assert said in done.err
        assert not Path("run").exists()
