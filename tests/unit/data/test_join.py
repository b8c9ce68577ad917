from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest

from forecast.data.join import ABSENT, join_panels
from forecast.data.load import read_panel
from forecast.data.panel import Panel
from forecast.data.table.columns import ColumnChoice
from forecast.data.times.clock import CalendarClock, CountClock
from forecast.errors import FrequencyError


def daily(values: dict[str, str], start: str = "2024-01-01", freq: str = "D") -> Panel:
    rows = ["unique_id,ds,y"]
    for name, cells in values.items():
        stamps = pd.date_range(start, periods=len(cells.split()), freq=freq)
        rows += [f"{name},{at},{y}" for at, y in zip(stamps, cells.split(), strict=True)]
    return read_panel(io.StringIO("\n".join(rows)), columns=ColumnChoice(), freq=freq).panel


def counted(values: dict[str, str], start: int = 0) -> Panel:
    rows = ["unique_id,t,y"]
    for name, cells in values.items():
        rows += [f"{name},{start + at},{y}" for at, y in enumerate(cells.split())]
    return read_panel(io.StringIO("\n".join(rows)), columns=ColumnChoice(time=("t",))).panel


def test_newer_rows_follow_the_tail_and_a_gap_is_missing() -> None:
    joined = join_panels(daily({"a": "1 2 3"}), daily({"a": "6 7"}, "2024-01-06"))
    np.testing.assert_array_equal(joined.panel.series(0), [1, 2, 3, np.nan, np.nan, 6, 7])
    assert (joined.replaced[0], joined.tail_stop[0]) == (0, 3)
    assert (joined.new_first[0], joined.new_stop[0]) == (5, 7)
    assert joined.panel.clock == CalendarClock(pd.Timestamp("2024-01-01"), "D")


def test_the_new_value_stands_where_both_have_one() -> None:
    joined = join_panels(daily({"a": "1 2 3 4"}), daily({"a": "2 30 NA 5"}, "2024-01-02"))
    np.testing.assert_array_equal(joined.panel.series(0), [1, 2, 30, 4, 5])
    assert joined.replaced.sum() == 1


def test_older_rows_move_the_origin() -> None:
    joined = join_panels(daily({"a": "3 4"}, "2024-01-03"), daily({"b": "1", "a": "1"}))
    assert joined.panel.unique_ids == ("a", "b")
    assert joined.tail_stop.tolist() == [4, ABSENT]
    assert joined.panel.clock == CalendarClock(pd.Timestamp("2024-01-01"), "D")
    np.testing.assert_array_equal(joined.panel.series(0), [1, np.nan, 3, 4])
    assert joined.panel.first.tolist() == [0, 0]
    assert joined.panel.lengths.tolist() == [4, 1]


def test_counted_rows_join_by_count() -> None:
    joined = join_panels(counted({"a": "1 2 3", "b": "5 6 7"}), counted({"a": "30 4 5"}, 2))
    panel = joined.panel
    np.testing.assert_array_equal(panel.series(0), [1, 2, 30, 4, 5])
    assert joined.replaced.sum() == 1
    assert isinstance(panel.clock, CountClock)
    assert panel.clock.last.tolist() == [4, 2]
    assert (panel.first + panel.lengths).tolist() == [5, 5]
    assert panel.clock.length == panel.length == 5


def test_rows_that_follow_are_counted_from_the_end_of_each_series() -> None:
    tail = counted({"a": "1 2 3", "b": "5 6 7"}, 10)
    joined = join_panels(tail, counted({"a": "8", "b": "9 9 9", "c": "4 4"}), follows=True)
    assert joined.panel.clock.last.tolist() == [13, 15, 1]  # type: ignore[union-attr]
    assert [series.tolist() for series in map(joined.panel.series, range(3))] == [
        [1, 2, 3, 8],
        [5, 6, 7, 9, 9, 9],
        [4, 4],
    ]
    assert joined.tail_stop.tolist() == [5, 3, ABSENT]
    assert joined.new_stop.tolist() == [6, 6, 6]


def test_repeated_and_replaced_values_are_counted_by_series() -> None:
    joined = join_panels(daily({"a": "1 2 3", "b": "4 5 6"}), daily({"a": "1 NA 4", "b": "4 5 6"}))
    assert joined.repeated.tolist() == [1, 3]
    assert joined.replaced.tolist() == [1, 0]


def test_rows_of_a_far_away_time_are_refused_and_not_laid_out() -> None:
    seconds = daily({"a": "1 2 3"}, "2024-01-01", freq="s")
    with pytest.raises(FrequencyError, match="so far apart that they would take"):
        join_panels(seconds, daily({"a": "1 2"}, "2199-01-01", freq="s"))


def test_days_of_another_zone_are_refused_where_their_midnights_differ() -> None:
    def days(zone: str) -> Panel:
        stamps = pd.date_range("2024-03-25", periods=10, freq="D", tz=zone)
        frame = pd.DataFrame({"ds": stamps, "y": range(10)})
        return read_panel(frame, columns=ColumnChoice(), freq="D").panel

    assert join_panels(days("Europe/Paris"), days("Europe/Madrid")).panel.length == 10
    with pytest.raises(FrequencyError, match="step by the calendar of Africa/Algiers"):
        join_panels(days("Europe/Paris"), days("Africa/Algiers"))


def test_panels_without_common_grid_are_refused() -> None:
    tail = daily({"a": "1 2 3"})
    with pytest.raises(FrequencyError, match="frequency 'D' and the new data have 'h'"):
        join_panels(tail, daily({"a": "1 2 3"}, freq="h"))
    with pytest.raises(FrequencyError, match="is not on the grid"):
        join_panels(tail, daily({"a": "1 2"}, "2024-02-01 05:00"))
    with pytest.raises(FrequencyError, match="trained on dates and the new data have counted"):
        join_panels(tail, counted({"a": "1 2"}))
    zoned = daily({"a": "1 2"}, "2024-02-01T00:00Z")
    with pytest.raises(FrequencyError, match=r"without zone and the new data have one \(UTC\)"):
        join_panels(tail, zoned)
    with pytest.raises(FrequencyError, match="of the zone UTC and the new data have none"):
        join_panels(zoned, tail)


def test_joining_a_slice_gives_the_whole_back() -> None:
    for whole in (daily({"a": "1 2 3 4 5", "b": "6 7 8"}), counted({"a": "1 2 3 4 5", "b": "6 7"})):
        joined = join_panels(whole.slice(0, 4), whole.slice(3, 5)).panel
        rows = np.arange(5)
        np.testing.assert_array_equal(joined.at(rows), whole.at(rows))
