"""A multilayer perceptron: the whole context at once, without any notion of order.

    h = relu(W x + b), once for each layer, over all steps end to end

References
----------
Rumelhart, Hinton & Williams (1986); as a forecaster: Zhang, Patuwo & Hu (1998).
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn


class Perceptron(nn.Module):
    """Steps (B, T, E) --> one output (B, 1, D)."""

    def __init__(
        self, *, input_size: int, hidden_size: int, num_layers: int, steps: int, dropout: float
    ) -> None:
        super().__init__()
        widths = [input_size * steps, *[hidden_size] * num_layers]
        self.layers = nn.ModuleList(nn.Linear(before, after) for before, after in pairwise(widths))
        self.dropout = nn.Dropout(dropout)

    def forward(self, steps: Tensor, hidden: Tensor | None = None) -> Tensor:
        """Read all steps; padded ones, where ``hidden`` (B, T) is true, are zero."""
        if hidden is not None:
            steps = steps.masked_fill(hidden[..., None], 0.0)
        found = steps.flatten(1)
        for layer in self.layers:
            found = self.dropout(torch.relu(layer(found)))
        return found[:, None]
