"""Values far from the seasons beside."""

from __future__ import annotations

import numpy as np
import pytest

from forecast.data.profile.outliers import find_outliers
from tests.unit.data.profile.made import noise, panel, wave


@pytest.mark.parametrize("place", [0, 3, 100, 199])
def test_one_far_value_is_found_wherever_it_stands(place: int) -> None:
    values = 10 * wave(200, 7) + noise(200)
    values[place] += 30
    found = find_outliers(panel(values), 7)
    assert found.rows.tolist() == [place]
    assert found.scores[0] > 5


def test_outlier_within_the_range_of_the_season_is_found() -> None:
    values = 10 * wave(210, 7) + 0.5 * noise(210)
    low = int(np.argmin(values[100:107])) + 100
    values[low] = 9.0  # high for its weekday, not for the series
    assert find_outliers(panel(values), 7).rows.tolist() == [low]


def test_furthest_comes_first_and_each_series_has_its_own_count() -> None:
    first, second = noise(100), noise(150, seed=1)
    first[50] += 20
    second[30] += 15
    second[90] -= 40
    found = find_outliers(panel(first, second), 1)
    assert found.rows.tolist()[0] == 190
    assert sorted(found.rows.tolist()) == [50, 130, 190]
    assert found.counts.tolist() == [1, 2]


def test_scale_of_a_neighbour_does_not_matter() -> None:
    small, large = noise(100), 1e6 * noise(100, seed=1)
    small[50] += 20
    assert find_outliers(panel(small, large), 1).rows.tolist() == [50]


@pytest.mark.parametrize("seed", range(5))
def test_noise_a_season_and_a_trend_have_none(seed: int) -> None:
    grown = np.arange(300) * 2.0 + 5 * wave(300, 7) + noise(300, seed=seed)
    assert len(find_outliers(panel(grown), 7).rows) == 0


def test_level_shift_is_no_outlier() -> None:
    values = noise(200)
    values[100:] += 50
    assert len(find_outliers(panel(values), 7).rows) == 0


def test_series_that_mostly_stands_still_has_no_scale_to_judge_by() -> None:
    values = np.full(100, 3.0)
    values[::20] = 500
    assert len(find_outliers(panel(values), 1).rows) == 0


def test_missing_values_are_no_outliers_and_hide_none() -> None:
    values = noise(200)
    values[20:40] = np.nan
    values[100] += 30
    assert find_outliers(panel(values), 7).rows.tolist() == [100]


def test_series_shorter_than_two_seasons_have_none() -> None:
    assert len(find_outliers(panel([1, 2, 900, 1]), 7).rows) == 0
