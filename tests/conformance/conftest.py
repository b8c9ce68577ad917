"""What every registered model is asked to keep: small ones of each, and panels to ask on."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from forecast.models.companions import AccompaniedForecaster
from forecast.models.forecaster import Forecaster
from forecast.models.neural import FitSettings, NeuralForecaster
from forecast.models.registry import MODELS, NETWORKS, build_classic
from forecast.models.start import StartKind
from forecast.networks.shape import NetworkShape
from forecast.training.plan import TrainingPlan

SEASON, HORIZON = 4, 3
ACCOMPANIED = "gru with theta"
PLAN = TrainingPlan(
    epochs=2,
    stop_after=2,
    max_steps=4,
    batch_size=16,
    learning_rate=1e-2,
    weight_decay=0.01,
    gradient_clip=1.0,
    schedule="cosine",
    warmup=1,
    patience=5,
)


def build_small(name: str) -> Forecaster:
    """A small unfitted model, seconds away from a forecast."""
    if name == ACCOMPANIED:
        companions = [build_classic("theta", season_length=SEASON)]
        return AccompaniedForecaster(
            build_small("gru"), companions, season_length=SEASON, horizon=HORIZON
        )
    if name not in NETWORKS:
        return build_classic(name, season_length=SEASON)
    segment = 1 if name == "linear" else 2
    shape = NetworkShape(name, 6, HORIZON, segment_length=segment, hidden_size=4)  # type: ignore[arg-type]
    # A regression is hard to beat in so few steps: only gru begins with one, the others learn.
    start: StartKind = "regression" if name == "gru" else "season"
    fitting = FitSettings(PLAN, start=start, device="cpu", threads=1)
    return NeuralForecaster(shape, scaler="standard", fitting=fitting)


SLOW = ("ets", "stl_ets")  # each fit tries several forms; arima and theta keep the same promises
MODELS_TRIED = [
    pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name for name in MODELS
] + [ACCOMPANIED]


@pytest.fixture(params=MODELS_TRIED)
def build(request: pytest.FixtureRequest) -> Callable[[], Forecaster]:
    """Builds a fresh model of each registered name."""
    name: str = request.param
    return lambda: build_small(name)


@pytest.fixture(params=NETWORKS)
def build_network(request: pytest.FixtureRequest) -> Callable[[], Forecaster]:
    """Builds a fresh model of each name that learns."""
    name: str = request.param
    return lambda: build_small(name)
