"""Clean files are read in pieces; odd ones fall to the careful reader and give the same frame."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from unittest import mock

import pandas as pd
import pytest

from forecast.data.file import raw
from forecast.data.file.dialect import Dialect
from forecast.data.file.parse import parse_text
from forecast.data.table.columns import ColumnChoice
from forecast.data.table.read import Table, read_table

Y = ColumnChoice(target=("y",))
DAYS = pd.date_range("2024-01-01", periods=150).strftime("%Y-%m-%d").tolist()
PLAIN = "".join(f"a,{day},{n}.5\nb,{day},-{n}\n" for n, day in enumerate(DAYS))
HEADER = "unique_id,ds,y\n"
CLEAN = {
    "commas": HEADER + PLAIN,
    "semicolons": (HEADER + PLAIN).replace(",", ";"),
    "tabs": (HEADER + PLAIN).replace(",", "\t"),
    "decimal commas": (HEADER + PLAIN).replace(",", ";").replace(".", ","),
    "dates with times": HEADER + re.sub(r"(,2024-\d\d-\d\d)", r"\1 06:30:00", PLAIN),
    "stamps of ISO": HEADER + re.sub(r"(,2024-\d\d-\d\d)", r"\1T06:30:00Z", PLAIN),
    "local dates": HEADER + "".join(f"a,{n}.12.2024,{n}\n" for n in range(10, 32)),
    "line ends of Windows": (HEADER + PLAIN).replace("\n", "\r\n"),
    "quoted ids": HEADER + PLAIN.replace("a,", '"Zürich, x",').replace("b,", '"b ""c""",'),
    "empty cells": HEADER + PLAIN.replace(",7.5\n", ",\n").replace(",-9\n", ",NA\n"),
    "no line end at the end": (HEADER + PLAIN).removesuffix("\n"),
    "a mark of UTF-8": "\ufeff" + HEADER + PLAIN,
    "a comment above": "# from the tills\n" + HEADER + PLAIN,
    "no ids": "ds,y\n" + "".join(f"{day},{n}\n" for n, day in enumerate(DAYS)),
    "one column": "y\n" + "".join(f"{n}\n" for n in range(300)),
    "more than the first rows": HEADER
    + "".join(
        f"shop {shop},{day},{n}\n" for shop in range(1000) for n, day in enumerate(DAYS[:100])
    ),
}
ODD = {
    "a comment between the rows": HEADER + PLAIN + "# end of May\na,2024-05-30,7\n",
    "a header between the rows": HEADER + PLAIN + HEADER + "a,2024-05-30,7\n",
    "an empty row": HEADER + PLAIN.replace("b,2024-01-02", "\nb,2024-01-02"),
    "separators alone": HEADER + PLAIN + ",,\n",
    "a line break in a cell": HEADER + PLAIN.replace("b,", '"b\nc",'),
    "a number that needs care": HEADER + PLAIN + 'a,2024-05-30,"1,234.5"\n',
    "a footer": HEADER + PLAIN + "\nSource: the tills\n",
}


def read(path: Path, choice: ColumnChoice, **said: object) -> tuple[Table, bool]:
    """Read a file; tell whether that took the careful reader."""
    with mock.patch.object(raw, "parse_text", wraps=parse_text) as careful:
        table = read_table(path, columns=choice, dialect=Dialect(**said))  # type: ignore[arg-type]
    return table, careful.called


def read_with_care(path: Path, choice: ColumnChoice) -> Table:
    with mock.patch.object(raw, "parse_pieces", return_value=None):
        return read_table(path, columns=choice)


def assert_same(one: Table, other: Table) -> None:
    pd.testing.assert_frame_equal(one.frame, other.frame)
    assert one.notes == other.notes
    assert one.columns == other.columns


@pytest.mark.parametrize("text", CLEAN.values(), ids=CLEAN)
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gz"])
def test_a_clean_file_needs_no_care(tmp_path: Path, text: str, *, packed: bool) -> None:
    data = text.encode()
    path = tmp_path / ("series.csv.gz" if packed else "series.csv")
    path.write_bytes(gzip.compress(data) if packed else data)
    table, careful = read(path, Y)
    assert not careful
    assert_same(table, read_with_care(path, Y))


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_an_odd_file_is_read_with_care(tmp_path: Path, text: str) -> None:
    path = tmp_path / "series.csv"
    path.write_text(text, encoding="utf-8")
    table, careful = read(path, Y)
    assert careful
    assert_same(table, read_with_care(path, Y))


def test_a_file_in_another_encoding_is_read_in_pieces_once_it_is_recoded(tmp_path: Path) -> None:
    path = tmp_path / "series.csv"
    path.write_bytes((HEADER + PLAIN).replace("a,", "Zürich,").encode("cp1252"))
    table, careful = read(path, Y)
    assert not careful
    assert table.frame["unique_id"].iloc[0] == "Zürich"  # a letter that is no UTF-8 is not lost
