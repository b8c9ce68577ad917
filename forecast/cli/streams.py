"""Standard output and error as whoever started the command left them, made fit to write to."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

ERROR = 2


def prepare_streams() -> None:
    """Let both be written to, in UTF-8 where they are files."""
    closed = [name for name in ("stdout", "stderr") if getattr(sys, name) is None]
    for name in closed:  # by whoever started this: nobody reads it
        setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115
    if "stderr" not in closed:
        told = io.BufferedWriter(_Talk(ERROR, "w", closefd=False))
        sys.stderr = io.TextIOWrapper(told, encoding=sys.stderr.encoding, line_buffering=True)
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            # A file is the same whoever asks for it; a terminal has an encoding of its own.
            reconfigure(encoding=None if stream.isatty() else "utf-8", errors="backslashreplace")


class _Talk(io.FileIO):
    """Standard error: what cannot be written there, on a full disk or to nobody, is lost.

    A training is worth more than what is said of it, and an exit code more than its words.
    """

    def write(self, data: ReadableBuffer) -> int:
        try:
            return super().write(data)
        except OSError:
            return memoryview(data).nbytes
