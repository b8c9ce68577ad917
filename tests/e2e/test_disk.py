"""A disk that fills while a run is written: exit 6, and nothing half-written is left."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.tables import contents, write

if TYPE_CHECKING:
    from tests.e2e.conftest import Forecast, Refused

DISK_BYTES = 128 * 1024


class FullDisk:
    """Takes so many bytes, then none."""

    def __init__(self, patch: pytest.MonkeyPatch, room: int) -> None:
        self._room = room
        self._write = os.write
        patch.setattr(os, "write", self)

    def __call__(self, descriptor: int, data: bytes | memoryview) -> int:
        if self._room <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        taken = self._write(descriptor, memoryview(data)[: self._room])
        self._room -= taken
        return taken


@pytest.mark.parametrize("room", [0, 300, 20_000, 120_000])
def test_training_on_a_disk_that_fills_leaves_nothing(
    refused: Refused, sales: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    FullDisk(monkeypatch, room)
    what, _, fix = refused(6, "train", "sales.csv", "--output", "run")
    assert os.strerror(errno.ENOSPC) in what
    assert "space" in fix


def test_run_to_be_replaced_stays_when_the_disk_fills(
    forecast: Forecast, refused: Refused, sales: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert forecast("train", "sales.csv", "--output", "run", "--model", "naive").code == 0
    FullDisk(monkeypatch, 5_000)
    refused(6, "train", "sales.csv", "--output", "run", "--model", "drift", "--force")


def test_forecast_and_plot_on_a_full_disk_leave_the_old_files(
    refused: Refused, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "next.csv", ["old"])
    FullDisk(monkeypatch, 100)
    refused(6, "predict", trained, "--output", "next.csv", "--force")
    refused(6, "predict", trained, "--plot", "next.png")


def test_folder_that_may_not_be_written_to_is_exit_6(
    refused: Refused, sales: Path, trained: Path
) -> None:
    refused(6, "train", "sales.csv", "--model", "naive", "--output", "/proc/run")
    refused(6, "predict", trained, "--output", "nowhere/next.csv")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 128 KiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    try:
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(disk)],  # noqa: S607
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        pytest.skip("there is no mount command")
    if done.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)  # noqa: S607


def test_real_disk_that_fills_is_left_empty(
    forecast: Forecast, sales: Path, small_disk: Path
) -> None:
    done = forecast("train", "sales.csv", "--output", small_disk / "run", "--quiet")
    assert done.code == 6, done.err
    assert contents(small_disk) == {}
