"""Currencies, percent signs and other ways to write a number that is not bare."""

from __future__ import annotations

import io

import numpy as np
import pytest

from forecast.data.load import Reading, read_panel
from forecast.data.table.columns import ColumnChoice
from forecast.errors import SchemaError


def read(*cells: str, target: tuple[str, ...] = ()) -> Reading:
    lines = [f"2024-01-{day:02d};{cell}" for day, cell in enumerate(cells, start=1)]
    text = "\n".join(["date;y", *lines]) + "\n"
    return read_panel(io.StringIO(text), columns=ColumnChoice(target=target))


@pytest.mark.parametrize(
    ("cells", "expected", "note"),
    [
        (["$1,234.50", "$999.99"], [1234.5, 999.99], "is in $: '$1,234.50' is read as 1,234.50"),
        (["$ 5", "-$3", "$-2"], [5, -3, -2], "is in $: '$ 5' is read as 5"),
        (["1.234,50 €", "99,00 €"], [1234.5, 99], "is in €: '1.234,50 €' is read as 1.234,50"),
        (["USD 100", "USD 200"], [100, 200], "is in USD: 'USD 100' is read as 100"),
        (["12.5%", "13 %", "1e1%"], [12.5, 13, 10], "is in %: '12.5%' is read as 12.5"),
        (["12,5%", "", "14%"], [12.5, np.nan, 14], "is in %: '12,5%' is read as 12,5"),
        (["(1,234)", "1,500", "2.5"], [-1234, 1500, 2.5], "such as '(1,234)': taken as negative"),
        (["($5.00)", "$6.00"], [-5, 6], "such as '($5.00)': taken as negative"),
        (["12-", "15"], [-12, 15], "such as '12-': taken as negative"),
        (["\u221212", "15"], [-12, 15], "such as '\u221212': taken as negative"),
    ],
)
def test_what_the_whole_column_has_is_left_out_and_said(
    cells: list[str], expected: list[float], note: str
) -> None:
    found = read(*cells)
    np.testing.assert_array_equal(found.panel.values, expected)
    assert any(said.startswith("column 'y' ") and said.endswith(note) for said in found.notes)


@pytest.mark.parametrize(
    "cells", [["$1", "€2", "$3"], ["12%", "13", "14%"], ["$5", "6", "7%"], ["$5 (", "$6", "7"]]
)
def test_signs_that_differ_are_not_left_out(cells: list[str]) -> None:
    with pytest.raises(SchemaError, match=r"no numeric column|is not a number"):
        read(*cells)


def test_a_cell_that_is_no_number_is_named_among_those_that_are() -> None:
    with pytest.raises(SchemaError, match="'free' is not a number") as caught:
        read("$5", "$6", "free", "$7")
    assert str(caught.value.location).endswith("row 4")
    assert str(caught.value.fix).endswith("--missing-values=free if it stands for a missing value")


def test_numbers_with_a_unit_are_refused_with_one_of_them() -> None:
    with pytest.raises(SchemaError, match="no numeric column") as caught:
        read("1,234 kg", "2 kg")
    assert caught.value.fix == (
        "write plain numbers in the column to forecast: 'y' holds '1,234 kg'"
    )


@pytest.mark.parametrize("mark", ["\u2013", "\u2014"])
def test_a_dash_stands_for_a_missing_value(mark: str) -> None:
    assert read("1", mark, "3").missing == 1


def test_pairs_of_digits_between_thousands() -> None:
    np.testing.assert_array_equal(read("1,23,456", "2,34,567.5").panel.values, [123456, 234567.5])


def test_names_of_series_keep_their_signs() -> None:
    text = "dose,date,y\n" + "".join(
        f"{dose},2024-01-0{day},{day}\n" for dose in ("5%", "10%") for day in (1, 2, 3)
    )
    choice = ColumnChoice(id=("dose",))
    assert read_panel(io.StringIO(text), columns=choice).panel.unique_ids == ("10%", "5%")
