from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from forecast.errors import WriteError
from forecast.storage.write import write_bytes, write_text


def test_write_bytes_creates_the_file_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    write_bytes(tmp_path / "a.bin", b"\x00new")

    assert (tmp_path / "a.bin").read_bytes() == b"\x00new"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.bin"]


def test_write_text_replaces_in_utf8(tmp_path: Path) -> None:
    target = tmp_path / "notes.txt"
    target.write_text("old and much longer")

    write_text(target, "Zürich\n")

    assert target.read_bytes() == "Zürich\n".encode()


def test_write_bytes_empty_makes_an_empty_file(tmp_path: Path) -> None:
    write_bytes(tmp_path / "empty", b"")

    assert (tmp_path / "empty").read_bytes() == b""


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o444])
def test_write_bytes_keeps_the_mode_of_an_existing_file(tmp_path: Path, mode: int) -> None:
    target = tmp_path / "secret"
    target.write_bytes(b"old")
    target.chmod(mode)

    write_bytes(target, b"new")

    assert stat.S_IMODE(target.stat().st_mode) == mode
    assert target.read_bytes() == b"new"


def test_write_bytes_gives_a_new_file_the_mode_of_the_umask(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"")

    write_bytes(tmp_path / "ours", b"")

    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_write_bytes_refuses_a_link_and_leaves_both_ends(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.write_bytes(b"old")
    link = tmp_path / "link"
    link.symlink_to(real)

    with pytest.raises(WriteError, match="it is a link"):
        write_bytes(link, b"new")

    assert link.is_symlink()
    assert real.read_bytes() == b"old"


def test_write_bytes_refuses_a_device_rather_than_replace_it(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    with pytest.raises(WriteError, match="not a plain file"):
        write_bytes(pipe, b"new")

    assert pipe.is_fifo()


def test_write_bytes_refuses_a_folder(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="not a plain file"):
        write_bytes(tmp_path, b"new")


def test_write_bytes_into_a_missing_folder_names_path_and_fix(tmp_path: Path) -> None:
    target = tmp_path / "missing" / "a"

    with pytest.raises(WriteError, match="No such file or directory") as caught:
        write_bytes(target, b"new")

    assert caught.value.exit_code == 6
    assert caught.value.location == str(target)
    assert caught.value.fix == "create the folder first"


def test_write_bytes_takes_the_longest_name_that_the_system_does(tmp_path: Path) -> None:
    target = tmp_path / ("é" * 127)

    write_bytes(target, b"new")

    assert target.read_bytes() == b"new"
