"""Files that ``train`` refuses, and the flags that mend each."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from forecast.config.data import DataConfig
from forecast.errors import DataError, ForecastError, SchemaError
from forecast.workflows.check import check
from forecast.workflows.checking.lenient import read_leniently
from forecast.workflows.reading import read_data

START = datetime(2024, 1, 1)  # a Monday


def days(count: int) -> list[str]:
    return [f"{START + timedelta(days=day):%Y-%m-%d}" for day in range(count)]


def opened(weeks: int) -> list[str]:
    """Hours from 9 to 16 on weekdays."""
    stamps = [START + timedelta(hours=hour) for hour in range(24 * 7 * weeks)]
    return [f"{s:%Y-%m-%d %H:%M}" for s in stamps if s.weekday() < 5 and 9 <= s.hour < 17]


def uneven() -> list[str]:
    """About one stamp a day, at any time."""
    return [
        f"{START + timedelta(days=day, minutes=37 * day % 600):%Y-%m-%d %H:%M}" for day in range(40)
    ]


NIGHT = [
    *(f"2024-10-26 {hour:02d}:00" for hour in range(24)),
    *("2024-10-27 00:00", "2024-10-27 01:00", "2024-10-27 02:00", "2024-10-27 02:00"),
    *(f"2024-10-27 {hour:02d}:00" for hour in range(3, 24)),
]
MONTHS = [f"{month:02d}/01/{year}" for year in (2021, 2022, 2023) for month in range(1, 13)]


def column(stamps: list[str], *, header: str = "date,sales") -> str:
    rows = (f"{stamp},{10 + place % 7}" for place, stamp in enumerate(stamps))
    return "".join(f"{line}\n" for line in (header, *rows))


READ = ("opening hours", "sentinel", "sentinel with decimals")  # and likely not what is meant
CASES: dict[str, tuple[str, dict[str, object]]] = {
    "several columns": (
        "date,temperature,sales\n"
        + "".join(f"{day},{i},{i + 1}\n" for i, day in enumerate(days(9))),
        {"target": ("sales",)},
    ),
    "no header": (
        "".join(f"{day},{i}\n" for i, day in enumerate(days(9))),
        {"no_header": True},
    ),
    "cut off": (column(days(9)) + "2024-01-1", {"allow_truncated": True}),
    "ambiguous dates": (column(MONTHS), {"date_format": "%m/%d/%Y"}),
    "amounts twice": (column([*days(9), "2024-01-05"]), {"duplicates": "sum"}),
    "levels twice": (
        column([*days(9), "2024-01-05"], header="date,temperature"),
        {"duplicates": "mean"},
    ),
    "copies": (column(days(9)) + "2024-01-03,12\n", {"duplicates": "first"}),
    "two keys": (
        "date,shop,item,sales\n"
        + "".join(f"{day},{s},{i},{3}\n" for day in days(9) for s in "ab" for i in "xy"),
        {"id": ("shop", "item")},
    ),
    "a key and a few true duplicates": (
        "date,shop,sales\n"
        + "".join(f"{day},{s},{i}\n" for i, day in enumerate(days(30)) for s in "ab")
        + "2024-01-05,a,9\n",
        {"id": ("shop",), "duplicates": "sum"},
    ),
    "date and hour": (
        "date,hr,sales\n"
        + "".join(f"{day},{hour},{hour}\n" for day in days(3) for hour in range(24)),
        {"target": ("sales",), "time": ("date", "hr")},
    ),
    "uneven steps": (column(uneven()), {"resample": "D", "aggregate": "sum"}),
    "opening hours": (column(opened(5)), {"calendar": "observed"}),
    "sentinel": (
        column(days(30)) + "2024-01-31,-999\n2024-02-01,-999\n2024-02-02,-999\n",
        {"missing_values": ("-999",)},
    ),
    "sentinel with decimals": (
        column(days(30)) + "2024-01-31,-9.99\n2024-02-01,-9.990\n2024-02-02,-9.99\n",
        {"missing_values": ("-9.99",)},
    ),
    "clocks put back": (column(NIGHT), {"time_zone": "Europe/Berlin"}),
    "thousands": (
        "date;sales\n" + "".join(f"{day};{i},{100 + i}\n" for i, day in enumerate(days(9), 1)),
        {"thousands": "comma"},
    ),
    "two at once": (
        "date,temperature,sales\n"
        + "".join(f"{day},{i},{i + 1}\n" for i, day in enumerate([*days(9), "2024-01-04"])),
        {"target": ("sales",), "duplicates": "sum"},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_flags_that_are_proposed_are_those_that_mend(name: str, tmp_path: Path) -> None:
    text, expected = CASES[name]
    path = tmp_path / "sales.csv"
    path.write_text(text, encoding="utf-8")
    read = read_leniently(path, DataConfig())
    found = {key: value for one in read.findings for key, value in one.settings.items()}
    if name == "clocks put back":  # several zones put them back that night
        assert list(found) == ["data.time_zone"]
    else:
        assert found == {f"data.{key}": value for key, value in expected.items()}
    assert all(finding.severity == "mend" for finding in read.findings)
    again = read_data(path, read.data)
    assert again.fingerprint == read.reading.fingerprint


@pytest.mark.parametrize("name", [name for name in CASES if name not in READ])
def test_without_the_flags_the_file_is_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    path.write_text(CASES[name][0], encoding="utf-8")
    with pytest.raises(ForecastError):
        read_data(path, DataConfig())


def test_damaged_text_is_read_by_another_encoding(tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    rows = "".join(f"{day},é{i % 2},{i}\n" for i, day in enumerate(days(40)))
    path.write_bytes(f"date,shop,sales\n{rows}".encode().replace("é".encode(), b"\xe9", 1))
    read = read_leniently(path, DataConfig())
    assert [dict(one.settings) for one in read.findings] == [{"data.encoding": "cp1252"}]


def test_what_the_user_said_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    path.write_text(column(MONTHS), encoding="utf-8")
    with pytest.raises(DataError, match="is not a date"):
        read_leniently(path, DataConfig(date_format="%Y-%m-%d", time=("date",)))


def test_more_values_than_names_is_mended_by_no_flag(tmp_path: Path) -> None:
    path = tmp_path / "co2.csv"
    path.write_text(
        "month,average,days\n1958-03,315.7,-1,3\n1958-04,317.4,-1,3\n", encoding="utf-8"
    )
    with pytest.raises(SchemaError, match="4 values but the header has 3 names"):
        read_leniently(path, DataConfig())


def test_stream_is_read_as_often_as_it_takes() -> None:
    text, expected = CASES["two at once"]
    for stream in (io.StringIO(text), io.BytesIO(text.encode())):
        read = read_leniently(stream, DataConfig())  # type: ignore[arg-type]
        assert read.data.target == expected["target"]
        assert read.reading.panel.length == 9


def test_second_sentinel_is_found_behind_the_first(tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    far = ["-9999", "-9999", "-9999", "9999", "9999", "9999"]
    rows = [
        f"{day},{y}"
        for day, y in zip(days(46), [*(10 + i % 7 for i in range(40)), *far], strict=True)
    ]
    path.write_text("date,sales\n" + "\n".join(rows) + "\n", encoding="utf-8")
    read = read_leniently(path, DataConfig())
    assert set(read.data.missing_values) == {"-9999", "9999"}
    assert read.reading.missing == 6


def test_regular_hours_with_gaps_are_no_opening_hours(tmp_path: Path) -> None:
    stamps = [f"{START + timedelta(hours=hour):%Y-%m-%d %H:%M}" for hour in range(500)]
    path = tmp_path / "sales.csv"
    path.write_text(column(stamps[:200] + stamps[300:]), encoding="utf-8")
    read = read_leniently(path, DataConfig())
    assert read.findings == ()
    assert read.reading.absent == 100


def test_gaps_on_other_days_of_each_series_are_no_days_off(tmp_path: Path) -> None:
    lines = [
        f"{name},{day},{row % 7}"
        for at, name in enumerate("abc")
        for row, day in enumerate(days(90))
        if row % 5 != at
    ]
    path = tmp_path / "sales.csv"
    path.write_text("shop,date,sales\n" + "\n".join(lines) + "\n", encoding="utf-8")
    assert "data.calendar" not in check(path).settings


def test_ever_further_values_are_not_taken_for_sentinels_without_end(tmp_path: Path) -> None:
    far = [10.0 * 4**power for power in range(1, 12) for _ in range(3)]
    path = tmp_path / "sales.csv"
    rows = [f"{day},{y}" for day, y in zip(days(45), [*range(10, 22), *far], strict=True)]
    path.write_text("date,sales\n" + "\n".join(rows) + "\n", encoding="utf-8")
    read = read_leniently(path, DataConfig())
    assert 0 < len(read.findings) <= 4
