from __future__ import annotations

import math

import numpy as np
import pytest

from forecast.data.panel import Panel, Span
from forecast.data.times.clock import CountClock
from forecast.data.transform import AS_IT_IS, Target, TargetTransform, TransformKind
from forecast.models.intervals import (
    KEPT_LEVELS,
    ConformalIntervals,
    Spread,
    fit_spread,
    interval_columns,
    needed,
)


def exact(sizes: np.ndarray, level: float) -> float:
    """Half-width from every residual, by the definition."""
    rank = math.ceil(round((len(sizes) + 1) * level / 100, 9))
    return float(np.sort(np.abs(sizes))[rank - 1]) if rank <= len(sizes) else math.nan


def assert_rounded_outward(found: np.ndarray, wanted: list[float]) -> None:
    """Equal in single precision and nowhere narrower."""
    np.testing.assert_allclose(found, wanted, rtol=2e-7)
    assert (np.nan_to_num(found) >= np.nan_to_num(np.array(wanted))).all()


@pytest.mark.parametrize("count", [1, 4, 19, 20, 200, 208])
@pytest.mark.parametrize("level", [50.0, 61.8, 80.0, 95.0, 99.5])
def test_half_width_is_the_finite_sample_order_statistic(count: int, level: float) -> None:
    residuals = np.random.default_rng(count).normal(size=(count, 3))
    found = ConformalIntervals.from_residuals(residuals).half_width(level, 3)
    assert_rounded_outward(found, [exact(column, level) for column in residuals.T])


@pytest.mark.parametrize("count", [209, 999, 1000, 1500, 12345])
@pytest.mark.parametrize("level", [0.5, 50.0, 80.0, 95.0, 99.3, 99.5, 99.9])
def test_half_width_at_a_usual_level_is_kept_by_thinning(count: int, level: float) -> None:
    residuals = np.random.default_rng(count).normal(size=(count, 1))
    pool = ConformalIntervals.from_residuals(residuals)
    assert pool.scores.shape == (1, len(KEPT_LEVELS))
    assert pool.counts.tolist() == [count]
    assert_rounded_outward(pool.half_width(level, 1), [exact(residuals[:, 0], level)])


def test_half_width_of_an_odd_level_is_never_too_narrow_after_thinning() -> None:
    residuals = np.random.default_rng(0).normal(size=(5000, 1))
    pool = ConformalIntervals.from_residuals(residuals)
    for level in [*np.linspace(0.1, 99.9, 333), 99.95, 99.98]:
        wanted = exact(residuals[:, 0], float(level))
        assert pool.half_width(float(level), 1)[0] >= wanted
    assert np.isnan(pool.half_width(99.99, 1)[0])


@pytest.mark.parametrize("factor", [1e-300, 1e-42, 1.0, 1e30, 1e300])
def test_no_size_of_residuals_loses_a_score(factor: float) -> None:
    residuals = factor * np.random.default_rng(0).uniform(1, 2, size=(30, 2))
    pool = ConformalIntervals.from_residuals(residuals)
    assert np.isfinite(pool.scores).all()
    assert (pool.half_width(80.0, 2) > 0).all()


def test_intervals_of_a_long_horizon_stay_small() -> None:
    residuals = np.random.default_rng(0).normal(size=(1500, 4 * 720))
    assert ConformalIntervals.from_residuals(residuals).scores.nbytes < 2_500_000


@pytest.mark.parametrize("level", [50.0, 80.0, 90.0, 95.0, 99.0])
def test_needed_is_the_fewest_residuals_that_give_an_interval(level: float) -> None:
    few = needed(level)
    enough = ConformalIntervals.from_residuals(np.ones((few, 1)))
    short = ConformalIntervals.from_residuals(np.ones((few - 1, 1)))
    assert enough.half_width(level, 1)[0] == 1.0
    assert np.isnan(short.half_width(level, 1)[0])


def test_half_width_beyond_the_scored_steps_is_missing() -> None:
    pool = ConformalIntervals.from_residuals(np.ones((30, 2)))
    assert np.isnan(pool.half_width(80.0, 4)).tolist() == [False, False, True, True]
    assert pool.half_width(80.0, 1).tolist() == [1.0]


def test_from_residuals_steps_may_have_unequal_counts() -> None:
    residuals = np.array([[1.0, np.nan], [-2.0, 5.0], [3.0, np.nan], [4.0, np.nan]])
    pool = ConformalIntervals.from_residuals(residuals)
    assert pool.counts.tolist() == [4, 1]
    assert pool.scores.tolist() == [[1, 2, 3, 4], [5, np.inf, np.inf, np.inf]]
    assert np.isnan(pool.half_width(80.0, 2)).tolist() == [False, True]


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (5, 0)])
def test_from_residuals_without_any_gives_no_interval(shape: tuple[int, int]) -> None:
    pool = ConformalIntervals.from_residuals(np.empty(shape))
    assert pool.steps == shape[1]
    assert np.isnan(pool.half_width(80.0, 2)).all()


def test_half_width_covers_what_it_promises_on_exchangeable_errors() -> None:
    rng = np.random.default_rng(1)
    inside = [
        abs(rng.normal())
        <= ConformalIntervals.from_residuals(rng.normal(size=(30, 1))).half_width(80.0, 1)[0]
        for _ in range(2000)
    ]
    assert 0.78 < np.mean(inside) < 0.84  # the theory: between 80 % and 80 % + 1 / 31


def test_interval_scale_is_the_training_deviation_of_four_values_that_are_not_alike() -> None:
    values = np.array([1.0, 3.0, 1.0, 3.0, 100.0, *[5.0] * 5, 9.0, np.nan, 1.0, 2.0, np.nan])
    panel = Panel(
        ("varied", "constant", "short"),
        values,
        np.array([0, 5, 10, 15], dtype=np.int64),
        np.zeros(3, dtype=np.int64),
        CountClock(np.zeros(3, dtype=np.int64), 1, 5),
    )
    spread = fit_spread(panel, Span(0, 4, 5), AS_IT_IS)
    np.testing.assert_array_equal(spread.scale, [1.0, np.nan, np.nan])
    y_hat = np.ones((3, 1, 2))
    assert np.isnan(spread.residuals(y_hat + 1, y_hat)[1:]).all()
    assert np.isnan(spread.around(y_hat, np.ones(2))[0][1:]).all()
    assert spread.notes(y_hat) == (
        "2 of 3 series have no interval: constant, or fewer than 4 values",
    )


def test_interval_columns_drop_needless_decimals() -> None:
    assert interval_columns("gru", 97.5) == ("gru-lo-97.5", "gru-hi-97.5")


@pytest.mark.parametrize("kind", ["log1p", "sqrt", "box-cox"])
def test_interval_of_a_transform_is_lopsided_and_keeps_to_its_domain(kind: TransformKind) -> None:
    rng = np.random.default_rng(0)
    panel = Panel(
        ("a", "b"), np.concatenate([np.exp(rng.normal(size=60)), 1e3 + rng.gamma(2, size=60)]),
        np.array([0, 60, 120]), np.array([0, 0]), CountClock(np.array([59, 59]), 1, 60),
    )  # fmt: skip
    spread = fit_spread(panel, Span(0, 60, 60), Target(kind))
    y_hat = np.array([[0.01, 1.0, 5.0], [1000.0, 1001.0, 1002.0]])
    low, high = spread.around(y_hat, np.array([0.5, 1.0, 50.0]))
    least = -1.0 if kind == "log1p" else 0.0
    assert (low >= least).all()
    assert (low < y_hat).all()
    assert (high[0] - y_hat[0] > y_hat[0] - low[0]).all()
    narrow = spread.around(y_hat, np.array([0.1, 0.2, 0.3]))
    assert (narrow[0] >= low).all()
    assert (narrow[1] <= high).all()
    edges = np.stack(spread.around(y_hat, np.full(3, 0.05)))[:, :, None]
    for edge in edges:
        np.testing.assert_allclose(np.abs(spread.residuals(edge, y_hat[:, None])), 0.05)


def test_interval_of_a_difference_is_made_in_units_of_the_file() -> None:
    values = np.arange(30.0) ** 2
    panel = Panel(
        ("a",), values, np.array([0, 30]), np.array([0]), CountClock(np.array([29]), 1, 30)
    )
    spread = fit_spread(panel, Span(0, 30, 30), Target("difference"))
    assert spread.scale.tolist() == [values.std()]
    low, high = spread.around(np.array([[900.0]]), np.array([2.0]))
    np.testing.assert_allclose([low[0, 0], high[0, 0]], 900 + 2 * values.std() * np.array([-1, 1]))


def test_interval_is_clipped_at_zero_where_that_was_asked_for() -> None:
    spread = Spread(np.ones(1), TargetTransform(Target(non_negative=True)))
    low, high = spread.around(np.array([[0.5, 0.0]]), np.array([2.0, 1.0]))
    assert low.tolist() == [[0.0, 0.0]]
    assert high.tolist() == [[2.5, 1.0]]


def test_forecast_outside_the_domain_has_no_interval_and_a_note_says_so() -> None:
    spread = Spread(np.ones(1), TargetTransform(Target("log1p")))
    low, high = spread.around(np.array([[-5.0, 1.0]]), np.array([1.0, 1.0]))
    assert np.isnan(low).tolist() == np.isnan(high).tolist() == [[True, False]]
    assert spread.notes(np.array([[-5.0, 1.0, np.nan]])) == (
        "1 forecast has no interval: log1p does not take such values",
    )
    assert spread.notes(np.array([[1.0]])) == ()
