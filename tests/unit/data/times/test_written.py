from __future__ import annotations

import io

import pandas as pd
import pytest

from forecast.data.table.columns import ColumnChoice
from forecast.data.table.read import read_table
from forecast.data.times.written import ISO, OTHER, time_formats, write


@pytest.mark.parametrize(
    "cells",
    [
        ["2024-01-05", "2024-11-15"],
        ["2024-01-05 00:00:00", "2024-11-15 13:30:00"],
        ["2024-01-05T00:00", "2024-11-15T13:30"],
        ["2011-12-31T13:00:00Z", "2012-12-31T13:30:00Z"],
        ["2011-12-31 13:00:00+01:00", "2012-12-31 13:30:00+01:00"],
        ["1990/1/1 0:00", "1990/11/10 0:00"],
        ["31.12.2024", "01.01.2025"],
        ["12/31/2024 5:00", "1/13/2025 15:00"],
        ["1949-01", "1949-12"],
        ["19580329", "19581231"],
        ["5 Mar 2024", "15 Mar 2024"],
        ["Jan-20", "Nov-20"],
        ["2020M01", "2020M11"],
        ["1/2020", "11/2020"],
        ["2020.01", "2020.10"],
        ["202001", "202010", "202011"],
        ["2020010100", "2020111013"],
        ["FY20", "FY21"],
        ["01/21/2021 08:00 PM", "01/22/2021 12:30 AM"],
        ["2021-01-01 01:00", "2021-01-01 24:00", "2021-01-02 01:00"],
    ],
)
def test_what_was_read_is_written_as_it_was(cells: list[str]) -> None:
    text = "\n".join(["t;y", *(f"{cell};{place}" for place, cell in enumerate(cells))])
    found = read_table(io.StringIO(text), columns=ColumnChoice(time=("t",), target=("y",)))
    (form,) = found.columns.time_format
    assert form != ISO
    assert write(found.frame["ds"], form) == cells


def test_each_of_several_time_columns_has_its_own_format() -> None:
    text = "day,hr,y\n2011-01-01,0,4\n2011-01-01,5,4\n2011-01-01,13,4\n"
    choice = ColumnChoice(time=("day", "hr"), target=("y",))
    found = read_table(io.StringIO(text), columns=choice)
    assert found.columns.time_format == ("%Y-%m-%d", "%-H")
    assert found.columns.order == ("day", "hr", "y")


def test_hours_that_are_counted_by_their_ends_are_written_so() -> None:
    lines = ["2024-01-05,1,1", "2024-01-05,24,2", "2024-01-06,1,2"]
    choice = ColumnChoice(time=("Date", "Hour"), target=("y",))
    found = read_table(io.StringIO("\n".join(["Date,Hour,y", *lines])), columns=choice)
    written = (write(found.frame["ds"], form) for form in found.columns.time_format)
    shown = [",".join(cells) for cells in zip(*written, strict=True)]
    assert shown == [line.rpartition(",")[0] for line in lines]


@pytest.mark.parametrize(
    ("header", "lines", "forms"),
    [
        ("Date,Time,y", ["2024-01-05,9:30,1", "2024-01-05,13:00,2"], ("%Y-%m-%d", "%-H:%M")),
        (
            "Date,Time,y",
            ["2024-01-05,9:30 AM,1", "2024-01-05,1:00 PM,2"],
            ("%Y-%m-%d", "%-I:%M %p"),
        ),
        ("Year,Month,y", ["2024,Jan,1", "2024,Feb,2"], ("%Y", "%b")),
        ("year,quarter,y", ["2024,4,1", "2025,1,2"], ("%Y", "%q")),
        ("year,week,y", ["2020,1,1", "2020,12,2"], ("%G", "%-V")),
    ],
)
def test_times_of_several_columns_are_written_as_they_were(
    header: str, lines: list[str], forms: tuple[str, ...]
) -> None:
    found = read_table(io.StringIO("\n".join([header, *lines])), columns=ColumnChoice())
    assert found.columns.time_format == forms
    shown = zip(*(write(found.frame["ds"], form) for form in forms), strict=True)
    assert [",".join(cells) for cells in shown] == [line.rpartition(",")[0] for line in lines]


@pytest.mark.parametrize(
    ("form", "cells"),
    [
        ("%YQ%q", ["1995Q3", "1996Q1"]),
        ("%s", ["804556800", "820454400"]),
        ("%Q", ["804556800000", "820454400000"]),
        ("%E", ["34881", "35065"]),
    ],
)
def test_quarters_and_seconds_are_written(form: str, cells: list[str]) -> None:
    stamps = pd.Series(pd.to_datetime(["1995-07-01", "1996-01-01"]))
    assert time_formats([pd.Series(cells)], stamps) == (form,)


def test_what_no_format_writes_becomes_iso_and_is_told_from_stamps() -> None:
    stamps = pd.Series(pd.to_datetime(["2024-01-01", "2024-01-02"]))
    assert time_formats([pd.Series(["first", "second"])], stamps) == (OTHER,)
    assert write(stamps, OTHER) == write(stamps, ISO)
    assert time_formats([stamps], stamps) == (ISO,)
