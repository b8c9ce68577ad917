"""AdamW (Loshchilov & Hutter 2019) with the usual decay rates, by torch's fused kernel.

`torch.optim.AdamW` calls the same kernel and gives the same bytes, but its first step loads torch's
compiler, which takes longer than many a training on a small file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

BETAS, EPSILON = (0.9, 0.999), 1e-8
KEYS = ("step", "exp_avg", "exp_avg_sq")


class AdamW:
    """Moves weights against the running means of their gradients.

    Parameters
    ----------
    groups : mapping of float to sequence of Parameter
        Weights by their share of the learning rate.
    weight_decay : float
        Share of the learning rate by which weights shrink each step.
    """

    def __init__(
        self, groups: Mapping[float, Sequence[nn.Parameter]], *, weight_decay: float
    ) -> None:
        self.groups = groups
        self.weight_decay = weight_decay
        self._parameters = [weight for weights in groups.values() for weight in weights]
        self._state: dict[nn.Parameter, tuple[Tensor, ...]] = {}

    def clear(self) -> None:
        """Forget the gradients."""
        for weight in self._parameters:
            weight.grad = None

    def step(self, rate: float) -> None:
        """Move the weights that have a gradient, at this learning rate."""
        with torch.no_grad():
            for share, weights in self.groups.items():
                gradients = {weight: weight.grad for weight in weights if weight.grad is not None}
                if gradients:
                    self._move(gradients, rate * share)

    def tensors(self) -> dict[str, Tensor]:
        """Return what it has gathered, by ``<number of the parameter>/<name>``."""
        return {
            f"{index}/{key}": value
            for index, weight in enumerate(self._parameters)
            for key, value in zip(KEYS, self._state.get(weight, ()), strict=False)
        }

    def load(self, tensors: Mapping[str, Tensor]) -> None:
        """Go on with what `tensors` gave."""
        self._state = {
            weight: tuple(tensors[f"{index}/{key}"].to(weight.device) for key in KEYS)
            for index, weight in enumerate(self._parameters)
            if f"{index}/{KEYS[0]}" in tensors
        }

    def _move(self, gradients: Mapping[nn.Parameter, Tensor], rate: float) -> None:
        steps, means, squares = zip(*map(self._gathered, gradients), strict=True)
        torch._foreach_add_(steps, 1)
        torch._fused_adamw_(
            tuple(gradients),
            tuple(gradients.values()),
            means,
            squares,
            [],
            steps,
            amsgrad=False,
            lr=rate,
            beta1=BETAS[0],
            beta2=BETAS[1],
            weight_decay=self.weight_decay,
            eps=EPSILON,
            maximize=False,
        )

    def _gathered(self, weight: nn.Parameter) -> tuple[Tensor, ...]:
        """Return its steps and its running means of gradients and of their squares."""
        if weight not in self._state:
            count = torch.zeros((), dtype=torch.float32, device=weight.device)
            self._state[weight] = (count, torch.zeros_like(weight), torch.zeros_like(weight))
        return self._state[weight]
