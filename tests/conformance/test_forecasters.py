"""Every registered model keeps what `forecast.testing` asks, and comes back from a bundle."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from forecast.bundle.bundle import Origin
from forecast.bundle.describe import describe
from forecast.bundle.load import load_bundle
from forecast.bundle.save import save_bundle, serialise
from forecast.testing.conformance import CHECKS, Build, fitted, state_of
from forecast.testing.panels import HORIZON, ROWS, SEASON, SPAN, altered_from, usual_panel


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_conforms(build: Build, check: Callable[[Build], None]) -> None:
    check(build)


def test_p2_validation_tail_changes_no_scaler(build_network: Build) -> None:
    panel = usual_panel()
    state = state_of(fitted(build_network, panel))
    other = state_of(fitted(build_network, altered_from(panel, SPAN.train_stop, seed=3)))
    assert other["scaler.center"] == state["scaler.center"]
    assert other["scaler.scale"] == state["scaler.scale"]


def test_p10_saved_and_loaded_gives_the_same_bytes_and_forecasts(
    build: Build, tmp_path: Path
) -> None:
    panel = usual_panel()
    forecaster = fitted(build, panel)
    origin = Origin(
        config={},
        horizon=HORIZON,
        context_length=6,
        season_length=SEASON,
        scaler="standard",
        fingerprint="0" * 64,
        rows=len(panel.values),
    )
    bundle = describe(
        origin,
        forecaster,
        panel,
        tail_rows=ROWS,
        intervals=None,
        interval_scale=np.ones(panel.n_series),
    )
    path = tmp_path / "bundle.safetensors"
    save_bundle(path, bundle)
    loaded = load_bundle(path)
    assert serialise(loaded)[1] == path.read_bytes()
    assert loaded.forecaster.name == forecaster.name
    last = np.array([loaded.tail.length - 1], dtype=np.int64)
    np.testing.assert_array_equal(
        loaded.forecaster.predict(loaded.tail, last, horizon=4 * HORIZON),
        forecaster.predict(panel, np.array([ROWS - 1]), horizon=4 * HORIZON),
    )
