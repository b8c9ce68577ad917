from __future__ import annotations

from pathlib import Path

import pytest

from forecast.errors import WriteError
from forecast.storage.journal import append_line
from tests.journal import whole_lines


def test_append_line_writes_one_record_a_line(tmp_path: Path) -> None:
    journal = tmp_path / "history.jsonl"
    records: list[dict[str, object]] = [{"epoch": 1, "loss": 0.5}, {"epoch": 2, "loss": None}]

    for record in records:
        append_line(journal, record)

    assert whole_lines(journal) == records
    assert journal.read_text() == '{"epoch":1,"loss":0.5}\n{"epoch":2,"loss":null}\n'


@pytest.mark.parametrize("torn", ['{"epoch":3', '{"epoch":3}', "x" * 200_000])
def test_torn_last_line_is_left_out_and_the_next_append_removes_it(
    tmp_path: Path, torn: str
) -> None:
    journal = tmp_path / "history.jsonl"
    append_line(journal, {"epoch": 1})
    append_line(journal, {"epoch": 2})
    with journal.open("a") as stream:
        stream.write(torn)

    assert whole_lines(journal) == [{"epoch": 1}, {"epoch": 2}]
    append_line(journal, {"epoch": 3})
    assert whole_lines(journal) == [{"epoch": 1}, {"epoch": 2}, {"epoch": 3}]


def test_file_that_is_one_torn_line_starts_anew(tmp_path: Path) -> None:
    journal = tmp_path / "history.jsonl"
    journal.write_text('{"epo')

    assert whole_lines(journal) == []
    append_line(journal, {"epoch": 1})
    assert whole_lines(journal) == [{"epoch": 1}]


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

    assert whole_lines(journal) == [{"epoch": 1}]
