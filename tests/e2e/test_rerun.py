"""A run's own configuration, given again, makes the same bundle byte for byte."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.tables import daily, long, values, write

if TYPE_CHECKING:
    from tests.e2e.conftest import Forecast

OPEN_AT_READING = {"separator", "decimal", "thousands", "encoding", "comment", "date_format"}
OPEN_AT_READING |= {"time_zone", "freq"}
"""Keys of the data section that the file settles each time it is read."""


def counted(rows: int) -> list[str]:
    """A season of 12 without dates."""
    noise = values(rows, seed=3, level=0.0)
    return [
        "t,y",
        *(f"{t},{9 * math.sin(t * math.pi / 6) + noise[t] / 9:.4f}" for t in range(rows)),
    ]


def rerun(forecast: Forecast, folder: Path, command: str, *flags: str) -> None:
    first = forecast(command, "data.csv", "--output", "a", "--quiet", *flags)
    assert first.code == 0, first.err
    again = forecast(command, "data.csv", "--output", "b", "--quiet", "--config", "a/config.yaml")
    assert again.code == 0, again.err
    for name in ("bundle.safetensors", "config.yaml", "forecasts.csv", "metrics.csv"):
        paths = [folder / run / name for run in "ab"]
        assert paths[0].exists() == paths[1].exists()
        if paths[0].exists():
            assert paths[0].read_bytes() == paths[1].read_bytes(), name
    left = [
        line.strip()
        for line in (folder / "a" / "config.yaml").read_text(encoding="utf-8").splitlines()
        if line.endswith(": auto") and line.strip().split(":")[0] not in OPEN_AT_READING
    ]
    assert left == []


@pytest.mark.parametrize(
    "flags",
    [
        (),
        ("--folds", "0"),
        ("--window", "rolling", "--max-train-size", "60"),
        ("--train-size", "0.6", "--test-size", "0.2"),
        ("--test-size", "0.2", "--set", "validation.final_fit=true", "--model", "lstm"),
        ("--model", "seasonal_naive"),
        ("--set", "data.fill=interpolate", "--set", "data.max_gap=3"),
    ],
    ids=" ".join,
)
def test_configuration_of_a_run_makes_the_same_bundle(
    forecast: Forecast, tmp_path: Path, flags: tuple[str, ...]
) -> None:
    numbers: list[object] = list(values(150))
    numbers[40], numbers[90:95] = "", [""] * 5
    write(tmp_path / "data.csv", daily(numbers))
    rerun(forecast, tmp_path, "train", *flags)


def test_configuration_of_short_data_makes_the_same_bundle(
    forecast: Forecast, tmp_path: Path
) -> None:
    write(tmp_path / "data.csv", daily(values(30)))
    rerun(forecast, tmp_path, "train")


def test_configuration_of_counted_rows_makes_the_same_bundle(
    forecast: Forecast, tmp_path: Path
) -> None:
    write(tmp_path / "data.csv", counted(240))
    rerun(forecast, tmp_path, "train")
    assert "season_length: 12" in (tmp_path / "a" / "config.yaml").read_text(encoding="utf-8")


def test_configuration_of_a_comparison_makes_the_same_bundle(
    forecast: Forecast, tmp_path: Path
) -> None:
    shops = {"north": values(120), "flat": [3.0] * 120, "south": values(90, seed=1, level=500)}
    write(tmp_path / "data.csv", long(shops))
    rerun(forecast, tmp_path, "compare")
