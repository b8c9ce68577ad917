"""How weights begin: published habits that make recurrent training dependable.

Orthogonal recurrent weights keep the norm of the state (Saxe et al. 2014), Xavier input weights
keep the variance of the signal (Glorot & Bengio 2010), and a forget-gate bias of 1 lets an LSTM
remember from the first step (Gers et al. 2000; Jozefowicz et al. 2015). The output layers begin as
a seasonal naive forecast, so that training can only improve on it.
"""

from __future__ import annotations

import torch
from torch import nn

FORGET_BIAS = 1.0
"""Sum of the two biases that torch adds in each LSTM gate."""


def initialise_recurrent(recurrent: nn.RNNBase) -> None:
    """Set the weights of torch's RNN, LSTM or GRU in place, gate by gate."""
    hidden = recurrent.hidden_size
    if recurrent.weight_hh_l0.is_meta:  # only its shapes are wanted
        return
    with torch.no_grad():
        for name, weight in recurrent.named_parameters():
            if "bias" in name:
                weight.zero_()
                continue
            fill = nn.init.orthogonal_ if "weight_hh" in name else nn.init.xavier_uniform_
            for gate in torch.split(weight, hidden):
                fill(gate)
        if isinstance(recurrent, nn.LSTM):
            for name, bias in recurrent.named_parameters():
                if "bias_ih" in name:
                    bias[hidden : 2 * hidden].fill_(FORGET_BIAS)  # gates are i, f, g, o


def initialise_zero(layer: nn.Linear) -> None:
    """Let a linear layer begin as zero."""
    with torch.no_grad():
        for weight in layer.parameters():
            weight.zero_()


def initialise_seasonal(layer: nn.Linear, season: int) -> None:
    """Let a linear layer from context (L,) to horizon (H,) begin by repeating the last season."""
    initialise_zero(layer)
    horizon, context = layer.weight.shape
    steps = torch.arange(horizon)
    with torch.no_grad():
        layer.weight[steps, context - season + steps % season] = 1.0
