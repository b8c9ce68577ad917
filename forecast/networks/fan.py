"""One recurrent step from the same state with each of n inputs, the same n for every row.

Each product is made once: W x for the n inputs, U h for the B states. What is left for each of the
B n pairs is the part of a cell that works number by number; the equations are those of
`forecast.networks.cells`.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from forecast.networks.cells import LayerState


def fan_out(fused: nn.RNNBase, inputs: Tensor, state: LayerState) -> Tensor:
    """Take the step.

    Parameters
    ----------
    fused : nn.RNN, nn.LSTM or nn.GRU
        Of one layer and direction.
    inputs : Tensor of shape (n, E)
    state : LayerState
        (1, B, D) each.

    Returns
    -------
    Tensor of shape (B, n, D)
        The new h.
    """
    weight_ih, weight_hh, bias_ih, bias_hh = fused.all_weights[0]
    h, c = state
    read = functional.linear(inputs, weight_ih, bias_ih).to(weight_ih.dtype)
    recalled = functional.linear(h[0], weight_hh, bias_hh).to(weight_hh.dtype)[:, None]
    if isinstance(fused, nn.GRU):
        return _gru(read, recalled, h[0][:, None])
    if c is not None:
        return _lstm(read, recalled, c[0][:, None])
    activation = torch.relu if fused.nonlinearity == "relu" else torch.tanh
    return activation(read + recalled)


def _lstm(read: Tensor, recalled: Tensor, c: Tensor) -> Tensor:
    """Read (n, 4 D), recalled (B, 1, 4 D) and c (B, 1, D) to h', (B, n, D)."""
    parts = zip(read.chunk(4, dim=-1), recalled.chunk(4, dim=-1), strict=True)
    i, f, g, o = (one + other for one, other in parts)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c)


def _gru(read: Tensor, recalled: Tensor, h: Tensor) -> Tensor:
    """Read (n, 3 D), recalled (B, 1, 3 D) and h (B, 1, D) to h', (B, n, D)."""
    read_r, read_z, read_n = read.chunk(3, dim=-1)
    recalled_r, recalled_z, recalled_n = recalled.chunk(3, dim=-1)
    r = torch.sigmoid(read_r + recalled_r)
    z = torch.sigmoid(read_z + recalled_z)
    n = torch.tanh(read_n + r * recalled_n)
    return torch.lerp(n, h.to(n.dtype), z)
