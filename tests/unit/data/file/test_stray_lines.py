"""Lines above, between and below the rows that are none of them."""

from __future__ import annotations

import io

import pytest

from forecast.data.file.dialect import Dialect
from forecast.data.load import Reading, read_panel
from forecast.data.table.columns import ColumnChoice
from forecast.errors import ForecastError, SchemaError, UsageError

ROWS = "".join(f"2024-01-{day:02d},{day % 7}\n" for day in range(1, 15))
TABLE = "date,y\n" + ROWS


def read(text: str, **said: object) -> Reading:
    return read_panel(io.StringIO(text), columns=ColumnChoice(), dialect=Dialect(**said))  # type: ignore[arg-type]


WHOLE = read(TABLE)


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("Sales of 2024\n" + TABLE, "1 line above the header left out: 'Sales of 2024'"),
        ("Sales\n\n" + TABLE, "1 line above the header left out: 'Sales'"),
        ("Sales,\n" + TABLE, "1 line above the header left out: 'Sales,'"),
        ('"Sales, net"\n' + TABLE, "1 line above the header left out: '\"Sales, net\"'"),
        ("Sales, net\n" + TABLE, "1 line above the header left out: 'Sales, net'"),
        ("A\nB of 2024\n" + TABLE, "2 lines above the header left out (first: 'A')"),
        ("Sales,Sales\n" + TABLE, "1 line above the header left out: 'Sales,Sales'"),
        (
            "date,y\n(d),(kg)\n" + ROWS,
            "row 2, below the header, holds no values ('(d), (kg)'): left out",
        ),
        ("date,y\n---,---\n" + ROWS, "row 2, below the header, holds no values ('---, ---')"),
        ("date,y\n,MWh\n" + ROWS, "row 2, below the header, holds no values (', MWh'): left out"),
        (TABLE.replace("2024-01-05", "date,y\n2024-01-05"), "1 repeated header between the rows"),
        (TABLE + "Total,42\n", "line 16, below the rows, left out: 'Total,42'"),
        (TABLE + "Total,42", "line 16, below the rows, left out: 'Total,42'"),
        (TABLE + "\nGrand total:,42\n", "line 17, below the rows, left out: 'Grand total:,42'"),
        (TABLE + "\nSource: an office, 2024\n", "line 17, below the rows, left out: 'Source: an"),
        (TABLE + "* provisional\n", "line 16, below the rows, left out: '* provisional'"),
        (
            TABLE + "Total,42\n\nSource: x\n(1) see above\n",
            "3 lines below the rows left out (first: line 16, 'Total,42')",
        ),
    ],
)
def test_a_line_that_is_no_row_is_left_out_and_said(text: str, note: str) -> None:
    found = read(text)
    assert found.fingerprint == WHOLE.fingerprint
    assert any(said.startswith(note) for said in found.notes), found.notes


def test_rows_keep_their_numbers_below_a_title() -> None:
    with pytest.raises(SchemaError) as caught:
        read("A title\nand more\n\n" + TABLE.replace("2024-01-05,5", "2024-01-05,five"))
    assert str(caught.value.location).endswith("row 9")


@pytest.mark.parametrize("line", ["sep=;\n", '"sep=;"\n', "SEP=;\r\n"])
def test_the_separator_that_a_spreadsheet_declares_is_taken(line: str) -> None:
    text = line + TABLE.replace(",", ";")
    assert read(text).fingerprint == WHOLE.fingerprint


@pytest.mark.parametrize(
    "text",
    [
        "name,date,y\n"
        + "".join(f"{n},2024-01-0{d},{d}\n" for n in ("a", "Total") for d in (1, 2)),
        "name,V1,V2,V3\nnorth,1,2,3\nsouth,1,2,3\nTotal,2,4,6\n",
        "name,quarter,y\n"
        + "".join(f"{n},2024Q{q},{q}\n" for n in ("a", "Total") for q in (1, 2, 3)),
        "name,V1,V2,V3\nA1,1,2,3\nA2,1,2,3\nMax,2,4,6\n",
        "name,V1,V2,V3\nnorth,1,2,3\nsouth,1,2,3\nNotes,2,4,6\n",
    ],
)
def test_a_series_called_total_or_notes_stays(text: str) -> None:
    assert len(read(text).panel.unique_ids) > 1


@pytest.mark.parametrize(
    "text",
    [
        "date,y\nDec 2019,5\nJan 2020,\nFeb 2020,7\nMar 2020,\n",
        "date,y\n2019-12-01,5\n2020-01-01,\n2020-02-01,7\n\n2020-03-01,\n",
    ],
)
def test_a_last_row_without_value_stays(text: str) -> None:
    assert read(text).panel.length == 4


@pytest.mark.parametrize(
    "text",
    [
        TABLE.replace("date,y\n", "y\n"),
        "date\n" + ROWS,
        "a,b\n" + ROWS.replace(",", ",7,"),
        "a,a\n" + ROWS,
        "date,y\n" + ROWS.replace(",", ",x"),
    ],
)
def test_a_row_is_never_taken_for_a_header(text: str) -> None:
    with pytest.raises(ForecastError):
        read(text)


def test_a_missing_value_that_begins_as_a_comment_is_one() -> None:
    assert read("y\n" + "5\n" * 9 + "#N/A\n" + "5\n" * 9).panel.length == 19


def test_a_row_with_too_few_cells_is_pointed_out() -> None:
    text = "date,price,y\n" + ROWS.replace(",", ",9,")
    short = text.replace("2024-01-05,9,5", "2024-01-05,9")
    choice = ColumnChoice(target=("y",))
    found = read_panel(io.StringIO(short), columns=choice)
    assert "1 row has too few cells: the last are empty (first: row 6 has 2 of 3)" in found.notes
    assert not any("few" in note for note in read_panel(io.StringIO(text), columns=choice).notes)


def test_first_rows_without_value_are_rows() -> None:
    assert read("shop,date,y\na,2024-01-01,NA\na,2024-01-02,2\na,2024-01-03,3\n").missing == 1
    assert read("t,shop,y\n1,a,NA\n2,a,\n3,a,3\n").missing == 2
    with pytest.raises(SchemaError, match=r"'\.\.' is not a number"):
        read("shop,y\na,..\nb,3\nc,4\n")


@pytest.mark.parametrize(
    ("labels", "best"),
    [
        (["temp", "hum", "sales"], "sales"),
        (["Open", "High", "Low", "Close", "Volume"], "Close"),
        (["registered", "casual", "cnt"], "cnt"),
        (["temperature", "Total Load [MW]", "wind"], "Total Load [MW]"),
        (["price", "value", "y_lag"], "value"),
        (["Close/Last", "Volume"], "Close/Last"),
        (["HUFL", "OT"], "OT"),
        (["b", "a"], "a"),
    ],
)
def test_of_several_targets_the_likeliest_is_suggested(labels: list[str], best: str) -> None:
    lines = [f"2024-01-{day:02d}" + f",{day}.5" * len(labels) for day in range(1, 9)]
    with pytest.raises(UsageError) as caught:
        read("\n".join(["date," + ",".join(labels), *lines]) + "\n")
    assert all(repr(label) in caught.value.message for label in labels)
    shown = best if best.isidentifier() else f'"{best}"'
    assert f"such as --target {shown}, or" in str(caught.value.fix)


def test_a_column_that_counts_the_rows_is_not_suggested() -> None:
    with pytest.raises(UsageError) as caught:
        read("date,b,c,n\n" + "".join(f"{row}.5,7,{n}\n" for n, row in enumerate(ROWS.split())))
    assert "such as --target c, or" in str(caught.value.fix)


def test_the_numbers_of_the_rows_are_no_target() -> None:
    found = read(
        "Unnamed: 0,date,y\n" + "".join(f"{n},{row}\n" for n, row in enumerate(ROWS.split()))
    )
    assert found.columns.target == ("y",)


def test_rows_without_header() -> None:
    said = read_panel(
        io.StringIO("a,1,2,3\nb,4,5,6\n"),
        columns=ColumnChoice(layout="rows"),
        dialect=Dialect(no_header=True),
    )
    assert said.panel.unique_ids == ("a", "b")
    assert said.panel.values.tolist() == [1, 2, 3, 4, 5, 6]
    numbered = read_panel(
        io.StringIO("001,1,2,3\n01,4,5,\n"),
        columns=ColumnChoice(layout="rows"),
        dialect=Dialect(no_header=True),
    )
    assert numbered.panel.unique_ids == ("001", "01")


def test_comments_between_the_rows_of_a_file_without_header_are_left_out() -> None:
    lines = ROWS.splitlines(keepends=True)
    found = read("".join([*lines[:5], "# the sensor was changed\n", *lines[5:]]), no_header=True)
    assert found.fingerprint == read(ROWS, no_header=True).fingerprint
    assert "1 comment line between the rows left out (first: line 6)" in found.notes
