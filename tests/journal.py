"""What a journal holds: its whole lines; one that has no newline yet does not count."""

from __future__ import annotations

import json
from pathlib import Path


def whole_lines(path: Path) -> list[dict[str, object]]:
    """The records of a journal."""
    return [
        json.loads(line)
        for line in path.read_bytes().splitlines(keepends=True)
        if line.endswith(b"\n")
    ]
