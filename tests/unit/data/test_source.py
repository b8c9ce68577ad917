from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest

from forecast.data.source import read_text
from forecast.errors import InputNotFoundError, SchemaError


def test_missing_file_names_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text("date,y\n")
    with pytest.raises(InputNotFoundError, match=r"there is no file .*sale\.csv") as caught:
        read_text(tmp_path / "sale.csv")
    assert str(tmp_path / "sales.csv") in str(caught.value.fix)
    assert caught.value.exit_code == 2


def test_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputNotFoundError) as caught:
        read_text(tmp_path / "nowhere" / "sales.csv")
    assert "there is no folder" in str(caught.value.fix)


def test_folder_is_refused_with_a_file_in_it(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("date,y\n")
    with pytest.raises(InputNotFoundError, match="is a folder, not a file") as caught:
        read_text(tmp_path)
    assert str(tmp_path / "a.csv") in str(caught.value.fix)


@pytest.mark.parametrize("content", [b"", b" \n\n"], ids=["no bytes", "only blanks"])
def test_empty_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "empty.csv"
    path.write_bytes(content)
    with pytest.raises(SchemaError, match="the file is empty") as caught:
        read_text(path)
    assert caught.value.location == str(path)
    assert caught.value.exit_code == 3


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (gzip.compress(b"date,y\n"), "gzip archive"),
        (b"PK\x03\x04rest", "spreadsheet"),
        ("date,y\n".encode("utf-16"), "UTF-16"),
        (b"date,y\n1,\0\n", "zero byte at position 9"),
        (b"date,y\n1,caf\xe9\n", "byte 0xe9 in line 2"),
    ],
    ids=["gzip", "zip", "utf-16", "nul", "latin-1"],
)
def test_other_kinds_of_file_are_refused_by_name(tmp_path: Path, content: bytes, what: str) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(content)
    with pytest.raises(SchemaError, match=what):
        read_text(path)


def test_byte_order_mark_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "bom.csv"
    path.write_bytes("date,y\n".encode("utf-8-sig"))
    assert read_text(path)[0] == "date,y\n"
    assert read_text(io.StringIO("\ufeffdate,y\n"))[0] == "date,y\n"
