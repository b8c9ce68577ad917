from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from forecast.bundle.manifest import ColumnNames
from forecast.errors import UsageError
from forecast.workflows.forecasting.naming import as_input

STAMPS = pd.to_datetime(["2024-01-31", "2024-02-01"])


def forecasts(*names: str) -> pd.DataFrame:
    count = len(names)
    y = np.arange(2.0 * count)
    return pd.DataFrame(
        {
            "unique_id": np.repeat(names, 2),
            "ds": np.tile(STAMPS, count),
            "gru": y,
            "gru-lo-80": y - 1,
            "gru-hi-80": y + 1,
        }
    )


def test_a_long_file_comes_back_long_with_its_own_columns() -> None:
    columns = ColumnNames(
        time=("day",),
        target=("sales",),
        id=("region", "shop"),
        time_format=("%d.%m.%Y",),
        order=("shop", "day", "sales", "region"),
    )
    table = as_input(forecasts("n/1", "s/01"), columns, model="gru")
    assert table.to_csv(index=False).splitlines() == [
        "shop,day,sales,region",
        "1,31.01.2024,0.0,n",
        "1,01.02.2024,1.0,n",
        "01,31.01.2024,2.0,s",
        "01,01.02.2024,3.0,s",
    ]


def test_a_wide_file_comes_back_wide() -> None:
    columns = ColumnNames(
        time=("date",),
        target=("b", "a"),
        layout="wide",
        time_format=("%Y-%m-%d",),
        order=("date", "b", "a"),
    )
    frame = forecasts("b", "a")
    assert as_input(frame, columns, model="gru").to_csv(index=False).splitlines() == [
        "date,b,a",
        "2024-01-31,0.0,2.0",
        "2024-02-01,1.0,3.0",
    ]
    wide = as_input(frame, columns, model="gru", beside=("gru-lo-80", "gru-hi-80"))
    assert list(wide) == ["date", "b", "b-lo-80", "b-hi-80", "a", "a-lo-80", "a-hi-80"]


def test_series_of_ids_and_columns_come_back_as_both() -> None:
    columns = ColumnNames(
        time=("t",), target=("x", "y"), id=("k",), time_format=("iso",), order=("t", "k", "x", "y")
    )
    frame = forecasts("a/1/x", "b/x", "a/1/y", "b/y")
    table = as_input(frame, columns, model="gru")
    assert table["k"].tolist() == ["a/1", "a/1", "b", "b"]
    assert table["y"].tolist() == [4.0, 5.0, 6.0, 7.0]


def test_rows_come_back_as_rows() -> None:
    columns = ColumnNames(id=("V1",), layout="rows", order=())
    frame = forecasts("H2", "H10").assign(ds=[5, 6, 9, 10])
    table = as_input(frame, columns, model="gru")
    assert table.to_csv(index=False).splitlines() == ["V1,V2,V3", "H2,0.0,1.0", "H10,2.0,3.0"]


def test_columns_may_have_any_name() -> None:
    columns = ColumnNames(
        time=("ds", "hour"),
        target=("value",),
        id=("unique_id",),
        time_format=("%Y-%m-%d", "%-H"),
        order=("unique_id", "ds", "hour", "value"),
    )
    table = as_input(forecasts("a"), columns, model="gru")
    assert table.to_csv(index=False).splitlines() == [
        "unique_id,ds,hour,value",
        "a,2024-01-31,0,0.0",
        "a,2024-02-01,0,1.0",
    ]


def test_series_that_end_apart_leave_cells_empty() -> None:
    columns = ColumnNames(
        time=("date",), target=("a", "b", "c"), layout="wide", time_format=("%d",), order=()
    )
    frame = forecasts("b", "a").iloc[[0, 1, 3]]
    assert as_input(frame, columns, model="gru").to_csv(index=False).splitlines() == [
        "date,a,b,c",
        "31,,0.0,",
        "01,3.0,1.0,",
    ]


def test_counts_stay_counts() -> None:
    columns = ColumnNames(time=("t",), target=("y",), order=("y", "t"))
    table = as_input(forecasts("y").assign(ds=[5, 6]), columns, model="gru")
    assert table.to_csv(index=False).splitlines() == ["y,t", "0.0,5", "1.0,6"]


def test_ids_that_cannot_be_told_apart_are_refused() -> None:
    columns = ColumnNames(time=("t",), target=("y",), id=("k", "l"), time_format=("iso",))
    with pytest.raises(UsageError, match="'a/b/c' cannot be taken apart into 2 id columns"):
        as_input(forecasts("a/b/c"), columns, model="gru")
