from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.data.arrays import FloatArray, IntArray
from forecast.models.intervals import ConformalIntervals
from forecast.validation.adaptive import adaptive_half_widths

PAST = ConformalIntervals.from_residuals(np.random.default_rng(1).normal(size=(900, 3)))


def every(count: int) -> IntArray:
    return np.arange(count, dtype=np.int64)


def errors_of_doubling_noise(count: int, horizon: int) -> FloatArray:
    noise = np.random.default_rng(2).normal(size=(1, count, horizon))
    noise[:, count // 2 :] *= 2
    return np.abs(noise)


@pytest.mark.parametrize("level", [50.0, 80.0, 90.0])
def test_where_the_noise_doubles_half_way_adaptive_coverage_is_nearer_to_the_level(
    level: float,
) -> None:
    errors = errors_of_doubling_noise(400, 3)
    plain = (errors <= PAST.half_width(level, 3)).mean()
    found = adaptive_half_widths(errors, every(400), PAST, level=level)
    adaptive = (errors <= found.half).mean()
    assert plain < level / 100 - 0.1
    assert abs(adaptive - level / 100) < 0.03
    late = (errors[:, 200:] <= found.half[:, 200:]).mean()
    assert abs(late - level / 100) < 0.06


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    row=st.integers(0, 45),
    step=st.integers(1, 4),
    gamma=st.sampled_from([0.005, 0.05, 0.5]),
)
def test_no_later_value_moves_an_earlier_interval(
    seed: int, row: int, step: int, gamma: float
) -> None:
    rng = np.random.default_rng(seed)
    cutoffs = every(40)[::step]
    target = cutoffs[:, None] + np.arange(1, 4)
    errors = np.abs(rng.normal(size=(2, len(cutoffs), 3)))
    errors[rng.random(errors.shape) < 0.1] = np.nan
    other = np.where(target > row, np.abs(rng.normal(size=errors.shape)) * 9, errors)
    known, changed = (
        adaptive_half_widths(some, cutoffs, PAST, level=80, gamma=gamma).half
        for some in (errors, other)
    )
    before = cutoffs <= row
    np.testing.assert_array_equal(known[:, before], changed[:, before])


def test_what_a_forecast_came_to_moves_the_interval_as_soon_as_it_is_known() -> None:
    errors = np.zeros((1, 8, 3))
    errors[0, 2] = 9.0
    calm = adaptive_half_widths(np.zeros((1, 8, 3)), every(8), PAST, level=80).half[0]
    moved = adaptive_half_widths(errors, every(8), PAST, level=80).half[0] > calm
    for step in range(3):  # the error of step h from cutoff 2 is known at row 2 + h
        assert np.flatnonzero(moved[:, step]).tolist() == [*range(3 + step, 8)]


def test_a_step_size_delays_no_more_than_the_rows_do() -> None:
    errors = np.zeros((1, 5, 3))
    errors[0, 1] = 9.0
    cutoffs = every(10)[::2]
    calm = adaptive_half_widths(np.zeros((1, 5, 3)), cutoffs, PAST, level=80).half[0]
    moved = adaptive_half_widths(errors, cutoffs, PAST, level=80).half[0] > calm
    first = [int(np.flatnonzero(moved[:, step])[0]) for step in range(3)]
    assert first == [2, 2, 3]  # known at rows 3, 4 and 5, the cutoffs being 0, 2, 4, 6, 8


def test_each_series_follows_its_own_misses_and_missing_values_change_nothing() -> None:
    errors = np.stack([np.full((30, 3), 9.0), np.full((30, 3), np.nan)])
    found = adaptive_half_widths(errors, every(30), PAST, level=80).half
    assert (found[0, -1] > found[0, 0]).all()
    np.testing.assert_array_equal(found[1], np.tile(PAST.half_width(80, 3), (30, 1)))


def test_an_interval_is_never_wider_than_the_largest_error_known() -> None:
    errors = np.full((1, 30, 3), 50.0)
    found = adaptive_half_widths(errors, every(30), PAST, level=80, gamma=0.5)
    assert not found.capped[0, 0].any()
    assert found.capped[0, 10:].any(axis=0).all()
    assert found.half[found.capped].tolist() == [50.0] * int(found.capped.sum())
    assert found.half.max() == 50.0


def test_there_is_no_adaptive_interval_where_there_is_no_plain_one() -> None:
    past = ConformalIntervals.from_residuals(np.ones((3, 2)))
    found = adaptive_half_widths(np.ones((1, 4, 3)), every(4), past, level=80)
    assert np.isnan(found.half).all()
    assert not found.capped.any()
