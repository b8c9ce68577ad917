from __future__ import annotations

import io

import pandas as pd
import pytest

from forecast.data.load import Reading, read_panel
from forecast.data.table.columns import ColumnChoice
from forecast.data.table.treatment import Treatment
from forecast.errors import DataError, UsageError

LONG = "unique_id,ds,y\n" + "\n".join(
    f"{name},2024-0{month}-0{day},{day}"
    for name in ("a1", "a2", "b[1]")
    for month, day in ((1, 1), (1, 2), (1, 3), (1, 4))
)


def chosen(treatment: Treatment, text: str = LONG) -> Reading:
    return read_panel(io.StringIO(text), columns=ColumnChoice(), treatment=treatment)


@pytest.mark.parametrize(
    ("series", "exclude", "left"),
    [
        (("a*",), (), ("a1", "a2")),
        ((), ("a?",), ("b[1]",)),
        (("b[1]",), (), ("b[1]",)),
        (("a1", "b*"), ("a1",), ("b[1]",)),
    ],
)
def test_series_are_taken_by_name_or_pattern(
    series: tuple[str, ...], exclude: tuple[str, ...], left: tuple[str, ...]
) -> None:
    found = chosen(Treatment(series=series, exclude=exclude))
    assert found.panel.unique_ids == left
    assert f"{len(left)} of 3 series taken, as asked for" in found.notes


def test_a_pattern_that_meets_nothing_is_refused() -> None:
    with pytest.raises(UsageError, match=r"--series 'c\*' meets none of the 3 series"):
        chosen(Treatment(series=("c*",)))
    with pytest.raises(DataError, match="none of the 3 series is left"):
        chosen(Treatment(exclude=("*",)))


@pytest.mark.parametrize(
    ("since", "until", "span"),
    [
        ("2024-01-02", None, ("2024-01-02", "2024-01-04")),
        (None, "2024-01-03", ("2024-01-01", "2024-01-03")),
        ("2024", "2024-01", ("2024-01-01", "2024-01-04")),
    ],
)
def test_rows_are_taken_from_since_to_until(
    since: str | None, until: str | None, span: tuple[str, str]
) -> None:
    assert chosen(Treatment(since=since, until=until)).span == span


def test_until_a_day_takes_its_hours_in_the_zone_of_the_file() -> None:
    hours = "\n".join(
        f"2024-01-0{day}T{hour:02d}:00Z,{hour}" for day in (1, 2) for hour in range(24)
    )
    found = chosen(Treatment(since="2024-01-01T05:00", until="2024-01-01"), f"t,y\n{hours}\n")
    assert found.panel.values.tolist() == [float(hour) for hour in range(5, 24)]
    assert (
        "29 rows are outside --since 2024-01-01T05:00 --until 2024-01-01: left out" in found.notes
    )


def test_counted_rows_are_chosen_by_count() -> None:
    found = chosen(Treatment(since="1", until="2"), "y\n5\n6\n7\n8\n")
    assert found.panel.values.tolist() == [6.0, 7.0]
    with pytest.raises(UsageError, match="'2024-01-01' is not a count"):
        chosen(Treatment(since="2024-01-01"), "y\n5\n6\n7\n8\n")


@pytest.mark.parametrize(
    ("form", "since"),
    [
        ("%d.%m.%Y", "02.01.2024"),
        ("%d/%m/%Y", "2.1.2024"),
        ("%m/%d/%Y", "01/02/2024"),
        ("%m/%d/%y", "1/2/2024"),
        ("%d.%m.%Y", "2024-01-02"),
    ],
)
def test_a_moment_is_read_as_the_dates_of_the_file(form: str, since: str) -> None:
    days = pd.date_range("2024-01-01", periods=40)
    rows = "".join(f"{day},{n}\n" for n, day in enumerate(days.strftime(form)))
    found = chosen(Treatment(since=since, until="2024-01-05"), f"date,y\n{rows}")
    assert found.span == ("2024-01-02", "2024-01-05")


def test_a_moment_that_may_be_two_is_refused_with_the_way_to_write_it() -> None:
    with pytest.raises(
        UsageError, match=r"'01\.02\.2024' may be 2024-02-01 or 2024-01-02"
    ) as caught:
        chosen(Treatment(since="01.02.2024"))
    assert caught.value.fix == "write it like 2024-02-01"
    assert chosen(Treatment(since="1/1/2024")).span == ("2024-01-01", "2024-01-04")
    assert chosen(Treatment(until="13.01.2024")).span == ("2024-01-01", "2024-01-04")


@pytest.mark.parametrize("since", ["soon", "2024-13-01"])
def test_what_is_no_moment_is_refused(since: str) -> None:
    with pytest.raises(UsageError, match="is not a date"):
        chosen(Treatment(since=since))


def test_moments_outside_the_file_leave_nothing() -> None:
    with pytest.raises(DataError, match="no row is left: the 12 rows run from 2024-01-01 to"):
        chosen(Treatment(since="2030"))


def test_moments_of_short_years_are_read_as_the_file_has_them() -> None:
    stamps = pd.date_range("2024-01-01", periods=60)
    text = "datum;y\n" + "".join(f"{day:%d.%m.%y};{row % 7}\n" for row, day in enumerate(stamps))
    found = chosen(Treatment(since="01.02.24", until="10.02.24"), text)
    assert "50 rows are outside --since 01.02.24 --until 10.02.24: left out" in found.notes


@pytest.mark.parametrize("moment", ["march", "12:30", "01.02."])
def test_moments_without_a_year_are_refused(moment: str) -> None:
    with pytest.raises(UsageError, match="is not a date"):
        chosen(Treatment(since=moment))
