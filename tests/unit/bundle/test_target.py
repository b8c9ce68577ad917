"""A bundle whose target is transformed or clipped: it comes back whole, or is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from forecast.bundle.bundle import Bundle, Origin
from forecast.bundle.describe import describe, verify
from forecast.bundle.load import load_bundle
from forecast.bundle.save import save_bundle, serialise
from forecast.data.panel import Panel, Span
from forecast.data.transform import Target
from forecast.errors import CorruptBundleError
from forecast.models.forecaster import FitContext
from forecast.models.intervals import ConformalIntervals, fit_spread
from forecast.models.naive import SeasonalNaive
from forecast.models.neural import FitSettings, NeuralForecaster
from forecast.models.registry import RULES
from forecast.models.transformed import TransformedForecaster
from forecast.networks.shape import NetworkShape
from forecast.training.monitor import SILENT
from forecast.training.plan import TrainingPlan

TARGET = Target("box-cox", non_negative=True)
SPAN = Span(0, 40, 40)
PLAN = TrainingPlan(
    epochs=1,
    stop_after=1,
    max_steps=2,
    batch_size=16,
    learning_rate=1e-2,
    weight_decay=0.0,
    gradient_clip=1.0,
    schedule="constant",
    warmup=0,
    patience=5,
)


def bundle_of(forecaster: TransformedForecaster, panel: Panel) -> Bundle:
    context = FitContext("fit", 0, 1, 0, SILENT)
    spread = fit_spread(panel, SPAN, TARGET)
    rule = forecaster.name in RULES
    origin = Origin(
        config={},
        horizon=4,
        context_length=None if rule else 6,
        season_length=7,
        scaler=None if rule else "standard",
        fingerprint="",
        rows=40,
        target=TARGET,
    )
    return describe(
        origin,
        forecaster.fit(panel, span=SPAN, context=context),
        panel,
        tail_rows=14,
        intervals=ConformalIntervals.from_residuals(np.ones((9, 4))),
        interval_scale=spread.scale,
        transform=spread.transform,
    )


@pytest.fixture(scope="module")
def neural(kit: Any) -> Bundle:
    """Return a GRU of box-cox values, clipped, with a global scale."""
    shape = NetworkShape("gru", context_length=6, horizon=4, segment_length=2, hidden_size=5)
    fitting = FitSettings(PLAN, device="cpu", threads=1)
    inner = NeuralForecaster(shape, scaler="standard", fitting=fitting, scope="global")
    panel: Panel = kit.make_bundle().tail
    return bundle_of(TransformedForecaster(inner, TARGET), panel)


@pytest.fixture(scope="module")
def rule(kit: Any) -> Bundle:
    """Return a clipped rule whose intervals are made of box-cox values."""
    inner = SeasonalNaive(7)
    target = Target(non_negative=True)
    return bundle_of(TransformedForecaster(inner, target), kit.make_bundle().tail)


@pytest.mark.parametrize("kind", ["neural", "rule"])
def test_target_comes_back_with_the_same_bytes_forecasts_and_intervals(
    tmp_path: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    bundle: Bundle = request.getfixturevalue(kind)
    save_bundle(tmp_path / "a", bundle)
    loaded = load_bundle(tmp_path / "a")
    assert serialise(loaded)[1] == (tmp_path / "a").read_bytes()
    assert verify(loaded)
    assert (loaded.manifest.transform, loaded.manifest.non_negative) == ("box-cox", True)
    y_hat = np.array([[1.0], [5.0], [50.0], [0.0]])
    expected = bundle.spread.around(y_hat, np.array([2.0]))
    np.testing.assert_array_equal(loaded.spread.around(y_hat, np.array([2.0])), expected)
    assert min(edge.min() for edge in expected) >= 0


@pytest.mark.parametrize(
    "change",
    [
        {"transform": "log1p"},
        {"transform": "none"},
        {"non_negative": False},
        {"transform": "exp"},
        {"non_negative": 1},
    ],
    ids=str,
)
@pytest.mark.parametrize("kind", ["neural", "rule"])
def test_manifest_that_contradicts_its_model_is_refused(
    forge: Callable[[Bundle], Any],
    kind: str,
    change: dict[str, object],
    request: pytest.FixtureRequest,
) -> None:
    forged = forge(request.getfixturevalue(kind))
    forged.manifest.update(change)
    with pytest.raises(CorruptBundleError):
        load_bundle(forged.write())


@pytest.mark.parametrize(
    "change",
    [
        {"target.transform": "log1p"},
        {"target.transform": "import os"},
        {"target.season_length": 10**12},
        {"target.non_negative": False},
        {"target.other": 1},
    ],
    ids=str,
)
@pytest.mark.parametrize("kind", ["neural", "rule"])
def test_settings_of_another_target_are_refused(
    forge: Callable[[Bundle], Any],
    kind: str,
    change: dict[str, object],
    request: pytest.FixtureRequest,
) -> None:
    forged = forge(request.getfixturevalue(kind))
    forged.manifest["settings"].update(change)
    with pytest.raises(CorruptBundleError):
        load_bundle(forged.write())


def test_settings_without_the_target_of_the_manifest_are_refused(
    forge: Callable[[Bundle], Any], neural: Bundle
) -> None:
    forged = forge(neural)
    settings = forged.manifest["settings"]
    forged.manifest["settings"] = {
        name: value for name, value in settings.items() if not name.startswith("target.")
    }
    del forged.tensors["model.target.parameter"]
    with pytest.raises(CorruptBundleError, match=r"'target\.transform' is 'none'"):
        load_bundle(forged.write())


@pytest.mark.parametrize("name", ["intervals.power", "model.target.parameter"])
@pytest.mark.parametrize(
    "powers",
    [np.full(4, -1.0), np.full(4, np.inf), np.full(3, 0.5), np.full(4, 0.5, np.float32), None],
    ids=["negative", "infinite", "short", "float32", "missing"],
)
def test_powers_that_no_fit_finds_are_refused(
    forge: Callable[[Bundle], Any], neural: Bundle, name: str, powers: Any
) -> None:
    forged = forge(neural)
    if powers is None:
        del forged.tensors[name]
    else:
        forged.tensors[name] = powers
    with pytest.raises(CorruptBundleError, match=r"power|parameter"):
        load_bundle(forged.write())
