"""Laws of the measures, for any forecasts."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from forecast.data.arrays import FloatArray
from forecast.metrics.aggregate import POINT_METRICS, aggregate
from forecast.metrics.point import bias, mae, mape, mse, rmse, smape, wape
from forecast.metrics.scaled import mase, rmsse, skill
from forecast.metrics.sums import Outcome
from forecast.models.intervals import ConformalIntervals

Metric: TypeAlias = Callable[[FloatArray, FloatArray], FloatArray]

ABSOLUTE: list[Metric] = [mae, mse, rmse, mape, smape, wape]
RELATIVE: list[Metric] = [mape, smape, wape]
size = st.integers(1, 30)
value = st.floats(-1e3, 1e3).map(lambda number: round(number, 3))


@st.composite
def pairs(draw: st.DrawFn) -> tuple[FloatArray, FloatArray]:
    count = draw(size)
    arrays = hnp.arrays(np.float64, count, elements=value)
    return draw(arrays), draw(arrays)


@pytest.mark.parametrize("metric", ABSOLUTE, ids=lambda metric: metric.__name__)
@given(pair=pairs())
def test_metric_is_never_negative_and_zero_for_a_perfect_forecast(
    metric: Metric, pair: tuple[FloatArray, FloatArray]
) -> None:
    y, y_hat = pair
    assert not metric(y, y_hat) < 0
    perfect = metric(y, y)
    assert perfect == 0 or (math.isnan(perfect) and metric in RELATIVE)


@pytest.mark.parametrize("metric", RELATIVE, ids=lambda metric: metric.__name__)
@given(pair=pairs(), factor=st.sampled_from([0.25, 2.0, 1024.0]))
def test_relative_metric_does_not_depend_on_the_unit(
    metric: Metric, pair: tuple[FloatArray, FloatArray], factor: float
) -> None:
    y, y_hat = pair
    found = metric(factor * y, factor * y_hat)
    assert found == pytest.approx(metric(y, y_hat), nan_ok=True)


@given(pair=pairs(), shift=st.integers(-1000, 1000))
def test_absolute_error_does_not_depend_on_the_level(
    pair: tuple[FloatArray, FloatArray], shift: int
) -> None:
    y, y_hat = pair
    assert mae(y + shift, y_hat + shift) == pytest.approx(mae(y, y_hat), abs=1e-9)


@given(pair=pairs())
def test_bias_is_within_mae_and_mae_within_rmse(pair: tuple[FloatArray, FloatArray]) -> None:
    y, y_hat = pair
    slack = 1 + 1e-12
    assert abs(bias(y, y_hat)) <= mae(y, y_hat) * slack
    assert mae(y, y_hat) <= rmse(y, y_hat) * slack


@given(pair=pairs())
def test_smape_is_symmetric_and_at_most_two_hundred(pair: tuple[FloatArray, FloatArray]) -> None:
    y, y_hat = pair
    assert smape(y, y_hat) == pytest.approx(smape(y_hat, y), nan_ok=True)
    assert not smape(y, y_hat) > 200 + 1e-9


@given(
    train=hnp.arrays(np.float64, st.integers(3, 40), elements=value),
    pair=pairs(),
    season=st.integers(1, 5),
    factor=st.sampled_from([0.5, 4.0]),
)
def test_scaled_errors_do_not_depend_on_unit_or_level(
    train: FloatArray, pair: tuple[FloatArray, FloatArray], season: int, factor: float
) -> None:
    y, y_hat = pair
    for metric in (mase, rmsse):
        plain = metric(y, y_hat, in_sample=train, season_length=season)
        other = metric(
            factor * y + 8, factor * y_hat + 8, in_sample=factor * train + 8, season_length=season
        )
        assert other == pytest.approx(plain, nan_ok=True, rel=1e-6, abs=1e-9)


@given(error=st.floats(0, 1e6), reference=st.floats(1e-3, 1e6))
def test_skill_is_at_most_one_and_its_sign_says_who_is_better(
    error: float, reference: float
) -> None:
    found = skill(error, reference)
    assert found <= 1
    assert (found > 0) == (error / reference < 1)


@given(
    seed=st.integers(0, 1000),
    shape=st.tuples(st.integers(1, 4), st.integers(2, 6), st.integers(1, 5)),
    cut=st.integers(1, 5),
)
def test_aggregate_does_not_depend_on_how_cutoffs_are_split_or_series_ordered(
    seed: int, shape: tuple[int, int, int], cut: int
) -> None:
    rng = np.random.default_rng(seed)
    y, y_hat = rng.normal(3, 2, shape), rng.normal(3, 2, shape)
    y[rng.random(shape) < 0.2] = np.nan
    scale = rng.uniform(1, 2, (3, shape[0]))
    whole = aggregate([Outcome(y, y_hat, *scale)]).metrics
    parts = [
        Outcome(y[:, :cut], y_hat[:, :cut], *scale),
        Outcome(y[:, cut:], y_hat[:, cut:], *scale),
    ]
    turned = Outcome(y[::-1], y_hat[::-1], *scale[:, ::-1])
    for name in POINT_METRICS:
        expected = pytest.approx(whole[name]) if whole[name] is not None else None
        assert aggregate(parts).metrics[name] == expected
        assert aggregate([turned]).metrics[name] == expected


@given(
    residuals=hnp.arrays(
        np.float64,
        st.tuples(st.integers(0, 60), st.integers(1, 3)),
        elements=value | st.just(math.nan),
    ),
    levels=st.tuples(st.floats(1, 99), st.floats(1, 99)),
)
def test_interval_widens_with_its_level_and_covers_its_share(
    residuals: FloatArray, levels: tuple[float, float]
) -> None:
    pool = ConformalIntervals.from_residuals(residuals)
    low, high = (pool.half_width(level, 3) for level in sorted(levels))
    both = ~np.isnan(high)
    assert (low[both] <= high[both]).all()
    for step in np.flatnonzero(both[: residuals.shape[1]]):
        sizes = np.abs(residuals[:, step][~np.isnan(residuals[:, step])])
        assert (sizes <= high[step]).mean() >= max(levels) / 100 - 1e-9
