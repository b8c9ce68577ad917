"""Networks that see windows in unlike ways: trained by one command, kept in one bundle."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.e2e.tables import long, values, write

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Forecast

TWO = ("--set", "training.ensemble=2", "--set", "model.window_normalisation=varied")


def test_a_bundle_of_unlike_networks_is_counted_and_forecasts_as_it_did(
    forecast: Forecast, tmp_path: Path
) -> None:
    data = write(tmp_path / "train.csv", long({"a": values(120), "b": values(90, seed=1)}))
    flags = ("--horizon", "7", "--folds", "1", "--max-steps", "3", "--set", "data.transform=log1p")
    sizes = {}
    for name, more in {"one": (), "two": TWO}.items():
        done = forecast("train", data, *flags, *more, "--output", name, "--quiet")
        assert done.code == 0, done.err
        told = forecast("inspect", tmp_path / name, "--verify", "--json")
        assert told.code == 0, told.err
        sizes[name] = json.loads(told.out)["parameters"]
    assert sizes["two"] == 2 * sizes["one"] > 2000
    assert "window_normalisation: varied" in (tmp_path / "two" / "config.yaml").read_text("utf-8")
