from __future__ import annotations

from pathlib import Path

import pytest

from forecast.errors import DataError, InputNotFoundError, WriteError
from forecast.storage.journal import append_line, read_lines


def test_append_line_then_read_lines_gives_the_records(tmp_path: Path) -> None:
    journal = tmp_path / "history.jsonl"
    records: list[dict[str, object]] = [{"epoch": 1, "loss": 0.5}, {"epoch": 2, "loss": None}]

    for record in records:
        append_line(journal, record)

    assert read_lines(journal) == records
    assert journal.read_text() == '{"epoch":1,"loss":0.5}\n{"epoch":2,"loss":null}\n'


def test_read_lines_of_an_empty_file_is_empty(tmp_path: Path) -> None:
    journal = tmp_path / "history.jsonl"
    journal.touch()

    assert read_lines(journal) == []


@pytest.mark.parametrize("torn", ['{"epoch":3', '{"epoch":3}', "x" * 200_000])
def test_torn_last_line_is_left_out_and_the_next_append_removes_it(
    tmp_path: Path, torn: str
) -> None:
    journal = tmp_path / "history.jsonl"
    append_line(journal, {"epoch": 1})
    append_line(journal, {"epoch": 2})
    with journal.open("a") as stream:
        stream.write(torn)

    assert read_lines(journal) == [{"epoch": 1}, {"epoch": 2}]
    append_line(journal, {"epoch": 3})
    assert read_lines(journal) == [{"epoch": 1}, {"epoch": 2}, {"epoch": 3}]


def test_file_that_is_one_torn_line_starts_anew(tmp_path: Path) -> None:
    journal = tmp_path / "history.jsonl"
    journal.write_text('{"epo')

    assert read_lines(journal) == []
    append_line(journal, {"epoch": 1})
    assert read_lines(journal) == [{"epoch": 1}]


@pytest.mark.parametrize("middle", ['{"epoch":', "", "[1]", "\x00\x00", "[" * 100_000])
def test_torn_middle_line_is_refused_with_its_number(tmp_path: Path, middle: str) -> None:
    journal = tmp_path / "history.jsonl"
    journal.write_text('{"epoch":1}\n' + middle + '\n{"epoch":3}\n')

    with pytest.raises(DataError, match="is not a JSON object") as caught:
        read_lines(journal)

    assert caught.value.location == f"{journal}:2"


def test_read_lines_without_a_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputNotFoundError, match="No such file"):
        read_lines(tmp_path / "history.jsonl")


def test_append_line_refuses_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "real")

    with pytest.raises(WriteError):
        append_line(tmp_path / "link", {"epoch": 1})

    assert not (tmp_path / "real").exists()


def test_append_line_refuses_nan_before_it_writes(tmp_path: Path) -> None:
    journal = tmp_path / "history.jsonl"
    append_line(journal, {"epoch": 1})

    with pytest.raises(ValueError, match="JSON"):
        append_line(journal, {"loss": float("nan")})

    assert read_lines(journal) == [{"epoch": 1}]
