from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

from forecast.data import scale
from forecast.data.panel import Panel
from forecast.data.scale import ScalerKind, ScalerScope, fit_scaler
from forecast.data.times.clock import CalendarClock

if TYPE_CHECKING:
    from forecast.data.arrays import FloatArray

KINDS: tuple[ScalerKind, ...] = ("standard", "minmax", "robust", "none")
ESTIMATORS = {"standard": StandardScaler, "minmax": MinMaxScaler, "robust": RobustScaler}


def make_panel(*series: FloatArray, first: tuple[int, ...] | None = None) -> Panel:
    lengths = np.array([len(values) for values in series], dtype=np.int64)
    starts = lengths.max() - lengths if first is None else np.array(first, dtype=np.int64)
    return Panel(
        tuple(f"s{index}" for index in range(len(series))),
        np.concatenate(series).astype(np.float64),
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        starts,
        CalendarClock(pd.Timestamp("2024-01-01"), "D"),
    )


def some_panel() -> Panel:
    rng = np.random.default_rng(0)
    series = [rng.normal(level, spread, n) for level, spread, n in [(0, 1, 40), (1e6, 30, 25)]]
    series.append(rng.lognormal(0, 1, 33))
    series[0][[3, 4, 17]] = np.nan
    return make_panel(*series, first=(0, 15, 2))


@pytest.mark.parametrize("kind", ["standard", "minmax", "robust"])
def test_scaler_of_each_series_equals_scikit_learn_alone(kind: ScalerKind) -> None:
    panel = some_panel()
    fitted = fit_scaler(panel, kind=kind, start=5, stop=30)
    scaled = fitted.transform(panel)
    for index in range(panel.n_series):
        values = panel.series(index)
        rows = np.arange(len(values)) + panel.first[index]
        estimator = ESTIMATORS[kind]().fit(values[(rows >= 5) & (rows < 30), None])
        expected = estimator.transform(values[:, None])[:, 0]
        found = scaled[panel.offsets[index] : panel.offsets[index + 1]]
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


def test_scaler_none_leaves_values_as_they_are() -> None:
    panel = some_panel()
    scaled = fit_scaler(panel, kind="none", start=0, stop=30).transform(panel)
    np.testing.assert_array_equal(scaled, panel.values)


@pytest.mark.parametrize("kind", KINDS)
def test_inverse_of_transform_gives_the_values_back(kind: ScalerKind) -> None:
    panel = some_panel().take(np.array([0]))
    fitted = fit_scaler(panel, kind=kind, start=0, stop=30)
    back = fitted.inverse(fitted.transform(panel)[None, :])
    np.testing.assert_allclose(back[0], panel.values, rtol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("level", [0.0, 0.1, -7.0, 16_777_217.0])
def test_constant_series_is_centred_on_its_value_and_marked(kind: ScalerKind, level: float) -> None:
    panel = make_panel(np.full(30, level), np.arange(30.0))
    fitted = fit_scaler(panel, kind=kind, start=0, stop=30)
    assert fitted.constant.tolist() == [True, False]
    assert fitted.center[0] == level
    assert fitted.divisor[0] == 1.0
    np.testing.assert_array_equal(fitted.transform(panel)[:30], 0.0)


@pytest.mark.parametrize("kind", KINDS)
def test_series_without_a_value_in_the_rows_has_no_scale(kind: ScalerKind) -> None:
    late = np.append(np.full(20, np.nan), np.arange(10.0))
    panel = make_panel(np.arange(30.0), late, np.full(30, np.nan), np.arange(4.0))
    fitted = fit_scaler(panel, kind=kind, start=0, stop=20)
    assert np.isnan(fitted.center).tolist() == [False, True, True, True]
    assert np.isnan(fitted.scale).tolist() == [False, True, True, True]
    assert np.isnan(fitted.transform(panel)[30:]).all()


@pytest.mark.parametrize("kind", KINDS)
def test_scaler_is_the_same_however_many_series_are_fitted_at_once(
    kind: ScalerKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = fit_scaler(some_panel(), kind=kind, start=0, stop=30)
    monkeypatch.setattr(scale, "BLOCK_CELLS", 1)
    parts = fit_scaler(some_panel(), kind=kind, start=0, stop=30)
    np.testing.assert_array_equal(whole.center, parts.center)
    np.testing.assert_array_equal(whole.scale, parts.scale)


@given(
    kind=st.sampled_from(KINDS),
    scope=st.sampled_from(["series", "global"]),
    start=st.integers(0, 10),
    stop=st.integers(11, 39),
    seed=st.integers(0, 99),
)
def test_scaler_does_not_see_rows_outside_its_own(
    kind: ScalerKind, scope: ScalerScope, start: int, stop: int, seed: int
) -> None:
    panel = some_panel()
    before = fit_scaler(panel, kind=kind, start=start, stop=stop, scope=scope)
    rng = np.random.default_rng(seed)
    row = np.arange(len(panel.values)) - np.repeat(panel.offsets[:-1] - panel.first, panel.lengths)
    outside = (row < start) | (row >= stop)
    panel.values[outside] = rng.choice([np.nan, -1e20, 0.0, 1e20], outside.sum())
    after = fit_scaler(panel, kind=kind, start=start, stop=stop, scope=scope)
    np.testing.assert_array_equal(before.center, after.center)
    np.testing.assert_array_equal(before.scale, after.scale)


def test_robust_scale_of_mostly_equal_values_is_their_deviation() -> None:
    rare = np.where(np.arange(40) % 10 == 0, 50.0, 0.0)  # its middle half is all zeros
    panel = make_panel(rare, np.arange(40.0))
    fitted = fit_scaler(panel, kind="robust", start=0, stop=40)
    assert fitted.center[0] == 0.0
    assert fitted.scale[0] == pytest.approx(rare.std())
    assert fitted.scale[1] == 19.5  # the interquartile range, as ever
    assert not fitted.constant.any()


@pytest.mark.parametrize("kind", ["standard", "minmax", "robust"])
def test_global_scaler_equals_scikit_learn_on_all_values_together(kind: ScalerKind) -> None:
    panel = some_panel()
    fitted = fit_scaler(panel, kind=kind, start=5, stop=30, scope="global")
    together = panel.matrix(5, 30).reshape(-1, 1)
    estimator = ESTIMATORS[kind]().fit(together)
    expected = estimator.transform(panel.values[:, None])[:, 0]
    np.testing.assert_allclose(fitted.transform(panel), expected, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(fitted.inverse(fitted.transform(panel)[None, :])[0], panel.values)


@pytest.mark.parametrize("kind", KINDS)
def test_constant_series_keeps_out_of_a_global_scaler(kind: ScalerKind) -> None:
    wave = np.sin(np.arange(30.0))
    alone = fit_scaler(make_panel(wave), kind=kind, start=0, stop=30, scope="global")
    panel = make_panel(wave, np.full(30, 1e9), np.zeros(30), np.full(30, np.nan))
    fitted = fit_scaler(panel, kind=kind, start=0, stop=30, scope="global")
    assert (fitted.center[0], fitted.scale[0]) == (alone.center[0], alone.scale[0])
    assert fitted.constant.tolist() == [False, True, True, False]
    scaled = fitted.transform(panel)
    np.testing.assert_array_equal(scaled[30:90], 0.0)
    assert np.isnan(scaled[90:]).all()


def test_series_never_seen_takes_the_global_scale_unless_it_is_constant() -> None:
    known = fit_scaler(some_panel(), kind="standard", start=0, stop=30, scope="global")
    strangers = make_panel(np.arange(30.0), np.full(30, 4.0), np.full(30, np.nan))
    own = fit_scaler(strangers, kind="standard", start=0, stop=30).sharing(known.shared)
    assert known.shared is not None
    assert [own.center[0], own.scale[0]] == known.shared.tolist()
    assert [own.center[1], own.scale[1]] == [4.0, 0.0]
    assert np.isnan(own.scale[2])


def test_global_scaler_of_constants_leaves_a_new_series_its_own() -> None:
    known = fit_scaler(make_panel(np.ones(9)), kind="standard", start=0, stop=9, scope="global")
    strangers = make_panel(np.arange(9.0))
    own = fit_scaler(strangers, kind="standard", start=0, stop=9)
    shared = own.sharing(known.shared)
    assert (shared.center[0], shared.scale[0]) == (own.center[0], own.scale[0])
