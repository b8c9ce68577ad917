"""Peak memory of a piece of work."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from forecast.validation.memory import PROCESS, largest, watched

MB = 1_000_000
LINUX = pytest.mark.skipif(
    not (PROCESS / "clear_refs").exists(), reason="only Linux tells the peak of a part"
)


@LINUX
def test_peak_is_that_of_the_work_though_nothing_of_it_is_left() -> None:
    with watched() as large:
        np.ones(200 * MB // 8).sum()
    with watched() as small:
        np.ones(1).sum()
    assert large.bytes is not None
    assert small.bytes is not None
    assert 190 * MB < large.bytes < 300 * MB
    assert small.bytes < 20 * MB  # the mark of the work before is gone


def test_where_the_mark_cannot_be_set_back_nothing_is_known(tmp_path: Path) -> None:
    with watched(tmp_path / "nothing") as peak:
        pass
    assert peak.bytes is None


def test_status_without_the_mark_tells_nothing(tmp_path: Path) -> None:
    (tmp_path / "status").write_text("Name: python\nVmRSS:  12 kB\n")
    with watched(tmp_path) as peak:
        pass
    assert peak.bytes is None


def test_peak_is_in_bytes_over_what_was_held(tmp_path: Path) -> None:
    status = tmp_path / "status"
    status.write_text("VmHWM:\t 900 kB\nVmRSS:\t 400 kB\n")
    with watched(tmp_path) as peak:
        assert (tmp_path / "clear_refs").read_text() == "5"
        status.write_text("VmHWM:\t 700 kB\nVmRSS:\t 450 kB\n")
    assert peak.bytes == 300 * 1024


def test_memory_of_an_accelerator_counts_where_some_was_taken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    peaks = {0: 5 * MB, 1: 70 * MB}

    def reset(device: int) -> None:
        peaks[device] = 2 * MB

    cuda = SimpleNamespace(
        is_initialized=lambda: True,
        device_count=lambda: 2,
        reset_peak_memory_stats=reset,
        max_memory_allocated=peaks.__getitem__,
    )
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=cuda))
    with watched(tmp_path / "nothing") as peak:
        peaks[1] = 32 * MB
    assert peak.bytes == 30 * MB
    with watched(tmp_path / "nothing") as idle:
        pass
    assert idle.bytes is None


def test_largest_passes_over_what_is_not_known() -> None:
    assert largest(None, 3, 7, None) == 7
    assert largest(None) is None
    assert largest() is None
