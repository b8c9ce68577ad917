from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.data.join import join_panels
from forecast.data.load import Reading, read_panel
from forecast.data.table.columns import ColumnChoice
from forecast.data.table.treatment import Treatment
from forecast.data.times.observed import ObservedClock, observe
from forecast.errors import FrequencyError, UsageError

HOURS = pd.date_range("2024-01-01", "2024-03-01", freq="h")
OPEN = HOURS[(HOURS.day_of_week < 5) & (HOURS.hour >= 9) & (HOURS.hour < 17)]
OBSERVED = Treatment(calendar="observed")


def read(stamps: pd.DatetimeIndex, treatment: Treatment = OBSERVED) -> Reading:
    frame = pd.DataFrame({"ds": stamps, "y": np.arange(float(len(stamps)))})
    return read_panel(frame, columns=ColumnChoice(), treatment=treatment)


def test_nights_and_weekends_without_rows_are_no_gaps() -> None:
    found = read(OPEN)
    assert found.absent == 0
    assert not np.isnan(found.panel.values).any()
    assert read(OPEN, Treatment()).absent > 500  # without the calendar they are
    assert "from 09:00 to 16:00, 40 steps a week" in found.notes[0]


def test_a_holiday_inside_is_absent() -> None:
    found = read(OPEN[OPEN.normalize() != pd.Timestamp("2024-01-17")])
    assert found.absent == 8
    assert np.flatnonzero(np.isnan(found.panel.values))[0] == 12 * 8


@pytest.mark.parametrize("zone", [None, "Europe/Paris", "UTC"])
def test_forecast_stamps_are_of_the_same_kinds(zone: str | None) -> None:
    clock = read(OPEN[:200].tz_localize(zone)).panel.clock
    ahead = clock.stamps(np.zeros(1, np.int64), np.arange(200, len(OPEN), dtype=np.int64))
    assert list(ahead) == list(OPEN[200:].tz_localize(zone))


def test_trading_days_have_a_week_of_five_steps_and_opening_hours_a_day_of_eight() -> None:
    days = pd.date_range("2024-01-01", periods=60, freq="B")
    clocks = [read(stamps).panel.clock for stamps in (days, OPEN)]
    assert all(isinstance(clock, ObservedClock) for clock in clocks)
    assert [clock.season for clock in clocks if isinstance(clock, ObservedClock)] == [5, 8]


@given(
    kinds=st.sets(st.integers(0, 7 * 24 - 1), min_size=1, max_size=60),
    start=st.integers(0, 400),
    count=st.integers(1, 90),
)
def test_a_row_has_the_stamp_that_has_that_row(kinds: set[int], start: int, count: int) -> None:
    weeks = pd.date_range("2023-12-25", periods=60 * 7 * 24, freq="h")
    of_kind = weeks[np.isin((weeks.day_of_week * 24 + weeks.hour).to_numpy(), list(kinds))]
    stamps = of_kind[start % 30 : start % 30 + count]
    hour = 3_600_000_000
    clock = observe(stamps, freq="h", kinds=tuple(sorted(kind * hour for kind in kinds)))
    assert list(clock.grid(len(stamps))) == list(stamps)
    assert clock.positions(stamps).tolist() == list(range(len(stamps)))
    last = stamps[-1] + pd.Timedelta("1min")
    assert clock.position(last.isoformat()) == len(stamps) - 1
    assert clock.shifted(3).grid(1)[0] == clock.grid(4)[3]
    assert clock.position("1999-01-01") == -1


def test_newer_rows_join_by_the_calendar_of_the_training_file() -> None:
    tail = read(OPEN[:200]).panel.tail(50)
    assert isinstance(tail.clock, ObservedClock)
    known = Treatment(calendar="observed", kinds=tail.clock.kinds)
    joined = join_panels(tail, read(OPEN[190:203], known).panel)
    assert joined.panel.length == 53
    assert joined.panel.clock.grid(53)[-1] == OPEN[202]  # type: ignore[union-attr]
    with pytest.raises(FrequencyError, match="of a kind that the observed calendar does not have"):
        read(pd.DatetimeIndex(["2024-03-02 10:00", "2024-03-02 11:00"]), known)


def test_irregular_stamps_make_no_calendar() -> None:
    steps = np.random.default_rng(0).integers(100, 9000, 80).cumsum()
    with pytest.raises(FrequencyError, match=r"80 stamps are of \d+ kinds"):
        read(pd.Timestamp("2024-01-01") + pd.to_timedelta(steps, unit="s"))


def test_months_and_counts_have_no_weekly_calendar() -> None:
    with pytest.raises(UsageError, match="shorter than a week"):
        read(pd.date_range("2020-01-01", periods=30, freq="MS"))
    with pytest.raises(UsageError, match="needs dates"):
        read_panel(pd.DataFrame({"y": [1.0, 2.0, 3.0]}), columns=ColumnChoice(), treatment=OBSERVED)
