"""Entries as a run would have left them, and a way to ask for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from benchmarks.accuracy.journal import Entry, Task

Left = Callable[..., Entry]


def entry(task: Task, *said: Mapping[str, Any], failed: str | None = None) -> Entry:
    seconds = [10.0] * len(task.steps)
    return Entry([*task.commands], {}, "c0de", "2 cores", seconds, [*map(dict, said)], failed)


@pytest.fixture
def left() -> Left:
    """An entry of a task, made of what its commands printed."""
    return entry
