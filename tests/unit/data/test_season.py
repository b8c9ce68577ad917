from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from forecast.data.arrays import FloatArray
from forecast.data.panel import Panel
from forecast.data.season import detect_season
from forecast.data.times.clock import CountClock

T = np.arange(800)


def panel(*series: FloatArray) -> Panel:
    length = len(series[0])
    offsets = np.arange(len(series) + 1, dtype=np.int64) * length
    last = np.full(len(series), length - 1, dtype=np.int64)
    names = tuple(f"s{index}" for index in range(len(series)))
    first = np.zeros(len(series), dtype=np.int64)
    return Panel(names, np.concatenate(series), offsets, first, CountClock(last, 1, length))


def noise(seed: int, size: int = 800) -> FloatArray:
    return np.random.default_rng(seed).normal(size=size)


def test_the_worked_example_has_season_50() -> None:
    for seed in range(20):
        values = 0.02 * T + 10 * np.sin(2 * np.pi * T / 50) + noise(seed)
        assert detect_season(panel(values), stop=800) == 50


def test_noise_and_walks_have_no_season() -> None:
    white = [detect_season(panel(noise(seed)), stop=800) for seed in range(40)]
    walks = [detect_season(panel(noise(seed).cumsum()), stop=800) for seed in range(40)]
    assert sum(season == 1 for season in white) >= 39
    assert walks == [1] * 40


def test_a_sharp_week_is_found_on_a_walk() -> None:
    week = np.array([0.0, 3.0, 1.0, -2.0, 0.5, 4.0, -3.0])
    assert detect_season(panel(week[T % 7] + 0.3 * noise(1).cumsum()), stop=800) == 7


def test_a_day_is_found_before_its_week() -> None:
    hours = np.arange(2400)
    values = 5 * np.sin(2 * np.pi * hours / 24) + 3 * (hours // 24 % 7 >= 5) + noise(3, 2400)
    assert detect_season(panel(values), stop=2400) == 24


def test_missing_values_do_not_hide_a_season() -> None:
    values = 10 * np.sin(2 * np.pi * T / 50) + noise(2)
    values[np.random.default_rng(1).random(800) < 0.2] = np.nan
    assert detect_season(panel(values), stop=800) == 50


def test_rows_after_the_stop_are_not_seen() -> None:
    values = np.where(T < 400, noise(0), 20 * np.sin(2 * np.pi * T / 20))
    assert detect_season(panel(values), stop=400) == 1
    assert detect_season(panel(values), stop=800) == 20


@pytest.mark.parametrize(
    "values",
    [np.full(100, 3.0), 0.1 * np.arange(100), np.arange(3.0), np.full(50, np.nan), np.zeros(0)],
    ids=["constant", "line", "three values", "all missing", "no rows"],
)
def test_nothing_to_find_is_season_one(values: FloatArray) -> None:
    assert detect_season(panel(values), stop=len(values)) == 1


def test_many_series_cost_no_more_memory_than_the_few_that_are_looked_at() -> None:
    many = panel(*np.random.default_rng(0).normal(size=(20_000, 50)))
    tracemalloc.start()
    try:
        assert detect_season(many, stop=50) == 1
        assert tracemalloc.get_traced_memory()[1] < many.values.nbytes / 2
    finally:
        tracemalloc.stop()


def test_a_long_season_under_noise_is_found_in_many_rows() -> None:
    rows = np.arange(20_000)
    values = np.sin(2 * np.pi * rows / 144) + noise(5, 20_000)
    assert abs(detect_season(panel(values), stop=20_000) - 144) <= 2
    assert detect_season(panel(noise(6, 20_000)), stop=20_000) == 1
