"""The statistical methods, trained, compared, stored and asked again."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

import forecast as library
from forecast.models.registry import STATISTICAL
from tests.e2e.conftest import Forecast

FLAGS = ("--horizon", "7", "--folds", "2")
ASKED = {"model.horizon": 7, "validation.folds": 2}


@pytest.mark.parametrize("model", [*STATISTICAL, "naive2"])
def test_train_then_predict(forecast: Forecast, sales: Path, model: str) -> None:
    done = forecast("train", "sales.csv", *FLAGS, "--model", model, "--output", "run", "--json")
    assert done.code == 0, done.err
    document = json.loads(done.out)
    assert document["model"] == model
    assert document["metrics"]["mase"] < document["baselines"]["naive"]["mase"]
    assert {"rmsse", "bias"} <= set(document["metrics"])
    assert document["parameters"] > 0 or model == "naive2"
    ahead = forecast("predict", "run")
    assert ahead.code == 0, ahead.err
    rows = list(csv.DictReader(ahead.out.splitlines()))
    assert len(rows) == 7
    assert all(float(row[model]) > 0 for row in rows)
    assert forecast("inspect", "run", "--verify").code == 0


def test_compare_ranks_them_and_gives_owa_beside_naive2(
    sales: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(sales.parent)
    result = library.compare(sales, ASKED, models=[*STATISTICAL, "naive2"])
    scores = {row.model: row.metrics for row in result.leaderboard if row.rank}
    assert set(scores) == {*STATISTICAL, "naive2", "seasonal_naive"}
    reference = scores["naive2"]
    assert reference["owa"] == 1.0
    for found in scores.values():
        parts = [(found[name] or 0) / (reference[name] or 1) for name in ("smape", "mase")]
        assert found["owa"] == pytest.approx(sum(parts) / 2)
