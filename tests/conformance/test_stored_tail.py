"""A loaded bundle forecasts what the model forecast in memory on all rows, whatever is missing."""

from __future__ import annotations

import functools
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.bundle.bundle import Bundle, Origin
from forecast.bundle.describe import describe
from forecast.bundle.load import load_bundle
from forecast.bundle.save import save_bundle
from forecast.data.arrays import FloatArray
from forecast.data.gaps import FillKind, Gaps
from forecast.data.join import join_panels
from forecast.data.panel import Panel, Span
from forecast.data.times.clock import CalendarClock
from forecast.data.transform import AS_IT_IS, Target
from forecast.models.forecaster import FitContext, Forecaster
from forecast.models.intervals import fit_spread
from forecast.models.neural import FitSettings, NeuralForecaster
from forecast.models.registry import CLASSIC, build_classic
from forecast.models.transformed import TransformedForecaster
from forecast.networks.shape import NetworkShape
from forecast.training.monitor import SILENT
from forecast.training.plan import TrainingPlan
from forecast.workflows.forecasting.ahead import forecast_after, last_rows

ROWS, NEWER, CONTEXT, H, SEASON = 90, 12, 6, 3, 7
LEARNT = 60  # rows that a fit sees; the last series begins later
FILLS: tuple[FillKind, ...] = ("none", "interpolate", "forward", "seasonal", "zero")
TRANSFORMED = [
    f"gru {fill} {gap} {kind} {scope}"
    for fill, gap in (("none", None), ("seasonal", 4), ("interpolate", None))
    for kind, scope in (
        ("log1p", "global"), ("box-cox", "series"), ("difference", "global"),
        ("seasonal-difference", "series"),
    )
]  # fmt: skip
MODELS = [
    *CLASSIC,
    *(f"gru {fill} {gap}" for fill in FILLS for gap in (None, 4)),
    *TRANSFORMED,
]
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


def panel_of(missing: float, seed: int) -> Panel:
    """Six series of different ends, with single values and long stretches missing."""
    rng = np.random.default_rng(seed)
    lengths = np.array([ROWS, ROWS - 20, ROWS, ROWS, 4, ROWS - LEARNT - 5], dtype=np.int64)
    first = np.array([0, 0, 0, 0, LEARNT - 8, LEARNT + 5], dtype=np.int64)
    values = 50 + 9 * rng.normal(size=int(lengths.sum()))  # none near 0
    values[rng.random(len(values)) < missing] = np.nan
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    for start in rng.integers(0, len(values), size=round(20 * missing)):
        values[start : start + int(rng.integers(1, 40))] = np.nan
    values[offsets[2] : offsets[3]] = np.where(np.isnan(values[offsets[2] : offsets[3]]), np.nan, 7)
    names = tuple(f"s{index}" for index in range(len(lengths)))
    return Panel(names, values, offsets, first, CalendarClock(pd.Timestamp("2024-01-29"), "D"))


@functools.cache
def fitted(model: str) -> Forecaster:
    name, *policy = model.split()
    kind, scope = policy[2:] or ("none", "series")
    target = Target(kind, SEASON if kind == "seasonal-difference" else 1)  # type: ignore[arg-type]
    forecaster: Forecaster
    if name in CLASSIC:
        forecaster = build_classic(name, season_length=SEASON)
    else:
        gaps = Gaps(policy[0], SEASON, None if policy[1] == "None" else int(policy[1]))  # type: ignore[arg-type]
        shape = NetworkShape("gru", CONTEXT, H, segment_length=2, hidden_size=4)
        fitting = FitSettings(PLAN, device="cpu", threads=1)
        forecaster = NeuralForecaster(
            shape, scaler="standard", fitting=fitting, gaps=gaps,
            scope=scope,  # type: ignore[arg-type]
        )  # fmt: skip
        if target != AS_IT_IS:
            forecaster = TransformedForecaster(forecaster, target)
    context = FitContext("fit", 0, 1, 0, SILENT)
    return forecaster.fit(panel_of(0.0, 0), span=Span(0, LEARNT, LEARNT), context=context)


def bundled(forecaster: Forecaster, panel: Panel) -> Bundle:
    """What is read back of a bundle of all rows of a panel."""
    learnt = forecaster.name not in CLASSIC
    target = forecaster.target if isinstance(forecaster, TransformedForecaster) else AS_IT_IS
    spread = fit_spread(panel, Span(0, LEARNT, LEARNT), target)
    origin = Origin(
        config={}, horizon=H, context_length=CONTEXT if learnt else None, season_length=1,
        scaler="standard" if learnt else None, fingerprint="", rows=1,
        target=target,
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        bundle = describe(
            origin, forecaster, panel,
            tail_rows=1, intervals=None, interval_scale=spread.scale, transform=spread.transform,
        )  # fmt: skip
        save_bundle(Path(folder) / "a", bundle)
        return load_bundle(Path(folder) / "a")


def ahead(forecaster: Forecaster, panel: Panel) -> FloatArray:
    return forecast_after(panel, forecaster, rows=last_rows(panel), horizon=2 * H)


@pytest.mark.parametrize("model", MODELS)
@settings(max_examples=6)
@given(missing=st.sampled_from([0.1, 0.5, 0.9, 0.98]), seed=st.integers(0, 10_000))
def test_bundle_forecasts_what_the_whole_panel_does(model: str, missing: float, seed: int) -> None:
    whole, forecaster = panel_of(missing, seed), fitted(model)
    loaded = bundled(forecaster, whole)
    # the scaler of a series never fitted adds as many rows as there are, in another order
    np.testing.assert_allclose(
        ahead(loaded.forecaster, loaded.tail), ahead(forecaster, whole), rtol=1e-7
    )


@pytest.mark.parametrize("model", MODELS)
@settings(max_examples=6)
@given(
    missing=st.sampled_from([0.1, 0.5, 0.9]),
    rows=st.integers(1, NEWER),
    seed=st.integers(0, 10_000),
)
def test_bundle_with_newer_rows_forecasts_what_the_whole_panel_does(
    model: str, missing: float, rows: int, seed: int
) -> None:
    whole, forecaster = panel_of(missing, seed), fitted(model)
    loaded = bundled(forecaster, whole.slice(0, ROWS - rows))
    newer = whole.slice(ROWS - rows, ROWS)
    joined = join_panels(loaded.tail, newer).panel
    np.testing.assert_allclose(
        ahead(loaded.forecaster, joined), ahead(forecaster, whole), rtol=1e-7
    )


def test_a_bundle_of_ordinary_data_keeps_what_is_read_and_no_more() -> None:
    whole = panel_of(0.0, 0)
    kept = {model: bundled(fitted(model), whole).tail.lengths.tolist() for model in MODELS}
    every = [min(CONTEXT, length) for length in whole.lengths]
    fresh = int(whole.lengths[-1])  # scaled by its own rows
    assert kept["naive"] == [1] * 6
    assert kept["seasonal_naive"] == kept["moving_average"] == [7, 7, 7, 7, 4, 7]
    assert kept["drift"] == whole.lengths.tolist()
    assert kept["gru none None"] == kept["gru forward 4"] == [*every[:-1], fresh]
    assert kept["gru seasonal None"] == [7, 7, 7, 7, 4, fresh]
    one_more = [min(CONTEXT + 1, length) for length in whole.lengths]
    assert kept["gru none None difference global"] == [*one_more[:-1], fresh]
    assert kept["gru none None seasonal-difference series"] == [13, 13, 13, 13, 4, fresh]


def test_one_dead_series_does_not_make_the_others_long() -> None:
    whole = panel_of(0.0, 0)
    values = whole.values.copy()
    values[1:ROWS] = np.nan
    tail = bundled(fitted("naive"), replace(whole, values=values)).tail
    assert tail.lengths.tolist() == [ROWS, 1, 1, 1, 1, 1]
