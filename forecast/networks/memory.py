"""Memory that the steps of a training hand on to one another.

The system clears what a process was given back and asks for again, page by page: for a layer of 64
units with many sequences that can take as long as its forward pass. So within `memory_kept` what a
layer let go is kept for the next; with what is in use it is never more than was in use at once. At
the end it is given back.
"""

from __future__ import annotations

import math
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

LEAST = 1 << 18
"""Numbers from which on it pays: of less, the C library itself keeps what was let go."""
LOOSE = 2
"""What is handed on may be so many times what is asked for."""

Block: TypeAlias = NDArray[np.float32]


class _Kept:
    """Blocks that are free, and how many numbers are lent and were at most."""

    def __init__(self) -> None:
        self.free: list[Block] = []
        self.lent = self.most = 0

    def lend(self, many: int) -> Tensor:
        fitting = [block for block in self.free if many <= block.size <= LOOSE * many]
        block = min(fitting, key=len, default=None)
        self.free = [other for other in self.free if other is not block]
        self.lent += many if block is None else block.size
        self.most = max(self.most, self.lent)
        self.keep_within()
        if block is None:
            block = torch.empty(many, dtype=torch.float32).numpy()  # NumPy's begin anywhere
        part = block[:many]
        weakref.finalize(part, self.take_back, block).atexit = False
        return torch.from_numpy(part)  # holds the part for as long as any view of it lives

    def take_back(self, block: Block) -> None:
        self.lent -= block.size
        self.free.append(block)
        self.keep_within()

    def keep_within(self) -> None:
        """Lent and free together are never more than was lent at once."""
        while self.free and self.lent + sum(map(len, self.free)) > self.most:
            del self.free[0]  # the one that was not asked for the longest

    def give_back(self) -> None:
        self.free, self.most = [], 0


_KEPT: ContextVar[_Kept | None] = ContextVar("kept", default=None)


@contextmanager
def memory_kept() -> Iterator[None]:
    """Hand on, within, what `room` gave and nobody holds any more."""
    kept = _Kept()
    before = _KEPT.set(kept)
    try:
        yield
    finally:
        _KEPT.reset(before)
        kept.give_back()


def room(*sizes: int) -> Tensor:
    """Return a tensor of float32 on the processor, of these sizes; what it holds is anything."""
    kept, many = _KEPT.get(), math.prod(sizes)
    if kept is None or many < LEAST:
        return torch.empty(sizes, dtype=torch.float32)
    return kept.lend(many).view(sizes)
