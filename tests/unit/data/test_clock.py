from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from forecast.data.clock import CalendarClock, CountClock
from forecast.errors import DataError

MONTHS = CalendarClock(pd.Timestamp("2024-01-31"), "ME")
HOURS = CalendarClock(pd.Timestamp("2024-03-30 23:00", tz="Europe/Paris"), "h")
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


@pytest.mark.parametrize(("clock", "moment"), [(MONTHS, "soon"), (COUNTS, "2024-01-01")])
def test_position_of_no_moment_is_refused_with_an_example(
    clock: CalendarClock | CountClock, moment: str
) -> None:
    with pytest.raises(DataError, match=moment) as caught:
        clock.position(moment)
    assert caught.value.fix


def test_position_reads_a_moment_without_zone_in_the_zone_of_the_data() -> None:
    assert HOURS.position("2024-03-31 03:00") == 3


@pytest.mark.parametrize("clock", [MONTHS, HOURS, COUNTS], ids=["months", "hours", "counts"])
def test_shifted_clock_tells_the_same_moments(clock: CalendarClock | CountClock) -> None:
    rows = np.arange(4)
    later = clock.shifted(3).stamps(np.array(0), rows)
    assert later.tolist() == clock.stamps(np.array(0), rows + 3).tolist()
