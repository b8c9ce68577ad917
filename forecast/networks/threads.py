"""Threads of compiled recurrent layers, apart from those that torch takes.

The layers of a step share its windows among threads that meet once. Torch shares out each of its
operations, however small, and its threads meet at all of them: beside such a layer that takes
longer than it saves.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import torch

_LAYERS: ContextVar[int | None] = ContextVar("layers", default=None)


@contextmanager
def threads_for_layers() -> Iterator[None]:
    """Leave the threads that torch has to compiled layers, and one to its own operations."""
    threads = torch.get_num_threads()
    before = _LAYERS.set(threads)
    torch.set_num_threads(1)
    try:
        yield
    finally:
        _LAYERS.reset(before)
        torch.set_num_threads(threads)


def layer_threads() -> int:
    """Threads that a compiled layer takes, at most."""
    return _LAYERS.get() or torch.get_num_threads()
