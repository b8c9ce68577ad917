"""Sources beside one CSV file: several files, patterns, Parquet, packed files."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forecast.data.file.dialect import Dialect
from forecast.data.load import read_panel
from forecast.data.table.columns import ColumnChoice
from forecast.errors import ForecastError, FrequencyError, MissingExtraError, SchemaError

Y = ColumnChoice(target=("y",))


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_several_files_are_one_panel(tmp_path: Path) -> None:
    one = write(tmp_path, "a1.csv", "shop,ds,y\n001,2024-01-01,1\n001,2024-01-02,2\n")
    two = write(tmp_path, "a2.csv", "ds,shop,y\n2024-01-03,001,3\n2024-01-01,NA,4\n")
    choice = ColumnChoice(target=("y",), id=("shop",))
    found = read_panel([one, two], columns=choice)
    assert found.panel.unique_ids == ("001", "NA")
    np.testing.assert_array_equal(found.panel.values, [1, 2, 3, 4])
    assert found.notes[0] == "2 files"
    assert found.name == "a1.csv and 1 more"
    by_pattern = read_panel(str(tmp_path / "a*.csv"), columns=choice)
    assert by_pattern.fingerprint == found.fingerprint


def test_an_error_in_one_of_several_files_names_the_file_and_its_row(tmp_path: Path) -> None:
    one = write(tmp_path, "a.csv", "ds,y\n2024-01-01,1\n2024-01-02,2\n")
    two = write(tmp_path, "b.csv", "ds,y\n2024-01-03,x\n2024-01-04,4\n")
    with pytest.raises(SchemaError, match="'x' is not a number") as caught:
        read_panel([one, two], columns=Y)
    assert caught.value.location == f"{two}, column 'y', row 2"
    three = write(tmp_path, "c.csv", "ds,y\n2024-01-05,1\n2024-01-32,2\n")
    with pytest.raises(SchemaError, match="'2024-01-32' is not a date") as caught:
        read_panel([one, three], columns=Y)
    assert caught.value.location == f"{three}, column 'ds', row 3"


def test_duplicates_over_several_files_name_both_rows(tmp_path: Path) -> None:
    one = write(tmp_path, "a.csv", "ds,y\n2024-01-01,1\n2024-01-02,2\n")
    two = write(tmp_path, "b.csv", "ds,y\n2024-01-02,3\n2024-01-03,4\n")
    with pytest.raises(FrequencyError, match=r"row 3 of .*a\.csv and row 2 of .*b\.csv"):
        read_panel([one, two], columns=Y)


def test_files_with_other_columns_are_refused(tmp_path: Path) -> None:
    one = write(tmp_path, "a.csv", "ds,y\n2024-01-01,1\n")
    two = write(tmp_path, "b.csv", "ds,z\n2024-01-03,2\n")
    with pytest.raises(SchemaError, match=r"do not have the same columns.*'y', 'z'"):
        read_panel([one, two], columns=Y)


def test_a_column_without_values_in_one_file_stays_a_column_of_numbers(tmp_path: Path) -> None:
    one = write(tmp_path, "a.csv", "ds,y\n2024-01-01,1\n2024-01-02,2\n")
    two = write(tmp_path, "b.csv", "ds,y\n2024-01-03,\n2024-01-04,\n")
    np.testing.assert_array_equal(
        read_panel([one, two], columns=Y).panel.values, [1, 2, np.nan, np.nan]
    )


def test_parquet_gives_the_panel_of_its_frame(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="the extra 'parquet' is not installed")
    frame = pd.DataFrame(
        {
            "shop": pd.Categorical(["001", "001", "NA"]),
            "ds": pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-01"]),
            "y": [1, 2, 3],
        }
    )
    path = tmp_path / "sales.parquet"
    frame.to_parquet(path)
    choice = ColumnChoice(target=("y",), id=("shop",))
    found = read_panel(path, columns=choice)
    assert found.panel.unique_ids == ("001", "NA")
    assert found.fingerprint == read_panel(frame, columns=choice).fingerprint
    with pytest.raises(SchemaError, match=r"the columns take \d+ bytes \(at most 10\)"):
        read_panel(path, columns=choice, dialect=Dialect(max_bytes=10))
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(SchemaError, match="the Parquet file is damaged"):
        read_panel(path, columns=choice)


def test_parquet_without_its_extra_is_refused_with_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    path = tmp_path / "sales.parquet"
    path.write_bytes(b"PAR1rest")
    with pytest.raises(MissingExtraError, match="extra 'parquet'") as caught:
        read_panel(path, columns=Y)
    assert "pip install 'forecast-rnn[parquet]'" in str(caught.value.fix)
    assert isinstance(caught.value, ForecastError)
    assert caught.value.exit_code == 2
