from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from forecast.data.times.clock import CalendarClock, CountClock
from forecast.errors import UsageError

MONTHS = CalendarClock(pd.Timestamp("2024-01-31"), "ME")
HOURS = CalendarClock(pd.Timestamp("2024-03-30 23:00", tz="Europe/Paris"), "h")
DAYS = CalendarClock(pd.Timestamp("2024-03-30", tz="Europe/Paris"), "D")
COUNTS = CountClock(np.array([100, 40], dtype=np.int64), 2, 11)


def test_stamps_follow_the_calendar_across_month_ends() -> None:
    stamps = MONTHS.stamps(np.array(0), np.array([0, 1, 3]))
    assert [stamp.isoformat()[:10] for stamp in stamps] == [
        "2024-01-31",
        "2024-02-29",
        "2024-04-30",
    ]


def test_stamps_of_an_hourly_grid_skip_the_hour_that_summer_time_takes() -> None:
    stamps = HOURS.stamps(np.array(0), np.arange(5))
    assert [stamp.hour for stamp in stamps] == [23, 0, 1, 3, 4]


def test_counts_run_to_the_last_count_of_each_series() -> None:
    assert COUNTS.stamps(np.array([0, 1]), np.array([10, 9])).tolist() == [100, 38]


@pytest.mark.parametrize(
    ("moment", "row"),
    [
        ("2024-01-30", -1),
        ("2024-01-31", 0),
        ("2024-02-28", 0),
        ("2024-02-29", 1),
        ("2024-05-01", 3),
    ],
)
def test_position_is_the_last_stamp_not_after_the_moment(moment: str, row: int) -> None:
    assert MONTHS.position(moment) == row


@pytest.mark.parametrize(("moment", "row"), [("100", 10), ("99", 9), ("80", 0), ("10", -1)])
def test_position_of_a_count_is_the_last_row_not_after_it(moment: str, row: int) -> None:
    assert COUNTS.position(moment) == row


@pytest.mark.parametrize("moment", ["", " ", "NaT", "soon", "12:30", "today", "2024-13-45"])
@pytest.mark.parametrize("clock", [MONTHS, HOURS, COUNTS], ids=["months", "hours", "counts"])
def test_position_of_no_moment_is_refused_with_an_example(
    clock: CalendarClock | CountClock, moment: str
) -> None:
    with pytest.raises(UsageError, match=repr(moment)) as caught:
        clock.position(moment)
    assert caught.value.location == "flag --cutoff"
    assert caught.value.fix


@pytest.mark.parametrize(
    "moment", ["01.02.2024", "02/01/2024", "2024Q1", "9999-12-31T23:59Z", "9" * 99]
)
def test_position_of_a_date_that_may_be_misread_is_refused(moment: str) -> None:
    with pytest.raises(UsageError, match="is not a date"):
        HOURS.position(moment)


def test_position_of_another_zone_is_the_same_instant() -> None:
    assert HOURS.position("2024-03-31T01:00Z") == HOURS.position("2024-03-31 03:00") == 3
    assert HOURS.position("2024-03-30T18:00-05:00") == 1
    assert DAYS.position("2024-03-30T23:30Z") == DAYS.position("2024-03-31") == 1


def test_position_of_a_moment_with_zone_is_refused_where_the_data_have_none() -> None:
    with pytest.raises(UsageError, match="names a time zone, and the times of the data have none"):
        MONTHS.position("2024-03-31T01:00Z")


@pytest.mark.parametrize(
    ("moment", "local"),
    [
        ("2024-03-31 02:30", "2024-03-31T01:00:00+01:00"),  # is left out: nothing later is seen
        ("2024-10-27 02:30", "2024-10-27T02:00:00+02:00"),  # occurs twice: the first
        ("2024-10-27 02:30+01:00", "2024-10-27T02:00:00+01:00"),
    ],
)
def test_position_of_an_hour_that_clocks_skip_or_repeat(moment: str, local: str) -> None:
    assert HOURS.label(0, HOURS.position(moment)) == local


def test_a_day_without_midnight_is_that_day() -> None:
    days = CalendarClock(pd.Timestamp("2018-11-01", tz="America/Sao_Paulo"), "D")
    assert days.position("2018-11-04") == 3
    assert days.label(0, 3) == "2018-11-04T01:00:00-02:00"


@pytest.mark.parametrize("clock", [MONTHS, HOURS, COUNTS, DAYS], ids=str)
def test_a_label_is_a_moment_at_that_row(clock: CalendarClock | CountClock) -> None:
    assert [clock.position(clock.label(0, row)) for row in range(9)] == list(range(9))


def test_position_far_away_builds_no_grid() -> None:
    seconds = CalendarClock(pd.Timestamp("2024-01-01"), "s")
    assert seconds.position("9998-12-31") > 10**11


def test_position_reads_a_moment_without_zone_in_the_zone_of_the_data() -> None:
    assert HOURS.position("2024-03-31 03:00") == 3


@pytest.mark.parametrize("clock", [MONTHS, HOURS, COUNTS], ids=["months", "hours", "counts"])
def test_shifted_clock_tells_the_same_moments(clock: CalendarClock | CountClock) -> None:
    rows = np.arange(4)
    later = clock.shifted(3).stamps(np.array(0), rows)
    assert later.tolist() == clock.stamps(np.array(0), rows + 3).tolist()
