"""Transforms of the target, clipping and shared scales, seen through the command line."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.e2e.tables import FIRST, daily, long, values, write

if TYPE_CHECKING:
    from tests.e2e.conftest import Forecast, Refused


def growing(rows: int, *, seed: int = 0) -> list[float]:
    """A week that repeats on a level that grows by a factor, all above 0."""
    noise = np.random.default_rng(seed).normal(size=rows)
    days = np.arange(rows)
    level = np.exp(0.01 * days + 0.3 * np.sin(2 * np.pi * days / 7) + 0.05 * noise)
    return [round(float(y), 4) for y in level]


def shops(folder: Path) -> Path:
    """Two shops, one of them never changing, with a day missing."""
    numbers: list[object] = [*growing(200)]
    numbers[120] = ""
    return write(folder / "shops.csv", long({"north": numbers, "still": [4.0] * 200}))


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def trained(forecast: Forecast, data: Path, *flags: str) -> Path:
    done = forecast("train", data, "--horizon", "7", "--output", "run", "--force", *flags)
    assert done.code == 0, done.err
    return Path("run")


def numbers_of(rows: Sequence[dict[str, str]], column: str) -> list[float]:
    return [float(row[column]) if row[column] else math.nan for row in rows]


@pytest.mark.parametrize(
    ("kind", "scope"),
    [
        ("none", "global"),
        ("log1p", "series"),
        ("sqrt", "global"),
        ("box-cox", "series"),
        ("difference", "global"),
        ("seasonal-difference", "series"),
    ],
)
def test_bundle_forecasts_from_its_tail_what_it_forecasts_from_all_rows(
    forecast: Forecast, tmp_path: Path, kind: str, scope: str
) -> None:
    data = shops(tmp_path)
    run = trained(forecast, data, "--transform", kind, "--scaler-scope", scope)
    stored = forecast("predict", run, "--horizon", "21")
    assert stored.code == 0, stored.err
    whole = forecast("predict", run, "--horizon", "21", "--input", data)
    found, again = rows_of(stored.out), rows_of(whole.out)
    for column in ("gru", "gru-lo-80", "gru-hi-80"):
        mine, theirs = numbers_of(found, column), numbers_of(again, column)
        np.testing.assert_allclose(mine, theirs, rtol=1e-5)
    constant = [row for row in found if row["unique_id"] == "still"]
    np.testing.assert_allclose(numbers_of(constant, "gru"), 4.0, rtol=1e-9)
    assert forecast("inspect", run, "--verify").code == 0


@pytest.mark.parametrize("kind", ["log1p", "sqrt", "box-cox"])
def test_intervals_are_lopsided_above_zero_and_around_the_forecast(
    forecast: Forecast, tmp_path: Path, kind: str
) -> None:
    run = trained(forecast, write(tmp_path / "a.csv", daily(growing(200))), "--transform", kind)
    with (run / "forecasts.csv").open(encoding="utf-8") as file:
        walked = [row for row in csv.DictReader(file) if row["gru-lo-80"]]
    ahead = rows_of(forecast("predict", run).out)
    for rows in (walked, ahead):
        low, y, high = (
            np.array(numbers_of(rows, name)) for name in ("gru-lo-80", "gru", "gru-hi-80")
        )
        assert len(rows) > 0
        assert (low > (-1 if kind == "log1p" else 0)).all()
        assert (low < y).all()
        assert (high - y > 1.02 * (y - low)).all()


@pytest.mark.parametrize("model", ["gru", "drift"])
def test_clipped_forecasts_are_what_is_scored_written_and_predicted(
    forecast: Forecast, tmp_path: Path, model: str
) -> None:
    data = write(tmp_path / "a.csv", daily([round(max(y, 0), 3) for y in values(200, level=0)]))
    flags = ("--model", model, "--json")
    plain = forecast("train", data, "--horizon", "7", "--output", "plain", *flags)
    clipped = forecast("train", data, "--horizon", "7", "--output", "run", "--non-negative", *flags)
    tables = []
    for run in ("plain", "run"):
        with Path(run, "forecasts.csv").open(encoding="utf-8") as file:
            tables.append(list(csv.DictReader(file)))
    before, after = (np.array(numbers_of(table, model)) for table in tables)
    assert (before < 0).any()
    np.testing.assert_allclose(after, np.maximum(before, 0))
    y = np.array(numbers_of(tables[1], "y"))
    scored = json.loads(clipped.out)["metrics"]["mae"]
    assert scored == pytest.approx(np.abs(y - after).mean())
    assert scored < json.loads(plain.out)["metrics"]["mae"]
    lows = np.array(numbers_of(tables[1], f"{model}-lo-80"))
    assert np.nanmin(lows) == 0
    ahead = rows_of(forecast("predict", "run", "--horizon", "30").out)
    for column in (model, f"{model}-lo-80"):
        assert min(numbers_of(ahead, column)) >= 0


def test_new_series_is_forecast_with_its_intervals(forecast: Forecast, tmp_path: Path) -> None:
    run = trained(forecast, shops(tmp_path), "--transform", "box-cox", "--scaler-scope", "global")
    west = [round(100 * y, 3) for y in growing(90, seed=3)]
    new = write(tmp_path / "new.csv", long({"west": west}))
    done = forecast("predict", run, "--input", new)
    assert done.code == 0, done.err
    assert "series 'west' not trained on: scaled as the others are" in done.err
    rows = rows_of(done.out)
    assert all(0 < float(row["gru-lo-80"]) < float(row["gru"]) for row in rows)


def test_interval_of_a_new_series_sees_nothing_after_the_cutoff(
    forecast: Forecast, tmp_path: Path
) -> None:
    run = trained(forecast, shops(tmp_path), "--transform", "box-cox")
    west = growing(90, seed=3)
    found = []
    for name, later in (("kept", west[60:]), ("changed", [1e6] * 30)):
        data = write(tmp_path / f"{name}.csv", long({"west": [*west[:60], *later]}))
        cutoff = str(FIRST.replace(month=2, day=29))
        found.append(forecast("predict", run, "--input", data, "--cutoff", cutoff).out)
    assert found[0] == found[1]


def test_value_that_a_transform_cannot_take_is_refused(refused: Refused, tmp_path: Path) -> None:
    numbers = growing(200)
    data = write(tmp_path / "a.csv", daily([*numbers[:150], 0, *numbers[151:]]))
    what, where, fix = refused(3, "train", data, "--transform", "box-cox", "--output", "run")
    assert "series 'sales' has the value 0 at 2024-05-30, and box-cox takes values above 0" in what
    assert str(data) in where
    assert "--transform sqrt or log1p" in fix


def test_newer_rows_that_a_transform_cannot_take_are_refused(
    forecast: Forecast, refused: Refused, tmp_path: Path
) -> None:
    run = trained(forecast, shops(tmp_path), "--transform", "sqrt")
    new = write(tmp_path / "new.csv", long({"north": [1, -3]}))
    what, where, _ = refused(3, "predict", run, "--input", new)
    assert "series 'north' has the value -3 at 2024-01-02" in what
    assert str(new) in where


def test_fill_of_zero_is_refused_where_there_is_no_zero(
    refused: Refused, forecast: Forecast, tmp_path: Path
) -> None:
    data = shops(tmp_path)
    for kind in ("box-cox", "difference", "seasonal-difference"):
        what, _, fix = refused(2, "train", data, "--transform", kind, "--fill", "zero")
        assert f"data.fill is 'zero', and '{kind}'" in what
        assert "--fill forward" in fix
    trained(forecast, data, "--transform", "log1p", "--fill", "zero")


@pytest.mark.parametrize("fill", ["interpolate", "seasonal", "forward"])
def test_filled_differences_are_forecast_from_the_tail_alike(
    forecast: Forecast, tmp_path: Path, fill: str
) -> None:
    numbers: list[object] = [*growing(200)]
    numbers[120:135] = [""] * 15
    numbers[190:194] = numbers[199:200] = [""]
    data = write(tmp_path / "a.csv", daily(numbers))
    run = trained(
        forecast, data, "--transform", "seasonal-difference", "--fill", fill, "--max-gap", "10"
    )
    stored, whole = forecast("predict", run), forecast("predict", run, "--input", data)
    np.testing.assert_allclose(
        numbers_of(rows_of(stored.out), "gru"), numbers_of(rows_of(whole.out), "gru"), rtol=1e-5
    )


def test_run_says_what_a_transform_does(forecast: Forecast, tmp_path: Path) -> None:
    data = write(tmp_path / "a.csv", daily(growing(200)))
    flags = ("--horizon", "7", "--folds", "1")
    said = {
        ("box-cox", "gru"): "the network forecasts box-cox (power 0) of the values, inverted",
        ("seasonal-difference", "gru"): "changes over 7 steps, added to the last values",
        ("log1p", "naive"): "--transform log1p shapes the intervals only: naive is a rule",
        ("difference", "naive"): "--transform difference changes nothing: naive is a rule",
    }
    for (kind, model), words in said.items():
        done = forecast("train", data, "--transform", kind, "--model", model, *flags)
        assert words in done.err, done.err
