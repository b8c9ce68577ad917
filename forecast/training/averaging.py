"""The weights of a fit, averaged over its steps.

    sum_t = decay sum_(t-1) + (1 - decay) weights_t,      average_t = sum_t / (1 - decay^t)

The divisor takes out the zeros that the sum begins with, so that the first steps count in full.
What is judged at validation, and kept, is the average; training goes on from the weights.

References
----------
Polyak & Juditsky (1992), Acceleration of stochastic approximation by averaging; the exponential
form and its correction: Kingma & Ba (2015), Adam, section 7.2.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, TypeAlias

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

AverageKind: TypeAlias = Literal["none", "ema"]

DECAY = 0.99
"""Averages over about 100 steps, a fifteenth of an automatic fit."""


class WeightAverage:
    """Exponential moving average of the parameters of a module."""

    def __init__(self, module: nn.Module) -> None:
        self.parameters = dict(module.named_parameters())
        self.sums = {name: torch.zeros_like(value) for name, value in self.parameters.items()}
        self.steps = 0

    def update(self) -> None:
        """Take in the weights after a step."""
        weights = [parameter.detach() for parameter in self.parameters.values()]
        torch._foreach_lerp_(list(self.sums.values()), weights, 1 - DECAY)
        self.steps += 1

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Let the module hold the average for a block."""
        if not self.steps:
            yield
            return
        share = 1 - DECAY**self.steps
        raw = {name: value.detach().clone() for name, value in self.parameters.items()}
        self._put({name: value / share for name, value in self.sums.items()})
        try:
            yield
        finally:
            self._put(raw)

    def snapshot(self) -> tuple[dict[str, Tensor], int]:
        """Return the sums and how many steps they hold."""
        return {name: value.clone() for name, value in self.sums.items()}, self.steps

    def restore(self, sums: Mapping[str, Tensor], steps: int) -> None:
        """Go on from a snapshot."""
        for name, value in self.sums.items():
            value.copy_(sums[name])
        self.steps = steps

    def _put(self, weights: Mapping[str, Tensor]) -> None:
        with torch.no_grad():
            for name, parameter in self.parameters.items():
                parameter.copy_(weights[name])
