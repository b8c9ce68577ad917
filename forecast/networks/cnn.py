"""A convolutional network over the context, which is known as a whole.

    layer    u' = relu(conv(u)), which sees a step and its neighbours on both sides
    summary  the newest output beside the mean of all, mixed by a linear map

References
----------
Binkowski, Marti & Donnat (2018), arXiv 1703.04122; Fawaz et al. (2019), arXiv 1809.04356, section
3.2 (fully convolutional networks with a global average).
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

KERNEL = 3


class Convolutions(nn.Module):
    """Steps (B, T, E) --> outputs (B, T, D), the last of which knows the mean of all."""

    def __init__(
        self, *, input_size: int, hidden_size: int, num_layers: int, dropout: float
    ) -> None:
        super().__init__()
        widths = [input_size, *[hidden_size] * num_layers]
        self.layers = nn.ModuleList(
            nn.Conv1d(before, after, KERNEL, padding=KERNEL // 2)
            for before, after in pairwise(widths)
        )
        self.dropout = nn.Dropout(dropout)
        self.mix = nn.Linear(2 * hidden_size, hidden_size)

    def forward(self, steps: Tensor, hidden: Tensor | None = None) -> Tensor:
        """Convolve; ``hidden`` (B, T) is true at padded steps, which have no part in the mean."""
        signal = steps if hidden is None else steps.masked_fill(hidden[..., None], 0.0)
        signal = signal.transpose(1, 2)
        for layer in self.layers:
            signal = self.dropout(torch.relu(layer(signal)))
        found = signal.transpose(1, 2)  # (B, T, D)
        weight = torch.ones_like(found[..., :1]) if hidden is None else ~hidden[..., None]
        mean = (found * weight).sum(dim=1) / weight.sum(dim=1).clamp_min(1)
        last = torch.relu(self.mix(torch.cat([found[:, -1], mean], dim=1)))
        return torch.cat([found[:, :-1], last[:, None]], dim=1)
