"""A small signal on a large level is learnt as well as without the level."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from forecast.data.arrays import FloatArray
from forecast.data.clock import CalendarClock
from forecast.data.panel import Panel, Span
from forecast.data.scale import ScalerKind
from forecast.models.forecaster import FitContext
from forecast.models.neural import FitSettings, NeuralForecaster
from forecast.networks.normalise import WindowNormalisationKind
from forecast.networks.recurrent import RecurrentShape
from forecast.training.loop import TrainingPlan
from forecast.training.monitor import SILENT

ROWS, H, L = 240, 4, 24
CUTOFFS = np.arange(200, ROWS - H, dtype=np.int64)
PLAN = TrainingPlan(
    epochs=12,
    stop_after=12,
    max_steps=None,
    batch_size=32,
    learning_rate=3e-3,
    weight_decay=0.0,
    gradient_clip=1.0,
    schedule="cosine",
    warmup=5,
    patience=12,
)


def panel_of(*series: FloatArray) -> Panel:
    return Panel(
        tuple(f"s{index}" for index in range(len(series))),
        np.concatenate(series),
        np.arange(len(series) + 1, dtype=np.int64) * ROWS,
        np.zeros(len(series), dtype=np.int64),
        CalendarClock(pd.Timestamp("2024-01-01"), "D"),
    )


def mean_error(
    level: float, *, scaler: ScalerKind, window: WindowNormalisationKind = "last", horizon: int = H
) -> float:
    y = level + np.sin(np.arange(ROWS) / 3)
    panel = panel_of(y)
    shape = RecurrentShape("gru", L, H, hidden_size=16, window_normalisation=window)
    fitting = FitSettings(PLAN, device="cpu", threads=1)
    forecaster = NeuralForecaster(shape, scaler=scaler, fitting=fitting).fit(
        panel, span=Span(0, 170, 200), context=FitContext("gru", 0, 1, 0, SILENT)
    )
    cutoffs = CUTOFFS[: ROWS - horizon - CUTOFFS[0]]
    error = panel.horizon_after(cutoffs, horizon) - forecaster.predict(
        panel, cutoffs, horizon=horizon
    )
    return float(np.abs(error).mean())


@pytest.mark.parametrize("scaler", ["standard", "minmax", "robust", "none"])
def test_level_of_a_billion_costs_no_skill(scaler: ScalerKind) -> None:
    plain, lifted = mean_error(0.0, scaler=scaler), mean_error(1e9, scaler=scaler)
    assert plain < 0.1  # the sine was learnt
    assert lifted == pytest.approx(plain, rel=0.01)


def test_level_of_a_billion_costs_no_skill_under_window_normalisation() -> None:
    plain = mean_error(0.0, scaler="none", window="standard")
    assert mean_error(1e9, scaler="none", window="standard") == pytest.approx(plain, rel=0.01)


def test_level_of_a_billion_costs_no_skill_beyond_the_trained_horizon() -> None:
    plain = mean_error(0.0, scaler="none", horizon=3 * H)
    assert mean_error(1e9, scaler="none", horizon=3 * H) == pytest.approx(plain, rel=0.01)
