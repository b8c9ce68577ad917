"""A transformer encoder over segments (patches) of the context.

    layer   u = u + attention(norm(u)),  u = u + W2 gelu(W1 norm(u))

Every segment attends to every other: the whole context is known. Positions are learnt.

References
----------
Vaswani et al. (2017), arXiv 1706.03762; patches as tokens: Nie et al. (2023), PatchTST, arXiv
2211.14730; normalisation before each part: Xiong et al. (2020), arXiv 2002.04745.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from forecast.networks.initialise import initialise_normal

MOST_HEADS = 8
WIDER = 2
"""Width of the inner layer, in hidden sizes."""


class TransformerEncoder(nn.Module):
    """Steps (B, T, E) --> outputs (B, T, D)."""

    def __init__(
        self, *, input_size: int, hidden_size: int, num_layers: int, steps: int, dropout: float
    ) -> None:
        super().__init__()
        self.inward = nn.Linear(input_size, hidden_size)
        self.position = nn.Parameter(torch.empty(steps, hidden_size))
        initialise_normal(self.position, 0.02)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(
                hidden_size,
                heads_of(hidden_size),
                dim_feedforward=WIDER * hidden_size,
                dropout=dropout,
                activation="gelu",
                batch_first=True,
                norm_first=True,
            )
            for _ in range(num_layers)
        )
        self.norm = nn.LayerNorm(hidden_size)

    def forward(self, steps: Tensor, hidden: Tensor | None = None) -> Tensor:
        """Attend; ``hidden`` (B, T) is true at padded steps, which nothing attends to."""
        found = self.inward(steps) + self.position
        for layer in self.layers:
            found = layer(found, src_key_padding_mask=hidden)
        outputs: Tensor = self.norm(found)
        return outputs if hidden is None else outputs.masked_fill(hidden[..., None], 0.0)


def heads_of(hidden_size: int) -> int:
    """Most heads, of powers of two up to 8, that divide the hidden size.

    Examples
    --------
    >>> heads_of(64), heads_of(6), heads_of(7)
    (8, 2, 1)
    """
    heads = MOST_HEADS
    while hidden_size % heads:
        heads //= 2
    return heads
