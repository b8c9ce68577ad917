"""Attention: a decoder looks back at every state of its encoder.

additive   score(q, k) = v' tanh(W q + U k)              Bahdanau et al. (2015), arXiv 1409.0473
dot        score(q, k) = (W q)' (U k) / sqrt(D)          Vaswani et al. (2017), arXiv 1706.03762
context    c = sum over the states of softmax(score) k
result     tanh(V [q; c])                                Luong et al. (2015), arXiv 1508.04025
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from forecast.networks.shape import AttentionKind


class Attention(nn.Module):
    """Queries (B, n, D) and keys (B, T, D'), of which some are hidden --> (B, n, D)."""

    def __init__(self, kind: AttentionKind, *, query_size: int, key_size: int) -> None:
        super().__init__()
        self.of_query = nn.Linear(query_size, query_size, bias=False)
        self.of_key = nn.Linear(key_size, query_size, bias=False)
        self.score = nn.Linear(query_size, 1, bias=False) if kind == "additive" else None
        self.mix = nn.Linear(query_size + key_size, query_size)

    def forward(self, queries: Tensor, keys: Tensor, hidden: Tensor | None = None) -> Tensor:
        """Mix what the keys hold into the queries; ``hidden`` (B, T) is true at padded steps."""
        query, key = self.of_query(queries), self.of_key(keys)
        if self.score is None:
            scores = query @ key.transpose(1, 2) / math.sqrt(query.shape[-1])  # (B, n, T)
        else:
            scores = self.score(torch.tanh(query[:, :, None] + key[:, None]))[..., 0]
        if hidden is not None:
            scores = scores.masked_fill(hidden[:, None], torch.finfo(scores.dtype).min)
        found = torch.softmax(scores, dim=2) @ keys
        mixed: Tensor = torch.tanh(self.mix(torch.cat([queries, found], dim=2)))
        return mixed
