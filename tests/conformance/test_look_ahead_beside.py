"""Covariates and calendar: what is known later changes no bit of what came before."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from forecast.data.covariates import Beside
from forecast.data.load import read_panel
from forecast.data.panel import Panel
from forecast.data.table.columns import ColumnChoice
from forecast.models.neural import FitSettings, NeuralForecaster
from forecast.networks.shape import CellKind, NetworkShape
from forecast.training.monitor import SILENT
from forecast.training.plan import TrainingPlan
from forecast.validation.evaluation import Evaluation
from forecast.validation.folds import FoldPlan, make_folds
from forecast.validation.walk_forward import Candidate, walk_forward

H, CONTEXT, ROWS = 3, 8, 140
CALENDAR = ("dayofweek",)


def panel_beside() -> Panel:
    rng = np.random.default_rng(0)
    parts = []
    for name in ("a", "b"):
        known = rng.normal(size=ROWS)
        parts.append(
            pd.DataFrame(
                {
                    "shop": name,
                    "date": pd.date_range("2024-01-01", periods=ROWS, freq="D"),
                    "y": np.sin(np.arange(ROWS) * 0.9) + known + rng.normal(size=ROWS),
                    "sensor": rng.normal(size=ROWS),
                    "price": known,
                    "region": f"region {name}",
                }
            )
        )
    choice = ColumnChoice(
        target=("y",), id=("shop",), past=("sensor",), future=("price",), static=("region",)
    )
    return read_panel(pd.concat(parts, ignore_index=True), columns=choice).panel


def beside_of(panel: Panel) -> Beside:
    assert panel.covariates is not None
    return Beside(panel.covariates.columns, panel.covariates.static_columns, CALENDAR)


def forecaster(panel: Panel, cell: CellKind = "gru") -> NeuralForecaster:
    beside = beside_of(panel)
    shape = NetworkShape(
        cell,
        CONTEXT,
        H,
        segment_length=2,
        hidden_size=4,
        past_channels=beside.past_channels,
        future_channels=beside.future_channels,
        static_channels=beside.static_channels,
    )
    plan = TrainingPlan(
        epochs=2,
        stop_after=2,
        max_steps=None,
        batch_size=32,
        learning_rate=1e-2,
        weight_decay=0.0,
        gradient_clip=1.0,
        schedule="constant",
        warmup=0,
        patience=5,
    )
    fitting = FitSettings(plan, start="season", device="cpu", threads=1)
    return NeuralForecaster(shape, scaler="standard", fitting=fitting, beside=beside)


def walk(panel: Panel, cell: CellKind) -> Evaluation:
    schedule = make_folds(panel.length, plan=FoldPlan(folds=3), horizon=H, context_length=CONTEXT)
    return walk_forward(
        panel,
        schedule,
        candidates=[Candidate("m", lambda _: forecaster(panel, cell), trained=True)],
        horizon=H,
        season_length=7,
        seed=0,
        monitor=SILENT,
    )


def altered(panel: Panel, after: int, *, channel: int | None) -> Panel:
    """Change the target, or one covariate, of all rows after a grid row."""
    rng = np.random.default_rng(1)
    late = np.arange(len(panel.values)) % ROWS > after
    noise = rng.normal(0, 1e3, size=int(late.sum()))
    if channel is None:
        values = panel.values.copy()
        values[late] = noise
        return replace(panel, values=values)
    assert panel.covariates is not None
    cells = panel.covariates.values.copy()
    cells[late, channel] = noise
    return replace(panel, covariates=replace(panel.covariates, values=cells))


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize("channel", [None, 0, 1], ids=["target", "past", "future"])
def test_p2_later_rows_change_no_earlier_forecast(cell: CellKind, channel: int | None) -> None:
    panel = panel_beside()
    before = walk(panel, cell)
    first = before.folds[0]
    # a future covariate may move the forecasts of the steps that it is known for
    reach = first.fold.cutoffs[-1] + (H if channel == 1 else 0)
    after = walk(altered(panel, reach, channel=channel), cell)
    np.testing.assert_array_equal(first.forecasts["m"], after.folds[0].forecasts["m"])
    assert not np.array_equal(before.folds[2].forecasts["m"], after.folds[2].forecasts["m"])


def test_past_covariate_after_the_cutoff_is_not_seen_beyond_the_horizon() -> None:
    panel = panel_beside()
    walked = forecaster(panel)
    schedule = make_folds(panel.length, plan=FoldPlan(folds=1), horizon=H, context_length=CONTEXT)
    made: list[NeuralForecaster] = []

    def make(_: object) -> NeuralForecaster:
        made.append(walked)
        return walked

    walk_forward(
        panel,
        schedule,
        candidates=[Candidate("m", make, trained=True)],
        horizon=H,
        season_length=7,
        seed=0,
        monitor=SILENT,
    )
    at = np.array([ROWS - 20])
    one = made[0].predict(panel, at, horizon=3 * H)
    other = made[0].predict(altered(panel, ROWS - 20, channel=0), at, horizon=3 * H)
    np.testing.assert_array_equal(one, other)
    moved = made[0].predict(altered(panel, ROWS - 20, channel=1), at, horizon=3 * H)
    assert not np.array_equal(one, moved)
