"""A file that only grows, one JSON line per event, such as the epochs of a training.

A line counts once its newline is on the disk. A crash in the middle of an append therefore loses
at most the line that was being written, which readers leave out and the next append removes.
"""

from __future__ import annotations

import contextlib
import json
import os
from typing import TYPE_CHECKING

from forecast.errors import DataError, InputNotFoundError
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


def read_lines(path: Path) -> list[dict[str, object]]:
    """Read every whole line; a torn last one is left out.

    Raises
    ------
    InputNotFoundError
        If there is no such file.
    DataError
        If a line before the last newline is not a JSON object.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputNotFoundError(
            f"cannot read {path.name!r}: {reason}", location=str(path)
        ) from error
    whole, _, _ = content.rpartition(b"\n")
    if not whole:
        return []
    return [
        _parse(line, location=f"{path}:{number}")
        for number, line in enumerate(whole.split(b"\n"), start=1)
    ]


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


def _parse(line: bytes, *, location: str) -> dict[str, object]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _not_a_record(line, location) from error
    if not isinstance(record, dict):
        raise _not_a_record(line, location)
    return record


def _not_a_record(line: bytes, location: str) -> DataError:
    shown = line[:40].decode("utf-8", "replace")
    return DataError(
        f"line {shown!r} is not a JSON object",
        location=location,
        fix="the file was altered; restore it, or delete the line",
    )
