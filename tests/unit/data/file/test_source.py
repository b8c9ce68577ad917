from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import zipfile
from pathlib import Path

import pytest

from forecast.data.file.dialect import Dialect
from forecast.data.file.source import Content, expand, read_content
from forecast.errors import InputNotFoundError, SchemaError, UsageError

TEXT = b"date,y\n2024-01-01,1\n"
AUTO = Dialect()


def content(folder: Path, data: bytes, dialect: Dialect = AUTO) -> Content:
    path = folder / "data.csv"
    path.write_bytes(data)
    return read_content(path, dialect)


def zipped(*names: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, TEXT)
    return packed.getvalue()


def test_missing_file_names_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text("date,y\n")
    with pytest.raises(InputNotFoundError, match=r"there is no file .*sale\.csv") as caught:
        read_content(tmp_path / "sale.csv", AUTO)
    assert str(tmp_path / "sales.csv") in str(caught.value.fix)
    assert caught.value.exit_code == 2


def test_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputNotFoundError) as caught:
        read_content(tmp_path / "nowhere" / "sales.csv", AUTO)
    assert "there is no folder" in str(caught.value.fix)


def test_folder_is_refused_with_a_file_in_it_and_a_pattern(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("date,y\n")
    with pytest.raises(InputNotFoundError, match="is a folder, not a file") as caught:
        read_content(tmp_path, AUTO)
    assert str(tmp_path / "a.csv") in str(caught.value.fix)
    assert f"'{tmp_path}/*.csv'" in str(caught.value.fix)


@pytest.mark.parametrize("data", [b"", b" \n\n"], ids=["no bytes", "only blanks"])
def test_empty_file_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(SchemaError, match="the file is empty") as caught:
        content(tmp_path, data)
    assert caught.value.location == str(tmp_path / "data.csv")
    assert caught.value.exit_code == 3


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (zipped("[Content_Types].xml", "xl/workbook.xml"), "a spreadsheet"),
        (b"date,y\n1,\0\n", "zero byte at position 9"),
        (b"\x80\x04\x95rest", "a pickle"),
        (gzip.compress(TEXT, mtime=0)[:-9], "the gzip archive is damaged"),
        (bz2.compress(TEXT)[:-9], "the bzip2 archive is damaged"),
        (lzma.compress(TEXT)[:-9], "the xz archive is damaged"),
        (zipped("a.csv")[:-9], "the zip archive is damaged"),
        (zipped("a.csv", "b.csv"), r"holds 2 files and not 1 \(a.csv, b.csv\)"),
        ("note,y\ncafé,1\nthé,2\n".encode() + b"\xe9,3\n", "damaged UTF-8.* 0xe9 in line 4"),
        (b"<!DOCTYPE html>\n<html>\n", "a web page or XML"),
        (b'[\n {"date": "2024-01-01", "y": 1}]\n', "JSON"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",  # archives hold the time of day
)
def test_what_is_no_text_is_refused_by_name(tmp_path: Path, data: bytes, what: str) -> None:
    with pytest.raises(SchemaError, match=what):
        content(tmp_path, data)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (gzip.compress(TEXT, mtime=0), "gzip"),
        (bz2.compress(TEXT), "bzip2"),
        (lzma.compress(TEXT), "xz"),
        (zipped("inner.csv"), "zip"),
        (gzip.compress(TEXT[:9], mtime=0) + gzip.compress(TEXT[9:], mtime=0), "gzip"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_packed_files_are_unpacked_and_said(tmp_path: Path, data: bytes, kind: str) -> None:
    found = content(tmp_path, data)
    assert found.data == TEXT
    assert found.notes == (f"unpacked from {kind}",)
    assert read_content(io.BytesIO(data), AUTO).data == TEXT


@pytest.mark.parametrize(
    ("data", "note"),
    [
        ("town,y\nÅbo,1\n".encode(), None),
        ("town,y\nÅbo,1\n".encode("utf-8-sig"), None),
        ("town,y\nÅbo,1\n".encode("utf-16"), "UTF-16"),
        ("town,y\nÅbo,1\n".encode("utf-16-be"), "UTF-16-BE"),
        ("town,y\nÅbo,1\n".encode("utf-32"), "UTF-32"),
        ("town,y\nÅbo,1\n".encode("latin-1"), r"byte 0xc5 in line 2.*: read as cp1252"),
        (b"town,y\nA\x81bo,1\n", "latin-1"),
    ],
)
def test_encodings_are_found_and_said(tmp_path: Path, data: bytes, note: str | None) -> None:
    found = content(tmp_path, data)
    assert "bo,1\n" in found.data.decode("utf-8")
    assert (found.notes == ()) == (note is None)
    if note is not None:
        assert len(found.notes) == 1
        assert re.search(note, found.notes[0])


def test_a_named_encoding_is_taken_and_a_wrong_one_refused(tmp_path: Path) -> None:
    data = "town,y\nŁódź,1\n".encode("cp1250")
    assert content(tmp_path, data, Dialect(encoding="cp1250")).data.decode().startswith("town")
    with pytest.raises(SchemaError, match="not text in ascii"):
        content(tmp_path, data, Dialect(encoding="ascii"))
    with pytest.raises(UsageError, match="'klingon' is no encoding"):
        Dialect(encoding="klingon")


def test_line_ends_of_old_computers_become_those_of_new_ones(tmp_path: Path) -> None:
    assert content(tmp_path, b"date,y\r2024-01-01,1\r").data == TEXT


def test_text_streams_are_read(tmp_path: Path) -> None:
    assert read_content(io.StringIO("\ufeff" + TEXT.decode()), AUTO).data == TEXT
    with (tmp_path / "a.csv").open("w+", encoding="latin-1") as stream:
        stream.buffer.write(TEXT)
        stream.seek(0)
        assert read_content(stream, AUTO).data == TEXT


def test_a_text_beyond_the_cap_is_refused_with_the_setting_that_lifts_it(tmp_path: Path) -> None:
    data = TEXT + b"2024-01-02,1\n" * 1000
    small = Dialect(max_bytes=5000)
    for packed in (data, gzip.compress(data, mtime=0), bz2.compress(data)):
        with pytest.raises(SchemaError, match="larger than 5000 bytes") as caught:
            content(tmp_path, packed, small)
        enough = len(data) if packed is data else 10_000
        assert f"--set data.max_bytes={enough}," in str(caught.value.fix)
    assert content(tmp_path, gzip.compress(data, mtime=0), Dialect(max_bytes=10**6)).data == data


def test_a_small_archive_that_grows_without_end_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forecast.data.file.unpack.LEAST_UNPACKED", 2**20)
    bomb = bz2.compress(b"1,2,3,4,5\n" * 1_000_000)
    assert len(bomb) < 10_000
    with pytest.raises(SchemaError, match="larger than"):
        content(tmp_path, bomb)


def test_a_line_without_end_is_stopped(tmp_path: Path) -> None:
    path = tmp_path / "line.csv"
    with path.open("wb") as stream:
        stream.truncate(0)
        for _ in range(40):
            stream.write(b"1" * 2**20)
    with pytest.raises(SchemaError, match="a line is longer than 16777216 bytes"):
        read_content(path, AUTO)


def test_a_pattern_names_files_in_order(tmp_path: Path) -> None:
    for name in ("b.csv", "a.csv", "c.txt"):
        (tmp_path / name).write_bytes(TEXT)
    assert [path.name for path in expand(tmp_path / "*.csv")] == ["a.csv", "b.csv"]
    with pytest.raises(InputNotFoundError, match="no file is called like"):
        expand(tmp_path / "*.tsv")
