"""Cycles of the calendar in local time, and public holidays."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from forecast.data.calendar import FEATURES, automatic_features, calendar_channels, channel_count
from forecast.data.times.clock import CalendarClock, CountClock
from forecast.errors import UsageError

COUNTED = CountClock(np.array([9]), 1, 10)


def clock(origin: str, freq: str, zone: str | None = None) -> CalendarClock:
    return CalendarClock(pd.Timestamp(origin, tz=zone), freq)


@pytest.mark.parametrize(
    ("freq", "rows", "features"),
    [
        ("h", 9000, ("hour", "dayofweek")),
        ("h", 24 * 365 * 3, ("hour", "dayofweek", "dayofyear")),
        ("h", 40, ()),
        ("15min", 96 * 20, ("hour", "dayofweek")),
        ("D", 400, ("dayofweek",)),
        ("D", 800, ("dayofweek", "dayofyear")),
        ("W-SUN", 200, ("dayofyear",)),
        ("MS", 36, ("month",)),
        ("ME", 12, ()),
        ("QS", 12, ("month",)),
        ("YS", 60, ()),
    ],
)
def test_automatic_features_turn_twice_and_are_longer_than_a_step(
    freq: str, rows: int, features: tuple[str, ...]
) -> None:
    assert automatic_features(clock("2020-01-01", freq), rows=rows) == features


def test_counted_rows_have_no_calendar() -> None:
    assert automatic_features(COUNTED, rows=10) == ()
    with pytest.raises(UsageError, match="rows are only counted"):
        calendar_channels(COUNTED, ("hour",), rows=3)


def test_cycle_is_a_circle_that_closes() -> None:
    channels = calendar_channels(clock("2024-01-01", "h"), ("hour", "dayofweek"), rows=24 * 7 + 1)
    assert channels.shape == (169, channel_count(("hour", "dayofweek"), None))
    np.testing.assert_allclose(channels[:, 0] ** 2 + channels[:, 1] ** 2, 1)
    np.testing.assert_allclose(channels[0], channels[168], atol=1e-12)
    np.testing.assert_allclose(channels[0, :2], [0, 1], atol=1e-12)  # midnight
    np.testing.assert_allclose(channels[6, :2], [1, 0], atol=1e-12)  # six o'clock


@pytest.mark.parametrize("name", FEATURES)
def test_every_feature_stays_on_the_unit_circle(name: str) -> None:
    channels = calendar_channels(clock("2023-12-31 21:15", "7min"), (name,), rows=300)
    np.testing.assert_allclose((channels**2).sum(axis=1), 1)


def test_p12_hours_are_local_ones_across_a_clock_change() -> None:
    berlin = clock("2024-03-30", "h", "Europe/Berlin")  # 23 hours on the 31st
    channels = calendar_channels(berlin, ("hour",), rows=24 + 23 + 1)
    np.testing.assert_allclose(channels[24], channels[47], atol=1e-12)  # both midnight


def test_holidays_are_counted_in_each_step() -> None:
    pytest.importorskip("holidays", reason="the extra 'calendar' is not installed")
    daily = calendar_channels(clock("2024-12-23", "D"), (), rows=5, holidays="DE")[:, 0]
    assert daily.tolist() == [0, 0, 1, 1, 0]
    hourly = calendar_channels(clock("2024-12-24 22:00", "h"), (), rows=4, holidays="DE")[:, 0]
    assert hourly.tolist() == [0, 0, 1, 1]
    monthly = calendar_channels(clock("2024-11-01", "MS"), (), rows=3, holidays="DE")[:, 0]
    assert monthly.tolist() == [0, 2, 1]
    ends = calendar_channels(clock("2024-11-30", "ME"), (), rows=3, holidays="DE")[:, 0]
    assert ends.tolist() == [0, 2, 1]
    fortnights = calendar_channels(clock("2024-12-16", "14D"), (), rows=3, holidays="DE")[:, 0]
    assert fortnights.tolist() == [2, 1, 0]
    halves = calendar_channels(clock("2024-12-24 00:00", "12h"), (), rows=4, holidays="DE")[:, 0]
    assert halves.tolist() == [0, 0, 1, 1]


def test_part_of_a_country_has_its_own_holidays() -> None:
    pytest.importorskip("holidays", reason="the extra 'calendar' is not installed")
    at = clock("2024-03-08", "D")  # Women's Day, in Berlin only
    assert calendar_channels(at, (), rows=1, holidays="DE-BE")[0, 0] == 1
    assert calendar_channels(at, (), rows=1, holidays="DE")[0, 0] == 0


@pytest.mark.parametrize("country", ["XX", "DE-QQ", "Germania", "utils", "HolidayBase"])
def test_unknown_country_is_refused(country: str) -> None:
    pytest.importorskip("holidays", reason="the extra 'calendar' is not installed")
    with pytest.raises(UsageError, match=country) as caught:
        calendar_channels(clock("2024-01-01", "D"), (), rows=3, holidays=country)
    assert "ISO code" in str(caught.value.fix)
