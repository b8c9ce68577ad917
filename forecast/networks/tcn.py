"""A temporal convolutional network: dilated causal convolutions with residual connections.

    block   v = relu(conv(u)), w = relu(conv(v)), u' = relu(u + w)

The dilation doubles from block to block, so that the last output of a layer has seen every step.

References
----------
Bai, Kolter & Koltun (2018), An empirical evaluation of generic convolutional and recurrent networks
for sequence modeling, arXiv 1803.01271, section 3.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

KERNEL = 3


class TemporalConvolutions(nn.Module):
    """Steps (B, T, E) --> outputs (B, T, D), each of which has seen the steps up to its own."""

    def __init__(
        self, *, input_size: int, hidden_size: int, num_layers: int, steps: int, dropout: float
    ) -> None:
        super().__init__()
        self.inward = nn.Linear(input_size, hidden_size)
        self.blocks = nn.ModuleList(
            _Block(hidden_size, dilation=1 << level, dropout=dropout)
            for _ in range(num_layers)
            for level in range(levels_that_see(steps))
        )

    def forward(self, steps: Tensor, hidden: Tensor | None = None) -> Tensor:
        """Convolve; ``hidden`` (B, T) is true at padded steps, which are read as zero."""
        signal = self.inward(steps)
        if hidden is not None:
            signal = signal.masked_fill(hidden[..., None], 0.0)
        signal = signal.transpose(1, 2)  # (B, D, T)
        for block in self.blocks:
            signal = block(signal)
        found: Tensor = signal.transpose(1, 2)
        return found


def levels_that_see(steps: int) -> int:
    """Blocks after which the last output has seen ``steps`` steps.

    Each block of dilation d reaches ``4 d`` steps further back.

    Examples
    --------
    >>> levels_that_see(1), levels_that_see(5), levels_that_see(6), levels_that_see(100)
    (1, 1, 2, 5)
    """
    levels, seen = 1, 1 + 2 * (KERNEL - 1)
    while seen < steps:
        seen += 2 * (KERNEL - 1) << levels
        levels += 1
    return levels


class _Block(nn.Module):
    def __init__(self, size: int, *, dilation: int, dropout: float) -> None:
        super().__init__()
        self.reach = (KERNEL - 1) * dilation
        self.first = nn.Conv1d(size, size, KERNEL, dilation=dilation)
        self.second = nn.Conv1d(size, size, KERNEL, dilation=dilation)
        self.dropout = nn.Dropout(dropout)

    def forward(self, signal: Tensor) -> Tensor:
        inner = signal
        for convolution in (self.first, self.second):
            inner = self.dropout(torch.relu(convolution(functional.pad(inner, (self.reach, 0)))))
        return torch.relu(signal + inner)
