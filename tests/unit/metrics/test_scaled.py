from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from utilsforecast import losses

from forecast.data.panel import Panel
from forecast.data.times.clock import CountClock
from forecast.metrics.scaled import (
    mase,
    owa,
    rmsse,
    seasonal_scale,
    seasonal_scales,
    seasonal_square_scales,
    skill,
    training_deviation,
)

if TYPE_CHECKING:
    from forecast.data.arrays import FloatArray


def frames(season: int) -> tuple[FloatArray, FloatArray, FloatArray, pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(season)
    train, y, y_hat = rng.normal(size=60).cumsum(), rng.normal(size=12), rng.normal(size=12)
    past = pd.DataFrame({"unique_id": "a", "ds": range(60), "y": train})
    future = pd.DataFrame({"unique_id": "a", "ds": range(60, 72), "y": y, "m": y_hat})
    return train, y, y_hat, past, future


@pytest.mark.parametrize("season", [1, 7, 12])
def test_mase_equals_utilsforecast(season: int) -> None:
    train, y, y_hat, past, future = frames(season)
    expected = losses.mase(future, models=["m"], seasonality=season, train_df=past)["m"].iloc[0]
    found = mase(y, y_hat, in_sample=train, season_length=season)
    assert found == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("season", [1, 7, 12])
def test_rmsse_equals_utilsforecast(season: int) -> None:
    train, y, y_hat, past, future = frames(season)
    expected = losses.rmsse(future, models=["m"], seasonality=season, train_df=past)["m"].iloc[0]
    found = rmsse(y, y_hat, in_sample=train, season_length=season)
    assert found == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("in_sample", [np.full(9, 4.0), np.arange(3.0), np.full(9, np.nan)])
def test_scaled_without_a_scale_is_undefined(in_sample: FloatArray) -> None:
    y = np.ones(2)
    assert math.isnan(mase(y, 2 * y, in_sample=in_sample, season_length=3))
    assert math.isnan(rmsse(y, 2 * y, in_sample=in_sample, season_length=3))


def test_seasonal_scale_uses_only_pairs_where_both_are_observed() -> None:
    assert seasonal_scale(np.array([1.0, np.nan, 4.0, 9.0, 4.0, 10.0]), 2) == pytest.approx(4 / 3)


def ragged() -> Panel:
    rng = np.random.default_rng(3)
    lengths, first = [20, 5, 0, 12, 1], [0, 15, 20, 2, 19]
    values = rng.normal(size=sum(lengths))
    values[::6] = np.nan
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    clock = CountClock(np.zeros(5, dtype=np.int64), 1, 20)
    return Panel(tuple("abcde"), values, offsets, np.array(first, dtype=np.int64), clock)


@pytest.mark.parametrize("bounds", [(0, 20), (4, 17), (0, 3), (19, 20)])
@pytest.mark.parametrize("season", [1, 3, 25])
def test_seasonal_scales_equal_the_scale_of_each_series(
    bounds: tuple[int, int], season: int
) -> None:
    panel = ragged()
    rows = panel.slice(*bounds)
    expected = [seasonal_scale(rows.series(i), season) for i in range(panel.n_series)]
    found = seasonal_scales(panel, *bounds, season_length=season)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_training_deviation_is_the_population_deviation_of_the_rows() -> None:
    panel = ragged()
    found = training_deviation(panel, 4, 19)
    for index in range(4):
        values = panel.slice(4, 19).series(index)
        values = values[~np.isnan(values)]
        expected = values.std() if values.size else np.nan
        np.testing.assert_allclose(found[index], expected, rtol=1e-12)


def test_training_deviation_of_a_constant_series_is_exactly_nothing() -> None:
    values = np.full(400, 0.1)  # the mean of which is not 0.1 in floating point
    clock = CountClock(np.zeros(1, dtype=np.int64), 1, 400)
    offsets, first = np.array([0, 400]), np.zeros(1, dtype=np.int64)
    assert training_deviation(Panel(("a",), values, offsets, first, clock), 0, 400) == [0.0]


def test_skill_is_the_share_of_the_error_avoided() -> None:
    assert skill(0.71, 0.92) == pytest.approx(1 - 0.71 / 0.92)
    assert skill(2.0, 1.0) == -1.0
    assert math.isnan(skill(1.0, 0.0))
    assert math.isnan(skill(math.nan, 1.0))


@pytest.mark.parametrize("season", [1, 5])
def test_squared_scales_equal_those_of_rmsse(season: int) -> None:
    rng = np.random.default_rng(season)
    series = [rng.normal(size=rows) for rows in (30, 12, 3)]
    lengths = np.array([len(values) for values in series])
    panel = Panel(
        ("a", "b", "c"),
        np.concatenate(series),
        np.concatenate([[0], lengths.cumsum()]),
        30 - lengths,
        CountClock(np.full(3, 29), 1, 30),
    )
    found = seasonal_square_scales(panel, 0, 30, season_length=season)
    for values, scale in zip(series, found, strict=True):
        expected = rmsse(np.ones(2), np.zeros(2), in_sample=values, season_length=season)
        assert 1 / scale == pytest.approx(expected, nan_ok=True)


def test_owa_of_the_m4_hourly_seasonal_naive() -> None:
    found = owa(13.912, 1.193, reference_smape=18.383, reference_mase=2.395)
    assert found == pytest.approx(0.627, abs=5e-4)
    assert math.isnan(owa(1.0, 1.0, reference_smape=0.0, reference_mase=1.0))
