from __future__ import annotations

import pandas as pd
import pytest

from forecast.data.table.columns import ColumnChoice
from forecast.data.table.frequency import resolve_freq, season_length
from forecast.data.table.read import Table, read_table
from forecast.errors import FrequencyError, UsageError


def table(stamps: pd.DatetimeIndex) -> Table:
    frame = pd.DataFrame({"ds": stamps, "y": range(len(stamps))})
    return read_table(frame, columns=ColumnChoice(time=("ds",), target=("y",)))


@pytest.mark.parametrize(
    "freq",
    [
        *("s", "min", "15min", "30min", "h", "2h", "D", "2D", "B", "W-SAT", "W-MON", "2W-WED"),
        *("MS", "ME", "BMS", "BME", "2MS", "QS", "QS-FEB", "QE", "QE-JAN", "YS", "YE", "YS-APR"),
    ],
)
def test_a_frequency_is_found_despite_gaps(freq: str) -> None:
    stamps = pd.date_range("2019-02-03", periods=40, freq=freq)
    found = resolve_freq(table(stamps.delete([5, 6, 17])))
    assert found is not None
    again = pd.date_range(stamps[0], periods=40, freq=found)
    assert again.equals(stamps)


@pytest.mark.parametrize("freq", ["28D", "30D", "91D", "365D"])
@pytest.mark.parametrize("start", ["2019-02-03", "2021-01-01"])
def test_even_days_are_no_months(freq: str, start: str) -> None:
    stamps = pd.date_range(start, periods=40, freq=freq)
    assert resolve_freq(table(stamps.delete([5, 6, 17]))) == freq


@pytest.mark.parametrize(
    ("stamps", "freq"),
    [
        (["2021-02-01", "2021-03-01"], "MS"),  # 28 days apart
        (["2021-01-01", "2022-01-01", "2023-01-01"], "YS"),  # twice 365 days
        (["2021-07-31", "2021-08-31"], "ME"),
        (["2021-01-15", "2021-02-14", "2021-03-16"], "30D"),
    ],
)
def test_months_come_first_where_they_hold_every_stamp(stamps: list[str], freq: str) -> None:
    assert resolve_freq(table(pd.DatetimeIndex(stamps))) == freq


def test_months_with_a_stray_stamp_are_not_taken_for_days() -> None:
    stamps = pd.date_range("2020-01-01", periods=20, freq="MS").insert(
        3, pd.Timestamp("2020-03-02")
    )
    with pytest.raises(FrequencyError, match=r"1 of 21 stamps .* commonest step \(MS\)"):
        resolve_freq(table(stamps))


def test_hours_of_a_named_zone_cross_both_clock_changes() -> None:
    stamps = pd.date_range("2024-01-01", "2024-12-31", freq="h", tz="Europe/Paris")
    assert resolve_freq(table(stamps)) == "h"
    days = pd.date_range("2024-03-25", periods=20, freq="D", tz="Europe/Paris")
    assert resolve_freq(table(days)) == "D"


@pytest.mark.parametrize(
    ("old", "new", "step"),
    [
        *(("H", "h", "h"), ("15T", "15min", "15min"), ("M", "ME", "ME"), ("Q", "QE", "QE")),
        *(("A", "YE", "YE"), ("W", "W-WED", "W-WED"), ("Q-JAN", "QE-JAN", "QE-JAN")),
    ],
)
def test_old_aliases_are_translated(old: str, new: str, step: str) -> None:
    assert resolve_freq(table(pd.date_range("2024-01-01", periods=12, freq=step)), old) == new


def test_stamps_off_the_grid_are_refused_with_the_first_row() -> None:
    stamps = pd.date_range("2024-01-01", periods=10, freq="h").insert(
        4, pd.Timestamp("2024-01-01 03:05")
    )
    with pytest.raises(FrequencyError, match=r"1 of 11 stamps .* \(first: 2024-01-01 03:05:00\)"):
        resolve_freq(table(stamps))


def test_a_wrong_frequency_is_refused_with_the_likely_one() -> None:
    stamps = pd.date_range("2024-01-01", periods=10, freq="MS")
    with pytest.raises(FrequencyError, match="10 of 10 stamps do not lie on") as caught:
        resolve_freq(table(stamps), "ME")
    assert "--freq MS" in str(caught.value.fix)


@pytest.mark.parametrize("alias", ["fortnight", "-1D", "0D", ""])
def test_what_is_no_frequency_is_refused(alias: str) -> None:
    with pytest.raises(UsageError, match=r"frequency|forward"):
        resolve_freq(table(pd.date_range("2024-01-01", periods=5)), alias)


def test_one_stamp_does_not_tell_the_frequency() -> None:
    one = table(pd.date_range("2024-01-01", periods=1))
    with pytest.raises(FrequencyError, match="one stamp per series"):
        resolve_freq(one)
    assert resolve_freq(one, "D") == "D"


def test_a_frequency_for_counted_rows_is_refused() -> None:
    frame = pd.DataFrame({"t": [1, 2, 3], "y": [4.0, 5.0, 6.0]})
    counted = read_table(frame, columns=ColumnChoice())
    assert resolve_freq(counted) is None
    with pytest.raises(UsageError, match="needs dates"):
        resolve_freq(counted, "D")


def test_a_stamp_centuries_away_is_refused_before_memory_is_spent() -> None:
    seconds = pd.date_range("2024-01-01", periods=10, freq="s")
    stamps = seconds.insert(10, pd.Timestamp("2924-01-01"))
    with pytest.raises(FrequencyError, match="would take"):
        resolve_freq(table(stamps))


@pytest.mark.parametrize(
    ("freq", "season"),
    [
        *(("15min", 96), ("30min", 48), ("h", 24), ("2h", 12), ("5h", 1), ("s", 1)),
        *(("D", 7), ("B", 5), ("2D", 1), ("W-SAT", 52), ("MS", 12), ("ME", 12)),
        *(("2MS", 6), ("QS", 4), ("QE", 4), ("YS", 1)),
    ],
)
def test_season_by_table(freq: str, season: int) -> None:
    assert season_length(freq) == season
