"""All seasons that are there, and none that is not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from forecast.data.arrays import FloatArray
from forecast.data.panel import Panel
from forecast.data.profile.seasons import find_seasons
from forecast.data.times.clock import CalendarClock, CountClock
from tests.unit.data.profile.made import noise, panel, wave


def lengths(values: FloatArray, freq: str | None) -> list[int]:
    return [season.length for season in find_seasons(panel(values, freq=freq or "D"), freq)]


def workdays(rows: int) -> FloatArray:
    """A day of 24 hours that is another on two days of seven."""
    hour = np.arange(rows)
    return np.where(hour // 24 % 7 < 5, 5 * wave(rows, 24), wave(rows, 24))


def test_day_and_week_of_hours_are_found() -> None:
    assert lengths(workdays(24 * 70) + 0.5 * noise(24 * 70), "h") == [24, 168]


def test_day_alone_is_no_week() -> None:
    assert lengths(3 * wave(24 * 70, 24) + noise(24 * 70), "h") == [24]


def test_week_and_year_of_days_are_found_though_a_year_has_no_whole_number_of_days() -> None:
    rows = 365 * 8
    values = 3 * wave(rows, 7) + 4 * wave(rows, 365.25) + noise(rows)
    assert lengths(values, "D") == [7, 365]


def test_season_outside_the_calendar_is_found() -> None:
    assert lengths(3 * wave(600, 10) + noise(600), "D") == [10]


@pytest.mark.parametrize(("freq", "season"), [("MS", 12), ("QS", 4), ("W-SUN", 52), ("B", 5)])
def test_season_of_each_step_is_found(freq: str, season: int) -> None:
    assert season in lengths(3 * wave(season * 12, season) + noise(season * 12), freq)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("freq", ["h", "D", "MS", None])
def test_noise_and_random_walks_have_none(freq: str | None, seed: int) -> None:
    assert lengths(noise(900, seed=seed), freq) == []
    assert lengths(np.cumsum(noise(900, seed=seed)), freq) == []


@pytest.mark.parametrize("season", [4, 7, 12, 50])
def test_season_of_counted_rows_is_found(season: int) -> None:
    assert lengths(3 * wave(season * 14, season) + noise(season * 14), None) == [season]


def test_week_of_counted_hours_is_found_beyond_the_day() -> None:
    assert lengths(workdays(24 * 42) + 0.5 * noise(24 * 42), None) == [24, 168]


def test_many_short_series_show_together_what_each_shows_weakly() -> None:
    rows = 60
    weak = [1.5 * wave(rows, 12) + noise(rows, seed=seed) for seed in range(40)]
    offsets = np.arange(41, dtype=np.int64) * rows
    made = Panel(
        tuple(map(str, range(40))),
        np.concatenate(weak),
        offsets,
        np.zeros(40, dtype=np.int64),
        CountClock(np.full(40, rows - 1, dtype=np.int64), 1, rows),
    )
    assert [season.length for season in find_seasons(made, None)] == [12]
    assert lengths(weak[0], None) == []


def test_constant_beside_a_seasonal_series_hides_nothing() -> None:
    made = panel(np.full(300, 2.0), 3 * wave(300, 7) + noise(300), freq="D")
    assert [season.length for season in find_seasons(made, "D")] == [7]


def test_strength_and_what_is_foretold_are_shares() -> None:
    (season,) = find_seasons(panel(2 * wave(700, 7) + noise(700)), "D")
    assert season.strength == pytest.approx(2 / 3, abs=0.05)
    assert season.foretold == pytest.approx(2 / 3, abs=0.05)


def test_zone_does_not_matter() -> None:
    values = 3 * wave(24 * 40, 24) + noise(24 * 40)
    made = panel(values, freq="h")
    zoned = CalendarClock(pd.Timestamp("2024-01-01", tz="Europe/Paris"), "h")
    here = Panel(made.unique_ids, made.values, made.offsets, made.first, zoned)
    assert [season.length for season in find_seasons(here, "h")] == [24]
