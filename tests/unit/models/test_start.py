"""What the linear path begins as, and that the recurrent part has to better it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from forecast.data.arrays import FloatArray
from forecast.data.panel import Panel, Span
from forecast.data.times.clock import CalendarClock
from forecast.models import start
from forecast.models.forecaster import FitContext
from forecast.models.neural import FitSettings, NeuralForecaster
from forecast.networks.shape import MIXED_PATHS, NetworkShape, WindowNormalisationKind
from forecast.training.monitor import SILENT
from forecast.training.plan import TrainingPlan

ROWS, H, L = 400, 4, 12
SPAN = Span(0, 320, 320)
CUTOFFS = np.arange(320, ROWS - H, dtype=np.int64)
UNTRAINED = TrainingPlan(
    epochs=0,
    stop_after=0,
    max_steps=None,
    batch_size=32,
    learning_rate=1e-3,
    weight_decay=0.0,
    gradient_clip=1.0,
    schedule="cosine",
    warmup=0,
    patience=1,
)
SHAPE = NetworkShape("gru", L, H, hidden_size=4, initial_season=4)


def panel_of(*series: FloatArray) -> Panel:
    return Panel(
        tuple(f"s{index}" for index in range(len(series))),
        np.concatenate(series),
        np.arange(len(series) + 1, dtype=np.int64) * ROWS,
        np.zeros(len(series), dtype=np.int64),
        CalendarClock(pd.Timestamp("2024-01-01"), "D"),
    )


def untrained(
    panel: Panel,
    *,
    kind: start.StartKind = "regression",
    shape: NetworkShape = SHAPE,
    span: Span = SPAN,
) -> NeuralForecaster:
    fitting = FitSettings(UNTRAINED, start=kind, device="cpu", threads=1)
    context = FitContext("gru", 0, 1, 0, SILENT)
    return NeuralForecaster(shape, scaler="standard", fitting=fitting).fit(
        panel, span=span, context=context
    )


def mean_error(forecaster: NeuralForecaster, panel: Panel) -> float:
    error = panel.horizon_after(CUTOFFS, H) - forecaster.predict(panel, CUTOFFS, horizon=H)
    return float(np.nanmean(np.abs(error)))


def season_with_noise(noise: float = 1.0) -> FloatArray:
    rng = np.random.default_rng(0)
    values: FloatArray = np.tile([0.0, 5.0, 2.0, -3.0], ROWS // 4) + noise * rng.normal(size=ROWS)
    return values


@pytest.mark.parametrize("window", ["last", "standard", "none"])
def test_regression_averages_out_the_noise_that_a_season_repeats(
    window: WindowNormalisationKind,
) -> None:
    panel, shape = panel_of(season_with_noise()), replace(SHAPE, window_normalisation=window)
    repeated = mean_error(untrained(panel, kind="season", shape=shape), panel)
    # Three seasons in a window leave sqrt(4 / 3) of the noise, one leaves sqrt(2): 0.82 of it.
    assert mean_error(untrained(panel, shape=shape), panel) < 0.9 * repeated


def test_season_stays_where_no_regression_is_better() -> None:
    panel = panel_of(season_with_noise(noise=0.0))  # repeating it is exact
    weights = untrained(panel).state()["network.skip.weight"]
    assert torch.equal(weights, untrained(panel, kind="season").state()["network.skip.weight"])


def test_few_noisy_seasons_begin_with_their_mean_around_the_last_level(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(start, "PENALTIES", ())  # no regression
    weights = untrained(panel_of(season_with_noise())).state()["network.skip.weight"].numpy()
    cycle, levels = np.array([0.0, 6.0, 3.0, -9.0]), (-2.0, 1.0, 7.0)
    window = np.concatenate([levels[place] + (place + 1) * cycle for place in range(3)])
    np.testing.assert_allclose(weights @ window, levels[-1] + 2 * cycle, atol=1e-5)


def test_one_lucky_season_does_not_decide_where_windows_are_few(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(start, "PENALTIES", ())
    values, short = season_with_noise(), Span(0, 60, 60)
    values[56:60] = values[52:56]  # the last season repeats the one before it, by luck
    panel = panel_of(values)
    season = untrained(panel, kind="season", span=short).state()["network.skip.weight"]
    assert not torch.equal(untrained(panel, span=short).state()["network.skip.weight"], season)
    monkeypatch.setattr(start, "FEW_WINDOWS", 0)
    assert torch.equal(untrained(panel, span=short).state()["network.skip.weight"], season)


def test_p2_regression_does_not_see_what_follows_the_training_rows() -> None:
    panel = panel_of(season_with_noise())
    later = panel.values.copy()
    later[SPAN.train_stop :] = 1e6
    states = [untrained(replace(panel, values=values)).state() for values in (panel.values, later)]
    assert torch.equal(states[0]["network.skip.weight"], states[1]["network.skip.weight"])


def test_missing_values_and_several_series_take_part() -> None:
    one, other = season_with_noise(), 100 - 3 * season_with_noise()
    one[::37], other[50:60] = np.nan, np.nan
    panel = panel_of(one, other)
    repeated = mean_error(untrained(panel, kind="season"), panel)
    assert mean_error(untrained(panel), panel) < 0.9 * repeated


def test_many_windows_are_thinned_to_nearly_the_same_regression(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    panel = panel_of(season_with_noise())
    whole = mean_error(untrained(panel), panel)
    monkeypatch.setattr(start, "MOST_WINDOWS", 150)
    monkeypatch.setattr(start, "MOST_HELD", 20)
    assert mean_error(untrained(panel), panel) == pytest.approx(whole, rel=0.1)


@pytest.mark.parametrize("values", [np.full(ROWS, 3.0), np.append(np.full(ROWS - 2, 3.0), [4, 5])])
def test_constant_rows_begin_with_the_season(values: FloatArray) -> None:
    panel = panel_of(values)
    weights = untrained(panel).state()["network.skip.weight"]
    assert torch.equal(weights, untrained(panel, kind="season").state()["network.skip.weight"])


def test_too_few_windows_begin_with_the_season() -> None:
    panel = panel_of(season_with_noise())
    long = replace(SHAPE, context_length=312)
    weights = untrained(panel, shape=long).state()["network.skip.weight"]
    season = untrained(panel, kind="season", shape=long).state()["network.skip.weight"]
    assert torch.equal(weights, season)


def test_paths_of_a_mixture_without_a_habit_begin_as_the_regression() -> None:
    panel, mixture = panel_of(season_with_noise()), replace(SHAPE, skip="mixture")
    found, season = (
        untrained(panel, kind=kind, shape=mixture)
        .state()["network.skip.paths.weight"]
        .view(MIXED_PATHS, H, L)
        for kind in ("regression", "season")
    )
    habits = 2  # a season of 4 and the last value; seven seasons are longer than the window
    assert torch.equal(found[:habits], season[:habits])
    linear = untrained(panel).state()["network.skip.weight"]
    torch.testing.assert_close(found[habits:], linear.expand_as(found[habits:]), atol=0.02, rtol=0)


def test_without_a_linear_path_there_is_nothing_to_begin() -> None:
    panel = panel_of(season_with_noise())
    shape = replace(SHAPE, skip="none")
    assert not any("skip" in name for name in untrained(panel, shape=shape).state())
