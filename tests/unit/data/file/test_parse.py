"""How cells and lines are written: separators, numbers, comments, headers, cut lines."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest

from forecast.data.file.dialect import Dialect
from forecast.data.load import Reading, read_panel
from forecast.data.table.columns import ColumnChoice
from forecast.errors import ForecastError, SchemaError, UsageError

Y = ColumnChoice(target=("y",))
DAYS = [f"2024-01-{day:02d}" for day in range(1, 32)]


def read(text: str, choice: ColumnChoice = Y, **said: object) -> Reading:
    dialect = Dialect(**said)  # type: ignore[arg-type]
    return read_panel(io.StringIO(text), columns=choice, dialect=dialect)


def table(*cells: str, separator: str = ";") -> str:
    lines = [f"{day}{separator}{cell}" for day, cell in zip(DAYS, cells, strict=False)]
    return f"ds{separator}y\n" + "\n".join(lines) + "\n"


def values(reading: Reading) -> list[float]:
    return [float(value) for value in reading.panel.values]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1,5", "2", "-0,25"], [1.5, 2, -0.25]),
        (["1.234,5", "2"], [1234.5, 2]),
        (["1,234.5", "2"], [1234.5, 2]),
        (["1,234,567", "2"], [1234567, 2]),
        (["1.234.567", "2"], [1234567, 2]),
        (["1 234,5", "12"], [1234.5, 12]),
        (["1\u00a0234", "12"], [1234, 12]),
        (["1'234.5", "12"], [1234.5, 12]),
        (["0,123", "0,456"], [0.123, 0.456]),
        (["1,234", "12,5"], [1.234, 12.5]),
        (["1,234", "12,345.6"], [1234, 12345.6]),
        (["1.234", "5.678"], [1.234, 5.678]),
        (["1,5e3", "2"], [1500, 2]),
        (["1,5", "NA", "", "2,5"], [1.5, np.nan, np.nan, 2.5]),
    ],
)
def test_decimal_and_thousands_marks_are_told_by_the_column(
    cells: list[str], expected: list[float]
) -> None:
    np.testing.assert_array_equal(values(read(table(*cells))), expected)


def test_marks_far_down_the_column_count_too() -> None:
    lines = [f"{row};{row}" for row in range(1, 400)]
    text = "t;y\n" + "\n".join([*lines, "400;1,5", "401;12.345,75"]) + "\n"
    assert values(read(text))[-2:] == [1.5, 12345.75]


def test_numbers_that_may_be_either_are_refused_with_both_settings() -> None:
    with pytest.raises(SchemaError, match=r"'1,234' may be 1234 or 1\.234") as caught:
        read(table("1,234", "5,678", "7"))
    assert caught.value.location == "stream, column 'y', row 2"
    assert "--set data.decimal=comma, or --set data.thousands=comma" in str(caught.value.fix)
    assert values(read(table("1,234", "7"), decimal="comma")) == [1.234, 7]
    assert values(read(table("1,234", "7"), thousands="comma")) == [1234, 7]
    assert values(read(table("1.234", "7"), decimal="comma")) == [1234, 7]


def test_a_doubtful_column_is_a_target_and_not_an_id() -> None:
    with pytest.raises(SchemaError, match=r"'1,234' may be 1234 or 1\.234"):
        read(table("1,234", "5,678"), ColumnChoice())


def test_another_column_settles_what_one_leaves_open() -> None:
    assert values(read("ds;y;x\n2024-01-01;1,234;0,5\n2024-01-02;2,345;0,7\n")) == [1.234, 2.345]
    assert values(read("ds;y;x\n2024-01-01;1,234;0.5\n2024-01-02;2,345;0.7\n")) == [1234, 2345]
    assert values(read("ds;y;x\n2024-01-01;1.234;0,5\n2024-01-02;2.345;0,7\n")) == [1234, 2345]


def test_a_cell_that_contradicts_the_others_is_refused_by_row() -> None:
    with pytest.raises(SchemaError, match="'1,234,567' is not a number") as caught:
        read(table("1,5", "2,5", "1,234,567"))
    assert caught.value.location == "stream, column 'y', row 4"


def test_quoted_thousands_in_a_file_with_commas() -> None:
    assert values(read('ds,y\n2024-01-01,"1,234.5"\n2024-01-02,"12"\n')) == [1234.5, 12]


def test_the_separator_is_the_one_that_makes_sense_of_the_cells() -> None:
    text = "datum;wert, EUR\n01.12.2024;1,5\n13.12.2024;2,5\n25.12.2024;3,5\n"
    found = read(text, ColumnChoice())
    assert found.columns.target == ("wert, EUR",)
    assert values(found)[0] == 1.5
    piped = read("a|b\n1,2|3\n2,2|4\n", ColumnChoice(target=("b",)), separator="pipe")
    assert values(piped) == [3, 4]


@pytest.mark.parametrize(
    "text",
    [
        "ds,y,,\n2024-01-01,1,,\n2024-01-02,2,,\n",
        "ds,y\n2024-01-01,1,,\n2024-01-02,2,,\n",
        "ds,y\n2024-01-01,1\n2024-01-02,2\n,\n,\n\n",
        "\n\nds,y\n2024-01-01,1\n2024-01-02,2\n\n",
        "# made by a logger\n# 2024\nds,y\n2024-01-01,1\n# pause\n2024-01-02,2\n",
        "# ds,y\n2024-01-01,1\n2024-01-02,2\n",
        "ds , y\r\n2024-01-01 , 1\r\n2024-01-02 , 2\r\n",
        '"ds", "y"\n"2024-01-01", "1"\n"2024-01-02", "2"\n',
    ],
)
def test_empty_columns_empty_rows_and_comments_do_not_matter(text: str) -> None:
    assert values(read(text)) == [1, 2]


def test_trailing_cells_beyond_the_sample_do_not_matter_if_empty() -> None:
    rows = "".join(f"{row},{row % 7}\n" for row in range(300))
    assert len(values(read(f"t,y\n{rows}300,5,,,\n301,5\n"))) == 302
    with pytest.raises(SchemaError, match="row 302 has 5 values but the header has 2 names"):
        read(f"t,y\n{rows}300,5,,,9\n301,5\n")


def test_comments_keep_the_numbers_of_rows_and_are_said() -> None:
    text = "ds,y\n2024-01-01,1\n# one\n# two\n2024-01-02,x\n"
    with pytest.raises(SchemaError, match="'x' is not a number") as caught:
        read(text)
    assert str(caught.value.location).endswith("row 5")
    found = read(text.replace("x", "2"))
    assert "2 comment lines between the rows left out (first: line 3)" in found.notes


def test_a_line_that_may_be_a_row_is_no_comment_unless_the_user_says_so() -> None:
    text = "shop,ds,y\n#1,2024-01-01,1\n#1,2024-01-02,2\n"
    assert read(text, ColumnChoice(id=("shop",))).panel.unique_ids == ("#1",)
    commented = "ds,y\n2024-01-01,1\n#2024-01-02,2\n2024-01-03,3\n"
    with pytest.raises(SchemaError, match="'#2024-01-02' is not a date"):
        read(commented)
    assert values(read(commented, comment="#")) == [1, 3]
    title = read("# a comment\nds,y\n2024-01-01,1\n2024-01-02,2\n", comment="none")
    assert "1 line above the header left out: '# a comment'" in title.notes


def test_a_comment_mark_inside_a_quoted_cell_is_text() -> None:
    text = 'ds,y,note\n2024-01-01,1,"a\n#b"\n2024-01-02,2,c\n'
    assert values(read(text)) == [1, 2]


def test_in_a_file_of_one_column_a_comment_is_no_missing_value() -> None:
    assert values(read("y\n1\n# pause\n2\n\n3\n"))[:2] == [1, 2]


def test_a_line_that_was_cut_off_is_refused_and_dropped_only_on_demand() -> None:
    text = "ds,x,y\n2024-01-01,1,1\n2024-01-02,2,2\n2024-01-03,3"
    with pytest.raises(SchemaError, match="row 4 has 2 of 3 cells and no line end") as caught:
        read(text)
    assert "--allow-truncated" in str(caught.value.fix)
    found = read(text, allow_truncated=True)
    assert values(found) == [1, 2]
    assert "row 4, the last, is cut off (2 of 3 cells): dropped" in found.notes
    assert values(read(text + ",3")) == [1, 2, 3]
    open_quote = 'ds,n,y\n2024-01-01,"a",1\n2024-01-02,"a",2\n2024-01-03,"b'
    with pytest.raises(SchemaError, match="row 4 has an open quotation mark"):
        read(open_quote)
    assert values(read(open_quote, allow_truncated=True)) == [1, 2]


def test_a_file_without_header_is_refused_with_the_flag_and_read_with_it() -> None:
    text = "2024-01-01,1,5\n2024-01-02,2,6\n"
    with pytest.raises(SchemaError, match="no header") as caught:
        read(text)
    assert "--no-header" in str(caught.value.fix)
    found = read(text, ColumnChoice(target=("column_3",)), no_header=True)
    assert values(found) == [5, 6]
    assert found.columns.time == ("column_1",)
    assert "no header: the columns are called column_1 to column_3" in found.notes


def test_more_markers_of_missing_values_in_numbers_and_texts() -> None:
    text = "ds,y\n2024-01-01,1\n2024-01-02,-999\n2024-01-03,x\n2024-01-04,-999.0\n2024-01-05,3\n"
    found = read(text, missing_values=("-999", "-999.0", "x"))
    np.testing.assert_array_equal(values(found), [1, np.nan, np.nan, np.nan, 3])
    many = "t,y\n" + "".join(f"{row},{-999 if row % 5 else row}\n" for row in range(1000))
    assert int(np.isnan(read(many, missing_values=("-999",)).panel.values).sum()) == 800


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ({"separator": "colon"}, "'colon' is no separator"),
        ({"decimal": "comma", "thousands": "comma"}, "are both 'comma'"),
        ({"time_zone": "Mars/Olympus"}, "'Mars/Olympus' is no time zone"),
        ({"date_format": "%Q%"}, "is not a date format"),
    ],
)
def test_a_word_that_means_nothing_is_refused(said: dict[str, str], what: str) -> None:
    with pytest.raises(UsageError, match=what):
        read("ds,y\n2024-01-01,1\n2024-01-02,2\n", ColumnChoice(time=("ds",)), **said)


def test_absurdly_many_columns_are_refused_before_memory_is_spent() -> None:
    with pytest.raises(ForecastError, match=r"cells \(at most 200000\)"):
        read("a" + "," * 300_000 + "\n" + "1" + "," * 300_000 + "\n")


@pytest.mark.parametrize(
    ("cells", "mark"),
    [(["1,5", "2"], "comma"), (["1.234,5", "2"], "comma"), (["1,234.5", "2"], "point"),
     (["1.5", "2"], "auto"), (["1", "2"], "auto")],
)  # fmt: skip
def test_the_mark_that_was_found_is_told(cells: list[str], mark: str) -> None:
    assert read(table(*cells)).columns.decimal == mark


@pytest.mark.parametrize(
    "cells",
    [
        ["-999", "-999.0", "-9.99e2", "4", "5"],
        ["-999", "-999,0", " -999", "4,5", "5"],
        ["$-999", "-$999.0", "($999)", "$4", "$5"],
    ],
    ids=["numbers", "decimal commas", "amounts"],
)
@pytest.mark.parametrize("note", ["", "x"], ids=["plainly", "beside a word"])
def test_a_marker_of_missing_values_is_meant_by_its_number(cells: list[str], note: str) -> None:
    markers = ("-999", note) if note else ("-999",)
    found = values(read(table(*cells, *([note] * 2)), missing_values=markers))
    assert found[:4] == pytest.approx(
        [np.nan] * 3 + [float(cells[3].strip("$").replace(",", "."))], nan_ok=True
    )
    assert found[4] == 5


def test_a_marker_does_not_touch_ids() -> None:
    text = "shop;ds;y\n007;2024-01-01;7\n007;2024-01-02;8\n"
    frame = pd.DataFrame({"shop": ["007", "007"], "ds": DAYS[:2], "y": [7, 8]})
    choice = ColumnChoice(target=("y",), id=("shop",))
    dialect = Dialect(missing_values=("7",))
    for source in (io.StringIO(text), frame):
        found = read_panel(source, columns=choice, dialect=dialect)
        assert found.panel.unique_ids == ("007",)
        np.testing.assert_array_equal(found.panel.values, [np.nan, 8])


def test_no_cell_is_dropped_where_the_header_opens_a_quotation_mark() -> None:
    lines = [f"a,{n},{n},{n}\n" for n in range(60)]
    lines[55] = 'a"b,1,2,3\n'
    with pytest.raises(SchemaError, match="its first row has more than 2 cells") as caught:
        read('"unique_id,ds,y,x\n' + "".join(lines), ColumnChoice())
    assert caught.value.fix == "look for a quotation mark that is never closed"
