"""What the steps of an epoch said, in two tensors.

A small tensor kept for each step would lie between the large ones of the next, and the process
would take more memory with every step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


class Steps:
    """Losses and gradient norms of one epoch.

    Parameters
    ----------
    most : int
        Steps that there may be.
    """

    def __init__(self, most: int) -> None:
        self.most, self.count = most, 0

    def add(self, loss: Tensor, norms: Tensor) -> None:
        """Take what a step said: its loss and the norms, (P,), of the gradients."""
        if not self.count:
            self._losses = loss.new_empty(self.most)
            self._norms = norms.new_empty(self.most, len(norms))
        self._losses[self.count] = loss
        self._norms[self.count] = norms
        self.count += 1

    @property
    def losses(self) -> Tensor:
        """Losses of the steps so far, (steps,)."""
        return self._losses[: self.count]

    @property
    def norms(self) -> Tensor:
        """Norms of the steps so far, (steps, P)."""
        return self._norms[: self.count]
