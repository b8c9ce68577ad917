"""What is to be learnt, as the loop sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn


class Problem(Protocol):
    """What is to be learnt."""

    @property
    def size(self) -> int:
        """Number of training examples."""

    @property
    def device(self) -> torch.device:
        """Where the examples lie."""

    def order(self, generator: torch.Generator, batch_size: int) -> Tensor:
        """Draw the examples of one epoch, ``size`` of them, batch after batch."""

    def loss(self, module: nn.Module, picks: Tensor, progress: float) -> Tensor:
        """Mean loss of the examples ``picks``, a scalar on the device.

        ``progress`` is the share of all steps that lies behind, at least 0 and below 1.
        """

    def validate(self, module: nn.Module) -> float | None:
        """Loss on the validation examples; None where there are none."""

    def rate_share(self, name: str) -> float:
        """Share of the learning rate that the module's parameter ``name`` takes, at most 1."""

    def describe(self, picks: Tensor) -> str:
        """Name the examples most likely to have broken a step."""

    def probe(self, module: nn.Module) -> float | None:
        """Norm of the gradient that reaches the first steps, over that of the last.

        None where the module reads no steps one after the other. Draws no random numbers and
        leaves the module as it was.
        """
