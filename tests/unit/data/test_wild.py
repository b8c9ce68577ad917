"""Files as offices, exchanges and instruments write them: read right or refused with reason."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from forecast.data.file.dialect import Dialect
from forecast.data.load import Reading, read_panel
from forecast.data.table.columns import ColumnChoice
from forecast.errors import ForecastError

DAYS = pd.date_range("2024-01-20", periods=12)
MONTHS = pd.date_range("2023-01-01", periods=12, freq="MS")
HOURS = pd.date_range("2024-01-13", periods=12, freq="h")
COUNT = list(range(12))


@dataclass(frozen=True)
class Wild:
    """A file, what it holds, and what is chosen where it does not decide."""

    text: str | bytes
    freq: str | None = "D"
    values: list[float] | None = None
    target: tuple[str, ...] = ()
    said: str = ""


def rows(form: str, stamps: pd.DatetimeIndex = DAYS) -> str:
    return "".join(form.format(t=t, n=n, m=n + 1) for n, t in enumerate(stamps))


def read(wild: Wild, **said: object) -> Reading:
    data = wild.text if isinstance(wild.text, bytes) else wild.text.encode()
    choice = ColumnChoice(target=wild.target)
    return read_panel(io.BytesIO(data), columns=choice, dialect=Dialect(**said))  # type: ignore[arg-type]


READ = {
    "months in words, a currency and its unit": Wild(
        "Report\nMonth,Sales\n,($)\n" + rows('{t:%b-%y},"${m},000.50"\n', MONTHS) + "Total,5\n",
        freq="MS",
        values=[1000.5 + 1000 * n for n in COUNT],
        said="row 3, below the header, holds no values (', ($)'): left out",
    ),
    "an export of a German office": Wild(
        (
            "sep=;\r\nUmsatzbericht Nord;;\r\n;;\r\nDatum;Umsatz \u2013 netto;Bemerkung\r\n"
            + rows("{t:%d.%m.%Y};1.00{n},5;\r\n", DAYS[:9])
            + "Summe;9.040,50;\r\n"
        ).encode("cp1252"),
        values=[1000.5 + n for n in range(9)],
        said="left out: 'Summe;9.040,50;'",
    ),
    "thin spaces between thousands": Wild(
        "date;y\n" + rows("{t:%Y-%m-%d};{m}\u2009234,5\n"),
        values=[1234.5 + 1000 * n for n in COUNT],
    ),
    "prices of an exchange, newest first": Wild(
        "Date,Close/Last,Note\n"
        + "".join(f'{t:%m/%d/%Y},"$1,{n:03d}.50",\n' for n, t in reversed(list(enumerate(DAYS)))),
        values=[1000.5 + n for n in COUNT],
        said="is in $",
    ),
    "prices of a portal": Wild(
        '"Date","Price","Vol.","Change %"\n'
        + rows('"{t:%b %d, %Y}","1,{m:03d}.5","{n}.2M","{n}.5%"\n'),
        values=[1001.5 + n for n in COUNT],
        target=("Price",),
    ),
    "three lines of names": Wild(
        "Price,Close,High\nTicker,AAPL,AAPL\nDate,,\n" + rows("{t:%Y-%m-%d},{n},{m}\n"),
        target=("Close",),
        said="row 2, below the header",
    ),
    "a meter with date and time": Wild(
        "Date;Time;power;voltage\n"
        + "".join(f"16/12/2006;{n}:00:00;{'?' if n == 4 else n};234.8\n" for n in COUNT),
        freq="h",
        values=[*map(float, range(4)), np.nan, *map(float, range(5, 12))],
        target=("power",),
    ),
    "periods of a grid operator": Wild(
        '"Time (CET/CEST)","Load [MW] - A|B"\n'
        + "".join(
            f'"{t:%d.%m.%Y %H:%M} - {t + pd.Timedelta("1h"):%d.%m.%Y %H:%M}","{n}"\n'
            for n, t in enumerate(HOURS)
        ),
        freq="h",
        said="holds periods: each stands at its begin",
    ),
    "from and to in two columns": Wild(
        "Datum von;Datum bis;Netzlast [MWh]\n"
        + "".join(
            f"{t:%d.%m.%Y %H:%M};{t + pd.Timedelta('1h'):%d.%m.%Y %H:%M};{n},5\n"
            for n, t in enumerate(HOURS)
        ),
        freq="h",
        values=[n + 0.5 for n in COUNT],
    ),
    "a logger that restarts": Wild(
        "# device 7\n# firmware 1.2\ntimestamp,temp\n,\u00b0C\n"
        + rows("{t:%Y-%m-%dT%H:%M:%S},{n}\n", HOURS[:6])
        + "# restart\ntimestamp,temp\n"
        + "".join(f"{t:%Y-%m-%dT%H:%M:%S},{n + 6}\n" for n, t in enumerate(HOURS[6:])),
        freq="h",
        said="1 comment line between the rows left out (first: line 11)",
    ),
    "a ledger": Wild(
        "Account: 123\nFrom 2024-01-01\n\nDate,Description,Amount\n"
        + rows('{t:%Y-%m-%d},"Shop, {n}","({m},234.00)"\n'),
        values=[-1234.0 - 1000 * n for n in COUNT],
        said="taken as negative",
    ),
    "minus behind, dates without separators": Wild(
        "Buchungsdatum\tBetrag\n" + rows("{t:%Y%m%d}\t{m}.234,50-\n"),
        values=[-1234.5 - 1000 * n for n in COUNT],
    ),
    "apostrophes": Wild(
        "Datum;Wert\n" + rows("{t:%d.%m.%Y};{m}'234.5\n"), values=[1234.5 + 1000 * n for n in COUNT]
    ),
    "months, UTF-16 and tabs": Wild(
        ("Month\tSales\n" + rows("{t:%b-%y}\t{n}\n", MONTHS)).encode("utf-16"), freq="MS"
    ),
    "serial numbers and empty columns": Wild(
        "Date,Sales,,\n" + "".join(f"{45311 + n},{n},,\n" for n in COUNT),
        said="45311 is 2024-01-20",
    ),
    "the index of a frame": Wild(",ds,y\n" + rows("{n},{t:%Y-%m-%d},{n}\n")),
    "row names in quotes": Wild('"","date","y"\n' + rows('"{m}","{t:%Y-%m-%d}",{n}\n')),
    "a table of a statistical office": Wild(
        "Table 4. Retail sales\n(millions of dollars)\nMonth,Sales(1)\n"
        + rows("{t:%b %Y},{n}\n", MONTHS)
        + "\n(1) Not adjusted\nSource: Bureau, retrieved 2024-05-01\n",
        freq="MS",
        said="2 lines below the rows left out (first: line 17, '(1) Not adjusted')",
    ),
    "a remark in quotes below": Wild(
        '"Month","Passengers"\n'
        + rows('"{t:%Y-%m}",{n}\n', MONTHS)
        + '\n"Passengers: monthly totals in thousands. Jan 49 ? Dec 60"\n',
        freq="MS",
    ),
    "a table of Markdown": Wild("| date | y |\n|---|---|\n" + rows("| {t:%Y-%m-%d} | {n} |\n")),
    "quotes, and line breaks in cells": Wild(
        "date,note,y\n" + rows('{t:%Y-%m-%d},"a ""b""\nc, d",{n}\n')
    ),
    "a break in the header": Wild('date,"y\n(kg)"\n' + rows("{t:%Y-%m-%d},{n}\n")),
    "spaces around everything": Wild(" date , y \n" + rows(" {t:%Y-%m-%d} , {n} \n")),
    "flags and an empty column": Wild("date,open,empty,y\n" + rows("{t:%Y-%m-%d},TRUE,,{n}\n")),
    "powers of ten": Wild("date,y\n" + rows("{t:%Y-%m-%d},{n}.0E+00\n")),
    "the end of an old file": Wild(("date,y\r\n" + rows("{t:%Y-%m-%d},{n}\r\n")) + "\x1a"),
    "a mark of order and old line ends": Wild("\ufeffdate,y\r" + rows("{t:%Y-%m-%d},{n}\r")),
}


@pytest.mark.parametrize("name", list(READ))
def test_a_file_as_found_is_read_right(name: str) -> None:
    wild = READ[name]
    found = read(wild)
    expected = list(map(float, COUNT)) if wild.values is None else wild.values
    np.testing.assert_array_equal(found.panel.values, expected)
    assert (found.freq, found.absent) == (wild.freq, 0)
    assert any(wild.said in note for note in found.notes), found.notes


REFUSED: dict[str, tuple[str, str, str]] = {
    "points for missing values": (
        "DATE,RATE\n" + rows("{t:%Y-%m-%d},{n}\n", MONTHS) + "2024-01-01,.\n2024-02-01,3\n",
        "'.' is not a number",
        "--missing-values=.",
    ),
    "fewer than one": (
        "Category: All\n\nWeek,ice: (World)\n" + rows("{t:%Y-%m-%d},{n}\n") + "2024-02-01,<1\n",
        "'<1' is not a number",
        "--missing-values='<1'",
    ),
    "an error of a spreadsheet": (
        "date,y\n" + rows("{t:%Y-%m-%d},{n}\n") + "2024-02-01,#DIV/0!\n",
        "'#DIV/0!' is not a number",
        "--missing-values='#DIV/0!'",
    ),
    "two columns of one name": (
        "date,y,y\n" + rows("{t:%Y-%m-%d},{n},{n}\n"),
        "the name 'y' more than once",
        "a name of its own",
    ),
    "two ways to write dates": (
        "date,y\n" + rows("{t:%Y-%m-%d},{n}\n") + rows("{t:%d/%m/%Y},{n}\n", MONTHS),
        "is not a date",
        "write all dates in one form",
    ),
    "columns of a fixed width": (
        "date        y\n" + rows("{t:%Y-%m-%d}  {n}\n"),
        "the columns are separated by blanks",
        "separate them by commas",
    ),
    "another separator": (
        "date^y\n" + rows("{t:%Y-%m-%d}^{n}\n"),
        "the columns are separated by '^'",
        "separate them by commas",
    ),
    "names for fewer columns than there are": (
        '"date","y"\n' + rows('"{m}","{t:%Y-%m-%d}",{n}\n'),
        "3 values but the header has 2 names",
        "add the missing names",
    ),
    "a page of the web": ("<!DOCTYPE html>\n<table></table>\n", "a web page", "export it as CSV"),
    "JSON": ('[{"date": "2024-01-01", "y": 1}]\n', "the file is JSON", "export it as CSV"),
    "words for numbers": (
        "date,y\n" + rows("{t:%Y-%m-%d},{n}.5k\n"),
        "no numeric column",
        "'y' holds '0.5k'",
    ),
}


@pytest.mark.parametrize("name", list(REFUSED))
def test_a_file_that_does_not_tell_is_refused_with_what_helps(name: str) -> None:
    text, what, fix = REFUSED[name]
    with pytest.raises(ForecastError) as caught:
        read(Wild(text))
    assert what in caught.value.message
    assert fix in str(caught.value.fix)
    assert caught.value.location


def test_numbers_of_one_column_with_blanks_between_thousands_are_no_columns() -> None:
    found = read(Wild("my value\n" + "".join(f"{n + 1} 234\n" for n in COUNT)))
    assert found.panel.values[0] == 1234
