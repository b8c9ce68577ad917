"""What the numbers of a forecast do not depend on: the level, the batches, the threads."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from forecast.data.arrays import FloatArray
from forecast.data.panel import Panel, Span
from forecast.data.scale import ScalerKind
from forecast.data.times.clock import CalendarClock
from forecast.models import answers
from forecast.models.forecaster import FitContext
from forecast.models.neural import FitSettings, NeuralForecaster
from forecast.networks.shape import NetworkShape, WindowNormalisationKind
from forecast.training.monitor import SILENT
from forecast.training.plan import TrainingPlan

ROWS, H, L = 240, 4, 24
WAVE = np.sin(np.arange(ROWS) / 3)
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


def fitted(
    panel: Panel, *, scaler: ScalerKind = "standard", window: WindowNormalisationKind = "last"
) -> NeuralForecaster:
    shape = NetworkShape("gru", L, H, hidden_size=16, window_normalisation=window)
    fitting = FitSettings(PLAN, device="cpu", threads=1)
    return NeuralForecaster(shape, scaler=scaler, fitting=fitting).fit(
        panel, span=Span(0, 170, 200), context=FitContext("gru", 0, 1, 0, SILENT)
    )


def mean_error(
    level: float, *, scaler: ScalerKind, window: WindowNormalisationKind = "last", horizon: int = H
) -> float:
    panel = panel_of(level + WAVE)
    cutoffs = CUTOFFS[: ROWS - horizon - CUTOFFS[0]]
    found = fitted(panel, scaler=scaler, window=window).predict(panel, cutoffs, horizon=horizon)
    return float(np.abs(panel.horizon_after(cutoffs, horizon) - found).mean())


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


def test_series_not_trained_on_are_forecast_in_few_passes_whatever_the_batches(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    forecaster = fitted(panel_of(WAVE))
    strangers = replace(panel_of(3 + 2 * WAVE, 1e6 - WAVE), unique_ids=("a", "b"))
    calls: list[int] = []
    assert forecaster.learnt is not None
    forecaster.learnt.network.register_forward_hook(lambda *_: calls.append(1))
    whole = forecaster.predict(strangers, CUTOFFS, horizon=H)
    assert len(calls) == 1
    monkeypatch.setattr(answers, "REPEATED_CELLS", 3 * len(strangers.values))
    parts = forecaster.predict(strangers, CUTOFFS, horizon=H)
    np.testing.assert_allclose(parts, whole, rtol=1e-6)
    for place in (0, 20):
        alone = forecaster.predict(strangers, CUTOFFS[place : place + 1], horizon=H)
        np.testing.assert_allclose(alone[:, 0], whole[:, place], rtol=1e-6)


def test_forecast_is_the_same_however_many_threads_the_caller_has() -> None:
    panel = panel_of(WAVE)
    forecaster = fitted(panel)
    found = []
    for threads in (2, 1):
        torch.set_num_threads(threads)
        found.append(forecaster.predict(panel, CUTOFFS, horizon=2 * H))
        assert torch.get_num_threads() == threads
    assert (found[0] == found[1]).all()
