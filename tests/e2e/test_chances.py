"""Quantiles and sample paths through files: what the model knows beside its forecast."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.e2e.tables import daily, values, write

if TYPE_CHECKING:
    from tests.e2e.conftest import Forecast, Refused

COUNTS = np.random.default_rng(3).poisson(6, 200).astype(float).tolist()
COUNTING = ("--set", "model.head=negative-binomial", "--set", "model.window_normalisation=none")


def train(folder: Path, table: list[str], *flags: str) -> Path:
    from forecast.cli.app import run

    data = write(folder / "sales.csv", table)
    output = folder / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FORECAST_TRAINING_MAX_STEPS", "3")
        patch.setenv("FORECAST_TRAINING_THREADS", "1")
        done = run(
            ["train", str(data), "--output", str(output), "--quiet", "--horizon", "7", *flags]
        )
    assert done == 0
    return output


@pytest.fixture(scope="session")
def gaussian(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("gaussian")
    return train(folder, daily(values(200)), "--set", "model.head=gaussian")


@pytest.fixture(scope="session")
def counting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train(tmp_path_factory.mktemp("counting"), daily(COUNTS), *COUNTING)


@pytest.fixture(scope="session")
def differences(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, flags = tmp_path_factory.mktemp("differences"), ("--transform", "difference")
    return train(folder, daily(values(200)), "--set", "model.head=gaussian", *flags)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_quantiles_are_columns_beside_the_forecast(forecast: Forecast, gaussian: Path) -> None:
    done = forecast("predict", gaussian, "--quantiles", "0.9", "--quantiles", "0.1")
    assert done.code == 0, done.err
    found = rows(done.out)
    assert list(found[0])[-2:] == ["gru-q-0.9", "gru-q-0.1"]
    assert len(found) == 7
    for row in found:
        assert float(row["gru-q-0.1"]) < float(row["gru"]) < float(row["gru-q-0.9"])
    plain = rows(forecast("predict", gaussian).out)
    assert [row["gru"] for row in plain] == [row["gru"] for row in found]


def test_quantiles_beyond_the_trained_horizon_are_there_and_that_is_said(
    forecast: Forecast, gaussian: Path
) -> None:
    done = forecast("predict", gaussian, "--quantiles", "0.25", "--horizon", "10", "--json")
    document = json.loads(done.out)
    assert len(document["forecasts"]) == 10
    assert all(row["gru-q-0.25"] < row["gru"] for row in document["forecasts"])
    assert "quantiles beyond step 7 are those of paths drawn and fed back" in document["notes"]


def test_samples_are_rows_and_the_seed_draws_them(forecast: Forecast, gaussian: Path) -> None:
    done = forecast("predict", gaussian, "--samples", "3", "--seed", "5")
    assert done.code == 0, done.err
    found = rows(done.out)
    assert list(found[0]) == ["unique_id", "ds", "sample", "gru"]
    assert [row["sample"] for row in found] == ["0"] * 7 + ["1"] * 7 + ["2"] * 7
    assert [row["ds"] for row in found[:7]] == [row["ds"] for row in found[7:14]]
    assert len({row["gru"] for row in found}) == 21
    assert "interval" not in done.err
    assert forecast("predict", gaussian, "--samples", "3", "--seed", "5").out == done.out
    assert forecast("predict", gaussian, "--samples", "3", "--seed", "6").out != done.out
    first, again = (
        forecast("predict", gaussian, "--samples", "3", *seed).out for seed in ([], ["--seed", "0"])
    )
    assert first == again


def test_samples_as_json_have_iso_stamps(forecast: Forecast, gaussian: Path) -> None:
    document = json.loads(forecast("predict", gaussian, "--samples", "2", "--json").out)
    assert len(document["forecasts"]) == 14
    assert document["forecasts"][0]["ds"].endswith("T00:00:00")
    assert document["forecasts"][13]["sample"] == 1


def test_quantiles_in_the_columns_of_the_training_file(forecast: Forecast, gaussian: Path) -> None:
    done = forecast("predict", gaussian, "--quantiles", "0.1", "--names", "input")
    assert done.code == 0, done.err
    assert any(name.endswith("-q-0.1") for name in rows(done.out)[0])


def test_counts_have_quantiles_and_samples_that_are_counts(
    forecast: Forecast, counting: Path
) -> None:
    quantiles = rows(forecast("predict", counting, "--quantiles", "0.1").out)
    samples = rows(forecast("predict", counting, "--samples", "20", "--horizon", "9").out)
    found = [float(row["gru-q-0.1"]) for row in quantiles] + [float(row["gru"]) for row in samples]
    np.testing.assert_allclose(found, np.round(found), atol=1e-6)
    assert min(found) > -1e-6


def test_differences_give_samples_and_refuse_quantiles(
    forecast: Forecast, refused: Refused, differences: Path
) -> None:
    lines = refused(2, "predict", differences, "--quantiles", "0.5")
    assert "forecasts differences" in lines[0]
    assert "--samples 1000" in lines[2]
    assert len(rows(forecast("predict", differences, "--samples", "10").out)) == 70


def test_a_model_of_points_has_neither(refused: Refused, trained: Path) -> None:
    for flag, value in (("--quantiles", "0.5"), ("--samples", "5")):
        lines = refused(2, "predict", trained, flag, value)
        assert "gru with head point forecasts one value a step and no distribution" in lines[0]
        assert lines[1] == f"  in:  flag {flag}"
        assert "--head gaussian" in lines[2]


@pytest.mark.parametrize(
    ("flags", "said", "fix"),
    [
        (["--quantiles", "90"], "quantile 90 is not above 0 and below 1", "--quantiles 0.9"),
        (["--quantiles", "0"], "quantile 0 is not above 0", "--quantiles 0.9"),
        (["--quantiles", "0.5", "--quantiles", "0.5"], "0.5 is given twice", "give it once"),
        (["--samples", "-1"], "--samples is -1, and must be at least 1", "--samples 100"),
        (["--samples", "0"], "--samples is 0, and must be at least 1", "--samples 100"),
        (["--level", "80,x"], "--level is '80,x', and 'x' is not a number", "--level 80,95"),
        (["--horizon", "1.5"], "--horizon is '1.5', and must be a whole number", "--horizon 10"),
        (["--seed", "3"], "a seed alone draws nothing", "--samples 100 --seed 1"),
        (["--samples", "2", "--seed", "-3"], "seed -3 is below 0", "--seed 1"),
        (["--samples", "2", "--level", "80"], "no place for --level", "not both"),
        (["--samples", "2", "--quantiles", "0.5"], "no place for --quantiles", "not both"),
        (["--samples", "2", "--names", "input"], "no place in the columns", "not both"),
        (["--samples", "50000000"], "350000000 values, and 50000000 are the most", "7142857"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    refused: Refused, gaussian: Path, flags: list[str], said: str, fix: str
) -> None:
    lines = refused(2, "predict", gaussian, *flags)
    assert said in lines[0]
    assert fix in lines[2]


@pytest.mark.parametrize("value", ["-3", "2.5"])
def test_counts_are_trained_on_counts_alone(refused: Refused, tmp_path: Path, value: str) -> None:
    bad = [*COUNTS[:50], float(value), *COUNTS[51:]]
    data = write(tmp_path / "sales.csv", daily(bad))
    lines = refused(3, "train", data, "--output", "run", *COUNTING)
    assert f"has the value {value} at " in lines[0]
    assert "takes whole numbers of at least 0" in lines[0]
    assert str(data) in lines[1]
    assert "--head gaussian" in lines[2]


def test_from_python(gaussian: Path) -> None:
    from forecast.workflows.forecasting.chances import Chances
    from forecast.workflows.predict import predict_chances

    result = predict_chances(gaussian, Chances(quantiles=(0.1,)), horizon=2)
    assert list(result.frame)[-1] == "gru-q-0.1"
    drawn = predict_chances(gaussian, Chances(samples=4, seed=1), horizon=2)
    assert drawn.samples is not None
    assert len(drawn.samples) == 8
