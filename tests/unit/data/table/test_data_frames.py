"""Data frames as people have them: times and ids in columns, or in the levels of an index."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from forecast.data.table.columns import ColumnChoice
from forecast.data.table.read import read_table
from forecast.errors import SchemaError


def test_a_data_frame_is_read_and_not_changed() -> None:
    frame = pd.DataFrame(
        {"ds": pd.to_datetime(["2024-01-02", "2024-01-01"]), "id": ["a", "a"], "y": [2, 1]}
    )
    before = frame.copy(deep=True)
    found = read_table(frame, columns=ColumnChoice(target=("y",), id=("id",)))
    pd.testing.assert_frame_equal(frame, before)
    assert found.frame["y"].tolist() == [1.0, 2.0]
    assert found.frame["row"].tolist() == [1, 0]


def test_a_data_frame_may_hold_its_time_in_the_index() -> None:
    index = pd.date_range("2024-01-01", periods=3, tz="Europe/Paris")
    frame = pd.DataFrame({"load": [1.0, np.nan, 3.0]}, index=index)
    found = read_table(frame, columns=ColumnChoice())
    assert found.columns.time == ("ds",)
    assert str(found.frame["ds"].dt.tz) == "Europe/Paris"


@pytest.mark.parametrize("levels", [["unique_id"], ["unique_id", "ds"], ["shop", "ds"]])
def test_a_data_frame_may_hold_its_ids_in_the_index(levels: list[str]) -> None:
    frame = pd.DataFrame(
        {
            levels[0]: ["b", "b", "a", "a"],
            "ds": pd.to_datetime(["2024-01-01", "2024-01-02"] * 2),
            "y": [1.0, 2.0, 3.0, 4.0],
        }
    )
    found = read_table(frame.set_index(levels), columns=ColumnChoice())
    pd.testing.assert_frame_equal(found.frame, read_table(frame, columns=ColumnChoice()).frame)
    assert found.columns.id == (levels[0],)


def test_numbers_in_the_index_of_a_data_frame_are_its_ids_where_they_are_called_so() -> None:
    frame = pd.DataFrame({"ds": ["2024-01-01", "2024-01-01"], "y": [1.0, 2.0]})
    ids = pd.Index([7, 8], name="unique_id")
    found = read_table(frame.set_index(ids), columns=ColumnChoice())
    assert found.frame["unique_id"].tolist() == ["7", "8"]
    rows = read_table(frame[:1].set_index(ids[:1].rename("line")), columns=ColumnChoice())
    assert (rows.columns.id, rows.columns.target) == ((), ("y",))


@pytest.mark.parametrize(
    "index",
    [
        pd.Index(["2024-01-01", "2024-01-02", "2024-01-03"]),
        pd.Index([date(2024, 1, day) for day in (1, 2, 3)]),
        pd.Index([1990, 1991, 1992], name="year"),
        pd.Index([4, 5, 6], name="step"),
    ],
    ids=["words", "dates", "years", "steps"],
)
def test_times_of_any_kind_in_the_index_order_the_rows(index: pd.Index) -> None:
    frame = pd.DataFrame({"load": [1.0, 2.0, 3.0]}, index=index)
    found = read_table(frame[::-1], columns=ColumnChoice())
    assert found.frame["y"].tolist() == [1.0, 2.0, 3.0]
    assert found.columns.time == ("index" if index.name is None else index.name,)


def test_numbers_in_the_index_that_have_no_name_count_the_rows() -> None:
    frame = pd.DataFrame({"load": [1.0, 2.0, 3.0]}, index=[9, 4, 7])
    found = read_table(frame, columns=ColumnChoice())
    assert (found.columns.time, found.frame["y"].tolist()) == ((), [1.0, 2.0, 3.0])


@pytest.mark.parametrize("key", ["a", 1])
def test_level_beside_times_tells_the_series_apart(key: object) -> None:
    days = pd.date_range("2024-01-01", periods=4)
    early, late = pd.Series([1.0, 2.0], days[:2]), pd.Series([3.0, 4.0], days[2:])
    found = read_table(pd.concat({key: early, "b": late}).to_frame("y"), columns=ColumnChoice())
    assert found.columns.id == ("unique_id",)
    assert set(found.frame["unique_id"]) == {str(key), "b"}


def test_durations_in_the_index_are_refused_with_what_mends_them() -> None:
    frame = pd.DataFrame({"y": [1.0, 2.0]}, index=pd.to_timedelta([1, 2], unit="h"))
    with pytest.raises(SchemaError, match="durations") as caught:
        read_table(frame, columns=ColumnChoice())
    assert "frame.index = pd.Timestamp" in str(caught.value.fix)


def test_months_in_the_index_of_a_data_frame_are_its_time() -> None:
    months = pd.period_range("2024-01", periods=3, freq="M")
    found = read_table(
        pd.DataFrame({"load": [1.0, 2.0, 3.0]}, index=months), columns=ColumnChoice()
    )
    assert found.frame["ds"].tolist() == [pd.Timestamp(2024, month, 1) for month in (1, 2, 3)]


@pytest.mark.parametrize(
    "frame",
    [pd.DataFrame(), pd.DataFrame({"ds": [], "y": []}), pd.DataFrame(index=[1, 2])],
    ids=["nothing", "no rows", "no columns"],
)
def test_an_empty_data_frame_is_refused_with_what_it_needs(frame: pd.DataFrame) -> None:
    with pytest.raises(SchemaError, match="the data frame is empty: ") as caught:
        read_table(frame, columns=ColumnChoice())
    assert caught.value.fix == "it needs a column of values and one row per observation"
