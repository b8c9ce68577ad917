from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from forecast.data.arrays import BoolArray, FloatArray, IntArray
from forecast.data.panel import Panel, Span
from forecast.data.scale import ScalerScope
from forecast.data.times.clock import CalendarClock
from forecast.data.transform import Target, TransformKind
from forecast.errors import DataError, NotEnoughDataError, NotFittedError
from forecast.models.forecaster import FitContext, Setting
from forecast.models.naive import Drift
from forecast.models.neural import FitSettings, NeuralForecaster
from forecast.models.registry import restore
from forecast.models.transformed import TransformedForecaster
from forecast.networks.shape import NetworkShape
from forecast.training.monitor import SILENT
from forecast.training.plan import TrainingPlan

H, L, ROWS, SEASON = 3, 8, 80, 4
SPAN = Span(0, 60, 70)
CONTEXT = FitContext("gru, fold 1 of 1", 0, 1, 0, SILENT)
PLAN = TrainingPlan(
    epochs=2,
    stop_after=2,
    max_steps=None,
    batch_size=16,
    learning_rate=1e-2,
    weight_decay=0.01,
    gradient_clip=1.0,
    schedule="cosine",
    warmup=2,
    patience=5,
)
KINDS: tuple[TransformKind, ...] = (
    "none",
    "log1p",
    "sqrt",
    "box-cox",
    "difference",
    "seasonal-difference",
)


def target_of(kind: TransformKind) -> Target:
    return Target(kind, SEASON if kind == "seasonal-difference" else 1)


def make_panel(*series: FloatArray, first: tuple[int, ...] | None = None) -> Panel:
    lengths = np.array([len(values) for values in series], dtype=np.int64)
    return Panel(
        tuple(f"s{index}" for index in range(len(series))),
        np.concatenate(series).astype(np.float64),
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        np.zeros(len(series), dtype=np.int64) if first is None else np.array(first, dtype=np.int64),
        CalendarClock(pd.Timestamp("2024-01-01"), "D"),
    )


def wave(rows: int = ROWS, *, level: float = 50.0, seed: int = 0) -> FloatArray:
    noise = np.random.default_rng(seed).normal(size=rows)
    values: FloatArray = level + 10 * np.sin(np.arange(rows) * np.pi / 2) + noise
    return values


def some_panel() -> Panel:
    """A whole series, one with gaps, one that begins late; all above 0."""
    gaps = wave(level=30, seed=1)
    gaps[[0, 1, 30, 31, 32, 63]] = np.nan
    return make_panel(wave(), gaps, wave(45, seed=2), first=(0, 0, 35))


def build(
    target: Target, *, scope: ScalerScope = "series", plan: TrainingPlan = PLAN
) -> TransformedForecaster:
    shape = NetworkShape("gru", L, H, segment_length=2, hidden_size=4)
    fitting = FitSettings(plan, start="season", device="cpu", threads=1)
    inner = NeuralForecaster(shape, scaler="standard", fitting=fitting, scope=scope)
    return TransformedForecaster(inner, target)


def fitted(
    kind: TransformKind, panel: Panel | None = None, *, scope: ScalerScope = "series"
) -> TransformedForecaster:
    forecaster = build(target_of(kind), scope=scope)
    return forecaster.fit(panel or some_panel(), span=SPAN, context=CONTEXT)


def at(*cutoffs: int) -> IntArray:
    return np.array(cutoffs, dtype=np.int64)


def with_rows_after(panel: Panel, cutoff: int, values: FloatArray) -> Panel:
    """The panel up to ``cutoff`` with ``values`` (N, rows) as what happened next."""
    length = cutoff + 1 + values.shape[1]
    matrix = np.concatenate([panel.matrix(0, cutoff + 1).T, values], axis=1)
    return replace(
        panel,
        values=matrix.reshape(-1),
        offsets=np.arange(panel.n_series + 1, dtype=np.int64) * length,
        first=np.zeros(panel.n_series, dtype=np.int64),
    )


@pytest.mark.parametrize("scope", ["series", "global"])
@pytest.mark.parametrize("kind", KINDS)
def test_p11_forecast_of_three_horizons_equals_three_chained_calls(
    kind: TransformKind, scope: ScalerScope
) -> None:
    panel, cutoff = some_panel(), 72
    forecaster = fitted(kind, scope=scope)
    whole = forecaster.predict(panel, at(cutoff), horizon=3 * H)[:, 0]
    known = np.zeros((panel.n_series, 0))
    for block in range(3):
        now = with_rows_after(panel, cutoff, known)
        following = forecaster.predict(now, at(cutoff + block * H), horizon=H)[:, 0]
        known = np.concatenate([known, following], axis=1)
    np.testing.assert_allclose(whole, known, rtol=1e-4)


@pytest.mark.parametrize("scope", ["series", "global"])
@pytest.mark.parametrize("kind", KINDS)
def test_restored_forecaster_gives_the_same_bits(kind: TransformKind, scope: ScalerScope) -> None:
    panel, forecaster = some_panel(), fitted(kind, scope=scope)
    again = restore("gru", forecaster.settings(), forecaster.state(), unique_ids=panel.unique_ids)
    assert (again.name, again.parameters) == ("gru", forecaster.parameters)
    assert dict(again.settings()) == dict(forecaster.settings())
    strangers = replace(panel, unique_ids=("s1", "new", "newer"))
    for seen in (panel, strangers):
        np.testing.assert_array_equal(
            again.predict(seen, at(50, 79), horizon=4 * H),
            forecaster.predict(seen, at(50, 79), horizon=4 * H),
        )


@pytest.mark.parametrize("scope", ["series", "global"])
@pytest.mark.parametrize("kind", KINDS)
def test_constant_series_are_forecast_as_the_constant_beside_others(
    kind: TransformKind, scope: ScalerScope
) -> None:
    levels = np.array([0.1, 7.0, 1e6])
    panel = make_panel(wave(), *(np.full(ROWS, level) for level in levels))
    found = fitted(kind, panel, scope=scope).predict(panel, at(50, 79), horizon=4 * H)
    np.testing.assert_allclose(found[1:], np.ones((3, 2, 4 * H)) * levels[:, None, None])
    assert np.isfinite(found).all()
    assert np.ptp(found[0]) > 1


@pytest.mark.parametrize("kind", KINDS)
def test_constant_neighbour_does_not_shrink_the_others(kind: TransformKind) -> None:
    panel = make_panel(wave(), np.full(ROWS, 1e9))
    state = fitted(kind, panel, scope="global").state()
    alone = fitted(kind, make_panel(wave()), scope="global").state()
    assert torch.equal(state["scaler.shared"], alone["scaler.shared"])


@pytest.mark.parametrize("kind", ["difference", "seasonal-difference"])
def test_series_that_was_constant_and_jumps_goes_on_at_its_new_level(kind: TransformKind) -> None:
    jumped = np.full(ROWS, 5.0)
    jumped[75:] = 105.0
    panel = make_panel(wave(), jumped)
    found = fitted(kind, panel).predict(panel, at(79), horizon=4 * H)[1, 0]
    np.testing.assert_allclose(found, 105.0)


def test_straight_line_goes_on_under_a_difference() -> None:
    line = 7 + 0.3 * np.arange(float(ROWS))
    panel = make_panel(wave(), line[:76])
    found = fitted("difference", panel).predict(panel, at(75), horizon=9)[1, 0]
    np.testing.assert_allclose(found, 7 + 0.3 * np.arange(76, 85), rtol=1e-9)


def test_pure_season_goes_on_under_a_seasonal_difference() -> None:
    season = np.tile([1.0, 5.0, 2.0, 8.0], ROWS // 4)
    season[70] = np.nan
    panel = make_panel(wave(), season)
    found = fitted("seasonal-difference", panel).predict(panel, at(70), horizon=9)[1, 0]
    np.testing.assert_allclose(found, [8, 1, 5, 2, 8, 1, 5, 2, 8])


@pytest.mark.parametrize("kind", KINDS)
def test_one_observed_value_is_repeated(kind: TransformKind) -> None:
    lone = np.full(ROWS, np.nan)
    lone[20] = 3.5
    panel = make_panel(wave(), lone, np.r_[4.0, 9.0], np.full(5, np.nan), first=(0, 0, 76, 70))
    found = fitted(kind, panel).predict(panel, at(77), horizon=2 * H)[:, 0]
    np.testing.assert_allclose(found[1], 3.5, rtol=1e-9)
    assert np.isfinite(found[2]).all()
    assert np.isnan(found[3]).all()


@pytest.mark.parametrize("kind", ["difference", "seasonal-difference"])
def test_two_values_of_a_new_series_show_no_habit(kind: TransformKind) -> None:
    panel = some_panel()
    forecaster = fitted(kind, panel)
    lag = forecaster.target.lag
    rows = np.full(lag + 1, 4.0)
    rows[-1] = 9.0
    found = forecaster.predict(replace(make_panel(rows), unique_ids=("new",)), at(lag), horizon=6)
    assert set(np.round(found[0, 0], 9)) <= {4.0, 9.0}


def test_new_series_finds_its_power_in_its_own_rows_up_to_the_cutoff() -> None:
    panel = some_panel()
    forecaster = fitted("box-cox", panel)
    skewed = np.exp(np.random.default_rng(4).normal(size=ROWS))
    stranger = replace(make_panel(skewed), unique_ids=("new",))
    found = forecaster.predict(stranger, at(40, 79), horizon=H)
    for place, cutoff in enumerate((40, 79)):
        alone = forecaster.predict(stranger.slice(0, cutoff + 1), at(cutoff), horizon=H)
        np.testing.assert_allclose(found[:, place], alone[:, 0], rtol=1e-5)
    assert (found > 0).all()


def test_growth_by_a_factor_is_forecast_better_in_logarithms() -> None:
    rows = np.arange(160)
    growth = np.exp(0.04 * rows + 0.2 * np.sin(rows * np.pi / 2))
    panel = make_panel(growth)
    span, cutoffs = Span(0, 110, 130), np.arange(135, 155, dtype=np.int64)
    plan = replace(PLAN, epochs=12, stop_after=12, learning_rate=5e-3)
    errors = {}
    for kind in ("none", "log1p"):
        forecaster = build(Target(kind), plan=plan)
        forecaster.fit(panel, span=span, context=CONTEXT)
        found = forecaster.predict(panel, cutoffs, horizon=H)
        errors[kind] = np.abs(found - panel.horizon_after(cutoffs, H)).mean()
    assert errors["log1p"] < 0.7 * errors["none"]


@pytest.mark.parametrize("kind", KINDS)
def test_forecast_clipped_at_zero_is_the_other_one_clipped(kind: TransformKind) -> None:
    panel = make_panel(wave(level=0.3)) if kind in ("none", "difference") else some_panel()
    cutoffs = np.arange(40, 79, dtype=np.int64)
    plain = fitted(kind, panel).predict(panel, cutoffs, horizon=2 * H)
    clipped = build(replace(target_of(kind), non_negative=True))
    found = clipped.fit(panel, span=SPAN, context=CONTEXT).predict(panel, cutoffs, horizon=2 * H)
    np.testing.assert_array_equal(found, np.maximum(plain, 0))
    negative: BoolArray = plain < 0
    assert negative.any() == (kind in ("none", "difference"))


def test_rule_is_clipped_and_restored() -> None:
    falling = make_panel(np.arange(40.0)[::-1])
    rule = TransformedForecaster(Drift(), Target(non_negative=True))
    rule.fit(falling, span=Span(0, 40, 40), context=CONTEXT)
    found = rule.predict(falling, at(38), horizon=4)
    assert found.tolist() == [[[0.0, 0.0, 0.0, 0.0]]]
    again = restore("drift", rule.settings(), rule.state(), unique_ids=("s0",))
    assert again.predict(falling, at(30), horizon=3).tolist() == [[[8.0, 7.0, 6.0]]]


def test_values_that_a_transform_cannot_take_are_refused_by_fit_and_predict() -> None:
    panel = some_panel()
    later = panel.values.copy()
    later[72] = -5.0
    forecaster = fitted("log1p", replace(panel, values=later))  # after the span
    with pytest.raises(DataError, match="'s0' has the value -5 at 2024-03-13"):
        forecaster.predict(replace(panel, values=later), at(72), horizon=H)
    forecaster.predict(replace(panel, values=later), at(71), horizon=H)
    with pytest.raises(DataError, match="log1p takes values above -1"):
        fitted("log1p", make_panel(wave(level=0)))


def test_training_rows_without_a_pair_to_subtract_are_refused() -> None:
    every_other = np.where(np.arange(ROWS) % 2 == 0, wave(), np.nan)
    with pytest.raises(
        NotEnoughDataError, match=r"30 values, and no two are next to each other"
    ) as caught:
        fitted("difference", make_panel(every_other))
    assert "--transform none" in str(caught.value.fix)


def test_predict_before_fit_is_refused() -> None:
    forecaster = build(Target("log1p"))
    with pytest.raises(NotFittedError):
        forecaster.predict(some_panel(), at(70), horizon=H)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("target.transform", "exp"),
        ("target.transform", "log1p"),
        ("target.season_length", 10**9),
        ("target.season_length", "4"),
        ("target.non_negative", 1),
        ("target.colour", "red"),
        ("scaler_scope", "everyone"),
    ],
)
def test_settings_of_a_forged_target_are_refused(name: str, value: Setting) -> None:
    forecaster = fitted("box-cox")
    settings = {**forecaster.settings(), name: value}
    with pytest.raises(ValueError, match=r"target|transform|season|non_negative|scaler|tensor"):
        restore("gru", settings, forecaster.state(), unique_ids=some_panel().unique_ids)


@pytest.mark.parametrize(
    "numbers",
    [
        torch.zeros(2, dtype=torch.float64),
        torch.zeros(3),
        torch.full((3,), torch.inf, dtype=torch.float64),
        torch.full((3,), -2.0, dtype=torch.float64),
        None,
    ],
)
def test_forged_powers_are_refused(numbers: torch.Tensor | None) -> None:
    forecaster = fitted("box-cox")
    state = {name: value for name, value in forecaster.state().items() if "target" not in name}
    if numbers is not None:
        state["target.parameter"] = numbers
    with pytest.raises(ValueError, match=r"target\.parameter|power"):
        restore("gru", forecaster.settings(), state, unique_ids=some_panel().unique_ids)
