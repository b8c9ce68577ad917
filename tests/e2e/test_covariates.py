"""Covariates from the command line: what a user names, what a forecast then needs."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.tables import write

if TYPE_CHECKING:
    from tests.e2e.conftest import Forecast, Refused

START = date(2024, 1, 1)
QUICK = ("--folds", "1", "--horizon", "4", "--output", "run", "--set", "model.start=season")
FUTURE = ("--future-covariates", "price", "--future-covariates", "weather")


def rows(first: int, count: int, *, sold: bool) -> list[str]:
    """Rows of two shops; the weather is a word, the price a number."""
    lines = []
    for shop, region in (("a", "north"), ("b", "south")):
        for day in range(first, first + count):
            weather = ("sun", "rain", "snow")[day * 7 % 3]
            number = f"{20 + day % 7 - day * 7 % 5},{100 + day % 9}" if sold else ","
            lines.append(
                f"{START + timedelta(days=day)},{shop},{region},{day * 7 % 5},{weather},{number}"
            )
    return lines


HEADER = "date,shop,region,price,weather,sold,visitors"


@pytest.fixture
def shops(tmp_path: Path) -> Path:
    return write(tmp_path / "shops.csv", [HEADER, *rows(0, 120, sold=True)])


@pytest.fixture
def trained(forecast: Forecast, shops: Path) -> Path:
    done = forecast(
        "train", shops, "--target", "sold", "--id", "shop", *FUTURE,
        "--past-covariates", "visitors", "--static-covariates", "region", *QUICK,
    )  # fmt: skip
    assert done.code == 0, done.err
    return Path("run")


def ahead(tmp_path: Path, *, days: int = 4) -> Path:
    lines = [",".join(line.split(",")[:5]) for line in rows(120, days, sold=False)]
    return write(tmp_path / "ahead.csv", [HEADER.rpartition(",sold")[0], *lines])


def test_forecast_takes_what_is_known_of_the_steps_ahead(
    forecast: Forecast, trained: Path, tmp_path: Path
) -> None:
    done = forecast("predict", trained, "--future", ahead(tmp_path))
    assert done.code == 0, done.err
    table = list(csv.DictReader(io.StringIO(done.out)))
    assert [(row["unique_id"], row["ds"]) for row in table][:5] == [
        *(("a", f"2024-04-{day:02d}") for day in (30,)),
        *(("a", f"2024-05-{day:02d}") for day in (1, 2, 3)),
        ("b", "2024-04-30"),
    ]
    other = ahead(tmp_path).read_text().replace("snow", "sun").replace(",3,", ",0,")
    changed = forecast(
        "predict", trained, "--future", write(tmp_path / "b.csv", other.splitlines())
    )
    assert changed.out != done.out


@pytest.mark.parametrize("kind", ["log1p", "difference", "seasonal-difference"])
def test_covariates_stay_beside_the_rows_of_a_transformed_target(
    forecast: Forecast, shops: Path, tmp_path: Path, kind: str
) -> None:
    done = forecast(
        "train", shops, "--target", "sold", "--id", "shop", *FUTURE, "--transform", kind,
        "--past-covariates", "visitors", "--static-covariates", "region",
        "--learning-rate", "0.01", "--max-steps", "40", *QUICK,
    )  # fmt: skip
    assert done.code == 0, done.err
    stored = forecast("predict", "run", "--future", ahead(tmp_path))
    whole = forecast("predict", "run", "--future", ahead(tmp_path), "--input", shops)
    found, again = (
        [float(row["gru"]) for row in csv.DictReader(io.StringIO(said.out))]
        for said in (stored, whole)
    )
    assert len(found) == 8
    assert found == pytest.approx(again, rel=1e-5)
    other = ahead(tmp_path).read_text().replace("snow", "sun").replace(",3,", ",0,")
    changed = write(tmp_path / "b.csv", other.splitlines())
    assert forecast("predict", "run", "--future", changed).out != stored.out


def test_blocks_beyond_the_horizon_need_their_steps_too(
    forecast: Forecast, trained: Path, tmp_path: Path
) -> None:
    done = forecast("predict", trained, "--future", ahead(tmp_path, days=12), "--horizon", "12")
    assert done.code == 0, done.err
    assert len(done.out.splitlines()) == 1 + 2 * 12


def test_forecast_without_the_steps_ahead_is_refused(refused: Refused, trained: Path) -> None:
    lines = refused(2, "predict", trained)
    assert "needs the future covariates price, weather of the 4 steps ahead" in lines[0]
    assert "--future FILE with price, weather from 2024-04-30 to 2024-05-03" in lines[2]


@pytest.mark.parametrize(
    ("drop", "says"),
    [
        ("2024-05-02,b", "1 of 2 series, 1 of 8 steps (first: 'b', 2024-05-02)"),
        (",a,", "1 of 2 series, 4 of 8 steps (first: 'a', 2024-04-30)"),
    ],
)
def test_what_is_missing_of_the_steps_ahead_is_named(
    refused: Refused, trained: Path, tmp_path: Path, drop: str, says: str
) -> None:
    kept = [line for line in ahead(tmp_path).read_text().splitlines() if drop not in line]
    lines = refused(3, "predict", trained, "--future", write(tmp_path / "holes.csv", kept))
    assert "future covariate 'price' is missing for" in lines[0]
    assert says in lines[0]


def test_new_series_brings_its_covariates(
    forecast: Forecast, trained: Path, tmp_path: Path
) -> None:
    lines = [line.replace(",b,south", ",c,west") for line in rows(60, 60, sold=True)[60:]]
    new = write(tmp_path / "new.csv", [HEADER, *lines])
    known = [
        line.replace(",b,south", ",c,west") for line in ahead(tmp_path).read_text().splitlines()
    ]
    future = write(tmp_path / "c.csv", known)
    done = forecast("predict", trained, "--input", new, "--future", future)
    assert done.code == 0, done.err
    assert done.out.splitlines()[1].startswith("c,2024-04-30")


def test_steps_ahead_in_the_training_file_are_set_aside(forecast: Forecast, tmp_path: Path) -> None:
    whole = [HEADER, *rows(0, 120, sold=True), *rows(120, 4, sold=False)]
    path = write(tmp_path / "whole.csv", whole)
    done = forecast("train", path, "--target", "sold", "--id", "shop", *FUTURE, *QUICK)
    assert done.code == 0, done.err
    assert "the last 4 rows have no target yet: set aside" in done.err
    done = forecast("predict", "run", "--future", path)
    assert done.out.splitlines()[1].startswith("a,2024-04-30")


def test_future_file_for_a_model_without_is_refused(
    forecast: Forecast, refused: Refused, shops: Path, tmp_path: Path
) -> None:
    forecast("train", shops, "--target", "sold", "--id", "shop", *QUICK)
    lines = refused(2, "predict", "run", "--future", ahead(tmp_path))
    assert "trained without future covariates" in lines[0]


def test_rule_says_that_it_looks_at_no_covariates(forecast: Forecast, shops: Path) -> None:
    done = forecast(
        "train", shops, "--target", "sold", "--id", "shop", *FUTURE, "--model", "naive", *QUICK
    )
    assert "naive looks at no covariates: 'price', 'weather' stay unused" in done.err
    assert forecast("predict", "run").code == 0


def test_leak_is_pointed_out(forecast: Forecast, tmp_path: Path) -> None:
    lines = [
        f"{START + timedelta(days=day)},{day % 7},{day % 5},{day % 7 + day % 5}"
        for day in range(90)
    ]
    path = write(tmp_path / "bikes.csv", ["date,casual,registered,total", *lines])
    flags = ["--past-covariates", "casual", "--past-covariates", "registered"]
    done = forecast("train", path, "--target", "total", *flags, *QUICK)
    assert "covariates 'casual', 'registered' add up to the target: a likely leak" in done.err


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--past-covariates", "pryce"], "there is no column 'pryce'"),
        (["--static-covariates", "price"], "static covariate 'price' changes within series 'a'"),
        (["--set", "data.calendar_features=[moon]"], "no calendar feature 'moon'"),
    ],
)
def test_covariate_that_cannot_be_is_refused(
    forecast: Forecast, shops: Path, flags: list[str], says: str
) -> None:
    done = forecast("train", shops, "--target", "sold", "--id", "shop", *flags, *QUICK)
    assert done.code in (2, 3)
    assert says in done.err
