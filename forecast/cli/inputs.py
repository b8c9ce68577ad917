"""What commands share about their inputs and outputs."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import TextIO

from forecast.cli import console
from forecast.errors import OutputExistsError, UsageError

STREAM = "-"


def source(data: str) -> Path | TextIO:
    """Return what to read: a path, or standard input for ``-``."""
    if data != STREAM:
        return Path(data)
    if sys.stdin is None:  # closed by whoever started this
        raise UsageError(
            "'-' reads standard input, and that is closed",
            location="argument DATA",
            fix="pipe a file into it: forecast train - < sales.csv",
        )
    if sys.stdin.isatty():
        raise UsageError(
            "'-' reads standard input, and that is a terminal",
            location="argument DATA",
            fix="pipe a file into it: forecast train - < sales.csv",
        )
    return sys.stdin


def sources(data: list[str]) -> Path | TextIO | list[Path]:
    """Return what to read: one source, or several files as one panel."""
    if len(data) == 1:
        return source(data[0])
    if STREAM in data:
        raise UsageError(
            f"'-' is one of {len(data)} inputs, and standard input is read alone",
            location="argument DATA",
            fix="name files, or give '-' alone",
        )
    return [Path(item) for item in data]


def wanted(
    data: list[str] | None, resume: Path | None, verb: str
) -> Path | TextIO | list[Path] | None:
    """Return what to read; None where a run that goes on knows."""
    if data:
        return sources(data)
    if resume is None:
        raise UsageError(
            "no data are named, and no run to go on with",
            location=f"forecast {verb}",
            fix=f"name a file: forecast {verb} sales.csv",
        )
    return None


def numbers(texts: list[str] | None, *, flag: str, example: str) -> tuple[float, ...] | None:
    """Return the numbers of a flag that may be repeated, or holds several with commas.

    Raises
    ------
    UsageError
        If one is none.
    """
    if not texts:
        return None
    found: list[float] = []
    for text in texts:
        for part in text.split(","):
            try:
                found.append(float(part))
            except ValueError:
                raise UsageError(
                    f"{flag} is {text!r}, and {part.strip()!r} is not a number",
                    location=f"flag {flag}",
                    fix=f"for example {flag} {example}",
                ) from None
    return tuple(found)


def file_to_write(name: str, *, flag: str, force: bool) -> Path:
    """Return a file that is not there, or may be replaced.

    Raises
    ------
    UsageError
        If the name is empty.
    OutputExistsError
        If it is there and nobody said to replace it.
    """
    if not name:
        raise UsageError(
            "the name of the file is empty", location=f"flag {flag}", fix="name a file"
        )
    if os.path.exists(name) and not force:  # noqa: PTH110 - never raises
        raise OutputExistsError(
            f"{str(Path(name))!r} is there already",
            location=f"flag {flag}",
            fix="give another name, or pass --force",
        )
    return Path(name)


def as_word(path: str) -> str:
    """Write a path so that the command line takes it for none of its flags."""
    return f"./{path}" if path.startswith("-") and path != STREAM else path


def next_steps(run: Path, bundle: Path) -> None:
    """Say what was written and what to do with it: the last line."""
    size = f" ({bundle.stat().st_size / 1e6:.2f} MB)" if bundle.is_file() else ""
    console.say(f"wrote {run}{size}; next: forecast predict {shlex.quote(as_word(str(run)))}")
