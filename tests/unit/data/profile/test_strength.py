"""Strength of trend and season, against series made of known parts."""

from __future__ import annotations

import numpy as np
import pytest

from forecast.data.profile.strength import moving_average, strengths
from tests.unit.data.profile.made import noise, panel, wave


def test_strength_of_a_season_is_the_share_that_it_explains() -> None:
    values = 2 * wave(700, 7) + noise(700)  # variance 2 against 1
    _, seasonal = strengths(panel(values), 7)
    assert seasonal[0] == pytest.approx(2 / 3, abs=0.05)


def test_strength_of_a_trend_is_the_share_that_it_explains() -> None:
    values = 0.05 * np.arange(700) + 3 * wave(700, 7) + noise(700)
    trend, _ = strengths(panel(values), 7)
    variance = np.var(0.05 * np.arange(700))
    assert trend[0] == pytest.approx(variance / (variance + 1), abs=0.02)


def test_pure_noise_is_weak_in_both() -> None:
    trend, seasonal = strengths(panel(noise(1000)), 7)
    assert trend[0] < 0.2
    assert seasonal[0] < 0.05


def test_without_a_season_there_is_no_strength_of_one() -> None:
    trend, seasonal = strengths(panel(np.cumsum(noise(300))), 1)
    assert trend[0] > 0.8
    assert np.isnan(seasonal[0])


def test_constant_and_short_series_have_none_and_do_not_disturb_others() -> None:
    values = 2 * wave(300, 7) + noise(300)
    alone = strengths(panel(values), 7)
    beside = strengths(panel(np.full(300, 5.0), values, [1.0, 2.0, 3.0]), 7)
    for one, several in zip(alone, beside, strict=True):
        assert several[1] == one[0]
        assert np.isnan(several[[0, 2]]).all()


def test_missing_values_change_little() -> None:
    values = 2 * wave(700, 7) + noise(700)
    whole = strengths(panel(values), 7)[1][0]
    values[::9] = np.nan
    assert strengths(panel(values), 7)[1][0] == pytest.approx(whole, abs=0.05)


def test_even_window_counts_its_ends_by_half() -> None:
    values = np.array([1.0, 2.0, 4.0, 8.0, 16.0, 32.0])
    made = panel(values)
    found = moving_average(made, values, np.array([4]))
    assert np.isnan(found[[0, 1, 4, 5]]).all()
    assert found[2] == pytest.approx((0.5 * 1 + 2 + 4 + 8 + 0.5 * 16) / 4)


def test_window_does_not_reach_into_the_next_series() -> None:
    made = panel([1.0, 1.0, 1.0], [9.0, 9.0, 9.0])
    found = moving_average(made, made.values, np.array([3, 3]))
    assert found[[1, 4]].tolist() == [1, 9]
    assert np.isnan(found[[0, 2, 3, 5]]).all()
