"""A network with statistical methods beside it: trained, kept, asked again, and refused."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.e2e.tables import long, values, write

if TYPE_CHECKING:
    from tests.e2e.conftest import Done, Forecast, Refused

SHOPS = {"a": values(120), "b": values(120, seed=1, level=90.0), "c": values(40, seed=2)}
FALLING = (("a", 180.0), ("b", 160.0), ("c", 150.0))
BESIDE = ("--horizon", "7", "--folds", "1", "--set", "model.companions=[theta,ets]")


def rows(done: Done) -> list[dict[str, str]]:
    assert done.code == 0, done.err
    return list(csv.DictReader(io.StringIO(done.out)))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from forecast.cli.app import run as command

    folder = tmp_path_factory.mktemp("companions")
    data = write(folder / "train.csv", long(SHOPS))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FORECAST_TRAINING_MAX_STEPS", "3")
        patch.setenv("FORECAST_TRAINING_THREADS", "1")
        flags = (*BESIDE, "--output", str(folder / "run"), "--quiet")
        assert command(["train", str(data), *flags]) == 0
    return folder / "run"


def test_how_much_the_companions_count_is_in_the_notes(run: Path) -> None:
    notes = json.loads((run / "metrics.json").read_text("utf-8"))["notes"]
    fold, final = (note for note in notes if "the mean of it, theta and ets, as the" in note)
    assert "fold 1 of 1: the forecast goes" in fold
    assert "final fit: the forecast goes" in final
    assert fold.endswith(", as the validation rows say")
    assert final.endswith(", as the fit before it settled on")
    share = fold.split("goes ")[1].split("%")[0]
    assert f"goes {share}% of the way" in final


def test_a_loaded_bundle_forecasts_what_was_trained(forecast: Forecast, run: Path) -> None:
    done = forecast("inspect", run, "--verify")
    assert done.code == 0, done.err
    assert {row["unique_id"] for row in rows(forecast("predict", run))} == set(SHOPS)


def test_a_bundle_counts_the_numbers_that_were_learnt_as_its_run_did(
    forecast: Forecast, run: Path
) -> None:
    learnt = json.loads((run / "metrics.json").read_text("utf-8"))["parameters"]
    done = forecast("inspect", run, "--json")
    assert json.loads(done.out)["parameters"] == learnt > 0


def test_newer_rows_and_a_series_never_seen_are_forecast(
    forecast: Forecast, run: Path, tmp_path: Path
) -> None:
    longer = {name: [*old, *values(5, seed=9)] for name, old in SHOPS.items()}
    newer = write(tmp_path / "new.csv", long(longer | {"d": values(50, seed=5, level=20.0)}))
    found = rows(forecast("predict", run, "--input", newer, "--intervals", "none"))
    assert len(found) == 4 * 7
    strange = [float(row["gru"]) for row in found if row["unique_id"] == "d"]
    assert 5 < min(strange) < max(strange) < 35
    before = rows(forecast("predict", run, "--intervals", "none"))
    assert before[0]["ds"] < found[0]["ds"]


def test_same_seed_gives_the_same_bundle(forecast: Forecast, run: Path, tmp_path: Path) -> None:
    data = write(tmp_path / "train.csv", long(SHOPS))
    done = forecast("train", data, *BESIDE, "--output", "again")
    assert done.code == 0, done.err
    bundle = "bundle.safetensors"
    assert (tmp_path / "again" / bundle).read_bytes() == (run / bundle).read_bytes()


def test_a_distribution_and_companions_are_refused_with_a_fix(
    refused: Refused, forecast: Forecast, tmp_path: Path
) -> None:
    data = write(tmp_path / "train.csv", long(SHOPS))
    lines = refused(2, "train", data, *BESIDE, "--head", "gaussian")
    assert "head gaussian forecasts a distribution" in lines[0]
    assert "theta and ets" in lines[0]
    assert "model.companions" in lines[1]
    without = (*BESIDE[:4], "--set", "model.companions=[]")
    done = forecast("train", data, *without, "--head", "gaussian", "--output", "run")
    assert done.code == 0, done.err
    assert "model.companions=[]" in lines[2]


def test_companions_stay_where_the_transform_lets_the_network_go(
    forecast: Forecast, tmp_path: Path
) -> None:
    noise = np.random.default_rng(0).normal(scale=4, size=(len(FALLING), 72))
    falling = {
        name: np.maximum(0.0, high - 2.6 * np.arange(72) + more).tolist()
        for (name, high), more in zip(FALLING, noise, strict=True)
    }
    data = write(tmp_path / "falling.csv", long(falling))
    flags = (*BESIDE, "--set", "data.transform=log1p", "--set", "model.scaler=none")
    assert forecast("train", data, *flags, "--output", "run").code == 0
    notes = json.loads((tmp_path / "run" / "metrics.json").read_text("utf-8"))["notes"]
    assert not any("the forecast goes 0%" in note for note in notes)  # else nothing is asked
    found = rows(forecast("predict", tmp_path / "run", "--level", "50"))
    assert min(float(row["gru"]) for row in found) > -1
    assert max(float(row["gru-hi-50"]) for row in found) < 1000
