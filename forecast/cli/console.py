"""The one way to print: results on standard output, talk on standard error."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from forecast.errors import ForecastError, Interrupted

if TYPE_CHECKING:
    from rich.console import Console


def write(text: str) -> None:
    """Write a result as it is."""
    sys.stdout.write(text)


def write_lines(lines: Iterable[str]) -> None:
    """Write results, one a line."""
    write("".join(f"{line}\n" for line in lines))


def write_json(document: Mapping[str, object]) -> None:
    """Write one JSON document; what is not finite becomes null."""
    write(json.dumps(_plain(document), ensure_ascii=False, indent=2, allow_nan=False) + "\n")


def talk() -> Console:
    """Return the console of standard error; Rich honours NO_COLOR, FORCE_COLOR and TERM."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)


def printable(text: str) -> str:
    """Keep what a stranger wrote into a file from steering the terminal."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char == "\n" else "?" for char in text)


def say(text: str) -> None:
    """Say one line on standard error; Rich is loaded only where there is a colour to show."""
    sys.stderr.write(f"{printable(text)}\n")
    sys.stderr.flush()


def say_lines(lines: Iterable[str]) -> None:
    """Say some lines on standard error."""
    for line in lines:
        say(line)


def is_watched() -> bool:
    """Whether standard error is a terminal."""
    return sys.stderr.isatty()


def animates() -> bool:
    """Whether standard error may be drawn over: a terminal that moves its cursor, and no NO_COLOR.

    NO_COLOR is taken to mean plain text, without any control codes.
    """
    if not is_watched():
        return False
    terminal = talk()
    return not (terminal.is_dumb_terminal or terminal.no_color)


def say_error(error: ForecastError) -> None:
    """Say what happened, where, and how to mend it."""
    console = talk()
    stopped = isinstance(error, Interrupted)
    console.print("stopped:" if stopped else "error:", style="bold red", end=" ")
    console.print(printable(error.message))
    if error.location:
        console.print(f"  in:  {printable(error.location)}")
    if error.fix:
        console.print(f"  fix: {printable(error.fix)}")


def _plain(value: object) -> object:
    """Turn a value into what JSON has."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if value is None or isinstance(value, (str, int)):
        return value
    item = getattr(value, "item", None)  # a NumPy scalar
    return _plain(item()) if callable(item) else str(value)
