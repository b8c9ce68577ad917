"""A network with few rows forecasts part of the way from its start to what it learnt."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from forecast.data.arrays import FloatArray
from forecast.data.panel import Panel, Span
from forecast.data.times.clock import CalendarClock
from forecast.models import teach
from forecast.models.forecaster import FitContext
from forecast.models.neural import FitSettings, NeuralForecaster
from forecast.networks.shape import NetworkShape
from forecast.training.monitor import SILENT
from forecast.training.plan import TrainingPlan

H, L = 4, 8
SHAPE = NetworkShape("gru", L, H, hidden_size=8)


def forecast(rows: int, *, epochs: int) -> FloatArray:
    """Forecast a curve from its end, after so many epochs without validation rows."""
    values = np.sin(np.arange(rows) / 2) + 0.1 * np.random.default_rng(0).normal(size=rows)
    panel = Panel(
        ("s",),
        values,
        np.array([0, rows], dtype=np.int64),
        np.zeros(1, dtype=np.int64),
        CalendarClock(pd.Timestamp("2024-01-01"), "D"),
    )
    plan = TrainingPlan(
        epochs=20,
        stop_after=epochs,
        max_steps=None,
        batch_size=16,
        learning_rate=1e-2,
        weight_decay=0.0,
        gradient_clip=1.0,
        schedule="constant",
        warmup=0,
        patience=20,
    )
    forecaster = NeuralForecaster(
        SHAPE, scaler="standard", fitting=FitSettings(plan, start="season", threads=1)
    )
    context = FitContext("fit", 0, 1, 0, SILENT)
    forecaster.fit(panel, span=Span(0, rows, rows), context=context)
    found: FloatArray = forecaster.predict(panel, np.array([rows - 1]), horizon=H)[0, 0]
    return found


@pytest.fixture
def unmoderated(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], FloatArray]:
    def ask(rows: int) -> FloatArray:
        with monkeypatch.context() as patch:
            patch.setattr(teach, "moderate", lambda *_, **__: None)
            return forecast(rows, epochs=5)

    return ask


@pytest.mark.parametrize(
    ("windows", "share"), [(5 * H, 0.5), (19 * H, 0.5), (30 * H, 0.75), (40 * H, 1.0)]
)
def test_forecast_lies_between_the_start_and_what_was_learnt(
    unmoderated: Callable[[int], FloatArray], windows: int, share: float
) -> None:
    rows = windows + L
    start, learnt = forecast(rows, epochs=0), unmoderated(rows)
    assert np.abs(learnt - start).min() > 1e-3
    found = (forecast(rows, epochs=5) - start) / (learnt - start)
    np.testing.assert_allclose(found, share, atol=1e-4)
