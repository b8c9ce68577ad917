"""A file that only grows, one JSON line per event, such as the epochs of a training.

A line counts once its newline is on the disk. A crash in the middle of an append therefore loses
at most the line that was being written; the next append removes what there is of it.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from forecast.storage.hashing import canonical_json
from forecast.storage.write import NEW_FILE_MODE, sync_folder, write_all, write_error

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CHUNK = 65_536  # bytes read at once, from the end, in search of the last newline


def append_line(path: Path, record: Mapping[str, object]) -> None:
    """Append one record and flush it to the disk; creates the file.

    Raises
    ------
    WriteError
        If the target is a link or the system refuses; the lines before are as they were.
    ValueError
        If a number in the record is nan or infinite.
    """
    line = (canonical_json(record) + "\n").encode("utf-8")
    try:
        fresh = not path.exists()
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
        descriptor = os.open(path, flags, NEW_FILE_MODE)
        try:
            _append(descriptor, line)
        finally:
            os.close(descriptor)
        if fresh:
            sync_folder(path.parent)
    except OSError as error:
        raise write_error(path, error) from error


def _append(descriptor: int, line: bytes) -> None:
    """Drop a torn end, then add ``line``, or nothing of it when the system refuses."""
    size = os.fstat(descriptor).st_size
    whole = _whole_lines(descriptor, size)
    if whole < size:
        os.ftruncate(descriptor, whole)
    try:
        write_all(descriptor, line)
    except OSError:
        with contextlib.suppress(OSError):
            os.ftruncate(descriptor, whole)
        raise


def _whole_lines(descriptor: int, size: int) -> int:
    """Bytes up to and with the last newline."""
    stop = size
    while stop > 0:
        start = max(0, stop - CHUNK) if stop < size else max(0, stop - 1)
        place = os.pread(descriptor, stop - start, start).rfind(b"\n")
        if place >= 0:
            return start + place + 1
        stop = start
    return 0
