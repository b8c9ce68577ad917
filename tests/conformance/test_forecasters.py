from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forecast.bundle.bundle import Origin
from forecast.bundle.describe import describe
from forecast.bundle.load import load_bundle
from forecast.bundle.save import save_bundle, serialise
from forecast.data.arrays import FloatArray, IntArray
from forecast.data.clock import CalendarClock, CountClock
from forecast.data.columns import ColumnChoice
from forecast.data.load import read_panel
from forecast.data.panel import Panel, Span
from forecast.errors import DataError, NotFittedError
from forecast.models.forecaster import FitContext, Forecaster
from forecast.models.registry import RULES
from forecast.training.monitor import SILENT

Build = Callable[[], Forecaster]
H, ROWS = 3, 40
SPAN = Span(0, 22, 28)
CUTOFFS = np.array([27, 30, 36], dtype=np.int64)
# The fixture only names a model: each example builds its own.
LAW = settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])


def make_panel(*series: FloatArray, first: tuple[int, ...] | None = None) -> Panel:
    lengths = np.array([len(values) for values in series], dtype=np.int64)
    return Panel(
        tuple(f"s{index}" for index in range(len(series))),
        np.concatenate(series).astype(np.float64),
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        np.zeros(len(series), dtype=np.int64) if first is None else np.array(first, dtype=np.int64),
        CalendarClock(pd.Timestamp("2024-01-29"), "D"),
    )


def some_panel() -> Panel:
    """Four series: whole, with gaps, late, and one that ends early."""
    rng = np.random.default_rng(0)
    series = [
        level + 5 * np.sin(np.arange(rows) * np.pi / 2) + rng.normal(size=rows)
        for level, rows in [(20, ROWS), (-300, ROWS), (0, 25), (7, 29)]
    ]
    series[1][[0, 1, 9, 10, 27, 33]] = np.nan
    return make_panel(*series, first=(0, 0, 15, 0))


def context(seed: int = 0) -> FitContext:
    return FitContext("fold 1 of 1", 0, 1, seed, SILENT)


def fit(build: Build, panel: Panel, span: Span = SPAN) -> Forecaster:
    return build().fit(panel, span=span, context=context())


def grid_rows(panel: Panel) -> IntArray:
    parts = zip(panel.first.tolist(), panel.lengths.tolist(), strict=True)
    rows: IntArray = np.concatenate(
        [np.arange(first, first + length, dtype=np.int64) for first, length in parts]
    )
    return rows


def altered_from(panel: Panel, row: int, seed: int) -> Panel:
    """The panel with every value at ``row`` and later replaced, many of them by nothing."""
    rng = np.random.default_rng(seed)
    other = rng.choice([np.nan, -1e12, 0.0, 1.5, 1e12], len(panel.values))
    return replace(panel, values=np.where(grid_rows(panel) >= row, other, panel.values))


def state_of(forecaster: Forecaster) -> dict[str, bytes]:
    return {name: value.numpy().tobytes() for name, value in forecaster.state().items()}


def test_fit_returns_the_forecaster_and_changes_no_setting(build: Build) -> None:
    forecaster = build()
    before = dict(forecaster.settings())
    assert forecaster.fit(some_panel(), span=SPAN, context=context()) is forecaster
    assert dict(forecaster.settings()) == before


def test_predict_before_fit_is_refused_by_models_that_learn(build_network: Build) -> None:
    with pytest.raises(NotFittedError):
        build_network().predict(some_panel(), CUTOFFS, horizon=H)


def test_inputs_are_left_alone_even_where_they_are_read_only(build: Build) -> None:
    panel, cutoffs = some_panel(), CUTOFFS.copy()
    before = [array.copy() for array in (panel.values, panel.offsets, panel.first)]
    for array in (panel.values, panel.offsets, panel.first, cutoffs):
        array.setflags(write=False)
    fit(build, panel).predict(panel, cutoffs, horizon=2 * H)
    now = [panel.values, panel.offsets, panel.first]
    for place, copy in enumerate(before):
        np.testing.assert_array_equal(now[place], copy)
    np.testing.assert_array_equal(cutoffs, CUTOFFS)


def test_fit_twice_is_fit_once(build: Build) -> None:
    once = fit(build, some_panel())
    twice = fit(build, altered_from(some_panel(), 5, seed=1))
    twice.fit(some_panel(), span=SPAN, context=context())
    assert state_of(twice) == state_of(once)
    np.testing.assert_array_equal(
        twice.predict(some_panel(), CUTOFFS, horizon=H),
        once.predict(some_panel(), CUTOFFS, horizon=H),
    )


@pytest.mark.parametrize("horizon", [1, H, 4 * H + 1])
@pytest.mark.parametrize("n_cutoffs", [0, 1, 3])
def test_forecast_has_series_cutoffs_and_horizon(
    build: Build, horizon: int, n_cutoffs: int
) -> None:
    found = fit(build, some_panel()).predict(some_panel(), CUTOFFS[:n_cutoffs], horizon=horizon)
    assert found.shape == (4, n_cutoffs, horizon)
    assert found.dtype == np.float64
    assert np.isfinite(found).all()


def test_order_of_series_and_cutoffs_does_not_matter(build: Build) -> None:
    panel, order = some_panel(), np.array([2, 0, 3, 1])
    forecaster = fit(build, panel)
    whole = forecaster.predict(panel, CUTOFFS, horizon=2 * H)
    shuffled = forecaster.predict(panel.take(order), CUTOFFS[::-1].copy(), horizon=2 * H)
    np.testing.assert_allclose(shuffled, whole[order][:, ::-1], rtol=1e-5, atol=1e-5)


def test_series_alone_gets_the_forecast_that_it_gets_in_company(build: Build) -> None:
    panel = some_panel()
    forecaster = fit(build, panel)
    whole = forecaster.predict(panel, CUTOFFS, horizon=2 * H)
    for index in range(panel.n_series):
        for place, cutoff in enumerate(CUTOFFS):
            alone = forecaster.predict(
                panel.take(np.array([index])), np.array([cutoff]), horizon=2 * H
            )
            np.testing.assert_allclose(alone[0, 0], whole[index, place], rtol=1e-5, atol=1e-5)


@LAW
@given(seed=st.integers(0, 10_000), cutoff=st.integers(SPAN.stop - 1, ROWS - 1))
def test_no_value_after_the_cutoff_changes_a_bit_of_a_forecast(
    build: Build, seed: int, cutoff: int
) -> None:
    # PEERS.md P2
    panel = some_panel()
    forecaster = fit(build, panel)
    at = np.array([SPAN.stop - 1, cutoff], dtype=np.int64)
    expected = forecaster.predict(panel, at, horizon=2 * H)
    for other in (altered_from(panel, cutoff + 1, seed), panel.slice(0, cutoff + 1)):
        np.testing.assert_array_equal(forecaster.predict(other, at, horizon=2 * H), expected)


@LAW
@given(seed=st.integers(0, 10_000), rows=st.integers(-4, 8))
def test_no_value_after_the_cutoff_changes_a_bit_for_series_never_seen(
    build: Build, seed: int, rows: int
) -> None:
    panel = some_panel()
    stranger = replace(panel, unique_ids=("a", "b", "c", "d"))
    forecaster = fit(build, panel)
    at = np.array([SPAN.stop + rows], dtype=np.int64)
    expected = forecaster.predict(stranger, at, horizon=2 * H)
    other = altered_from(stranger, int(at[0]) + 1, seed)
    np.testing.assert_array_equal(forecaster.predict(other, at, horizon=2 * H), expected)


@LAW
@given(seed=st.integers(0, 10_000), gap=st.integers(0, 3))
def test_no_value_after_the_span_changes_a_bit_of_what_is_learnt(
    build_network: Build, seed: int, gap: int
) -> None:
    panel, span = some_panel(), replace(SPAN, stop=SPAN.stop - gap)
    state = state_of(fit(build_network, panel, span))
    assert {"scaler.center", "scaler.scale", "network.decoder.output.weight"} <= set(state)
    assert state_of(fit(build_network, altered_from(panel, span.stop, seed), span)) == state
    assert state_of(fit(build_network, panel.slice(0, span.stop), span)) == state


def test_values_within_the_span_do_change_what_is_learnt(build_network: Build) -> None:
    # Without this the laws above would hold for a model that learns nothing.
    panel = some_panel()
    state = state_of(fit(build_network, panel))
    nudged = panel.values.copy()
    nudged[SPAN.train_stop - 1] += 1.0
    assert state_of(fit(build_network, replace(panel, values=nudged))) != state


def test_validation_tail_changes_no_scaler(build_network: Build) -> None:
    panel = some_panel()
    state = state_of(fit(build_network, panel))
    other = state_of(fit(build_network, altered_from(panel, SPAN.train_stop, seed=3)))
    assert other["scaler.center"] == state["scaler.center"]
    assert other["scaler.scale"] == state["scaler.scale"]


def test_same_seed_gives_the_same_bytes_whatever_the_caller_drew(build: Build) -> None:
    states = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        np.random.seed(seed)  # noqa: NPY002 - the global state is what must not matter
        states.append(state_of(fit(build, some_panel())))
    assert states[0] == states[1]


def test_saved_and_loaded_gives_the_same_bytes_and_forecasts(build: Build, tmp_path: Path) -> None:
    panel = some_panel()
    forecaster = fit(build, panel)
    bundle = describe(
        Origin(
            config={},
            horizon=H,
            context_length=6,
            season_length=4,
            scaler="standard",
            fingerprint="0" * 64,
            rows=len(panel.values),
        ),
        forecaster,
        panel,
        tail_rows=ROWS,
        intervals=None,
        interval_scale=np.ones(panel.n_series),
    )
    path = tmp_path / "bundle.safetensors"
    save_bundle(path, bundle)
    loaded = load_bundle(path)
    assert serialise(loaded)[1] == path.read_bytes()
    assert loaded.forecaster.name == forecaster.name
    last = np.array([loaded.tail.length - 1], dtype=np.int64)
    np.testing.assert_array_equal(
        loaded.forecaster.predict(loaded.tail, last, horizon=4 * H),
        forecaster.predict(panel, np.array([ROWS - 1]), horizon=4 * H),
    )


def flat(value: float) -> FloatArray:
    return np.full(ROWS, value)


def lone(row: int, value: float = 5.0) -> FloatArray:
    values = np.full(ROWS, np.nan)
    values[row] = value
    return values


DEGENERATE = {
    "constant": make_panel(flat(3.25)),
    "all zero": make_panel(flat(0.0)),
    "one value": make_panel(lone(4)),
    "one value at the cutoff": make_panel(lone(27)),
    "two values": make_panel(np.where(np.arange(ROWS) < 2, 1.0, np.nan)),
    "one row": make_panel(np.array([5.0]), first=(3,)),
    "all missing": make_panel(flat(np.nan)),
    "unequal": make_panel(np.arange(40.0), np.arange(9.0), np.arange(2.0), first=(0, 12, 20)),
    "huge and tiny": make_panel(1e12 + np.arange(40.0), 1e-12 * np.arange(40.0)),
    "beside constants": make_panel(np.sin(np.arange(40.0)), flat(0.0), flat(9.0), lone(4)),
}


@pytest.mark.parametrize("kind", DEGENERATE)
def test_degenerate_series_give_finite_forecasts_or_a_named_refusal(
    build: Build, kind: str
) -> None:
    panel = DEGENERATE[kind]
    try:
        forecaster = fit(build, panel)
    except DataError as error:
        assert error.message  # noqa: PT017 - either is right
        assert forecaster_needs_values(build)
        return
    found = forecaster.predict(panel, CUTOFFS, horizon=2 * H)
    seen = np.array(
        [
            [np.isfinite(panel.at(np.arange(cutoff + 1))[index]).any() for cutoff in CUTOFFS]
            for index in range(panel.n_series)
        ]
    )
    np.testing.assert_array_equal(np.isfinite(found).all(axis=2), seen)
    np.testing.assert_array_equal(np.isnan(found).all(axis=2), ~seen)


def forecaster_needs_values(build: Build) -> bool:
    return build().name not in RULES


@pytest.mark.parametrize("value", [3.25, 0.0, -1e9])
def test_constant_series_is_forecast_as_the_constant(build: Build, value: float) -> None:
    panel = make_panel(flat(value), np.sin(np.arange(float(ROWS))))
    found = fit(build, panel).predict(panel, CUTOFFS, horizon=2 * H)
    np.testing.assert_allclose(found[0], value, rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.int64, np.int8, np.uint16, np.float32])
def test_numbers_of_any_type_in_a_frame_are_forecast(build: Build, dtype: type[np.generic]) -> None:
    frame = pd.DataFrame({"y": (np.arange(ROWS) % 5).astype(dtype)})
    panel = read_panel(frame, columns=ColumnChoice()).panel
    found = fit(build, panel).predict(panel, CUTOFFS, horizon=H)
    assert np.isfinite(found).all()


def test_counted_rows_are_forecast_like_stamped_ones(build: Build) -> None:
    panel = some_panel()
    counted = replace(panel, clock=CountClock(np.full(4, 39, dtype=np.int64), 1, ROWS))
    forecaster = fit(build, panel)
    np.testing.assert_array_equal(
        forecaster.predict(counted, CUTOFFS, horizon=H),
        forecaster.predict(panel, CUTOFFS, horizon=H),
    )
