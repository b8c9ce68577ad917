"""Where a mean steps to another level and stays."""

from __future__ import annotations

import numpy as np
import pytest

from forecast.data.profile.shifts import exact_row, find_shifts
from tests.unit.data.profile.made import noise, panel, wave


@pytest.mark.parametrize("place", [120, 203, 300])
def test_step_is_found_at_its_row_with_both_levels(place: int) -> None:
    values = 100 + noise(400) + 2 * wave(400, 7)
    values[place:] += 20
    made = panel(values)
    found = find_shifts(made, 7)
    assert exact_row(made, found, 0) == pytest.approx(place, abs=2)
    assert found.before[0] == pytest.approx(100, abs=1.5)
    assert found.after[0] == pytest.approx(120, abs=1.5)


def test_step_down_in_the_second_of_two_series_is_found_there() -> None:
    steady, stepped = noise(300), noise(200, seed=1)
    stepped[80:] -= 30
    made = panel(steady, stepped)
    found = find_shifts(made, 1)
    assert found.row[0] == -1
    assert exact_row(made, found, 1) == pytest.approx(380, abs=1)


def test_step_behind_a_gap_is_found() -> None:
    values = noise(400)
    values[200:] += 20
    values[150:200] = np.nan
    made = panel(values)
    found = find_shifts(made, 1)
    assert 150 <= exact_row(made, found, 0) <= 200


@pytest.mark.parametrize("seed", range(20))
def test_noise_and_random_walks_have_none(seed: int) -> None:
    walk = np.cumsum(noise(500, seed=seed))
    assert find_shifts(panel(walk), 1).row.tolist() == [-1]
    assert find_shifts(panel(noise(500, seed=seed)), 7).row.tolist() == [-1]


def test_trend_and_slow_wave_have_none() -> None:
    trend = 0.5 * np.arange(400) + noise(400)
    slow = 10 * wave(400, 180) + noise(400)
    assert find_shifts(panel(trend, slow), 7).row.tolist() == [-1, -1]


def test_excursion_that_comes_back_is_no_new_level() -> None:
    values = noise(400)
    values[200:215] += 20
    assert find_shifts(panel(values), 1).row.tolist() == [-1]


def test_short_series_have_none() -> None:
    assert find_shifts(panel([1, 1, 1, 9, 9, 9]), 1).row.tolist() == [-1]
