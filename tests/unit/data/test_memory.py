"""Reading never takes much more memory than the cap, whatever comes in."""

from __future__ import annotations

import contextlib
import gzip
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import forecast

MEGABYTE = 2**20
CAP = 32 * MEGABYTE
READER = """
import resource, sys
from forecast.data.table.columns import ColumnChoice
from forecast.data.file.dialect import Dialect
from forecast.data.load import read_panel
from forecast.errors import SchemaError

cap = int(sys.argv[1])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    source = sys.argv[2] if len(sys.argv) > 2 else sys.stdin.buffer
    read_panel(source, columns=ColumnChoice(), dialect=Dialect(max_bytes=cap or None))
except SchemaError as error:
    print(error.message)
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(1024 * (after - before))
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="peaks are measured by Linux")


def endless_line() -> Iterator[bytes]:
    for _ in range(1024):
        yield b"1," * (MEGABYTE // 2)


def endless_rows() -> Iterator[bytes]:
    yield b"t,y\n"
    for _ in range(1024):
        yield b"1,2\n" * (MEGABYTE // 4)


def bomb() -> Iterator[bytes]:
    yield gzip.compress(b"t,y\n" + b"1,2\n" * (24 * MEGABYTE), compresslevel=1)


def fed(pieces: Iterator[bytes], cap: int) -> tuple[str, int, int]:
    """What the reader says, how far its memory rose, and how much of the input it took."""
    child = subprocess.Popen(
        [sys.executable, "-c", READER, str(cap)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
        env={**os.environ, "PYTHONPATH": str(Path(forecast.__file__).parents[1])},
    )
    taken = 0
    assert child.stdin is not None
    assert child.stdout is not None
    with child.stdin, contextlib.suppress(BrokenPipeError):
        for piece in pieces:
            child.stdin.write(piece)
            taken += len(piece)
    with child.stdout:
        message, rise = child.stdout.read().decode().splitlines()
    child.wait()
    return message, int(rise), taken


@pytest.mark.parametrize("cap", [0, CAP])
def test_a_line_of_a_gigabyte_is_stopped_before_it_is_read(cap: int) -> None:
    message, rise, taken = fed(endless_line(), cap)
    assert message == "a line is longer than 16777216 bytes"
    assert taken < 64 * MEGABYTE
    assert rise < 96 * MEGABYTE


@pytest.mark.parametrize("pieces", [endless_rows, bomb])
def test_no_more_than_the_cap_is_kept(pieces: object) -> None:
    assert callable(pieces)
    message, rise, _ = fed(pieces(), CAP)
    assert message == f"the text is larger than {CAP} bytes"
    assert rise < 2 * CAP + 32 * MEGABYTE


def test_an_endless_line_below_good_rows_of_a_named_file_is_stopped(tmp_path: Path) -> None:
    path = tmp_path / "series.csv"
    with path.open("wb") as stream:
        stream.write(b"t,y\n" + b"1,2\n" * MEGABYTE)
        stream.truncate(1024 * MEGABYTE)  # the rest takes no room on the disk
    done = subprocess.run(
        [sys.executable, "-c", READER, "0", str(path)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path(forecast.__file__).parents[1])},
    )
    message, rise = done.stdout.splitlines()
    assert message == "a line is longer than 16777216 bytes"
    assert int(rise) < 96 * MEGABYTE
