"""What a run would do, said without doing it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.tables import contents

if TYPE_CHECKING:
    from tests.e2e.conftest import Forecast

FLAGS = ("sales.csv", "--horizon", "7", "--gap", "3", "--refit", "2")


@pytest.mark.parametrize("verb", ["train", "compare"])
def test_dry_run_shows_the_folds_and_leaves_nothing(
    forecast: Forecast, sales: Path, tmp_path: Path, verb: str
) -> None:
    before = contents(tmp_path)
    done = forecast(verb, *FLAGS, "--dry-run")
    assert done.code == 0, done.err
    assert contents(tmp_path) == before
    lines = done.out.splitlines()
    assert lines[0].startswith(f"nothing was trained: this is what {verb} would do with ")
    chart = [line for line in lines if line.startswith("fold ") and "#" in line]
    assert len(chart) == 3
    assert all("=" in line and "-" in line and "." in line for line in chart)
    table = [line.split() for line in lines if line[:1] in set("123") and "fits" not in line]
    assert [row[:3] for row in table] == [
        ["1", "fold", "1"],
        ["2", "fold", "1"],
        ["3", "fold", "3"],
    ]
    each = " of each model that learns" if verb == "compare" else ""
    assert lines[-1] == f"2 fits for folds{each}, then one more fit, on all rows"


@pytest.mark.parametrize("verb", ["train", "compare"])
def test_dry_run_tells_the_folds_that_the_run_has(
    forecast: Forecast, sales: Path, verb: str
) -> None:
    flags = (*FLAGS, "--epochs", "1", "--output", "run")
    planned = json.loads(forecast(verb, *flags, "--dry-run", "--json").out)
    assert (planned["command"], planned["dry_run"], planned["horizon"]) == (verb, True, 7)
    done = forecast("train", *flags, "--json")
    folds = json.loads(done.out)["folds"]
    assert [fold["cutoffs"] for fold in folds] == [fold["cutoffs"] for fold in planned["folds"]]
    assert [fold["fit"] for fold in folds] == [fold["fit"] for fold in planned["folds"]]
    for fold, other in zip(folds, planned["folds"], strict=True):
        assert fold["cutoff"].startswith(other["cutoff"])
        assert other["train"]["rows"] + other["validation"]["rows"] > other["test"]["rows"] > 0
        assert other["validation"]["last"] < other["cutoff"] < other["test"]["first"]


def test_dry_run_without_folds_says_so(forecast: Forecast, sales: Path) -> None:
    done = forecast("train", "sales.csv", "--folds", "0", "--dry-run")
    assert "no folds: nothing would be judged" in done.out
    assert forecast("compare", "sales.csv", "--folds", "0", "--dry-run").code == 2


def test_dry_run_refuses_what_the_run_would_refuse(forecast: Forecast, sales: Path) -> None:
    asked = ("sales.csv", "--cutoffs", "2024-07-18")
    told = [forecast("train", *asked, *more).err.splitlines()[-3:] for more in ((), ("--dry-run",))]
    assert told[0] == told[1]
    assert "cutoff '2024-07-18' is too late" in told[0][0]
