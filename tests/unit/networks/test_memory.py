"""Memory is handed on within a training, to one at a time."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from forecast.networks.memory import LEAST, memory_kept, room

ROWS = LEAST // 64
LARGE = 40 * LEAST
"""Numbers that the C library asks the system for and gives back by themselves."""


def resident() -> int:
    """Bytes of memory that this process holds."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def test_what_nobody_holds_is_handed_on() -> None:
    with memory_kept():
        place = room(ROWS, 64).data_ptr()
        assert room(64, ROWS).data_ptr() == place
        assert room(LEAST - 64 * 10).data_ptr() != place  # too small to be worth it
        assert room(LEAST).data_ptr() == place


def test_what_a_view_holds_is_not() -> None:
    with memory_kept():
        first = room(ROWS, 64).fill_(1.0)
        last_row = first[-1]
        del first
        room(ROWS, 64).fill_(2.0)
        assert last_row.tolist() == [1.0] * 64
    room(ROWS, 64).fill_(3.0)
    assert last_row.tolist() == [1.0] * 64, "it outlives the training, too"


def test_a_much_larger_block_waits_for_its_like() -> None:
    with memory_kept():
        extra, large = room(6 * LEAST), room(3 * LEAST)
        place = large.data_ptr()
        del extra  # makes room for one that is small
        del large
        small = room(LEAST)
        assert small.data_ptr() != place
        assert room(3 * LEAST).data_ptr() == place


@pytest.mark.skipif(sys.platform != "linux", reason="what a process holds is read from /proc")
def test_no_more_is_kept_than_was_in_use_and_nothing_at_the_end() -> None:
    before = resident()
    with memory_kept():
        for many in (1, 2, 4, 1, 2, 4):
            room(many * LARGE).zero_()  # and let go at once
        assert resident() - before < 4.5 * LARGE * 4
        held = room(4 * LARGE)
        assert resident() - before < 4.5 * LARGE * 4
        other = room(LARGE).zero_()
        del other
    assert resident() - before < 4.5 * LARGE * 4, "what is held alone"
    del held
    assert resident() - before < 0.5 * LARGE * 4
