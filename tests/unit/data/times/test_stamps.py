"""Times in one or several columns, with and without zones."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest

from forecast.data.file.dialect import Dialect
from forecast.data.load import Reading, read_panel
from forecast.data.table.columns import ColumnChoice
from forecast.data.times.clock import CalendarClock
from forecast.data.times.written import write
from forecast.errors import FrequencyError, SchemaError

T = ColumnChoice(target=("y",), time=("t",))


def read(text: str, choice: ColumnChoice = T, **said: str) -> Reading:
    return read_panel(io.StringIO(text), columns=choice, dialect=Dialect(**said))  # type: ignore[arg-type]


def rows(texts: list[str], separator: str = ",") -> str:
    return f"t{separator}y\n" + "".join(f"{t}{separator}{n}\n" for n, t in enumerate(texts))


def grid(reading: Reading) -> pd.DatetimeIndex:
    clock = reading.panel.clock
    assert isinstance(clock, CalendarClock)
    return clock.grid(reading.panel.length)


@pytest.mark.parametrize(
    ("texts", "first", "freq"),
    [
        (["1995Q3", "1995Q4", "1996Q1"], "1995-07-01", "QS"),
        (["Q3 1995", "Q4 1995", "Q1 1996"], "1995-07-01", "QS"),
        (["2020-W53", "2021-W01", "2021-W02"], "2020-12-28", "W-MON"),
        (["1577836800", "1577840400", "1577844000"], "2020-01-01T00:00Z", "h"),
        (["1577836800000", "1577836860000", "1577836920000"], "2020-01-01T00:00Z", "min"),
        (["1577836800000000", "1577836800250000"], "2020-01-01T00:00Z", "250ms"),
        (["1577836800123456000", "1577836801123456000"], "2020-01-01T00:00:00.123456Z", "s"),
        (["Nov-68", "Dec-68", "Jan-69", "Feb-69"], "1968-11-01", "MS"),
        (["30.12.68", "31.12.68", "01.01.69"], "1968-12-30", "D"),
        (["Q4-99", "Q1-00", "Q2-00"], "1999-10-01", "QS"),
        (["24.12.2024 13.45", "24.12.2024 14.00", "24.12.2024 14.15"], "2024-12-24 13:45", "15min"),
        (["2024-12-24 13.45", "2024-12-24 14.45", "2024-12-24 15.45"], "2024-12-24 13:45", "h"),
        (["31.12.24", "01.01.25", "02.01.25"], "2024-12-31", "D"),
        (["12/30/24", "12/31/24", "01/01/25"], "2024-12-30", "D"),
        (["2024-01-01 00:00 UTC", "2024-01-01 01:00 UTC"], "2024-01-01T00:00Z", "h"),
        (["2024-01-01 00:00 +0100", "2024-01-01 01:00 +0100"], "2024-01-01T00:00+0100", "h"),
        (["2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z"], "2024-01-01T00:00Z", "D"),
    ],
)
def test_ways_to_write_a_time(texts: list[str], first: str, freq: str) -> None:
    found = read(rows(texts))
    assert found.freq == freq
    assert grid(found)[0] == pd.Timestamp(first)
    assert found.absent == 0


def test_epoch_seconds_are_found_by_a_customary_name_and_said() -> None:
    text = rows([str(1_577_836_800 + 60 * n) for n in range(5)]).replace("t,", "timestamp,", 1)
    found = read(text, ColumnChoice(target=("y",)))
    assert found.freq == "min"
    assert "column 'timestamp' counts seconds since 1970, in UTC" in found.notes


def test_century_of_short_years_is_said_where_another_would_tear_the_series_apart() -> None:
    found = read(rows([f"Jan-{year}" for year in range(60, 76)]))
    assert "column 't' writes years with two digits: taken as 1960 to 1975" in found.notes
    near = read(rows([f"{month}-{year}" for year in (19, 20) for month in ("Jan", "Jul")]))
    assert not any("two digits" in note for note in near.notes)


def test_numbers_that_are_no_epoch_stay_counts() -> None:
    assert read(rows(["100", "101", "102"])).freq is None


def test_ambiguous_dates_are_refused_and_read_by_the_format_given() -> None:
    text = rows(["01.02.2024", "01.03.2024", "01.04.2024"])
    with pytest.raises(SchemaError, match="may be 2024-02-01 or 2024-01-02") as caught:
        read(text)
    assert "--date-format '%d.%m.%Y' or --date-format '%m.%d.%Y'" in str(caught.value.fix)
    assert read(text, date_format="%d.%m.%Y").freq == "MS"
    assert read(text, date_format="%m.%d.%Y").freq == "D"


def test_the_format_finds_the_time_column_by_itself() -> None:
    text = "month,y\n202401,1\n202402,2\n202403,3\n"
    found = read(text, ColumnChoice(), date_format="%Y%m")
    assert (found.columns.time, found.freq) == (("month",), "MS")


@pytest.mark.parametrize(
    ("header", "lines", "time"),
    [
        ("d,hr,y", ["2024-01-01,22,1", "2024-01-01,23,2", "2024-01-02,0,3"], ("d", "hr")),
        ("d,hr,y", ["2024-01-01,22,1", "2024-01-01,23,2", "2024-01-01,24,3"], ("d", "hr")),
        ("d,c,y", ["2024-01-01,22:00,1", "2024-01-01,23:00,2", "2024-01-02,0:00,3"], ("d", "c")),
        ("d,c,y", ["2024-01-01,22.00,1", "2024-01-01,23.00,2", "2024-01-02,0.00,3"], ("d", "c")),
        (
            "hr,dy,mnth,yr,y",
            ["22,1,1,2024,1", "23,1,1,2024,2", "0,2,1,2024,3"],
            ("yr", "mnth", "dy", "hr"),
        ),
    ],
)
def test_times_in_several_columns(header: str, lines: list[str], time: tuple[str, ...]) -> None:
    text = "\n".join([header, *lines]) + "\n"
    found = read(text, ColumnChoice(target=("y",), time=time))
    assert found.freq == "h"
    assert grid(found).tolist() == pd.date_range("2024-01-01 22:00", periods=3, freq="h").tolist()


def test_several_columns_by_one_format() -> None:
    text = "d,c,y\n1.2.2024,1h,1\n1.2.2024,2h,2\n1.2.2024,3h,3\n"
    found = read(text, ColumnChoice(target=("y",), time=("d", "c")), date_format="%d.%m.%Y %Hh")
    assert grid(found)[0] == pd.Timestamp("2024-02-01 01:00")


ZONES = ("Europe/Paris", "America/New_York", "Australia/Sydney", "America/St_Johns")


@pytest.mark.parametrize("zone", ZONES)
def test_an_hourly_year_with_mixed_offsets_is_one_zone(zone: str) -> None:
    year = pd.date_range("2024-01-01", "2025-01-01", freq="h", tz=zone, inclusive="left")
    found = read(rows([stamp.isoformat() for stamp in year]))
    assert found.absent == 0
    assert str(grid(found).tz) == zone
    assert grid(found).equals(year)
    assert any(f"those of {zone}" in note for note in found.notes)


@pytest.mark.parametrize("zone", ZONES[:3])
def test_a_local_year_without_offsets_names_the_setting_that_reads_it(zone: str) -> None:
    year = pd.date_range("2024-01-01", "2025-01-01", freq="h", tz=zone, inclusive="left")
    text = rows([stamp.strftime("%Y-%m-%d %H:%M") for stamp in year])
    with pytest.raises(FrequencyError, match="duplicate timestamp") as caught:
        read(text)
    assert f"--set data.time_zone={zone}" in str(caught.value.fix)
    found = read(text, time_zone=zone)
    assert found.absent == 0
    assert grid(found).equals(year)
    np.testing.assert_array_equal(found.panel.values, np.arange(len(year)))


CLOCKS = (
    ("Europe/Berlin", "h"),
    ("America/New_York", "h"),
    ("Australia/Lord_Howe", "h"),
    ("Australia/Lord_Howe", "30min"),
)


@pytest.mark.parametrize("offsets", [True, False])
@pytest.mark.parametrize(("zone", "freq"), CLOCKS)
def test_p9_a_year_with_both_changes_of_clocks_is_written_as_it_was(
    zone: str, freq: str, offsets: bool
) -> None:
    year = pd.date_range("2024-01-01", "2025-01-01", freq=freq, tz=zone, inclusive="left")
    local = list(year.strftime("%Y-%m-%d %H:%M"))
    texts = [stamp.isoformat() for stamp in year] if offsets else local
    found = read(rows(texts), time_zone=zone)
    assert (found.freq, found.absent) == (freq, 0)
    assert grid(found).equals(year)
    np.testing.assert_array_equal(found.panel.values, np.arange(len(year)))
    assert write(pd.Series(grid(found)), found.columns.time_format[0]) == texts


def test_offsets_of_two_zones_in_one_file_become_utc() -> None:
    hours = pd.date_range("2024-03-30", periods=72, freq="h", tz="UTC")
    lines = [
        f"{name},{stamp.isoformat()},{number}"
        for name, zone in (("a", "Europe/Berlin"), ("b", "America/New_York"))
        for number, stamp in enumerate(hours.tz_convert(zone))
    ]
    choice = ColumnChoice(target=("y",), time=("t",), id=("id",))
    found = read("id,t,y\n" + "\n".join(lines) + "\n", choice)
    assert grid(found).equals(hours)
    assert (found.freq, found.absent) == ("h", 0)
    assert any("converted to UTC" in note for note in found.notes)


@pytest.mark.parametrize("order", ["long", "interleaved", "backwards"])
def test_doubled_hours_of_several_series_are_told_apart(order: str) -> None:
    hours = pd.date_range("2024-10-26 20:00", periods=48, freq="30min", tz="Europe/Paris")
    frame = pd.concat(
        [
            pd.DataFrame({"id": name, "t": hours.strftime("%Y-%m-%d %H:%M"), "y": range(48)})
            for name in ("a", "b")
        ]
    )
    if order == "interleaved":
        frame = frame.sort_index(kind="stable")
    if order == "backwards":
        frame = frame.iloc[::-1]
    choice = ColumnChoice(target=("y",), time=("t",), id=("id",))
    found = read(frame.to_csv(index=False), choice, time_zone="Europe/Paris")
    np.testing.assert_array_equal(found.panel.values, [*range(48), *range(48)])


def test_a_time_that_clocks_leave_out_is_refused() -> None:
    text = rows(["2024-03-31 01:00", "2024-03-31 02:00", "2024-03-31 03:00"])
    with pytest.raises(SchemaError, match="2024-03-31 02:00:00 does not exist in Europe/Paris"):
        read(text, time_zone="Europe/Paris")


def test_a_zone_given_converts_times_with_offset() -> None:
    found = read(rows(["2024-01-01T00:00Z", "2024-01-01T01:00Z"]), time_zone="Asia/Tokyo")
    assert grid(found)[0].isoformat() == "2024-01-01T09:00:00+09:00"


def test_offsets_of_no_known_zone_become_utc_and_that_is_said() -> None:
    found = read(rows(["2024-01-01T00:00+01:00", "2024-01-01T03:00+03:00"]))
    assert str(grid(found).tz) == "UTC"
    assert any("converted to UTC" in note for note in found.notes)


@pytest.mark.parametrize("zone", ["Europe/Paris", "America/Sao_Paulo"])
def test_days_are_days_of_the_local_calendar(zone: str) -> None:
    days = pd.date_range("2018-01-01", "2018-12-31", freq="D").tz_localize(
        zone, nonexistent="shift_forward"
    )
    found = read(rows([stamp.isoformat() for stamp in days]))
    assert (found.freq, found.absent, found.panel.length) == ("D", 0, 365)
    assert str(grid(found).tz) == zone
    clock = found.panel.clock
    assert clock.position("2018-11-04 12:00") == clock.position("2018-11-05 12:00") - 1
    local = read(rows([stamp.strftime("%Y-%m-%d") for stamp in days]), time_zone=zone)
    assert local.fingerprint == found.fingerprint


def test_a_short_file_that_several_zones_explain_takes_the_commonest_and_names_the_others() -> None:
    texts = ["2020-02-29T00:00-05:00", "2020-03-07T00:00-05:00", "2020-03-14T00:00-04:00"]
    found = read(rows(texts))
    assert (found.freq, str(grid(found).tz)) == ("W-SAT", "America/New_York")
    assert any("America/Havana would show the same" in note for note in found.notes)
