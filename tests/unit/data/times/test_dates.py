from __future__ import annotations

import pandas as pd
import pytest

from forecast.data.file.dialect import Dialect
from forecast.data.times.dates import looks_like_dates, parse_dates
from forecast.errors import SchemaError


def column(*texts: str) -> pd.Series:
    return pd.Series(texts, dtype="str")


@pytest.mark.parametrize(
    ("text", "stamp"),
    [
        ("1949-01", "1949-01-01"),
        ("2024-12-31", "2024-12-31"),
        ("2024-12-31 23:30", "2024-12-31 23:30"),
        ("2024-12-31T23:30:15.5", "2024-12-31 23:30:15.5"),
        ("2024-1-5", "2024-01-05"),
        ("1990/1/1 0:00", "1990-01-01"),
        ("31.12.2024 05:00", "2024-12-31 05:00"),
        ("12/31/2024 1:05 PM", "2024-12-31 13:05"),
        ("20241231", "2024-12-31"),
        ("31 Dec 2024", "2024-12-31"),
        ("January 2024", "2024-01-01"),
    ],
)
def test_a_known_way_to_write_a_date_is_read(text: str, stamp: str) -> None:
    assert looks_like_dates(column(text))
    assert parse_dates(column(text), label="t", name="f").stamps[0] == pd.Timestamp(stamp)


@pytest.mark.parametrize("text", ["1-01", "12.5", "1958.20", "2024", "abc", "2020-W54", "1995Q5"])
def test_what_is_no_date_is_not_taken_for_one(text: str) -> None:
    assert not looks_like_dates(column(text))


def test_day_and_month_are_told_apart_by_any_row() -> None:
    day_first = parse_dates(column("01/02/2024", "13/02/2024"), label="t", name="f")
    assert day_first.stamps[0] == pd.Timestamp("2024-02-01")
    month_first = parse_dates(column("01/02/2024", "02/13/2024"), label="t", name="f")
    assert month_first.stamps[0] == pd.Timestamp("2024-01-02")


def test_day_and_month_that_cannot_be_told_apart_are_refused() -> None:
    with pytest.raises(SchemaError, match="may be 2024-02-01 or 2024-01-02") as caught:
        parse_dates(column("01/01/2024", "01/02/2024"), label="t", name="f.csv")
    assert "--date-format '%d/%m/%Y'" in str(caught.value.fix)
    assert caught.value.location == "f.csv, column 't'"


def test_unreadable_cells_are_marked_and_empty_ones_are_not() -> None:
    read = parse_dates(column("2024-01-01", "", "2024-13-01"), label="t", name="f")
    assert read.unreadable.tolist() == [False, False, True]


def test_one_offset_is_kept_and_several_become_one_zone() -> None:
    one = parse_dates(
        column("2024-01-01T00:00+01:00", "2024-07-01T00:00+01:00"), label="t", name=""
    )
    assert one.stamps[0].utcoffset() == pd.Timedelta("1h")
    assert not one.mixed_zones
    two = parse_dates(
        column("2024-01-01T00:00+01:00", "2024-07-01T00:00+02:00"), label="t", name=""
    )
    assert two.mixed_zones
    assert str(two.stamps.dt.tz) == "Europe/Paris"
    assert two.stamps[1] == pd.Timestamp("2024-06-30T22:00Z")


def test_stamps_with_and_without_zone_are_refused() -> None:
    with pytest.raises(SchemaError, match="1 of 2 distinct stamps have no time zone"):
        parse_dates(column("2024-01-01T00:00Z", "2024-01-02T00:00"), label="t", name="f")


@pytest.mark.parametrize(("day_first", "stamp"), [(True, "2024-02-01"), (False, "2024-01-02")])
def test_day_and_month_that_cannot_be_told_apart_are_in_the_order_that_is_known(
    day_first: bool, stamp: str
) -> None:
    dialect = Dialect(day_first=day_first)
    read = parse_dates(column("01/02/2024"), label="t", name="f", dialect=dialect)
    assert read.stamps[0] == pd.Timestamp(stamp)
    told = parse_dates(column("13/02/2024", "02/01/2024"), label="t", name="f", dialect=dialect)
    assert told.stamps[1] == pd.Timestamp("2024-01-02")
