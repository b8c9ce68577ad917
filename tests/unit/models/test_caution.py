from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch

from forecast.data.arrays import FloatArray
from forecast.data.panel import Panel, Span
from forecast.data.times.clock import CalendarClock
from forecast.models.caution import TailErrors, is_chance
from forecast.models.forecaster import FitContext
from forecast.models.neural import FitSettings, NeuralForecaster
from forecast.networks.shape import NetworkShape
from forecast.training.monitor import SILENT
from forecast.training.plan import TrainingPlan

ROWS, H = 400, 4
PLAN = TrainingPlan(
    epochs=15,
    stop_after=15,
    max_steps=None,
    batch_size=32,
    learning_rate=1e-2,
    weight_decay=0.0,
    gradient_clip=1.0,
    schedule="constant",
    warmup=0,
    patience=15,
)


def sums(errors: list[float]) -> TailErrors:
    total = torch.tensor(errors, dtype=torch.float64)
    place = torch.arange(len(total))
    return TailErrors(10 * total, torch.full_like(total, 10.0), torch.zeros_like(place), place)


@pytest.mark.parametrize(
    ("after", "chance"),
    [
        ([0.9, 0.9, 0.9, 0.9], False),  # a little better everywhere
        ([0.0, 1.0, 1.0, 1.1], True),  # much better once
        ([1.0, 1.0, 1.0, 1.0], True),
        ([1.1, 1.1, 1.1, 1.1], True),
        ([0.7, 0.9, 0.8, 1.1], False),
    ],
)
def test_improvement_counts_where_it_is_larger_than_its_standard_error(
    after: list[float], chance: bool
) -> None:
    assert is_chance(sums([1.0, 1.0, 1.0, 1.0]), sums(after)) == chance


def test_standard_error_is_that_of_a_mean_where_blocks_are_of_one_size() -> None:
    gains = np.array([0.3, -0.1, 0.2, 0.05, 0.1])
    error = gains.std(ddof=1) / np.sqrt(len(gains))
    for scale, chance in ((0.99, True), (1.01, False)):
        shifted = gains - gains.mean() + scale * error
        assert is_chance(sums([1.0] * 5), sums((1.0 - shifted).tolist())) == chance


def test_one_block_alone_has_no_spread_and_any_gain_counts() -> None:
    assert not is_chance(sums([1.0]), sums([0.99]))
    assert is_chance(sums([1.0]), sums([1.0]))


def test_series_that_improve_together_at_one_time_are_one_improvement() -> None:
    series, time = torch.arange(8).repeat_interleave(2), torch.arange(2).repeat(8)
    ones = torch.ones(16, dtype=torch.float64)
    before = TailErrors(ones, ones, series, time)
    once = torch.where(time == 0, 0.5, 1.1).to(
        torch.float64
    )  # better at one time, worse at another
    assert is_chance(before, before._replace(total=once))
    assert not is_chance(before, before._replace(total=0.8 * ones))


def test_one_series_that_improves_much_among_others_that_do_not_is_chance() -> None:
    series, time = torch.arange(8).repeat_interleave(2), torch.arange(2).repeat(8)
    ones = torch.ones(16, dtype=torch.float64)
    before = TailErrors(ones, ones, series, time)
    one = torch.where(series == 0, 0.2, 1.01).to(torch.float64)
    assert is_chance(before, before._replace(total=one))


def fitted(values: FloatArray) -> NeuralForecaster:
    panel = Panel(
        ("s",),
        values,
        np.array([0, len(values)], dtype=np.int64),
        np.zeros(1, dtype=np.int64),
        CalendarClock(pd.Timestamp("2024-01-01"), "D"),
    )
    fitting = FitSettings(PLAN, start="season", threads=1)
    forecaster = NeuralForecaster(
        NetworkShape("gru", 8, H, hidden_size=8), scaler="standard", fitting=fitting
    )
    context = FitContext("fit", 0, 1, 0, SILENT)
    return forecaster.fit(panel, span=Span(0, ROWS - 40, ROWS), context=context)


def test_random_walk_stays_a_random_walk() -> None:
    values = np.cumsum(np.random.default_rng(1).normal(size=ROWS))
    forecaster = fitted(values)
    assert forecaster.report is not None
    assert forecaster.report.best_epoch == 0
    panel = Panel(
        ("s",),
        values,
        np.array([0, ROWS], dtype=np.int64),
        np.zeros(1, dtype=np.int64),
        CalendarClock(pd.Timestamp("2024-01-01"), "D"),
    )
    found = forecaster.predict(panel, np.array([ROWS - 1]), horizon=H)
    np.testing.assert_allclose(found[0, 0], values[-1], rtol=1e-6)


def test_what_can_be_learnt_is_kept() -> None:
    noise = np.random.default_rng(1).normal(size=ROWS)
    report = fitted(np.sin(np.arange(ROWS)) + 0.1 * noise).report
    assert report is not None
    assert report.best_epoch > 0
