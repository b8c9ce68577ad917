"""A bundle with weights: the tensors of a network go through the file and come back checked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from forecast.bundle.bundle import Bundle, Origin
from forecast.bundle.describe import describe, verify
from forecast.bundle.load import load_bundle
from forecast.bundle.save import save_bundle
from forecast.errors import CorruptBundleError
from forecast.models.registry import restore
from forecast.networks.encoder_decoder import EncoderDecoder
from forecast.networks.shape import NetworkShape, shape_settings


@pytest.fixture(scope="module")
def neural(kit: Any) -> Bundle:
    """Return a GRU with random weights, as if it had been trained."""
    tail = kit.make_bundle().tail
    shape = NetworkShape("gru", context_length=6, horizon=4, segment_length=2, hidden_size=5)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        weights = EncoderDecoder(shape).state_dict()
        state = {f"network.{name}": torch.randn_like(value) for name, value in weights.items()}
    state["scaler.center"] = torch.full((4,), 100.0, dtype=torch.float64)
    state["scaler.scale"] = torch.full((4,), 10.0, dtype=torch.float64)
    settings = {**shape_settings(shape), "scaler": "standard"}
    origin = Origin(
        config={}, horizon=4, context_length=6, season_length=7, scaler="standard",
        fingerprint="", rows=40,
    )  # fmt: skip
    return describe(
        origin, restore("gru", settings, state, unique_ids=tail.unique_ids), tail,
        tail_rows=6, intervals=None, interval_scale=np.ones(4),
    )  # fmt: skip


def test_loaded_network_forecasts_the_same_and_saves_the_same(
    tmp_path: Path, neural: Bundle
) -> None:
    save_bundle(tmp_path / "a", neural)
    loaded = load_bundle(tmp_path / "a")
    save_bundle(tmp_path / "b", loaded)

    assert verify(loaded)
    assert np.ptp(loaded.example) > 0
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    for name, value in neural.forecaster.state().items():
        assert torch.equal(value, loaded.forecaster.state()[name])


@pytest.mark.parametrize("damage", ["missing", "extra", "shape", "dtype", "scaler"])
def test_weights_that_the_settings_do_not_describe_are_refused(
    forge: Callable[[Bundle], Any], neural: Bundle, damage: str
) -> None:
    forged = forge(neural)
    name = "model.network.decoder.output.weight"
    if damage == "missing":
        del forged.tensors[name]
    elif damage == "extra":
        forged.tensors["model.network.hook"] = forged.tensors[name]
    elif damage == "shape":
        forged.tensors[name] = forged.tensors[name].T.copy()
    elif damage == "dtype":
        forged.tensors[name] = forged.tensors[name].astype(np.float64)
    else:
        forged.tensors["model.scaler.center"] = np.zeros(3)

    with pytest.raises(CorruptBundleError, match="does not fit"):
        load_bundle(forged.write())


@pytest.mark.parametrize(
    "settings",
    [
        {"hidden_size": 9_999_999},  # 300 TB if it were built before it is compared
        {"hidden_size": 10**12},
        {"hidden_size": -1},
        {"cell": "__import__('os')"},
        {"dropout": 7.0},
        {"horizon": 9},
        {"no_such_setting": 1},
        {"scaler": "torch.load"},
    ],
    ids=str,
)
def test_settings_that_the_weights_do_not_fit_are_refused(
    forge: Callable[[Bundle], Any], neural: Bundle, settings: dict[str, object]
) -> None:
    forged = forge(neural)
    forged.manifest["settings"].update(settings)

    with pytest.raises(CorruptBundleError):
        load_bundle(forged.write())
