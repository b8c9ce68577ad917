from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.preprocessing import PowerTransformer

from forecast.data.arrays import FloatArray
from forecast.data.covariates import Covariate, Covariates
from forecast.data.panel import Panel
from forecast.data.times.clock import CalendarClock
from forecast.data.transform import (
    PLAIN,
    Target,
    TargetTransform,
    TransformKind,
    fit_transform,
    observed_before,
)

ELEMENTWISE: tuple[TransformKind, ...] = ("log1p", "sqrt", "box-cox")
ANY_FLOAT = st.floats(allow_nan=False, allow_infinity=False)
POSITIVE = arrays(np.float64, st.integers(2, 30), elements=st.floats(1e-6, 1e9))
POWERS = st.one_of(st.sampled_from([0.0, 5e-324, 1e-12, 0.5, 1.0]), st.floats(0, 1))


def make_panel(*series: FloatArray, first: tuple[int, ...] | None = None) -> Panel:
    lengths = np.array([len(values) for values in series], dtype=np.int64)
    return Panel(
        tuple(f"s{index}" for index in range(len(series))),
        np.concatenate(series).astype(np.float64),
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        np.zeros(len(series), dtype=np.int64) if first is None else np.array(first, dtype=np.int64),
        CalendarClock(pd.Timestamp("2024-01-01"), "D"),
    )


def fitted(kind: TransformKind, power: float = 0.3, *, floor: bool = False) -> TargetTransform:
    """A transform of one series."""
    parameter = np.array([power]) if kind == "box-cox" else None
    return TargetTransform(Target(kind, non_negative=floor), parameter)


def seasonal(lag: int) -> Target:
    return Target("difference") if lag == 1 else Target("seasonal-difference", lag)


@pytest.mark.parametrize("kind", ELEMENTWISE)
@given(values=POSITIVE, power=POWERS)
def test_inverse_gives_the_values_back(
    kind: TransformKind, values: FloatArray, power: float
) -> None:
    transform = fitted(kind, power)
    back = transform.backward(transform.forward(values[None, :]))
    np.testing.assert_allclose(back[0], values, rtol=1e-9)
    applied = transform.apply(make_panel(values))
    np.testing.assert_array_equal(applied.values, transform.forward(values[None, :])[0])


@given(
    values=arrays(np.float64, st.integers(4, 40), elements=st.floats(-1e6, 1e6)),
    lag=st.integers(1, 6),
    place=st.integers(0, 39),
    holes=st.sets(st.integers(0, 39)),
)
def test_true_differences_after_a_cutoff_give_the_true_values_back(
    values: FloatArray, lag: int, place: int, holes: set[int]
) -> None:
    cutoff = min(max(place, lag - 1), len(values) - 1)
    kept = [row for row in holes if row <= cutoff - lag]
    values[kept] = np.nan
    panel = make_panel(values)
    transform = fit_transform(panel, seasonal(lag), start=0, stop=cutoff + 1)
    horizon = len(values) - 1 - cutoff
    rows = np.array([cutoff], dtype=np.int64)
    changes = transform.apply(panel).horizon_after(rows, horizon)
    last = values[cutoff - lag + 1 : cutoff + 1]
    steady = transform.parameter is not None and np.isfinite(transform.parameter).any()
    transform = replace(transform, parameter=None) if steady else transform
    found = transform.cumulate(changes, np.resize(last, (1, 1, horizon)))
    np.testing.assert_allclose(found[0, 0], values[cutoff + 1 :], rtol=1e-9, atol=1e-6)


@pytest.mark.parametrize("lag", [1, 3])
def test_difference_from_or_to_a_missing_value_is_missing(lag: int) -> None:
    values = np.arange(12.0) ** 2
    values[5] = np.nan
    found = TargetTransform(seasonal(lag)).apply(make_panel(values, np.ones(2), first=(4, 0)))
    assert found.first.tolist() == [4 + lag, min(lag, 2)]
    assert found.lengths.tolist() == [12 - lag, max(2 - lag, 0)]
    missing = np.flatnonzero(np.isnan(found.series(0))) + lag
    assert missing.tolist() == [5, 5 + lag]
    assert found.series(0)[0] == lag**2


@given(z=ANY_FLOAT, power=POWERS)
@pytest.mark.parametrize(("kind", "least"), [("log1p", -1.0), ("sqrt", 0.0), ("box-cox", 0.0)])
def test_any_forecast_inverts_to_a_finite_value_of_the_domain(
    kind: TransformKind, least: float, z: float, power: float
) -> None:
    values = fitted(kind, power).backward(np.array([[z]]))
    assert np.isfinite(values).all()
    assert values[0, 0] >= least
    assert fitted(kind, power, floor=True).backward(np.array([[z]]))[0, 0] >= 0


@given(pair=st.tuples(ANY_FLOAT, ANY_FLOAT), power=POWERS)
@pytest.mark.parametrize("kind", ELEMENTWISE)
def test_larger_forecast_never_inverts_to_a_smaller_value(
    kind: TransformKind, pair: tuple[float, float], power: float
) -> None:
    low, high = fitted(kind, power).backward(np.array([sorted(pair)]))[0]
    assert low <= high


@pytest.mark.parametrize("seed", range(4))
def test_power_is_the_one_that_scikit_learn_finds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    many = [rng.gamma(1 + seed, 100.0, size=200), 1e-3 * rng.gamma(3, size=150) ** 2]
    powers = fit_transform(make_panel(*many), Target("box-cox"), start=0, stop=200).parameter
    assert powers is not None
    for found, values in zip(powers, many, strict=True):
        expected = PowerTransformer(method="box-cox").fit(values[:, None]).lambdas_[0]
        assert found == pytest.approx(min(max(expected, 0), 1), abs=1e-3)


def test_power_does_not_depend_on_neighbours_or_on_the_unit() -> None:
    one = np.random.default_rng(0).gamma(2, size=80)
    panel = make_panel(one, 1e12 * one, np.full(80, 3.0), np.full(80, np.nan), one[::-1])
    powers = fit_transform(panel, Target("box-cox"), start=0, stop=80).parameter
    alone = fit_transform(make_panel(one), Target("box-cox"), start=0, stop=80).parameter
    assert powers is not None
    assert alone is not None
    np.testing.assert_allclose(powers[[0, 1, 4]], alone[0], atol=1e-6)
    assert powers[2] == 1  # a constant has no shape to find
    assert np.isnan(powers[3])


@pytest.mark.parametrize("kind", [*ELEMENTWISE, "difference", "seasonal-difference"])
def test_fit_sees_only_its_rows(kind: TransformKind) -> None:
    target = Target(kind, 4 if kind == "seasonal-difference" else 1)
    rng = np.random.default_rng(1)
    series = [rng.gamma(2, size=60), np.arange(60.0) + 1, np.tile([1.0, 2, 3, 4], 15)]
    panel = make_panel(*series, first=(0, 5, 2))
    rows = np.arange(180) - np.repeat(panel.offsets[:-1] - panel.first, panel.lengths)
    changed = np.where((rows < 10) | (rows >= 45), 1e6, panel.values)
    before = fit_transform(panel, target, start=10, stop=45).parameter
    after = fit_transform(replace(panel, values=changed), target, start=10, stop=45).parameter
    assert (before is None) == (after is None)
    if before is not None and after is not None:
        np.testing.assert_array_equal(before, after)
        assert np.isfinite(before).any()


@pytest.mark.parametrize("lag", [1, 4])
def test_habit_of_a_series_is_found_through_rounding_and_gaps(lag: int) -> None:
    line = 1e6 + 0.1 * np.arange(50.0)
    line[[7, 20, 21]] = np.nan
    season = np.tile([0.1, 0.2, 0.3, 0.7], 13)[:50] + 3.3
    panel = make_panel(line, season, np.r_[5.0, 9.0], np.sin(np.arange(50.0)), first=(0, 0, 9, 0))
    transform = fit_transform(panel, seasonal(lag), start=0, stop=50)
    assert transform.parameter is not None
    steady = transform.parameter.tolist()
    assert steady[0] == pytest.approx(0.1 * lag, rel=1e-6)
    assert np.isnan(steady[3])
    if lag == 1:
        assert steady[2] == 0  # one difference is no habit
    else:
        assert steady[1] == 0
    changes = transform.apply(panel)
    seen = changes.series(0)[np.isfinite(changes.series(0))]
    assert np.ptp(seen) == 0  # what rounding leaves is no signal that a scaler would blow up


def test_plain_transform_changes_nothing_for_any_number_of_series() -> None:
    panel = make_panel(np.array([1.0, -2.0, np.nan]), np.zeros(2))
    assert PLAIN.apply(panel) is panel
    values = np.array([[1.0, np.nan], [-5.0, 2.0]])
    np.testing.assert_array_equal(PLAIN.backward(PLAIN.forward(values)), values)


def test_observed_values_are_counted_up_to_each_cutoff() -> None:
    panel = make_panel(np.array([1.0, np.nan, 2.0]), np.ones(2), np.ones(0), first=(1, 2, 0))
    found = observed_before(panel, np.array([-1, 0, 1, 2, 3, 9], dtype=np.int64))
    assert found.tolist() == [[0, 0, 1, 1, 2, 2], [0, 0, 0, 1, 2, 2], [0] * 6]


@pytest.mark.parametrize(
    "target",
    [
        Target("cube root"),  # type: ignore[arg-type]
        Target("log1p", 12),
        Target("difference", 2),
        Target("seasonal-difference", 0),
        Target("seasonal-difference", True),
        Target("none", 1, "yes"),  # type: ignore[arg-type]
    ],
)
def test_target_that_nobody_can_ask_for_is_refused(target: Target) -> None:
    with pytest.raises(ValueError, match=r"season_length|transform|non_negative"):
        target.check()


@pytest.mark.parametrize("target", [Target("log1p"), Target("difference"), seasonal(3)])
def test_covariates_keep_their_rows_beside_transformed_values(target: Target) -> None:
    panel = make_panel(np.arange(1.0, 8.0), np.array([5.0, 2.0]), np.arange(4.0), first=(0, 5, 3))
    row = np.arange(len(panel.values)) - np.repeat(panel.offsets[:-1] - panel.first, panel.lengths)
    beside = Covariates(
        (Covariate("row", "future"),),
        row[:, None].astype(np.float64),
        (Covariate("size", "static"),),
        np.arange(3.0)[:, None],
    )
    found = TargetTransform(target).apply(replace(panel, covariates=beside))
    assert found.covariates is not None
    at = np.arange(len(found.values)) - np.repeat(found.offsets[:-1] - found.first, found.lengths)
    assert found.covariates.values[:, 0].tolist() == at.tolist()
    assert found.covariates.static.tolist() == beside.static.tolist()
    assert found.covariates.every == beside.every
    assert found.length == panel.length
