from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forecast.data.load import Reading, read_panel
from forecast.data.table.columns import ColumnChoice, Layout
from forecast.data.times.clock import CountClock
from forecast.errors import DataError, SchemaError, UsageError

RAGGED = 'V1,V2,V3,V4,V5\n"H2",5,6,7,8\n"H1",4,,2,\n"NA",1,,,\n'


def reading(
    text: str,
    layout: Layout = "auto",
    *,
    target: tuple[str, ...] = (),
    time: tuple[str, ...] = (),
    id: tuple[str, ...] = (),  # noqa: A002 - the name of the choice
) -> Reading:
    return read_panel(io.StringIO(text), columns=ColumnChoice(target, time, id, layout))


@pytest.mark.parametrize("layout", ["auto", "rows"])
def test_a_row_of_values_is_a_series_and_its_empty_end_is_padding(layout: Layout) -> None:
    panel = reading(RAGGED, layout).panel
    assert panel.unique_ids == ("H1", "H2", "NA")
    np.testing.assert_array_equal(panel.series(0), [4.0, np.nan, 2.0])
    assert panel.series(1).tolist() == [5.0, 6.0, 7.0, 8.0]
    assert panel.series(2).tolist() == [1.0]


def test_series_of_rows_are_aligned_at_their_ends() -> None:
    found = reading(RAGGED)
    assert isinstance(found.panel.clock, CountClock)
    assert (found.panel.first + found.panel.lengths).tolist() == [4, 4, 4]
    assert found.panel.at(np.array([3])).ravel().tolist() == [2.0, 8.0, 1.0]
    assert found.panel.clock.last.tolist() == [2, 3, 0]
    assert found.columns.layout == "rows"
    assert found.notes[0].startswith("each row is a series: 3 of them, named by 'V1', with 1 to 4")


@pytest.mark.parametrize(
    "names", [("001", "01", "1"), ("NA", "null", "None"), ("🚲", "a,b", "é"), ("1", "2", "10")]
)
def test_ids_of_rows_survive_as_text(names: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    pd.DataFrame({"key": names, "a": [1, 2, 3], "b": [4, 5, 6]}).to_csv(path, index=False)
    found = read_panel(path, columns=ColumnChoice(layout="rows"))
    assert set(found.panel.unique_ids) == set(names)


def test_the_id_of_rows_may_be_named() -> None:
    found = reading("a,name,b\n1,x,2\n3,y,4\n", "rows", id=("name",))
    assert found.panel.unique_ids == ("x", "y")
    assert found.panel.values.tolist() == [1.0, 2.0, 3.0, 4.0]


def test_an_id_in_two_rows_is_refused_with_both() -> None:
    with pytest.raises(SchemaError, match=r"'H1' stands in 2 rows \(first: rows 2 and 4\)"):
        reading("V1,V2,V3\nH1,1,2\nH2,1,2\nH1,3,4\n", "rows")


def test_rows_of_values_have_neither_time_nor_target() -> None:
    with pytest.raises(UsageError, match="no time or target column"):
        reading(RAGGED, "rows", target=("V2",))


def test_rows_without_any_value_are_refused() -> None:
    with pytest.raises(DataError, match="every value is missing"):
        reading("V1,V2,V3\na,,\nb,,\n", "rows")


def test_long_keeps_a_numbered_header_from_being_taken_as_rows() -> None:
    with pytest.raises(UsageError, match="could be the target"):
        reading(RAGGED, "long")


def test_wide_takes_each_column_of_numbers_as_a_series() -> None:
    text = "date,b,a\n" + "\n".join(f"2024-01-0{day},{day},{10 * day}" for day in range(1, 6))
    found = reading(text, "wide")
    assert set(found.panel.unique_ids) == {"a", "b"}
    assert found.columns.layout == "wide"
    assert found.columns.order == ("date", "b", "a")


def test_three_key_columns_make_one_id() -> None:
    # as australia_tourism: a region's name may hold a comma, and Purpose alone is not unique
    rows = [
        f'1998-0{month}-01,"Sydney, North",NSW,{purpose},{month}.5'
        for month in (1, 4, 7)
        for purpose in ("Business", "Holiday")
    ]
    text = "\n".join(["Quarter,Region,State,Purpose,Trips", *rows])
    found = reading(text, id=("Region", "State", "Purpose"))
    assert found.panel.unique_ids == ("Sydney, North/NSW/Business", "Sydney, North/NSW/Holiday")
    assert found.freq == "QS"


def test_empty_cells_of_a_wide_file_are_missing_and_not_padding() -> None:
    # as nn5_daily_with_missing: the last cells of a column may be truly missing
    text = "date,N-1,N-2\n" + "\n".join(
        f"1996-03-{day},{day},{'' if day > 27 else day}" for day in range(18, 30)
    )
    found = reading(text, "wide")
    assert found.panel.lengths.tolist() == [12, 12]
    assert found.missing == 2


@pytest.mark.parametrize(
    ("header", "rows_would_do"),
    [
        ("product,region,2015-01,2015-02,2015-03,2015-04", False),
        ("product,Jan-15,Feb-15,Mar-15,Apr-15", True),
        ("year,Jan,Feb,Mar,Apr", False),
        ("country,code,1990,1991,1992,1993", False),
    ],
)
def test_table_with_its_times_in_the_header_is_refused(header: str, rows_would_do: bool) -> None:
    labels = header.split(",")
    wide = len(labels) - 4
    lines = [
        ",".join(
            [
                *(["2001", "2002"][row] if labels[0] == "year" else f"a{row}" for _ in range(wide)),
                *"5678",
            ]
        )
        for row in range(2)
    ]
    with pytest.raises(SchemaError, match="4 columns are named like times") as caught:
        reading("\n".join([header, *lines]))
    assert ("--layout rows" in str(caught.value.fix)) is rows_would_do
