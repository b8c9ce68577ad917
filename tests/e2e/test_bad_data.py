"""Files that cannot be forecast: refused in three lines, and nothing is written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.tables import daily, long, values, write

if TYPE_CHECKING:
    from tests.e2e.conftest import Forecast, Refused

GOOD = daily(values(200))


def test_file_that_is_not_there_names_the_nearest(refused: Refused, sales: Path) -> None:
    what, where, fix = refused(2, "train", "sale.csv")
    assert "'sale.csv'" in what + where
    assert "sales.csv" in fix


def test_folder_is_no_file(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    what, where, _ = refused(2, "train", "folder")
    assert "folder" in where
    assert "is a folder" in what


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([], "empty (0 bytes)"),
        (GOOD[:1], "header (date, sales) and no rows"),
        (daily(["much"] * 200), "no numeric column"),
        (["date,sales", *(f"2024-01-01T{n}" for n in range(9))], ""),
    ],
    ids=["empty", "header only", "no numeric column", "rows of one cell"],
)
def test_table_without_what_it_takes_is_refused(
    refused: Refused, tmp_path: Path, lines: list[str], words: str
) -> None:
    write(tmp_path / "bad.csv", lines)
    what, where, _ = refused(3, "train", "bad.csv")
    assert words in what
    assert "bad.csv" in where


def test_bytes_that_are_no_text_are_refused(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_bytes(bytes(range(256)))
    _, where, _ = refused(3, "train", "bad.csv")
    assert "bad.csv" in where


@pytest.mark.parametrize("flag", ["--target", "--time", "--id"])
def test_unknown_column_names_the_nearest(refused: Refused, tmp_path: Path, flag: str) -> None:
    write(tmp_path / "shops.csv", long({"north": values(200)}))
    near = {"--target": "sale", "--time": "dat", "--id": "shp"}[flag]
    what, where, fix = refused(3, "train", "shops.csv", flag, near)
    assert f"no column '{near}'" in what
    assert "shops.csv" in where
    assert f"{flag} { {'sale': 'sales', 'dat': 'date', 'shp': 'shop'}[near] }" in fix


def test_several_targets_are_named_with_the_flag(refused: Refused, tmp_path: Path) -> None:
    write(tmp_path / "two.csv", ["date,sales,visits", *(f"{line},3" for line in GOOD[1:])])
    what, _, fix = refused(2, "train", "two.csv")
    assert "'sales', 'visits'" in what
    assert "--target" in fix


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("31st of May,3", "'31st of May' is not a date"),
        ("2024-01-05,inf", "infinite (inf)"),
        ("2024-01-05,1e999", "infinite"),
        ("2024-01-05,three", "'three' is not a number"),
    ],
    ids=["date", "infinite", "overflow", "number"],
)
def test_unreadable_value_is_named_with_its_row(
    refused: Refused, tmp_path: Path, row: str, words: str
) -> None:
    write(tmp_path / "bad.csv", [*GOOD[:5], row, *GOOD[6:]])
    what, where, _ = refused(3, "train", "bad.csv", "--target", "sales")
    assert words in what
    assert "bad.csv" in where
    assert "row 6" in where


def test_duplicate_stamps_are_named_with_their_rows(refused: Refused, tmp_path: Path) -> None:
    write(tmp_path / "bad.csv", [*GOOD[:6], GOOD[5], *GOOD[6:]])
    what, where, _ = refused(3, "train", "bad.csv")
    assert "2024-01-05, rows 6 and 7" in what
    assert "bad.csv" in where


@pytest.mark.parametrize("flags", [("--folds", "40"), ("--horizon", "60", "--folds", "3")])
def test_too_few_rows_say_has_needs_and_flags_that_fit(
    refused: Refused, forecast: Forecast, sales: Path, flags: tuple[str, ...]
) -> None:
    what, _, fix = refused(3, "train", "sales.csv", "--horizon", "7", *flags)
    assert "200 rows are too few" in what
    assert "need" in what
    suggested = fix.removeprefix("  fix: ").split(",")[0].split(" or ")[0].split()
    again = forecast("train", "sales.csv", "--horizon", "7", *flags, *suggested, "--quiet")
    assert again.code == 0, again.err


def test_rows_that_suit_no_flag_are_refused(refused: Refused, tmp_path: Path) -> None:
    write(tmp_path / "short.csv", GOOD[:8])
    what, _, _ = refused(3, "train", "short.csv", "--horizon", "7", "--context-length", "14")
    assert what.startswith("error: 7 rows are too few")
    assert "context 14 + horizon 7" in what


def test_constant_series_is_forecast_as_the_constant_with_a_note(
    forecast: Forecast, tmp_path: Path
) -> None:
    write(tmp_path / "flat.csv", daily([5] * 200))
    done = forecast("train", "flat.csv", "--output", "flat")
    assert done.code == 0, done.err
    assert "do not vary" in done.out + done.err
    rows = forecast("predict", "flat", "--horizon", "10").out.splitlines()
    assert len(rows) == 11
    assert {float(row.split(",")[2]) for row in rows[1:]} == {5.0}


@pytest.mark.parametrize("marker", ["", "NaN", "NA", "null", "?"])
def test_missing_values_and_absent_stamps_are_said(
    forecast: Forecast, tmp_path: Path, marker: str
) -> None:
    lines = [*GOOD[:50], f"2024-02-19,{marker}", *GOOD[51:90], *GOOD[92:]]
    write(tmp_path / "gaps.csv", lines)
    done = forecast("train", "gaps.csv", "--folds", "0", "--model", "naive")
    assert done.code == 0, done.err
    assert "2 stamps are absent: kept as missing values" in done.err
    assert "1 value is empty: kept as missing" in done.err
    assert "no intervals" in done.err
