"""Ways in which people write months, quarters, weeks and years, and what only looks like them."""

from __future__ import annotations

import io

import pandas as pd
import pytest

from forecast.data.file.dialect import Dialect
from forecast.data.load import Reading, read_panel
from forecast.data.table.columns import ColumnChoice
from forecast.data.times.clock import CalendarClock
from forecast.errors import SchemaError

MONTHS = pd.date_range("2019-11-01", periods=14, freq="MS")
QUARTERS = pd.date_range("2019-07-01", periods=6, freq="QS")
GERMAN = "Jan Feb Mär Apr Mai Jun Jul Aug Sep Okt Nov Dez".split()  # noqa: SIM905
FRENCH = "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.".split()  # noqa: SIM905


def read(cells: list[str], header: str = "date;y", **said: str) -> Reading:
    text = "\n".join([header, *(f"{cell};{row % 5}" for row, cell in enumerate(cells))]) + "\n"
    return read_panel(io.StringIO(text), columns=ColumnChoice(), dialect=Dialect(**said))  # type: ignore[arg-type]


def grid(reading: Reading) -> pd.DatetimeIndex:
    clock = reading.panel.clock
    assert isinstance(clock, CalendarClock)
    return clock.grid(reading.panel.length)


def named(names: list[str], form: str) -> list[str]:
    return [form.format(month=names[at.month - 1], year=at.year) for at in MONTHS]


WRITTEN = {
    "Jan 2020": list(MONTHS.strftime("%b %Y")),
    "Jan-20": list(MONTHS.strftime("%b-%y")),
    "Jan '20": list(MONTHS.strftime("%b '%y")),
    "January 2020": list(MONTHS.strftime("%B %Y")),
    "2020-Jan": list(MONTHS.strftime("%Y-%b")),
    "JAN2020": [cell.upper() for cell in MONTHS.strftime("%b%Y")],
    "2020M01": list(MONTHS.strftime("%YM%m")),
    "2020m1": [f"{at.year}m{at.month}" for at in MONTHS],
    "01/2020": list(MONTHS.strftime("%m/%Y")),
    "1/2020": [f"{at.month}/{at.year}" for at in MONTHS],
    "2020/1": [f"{at.year}/{at.month}" for at in MONTHS],
    "01.2020": list(MONTHS.strftime("%m.%Y")),
    "1.2020": [f"{at.month}.{at.year}" for at in MONTHS],
    "2020.01": list(MONTHS.strftime("%Y.%m")),
    "202001": list(MONTHS.strftime("%Y%m")),
    "Sept 2020": [cell.replace("Sep", "Sept") for cell in MONTHS.strftime("%b %Y")],
    "Mai 2020": named(GERMAN, "{month} {year}"),
    "mai 2020": named(FRENCH, "{month} {year}"),
    "2020年1月": [f"{at.year}年{at.month}月" for at in MONTHS],
    "01JAN2020": [cell.upper() for cell in MONTHS.strftime("%d%b%Y")],
    "1-Jan-20": [f"1-{at:%b-%y}" for at in MONTHS],
    "1. Januar 2020": [f"1. {GERMAN[at.month - 1]} {at.year}" for at in MONTHS],
    "1 de enero de 2020": [f"1 de {FRENCH[at.month - 1]} de {at.year}" for at in MONTHS],
    "Sun, March 1st, 2020": [f"{at:%a}, {at:%B} 1st, {at.year}" for at in MONTHS],
    "2020-01-01 - 2020-01-31": [
        f"{at:%Y-%m-%d} - {at + pd.offsets.MonthEnd():%Y-%m-%d}" for at in MONTHS
    ],
}


@pytest.mark.parametrize("form", list(WRITTEN))
def test_months_are_read_as_people_write_them(form: str) -> None:
    found = read(WRITTEN[form])
    assert found.freq == "MS"
    assert grid(found).equals(MONTHS)
    assert found.absent == 0


@pytest.mark.parametrize("form", ["Jan 2020", "Jan-20", "2020M01", "1/2020", "202001"])
def test_the_newest_row_may_come_first(form: str) -> None:
    found = read(WRITTEN[form][::-1])
    assert grid(found).equals(MONTHS)
    assert found.panel.values[-1] == 0


@pytest.mark.parametrize(
    "cells",
    [
        ["2019Q3", "2019Q4", "2020Q1", "2020Q2"],
        ["Q3 19", "Q4 19", "Q1 20", "Q2 20"],
        ["3Q19", "4Q19", "1Q20", "2Q20"],
        ["3Q2019", "4Q2019", "1Q2020", "2Q2020"],
        ["Q3/2019", "Q4/2019", "Q1/2020", "Q2/2020"],
    ],
)
def test_quarters(cells: list[str]) -> None:
    found = read(cells)
    assert found.freq == "QS"
    assert grid(found).equals(QUARTERS[:4])


@pytest.mark.parametrize("form", ["W{} 2020", "2020-W{}", "KW {}/2020", "Week {}, 2020", "2020w{}"])
def test_weeks(form: str) -> None:
    found = read([form.format(week) for week in range(1, 13)])
    assert (found.freq, grid(found)[0]) == ("W-MON", pd.Timestamp("2019-12-30"))


@pytest.mark.parametrize("form", ["FY{short}", "FY{year}", "{year}/{next}", "{year}-{next}"])
def test_fiscal_years_are_years_and_that_is_said(form: str) -> None:
    years = range(2005, 2016)
    found = read(
        [form.format(year=y, short=f"{y % 100:02}", next=f"{(y + 1) % 100:02}") for y in years]
    )
    assert (found.freq, found.span) == ("YS", ("2005-01-01", "2015-01-01"))
    assert any(note.startswith("column 'date' holds fiscal years") for note in found.notes)


def test_months_are_no_fiscal_years() -> None:
    assert read(["2000/01", "2000/02", "2000/03"]).freq == "MS"


@pytest.mark.parametrize(
    ("form", "freq"),
    [("%Y%m%d%H", "h"), ("%Y%m%d%H%M", "h"), ("%Y%m%dT%H%M%S", "h"), ("%Y%m%d %H:%M", "h")],
)
def test_digits_without_separators(form: str, freq: str) -> None:
    hours = pd.date_range("2020-01-01", periods=30, freq="h")
    found = read(list(hours.strftime(form)))
    assert found.freq == freq
    assert grid(found).equals(hours)


def test_the_end_of_a_day_may_be_24_o_clock() -> None:
    found = read(["2020-01-01 22:00", "2020-01-01 23:00", "2020-01-01 24:00", "2020-01-02 01:00"])
    assert (found.freq, found.absent, found.span[1]) == ("h", 0, "2020-01-02 01:00")


@pytest.mark.parametrize("said", [{}, {"date_format": "excel"}])
def test_days_of_a_spreadsheet(said: dict[str, str]) -> None:
    found = read([str(43831 + day) for day in range(9)], **said)
    assert (found.freq, found.span) == ("D", ("2020-01-01", "2020-01-09"))
    assert "column 'date' counts days as spreadsheets do: 43831 is 2020-01-01" in found.notes
    hours = read([f"{43831 + hour / 24:.8f}" for hour in range(30)], **said)
    assert (hours.freq, hours.absent) == ("h", 0)


def test_a_counter_of_that_size_stays_a_counter() -> None:
    assert read([str(43831 + day) for day in range(9)], "t;y").freq is None


def test_two_digits_beside_a_month_that_may_be_days_are_not_taken_for_years() -> None:
    days = list(pd.date_range("2020-01-20", periods=20).strftime("%b-%d"))
    with pytest.raises(SchemaError, match="'Jan-20'") as caught:
        read(days)
    assert "--date-format '%b-%y', or --date-format none" in str(caught.value.fix)
    assert read(days, date_format="none").panel.length == 20


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("month;y", ["Jan", "Feb", "Mar", "Apr"]),
        ("Mon;y", ["Mon", "Tue", "Wed", "Thu"]),
        ("date;y", ["20-Jan", "21-Jan", "22-Jan", "23-Jan"]),
        ("time;y", ["13:00", "14:00", "15:00", "16:00"]),
        ("Month;y", ["1-01", "1-02", "1-03", "2-01"]),
    ],
)
def test_times_without_a_year_are_pointed_out(header: str, cells: list[str]) -> None:
    found = read(cells, header)
    assert found.columns.time == ()
    label = header.partition(";")[0]
    words = f"column {label!r} may hold times ({cells[0]!r}) but names no year: not read"
    assert any(note.startswith(words) for note in found.notes)


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("date;y", ["2020:1", "2020:2", "2020:3"]),
        ("when;y", ["2020x01", "2020x02", "2020x03"]),
        ("period;y", ["about 2019", "about 2020", "about 2021"]),
    ],
)
def test_dates_of_an_unknown_form_are_not_dropped_in_silence(header: str, cells: list[str]) -> None:
    label = header.partition(";")[0]
    with pytest.raises(
        SchemaError, match=f"column {label!r} seems to hold times.*{cells[0]!r}"
    ) as e:
        read(cells, header)
    assert "--date-format" in str(e.value.fix)
    assert read(cells, header, date_format="none").freq is None


def test_a_format_that_fits_is_named() -> None:
    with pytest.raises(SchemaError) as caught:
        read(["2020:1", "2020:2", "2020:3"])
    assert "--date-format '%Y:%m'" in str(caught.value.fix)
    assert read(["2020:1", "2020:2", "2020:3"], date_format="%Y:%m").freq == "MS"


def test_names_of_things_with_a_year_in_them_are_left_alone() -> None:
    text = "id;t;y\n" + "".join(f"model 20{m};{t};{t % 3}\n" for m in (19, 20) for t in range(6))
    found = read_panel(io.StringIO(text), columns=ColumnChoice())
    assert found.panel.unique_ids == ("model 2019", "model 2020")


def test_days_and_clock_times_in_two_columns_are_joined() -> None:
    lines = [f"2024-01-0{day},{hour}:30,{hour}" for day in (1, 2) for hour in range(24)]
    text = "\n".join(["Date,Time,y", *lines]) + "\n"
    found = read_panel(io.StringIO(text), columns=ColumnChoice())
    assert (found.columns.time, found.freq, found.absent) == (("Date", "Time"), "h", 0)
    halves = [f"2024-01-01,{h}:00 {half},1" for half in ("AM", "PM") for h in (12, *range(1, 12))]
    text = "\n".join(["Date,Time,y", *halves]) + "\n"
    assert read_panel(io.StringIO(text), columns=ColumnChoice()).span[1] == "2024-01-01 23:00"


def test_a_time_of_day_beside_single_days_is_no_part_of_the_time() -> None:
    text = "date,time,y\n2024-01-01,8:03,1\n2024-01-02,8:01,2\n2024-01-03,7:59,3\n"
    found = read_panel(io.StringIO(text), columns=ColumnChoice())
    assert (found.columns.time, found.freq) == (("date",), "D")


@pytest.mark.parametrize(
    ("header", "cells", "freq"),
    [
        ("year,quarter,y", [f"{2019 + n // 4},{n % 4 + 1},{n}" for n in range(9)], "QS"),
        ("Year,Week,y", [f"2020,{n},{n}" for n in range(1, 54)], "W-MON"),
        ("Year,Month,y", [f"2020,{name},{n}" for n, name in enumerate(GERMAN)], "MS"),
        ("year,month,y", [f"2020,{n},{n}" for n in range(1, 13)], "MS"),
    ],
)
def test_parts_of_dates_in_columns(header: str, cells: list[str], freq: str) -> None:
    text = "\n".join([header, *cells]) + "\n"
    found = read_panel(io.StringIO(text), columns=ColumnChoice())
    assert (found.freq, found.absent) == (freq, 0)
    assert len(found.columns.time) == 2


def test_epoch_seconds_are_not_taken_for_hours_written_without_separators() -> None:
    found = read([str(1_612_010_112 + 3600 * n) for n in range(9)], "ts;y")
    assert found.span[0] == "2021-01-30 12:35:12"


@pytest.mark.parametrize("name", ["%a ", "%A, ", "Fr. "])
def test_name_of_the_day_before_a_date_says_nothing_more(name: str) -> None:
    stamps = pd.date_range("2021-01-01", periods=20, freq="D")
    found = read([f"{stamp.strftime(name)}{stamp:%d.%m.%Y}" for stamp in stamps])
    assert list(grid(found)) == list(stamps)


def test_cell_that_is_not_of_the_form_that_was_said_is_named() -> None:
    stamps = pd.date_range("2021-01-11", periods=60, freq="D")
    mixed = [
        f"{stamp:%d/%m/%Y}" if place < 25 else str(stamp.date())
        for place, stamp in enumerate(stamps)
    ]
    with pytest.raises(SchemaError, match="'11/01/2021' and '2021-02-05'"):
        read(mixed)
    with pytest.raises(SchemaError, match="'2021-02-05' is not a date of the form") as caught:
        read(mixed, date_format="%d/%m/%Y")
    assert "row 27" in str(caught.value.location)
