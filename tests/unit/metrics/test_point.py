from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as sklearn_metrics
from utilsforecast import losses

from forecast.data.arrays import FloatArray
from forecast.metrics.point import bias, mae, mape, mse, rmse, smape, wape

Metric: TypeAlias = Callable[[FloatArray, FloatArray], FloatArray]

EVERY: list[Metric] = [mae, mse, rmse, mape, smape, wape, bias]
every_metric = pytest.mark.parametrize("metric", EVERY, ids=lambda metric: metric.__name__)


def numbers(seed: int = 0) -> tuple[FloatArray, FloatArray]:
    rng = np.random.default_rng(seed)
    return rng.normal(5, 4, 200), rng.normal(5, 4, 200)


def second_opinion(metric: str, y: FloatArray, y_hat: FloatArray) -> float:
    frame = pd.DataFrame({"unique_id": "a", "ds": range(len(y)), "y": y, "m": y_hat})
    return float(getattr(losses, metric)(frame, models=["m"])["m"].iloc[0])


@pytest.mark.parametrize(
    ("metric", "factor"), [(mae, 1), (mse, 1), (rmse, 1), (mape, 100), (smape, 200), (bias, -1)]
)
def test_point_equals_utilsforecast(metric: Metric, factor: float) -> None:
    y, y_hat = numbers()
    expected = factor * second_opinion(metric.__name__, y, y_hat)
    assert metric(y, y_hat) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("metric", "name"),
    [
        (mae, "mean_absolute_error"),
        (mse, "mean_squared_error"),
        (rmse, "root_mean_squared_error"),
    ],
)
def test_point_equals_scikit_learn(metric: Metric, name: str) -> None:
    y, y_hat = numbers(1)
    assert metric(y, y_hat) == pytest.approx(getattr(sklearn_metrics, name)(y, y_hat), rel=1e-12)


@every_metric
def test_point_missing_values_are_not_scored(metric: Metric) -> None:
    y, y_hat = numbers()
    with_holes, hat_holes = y.copy(), y_hat.copy()
    with_holes[::5], hat_holes[1::7] = np.nan, np.nan
    kept = ~np.isnan(with_holes + hat_holes)
    assert metric(with_holes, hat_holes) == pytest.approx(metric(y[kept], y_hat[kept]))


@every_metric
def test_point_nothing_to_score_is_undefined(metric: Metric) -> None:
    assert math.isnan(metric(np.array([]), np.array([])))
    assert math.isnan(metric(np.array([1.0, np.nan]), np.array([np.nan, 1.0])))


def test_mape_leaves_out_zero_actuals() -> None:
    assert mape(np.array([0.0, 10.0]), np.array([5.0, 11.0])) == pytest.approx(10.0)
    assert math.isnan(mape(np.zeros(3), np.ones(3)))


def test_smape_leaves_out_points_where_both_are_zero() -> None:
    assert smape(np.array([0.0, 0.0]), np.array([0.0, 3.0])) == 200.0
    assert math.isnan(smape(np.zeros(2), np.zeros(2)))


def test_wape_is_undefined_only_when_every_actual_is_zero() -> None:
    assert wape(np.array([0.0, -10.0]), np.array([5.0, -10.0])) == 50.0
    assert math.isnan(wape(np.zeros(2), np.ones(2)))


def test_bias_of_forecasts_that_are_too_high_is_negative() -> None:
    assert bias(np.array([1.0, 2.0]), np.array([2.0, 5.0])) == -2.0
