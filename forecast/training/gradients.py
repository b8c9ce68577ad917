"""Gradients: how large they are layer by layer, and how they are bounded.

norm     all gradients together are shortened to the largest norm, in their direction
         (Pascanu, Mikolov & Bengio 2013, On the difficulty of training recurrent neural networks,
         algorithm 1)
value    each number is bounded by itself (Mikolov 2012, Statistical language models based on
         neural networks, section 3.2.2)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, TypeAlias

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from collections.abc import Mapping

ClipKind: TypeAlias = Literal["norm", "value"]

TINY = 1e-6  # keeps the quotient finite, as in torch
RECURRENT = re.compile(r"(?:^|\.)(?:weight|bias)_(?:ih|hh|hr)_(l\d+)(_reverse)?$")


class Gradients:
    """The gradients of a module, to be measured and bounded after each backward pass."""

    def __init__(self, module: nn.Module, *, limit: float, clip_by: ClipKind) -> None:
        named = list(module.named_parameters())
        self.parameters = [parameter for _, parameter in named]
        self.layers = [layer_of(name) for name, _ in named]
        self.limit, self.clip_by = limit, clip_by

    def clip(self) -> Tensor:
        """Bound the gradients in place; return the norm of each parameter's before, (P,)."""
        found = [parameter.grad for parameter in self.parameters]
        gradients = [gradient for gradient in found if gradient is not None]
        lengths = iter(torch._foreach_norm(gradients))
        zero = gradients[0].new_zeros(())
        norms = torch.stack([zero if gradient is None else next(lengths) for gradient in found])
        if self.limit and self.clip_by == "value":
            nn.utils.clip_grad_value_(self.parameters, self.limit)
        elif self.limit:
            shorter = (self.limit / (norms.norm() + TINY)).clamp(max=1.0)
            torch._foreach_mul_(gradients, shorter)
        return norms

    def by_layer(self, norms: Tensor) -> Mapping[str, float]:
        """Mean over steps of the norm of each layer.

        Parameters
        ----------
        norms : Tensor of shape (steps, P)
            From `clip`, one row a step.
        """
        squares = norms.square()
        groups = {layer: [] for layer in self.layers}  # type: dict[str, list[int]]
        for place, layer in enumerate(self.layers):
            groups[layer].append(place)
        return {
            layer: float(squares[:, places].sum(dim=1).sqrt().mean())
            for layer, places in groups.items()
        }


def layer_of(name: str) -> str:
    """Return the layer that a parameter belongs to.

    Examples
    --------
    >>> layer_of("recurrent.weight_hh_l1"), layer_of("recurrent.bias_ih_l0_reverse")
    ('recurrent.l1', 'recurrent.l0.reverse')
    >>> layer_of("head.weight"), layer_of("weight")
    ('head', 'weight')
    """
    match = RECURRENT.search(name)
    if match is None:
        return name.rpartition(".")[0] or name
    layer = ".".join(filter(None, [name[: match.start()], match[1]]))
    return f"{layer}.reverse" if match[2] else layer
