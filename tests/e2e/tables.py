"""Small files to train on, and what a folder holds."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

FIRST = date(2024, 1, 1)


def values(rows: int, *, seed: int = 0, level: float = 50.0) -> list[float]:
    """A week that repeats, with noise."""
    noise = random.Random(seed)  # noqa: S311 - no secret
    return [
        round(level + 10 * math.sin(2 * math.pi * row / 7) + noise.gauss(0, 1), 3)
        for row in range(rows)
    ]


def daily(
    numbers: Sequence[object], *, first: date = FIRST, header: str = "date,sales"
) -> list[str]:
    """One series by the day, as the lines of a CSV file."""
    return [header, *(f"{first + timedelta(days=day)},{y}" for day, y in enumerate(numbers))]


def long(series: Mapping[str, Sequence[object]], *, first: date = FIRST) -> list[str]:
    """Several series in the long layout."""
    lines = ["shop,date,sales"]
    for name, numbers in series.items():
        lines += [f"{name},{line}" for line in daily(numbers, first=first)[1:]]
    return lines


def write(path: Path, lines: Iterable[str]) -> Path:
    """Write lines to a file and return its path."""
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def contents(folder: Path) -> dict[str, bytes | None]:
    """All that lies in a folder, hidden names too: a file's bytes, None for a folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }
