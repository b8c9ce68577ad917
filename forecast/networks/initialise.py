"""How weights begin: published habits that make recurrent training dependable.

Orthogonal recurrent weights keep the norm of the state (Saxe et al. 2014), Xavier input weights
keep the variance of the signal (Glorot & Bengio 2010), and a forget-gate bias of 1 lets an LSTM
remember from the first step (Gers et al. 2000; Jozefowicz et al. 2015). The output layers begin as
a seasonal naive forecast, so that training can only improve on it.

A network that is loaded is built on the device ``meta``, for its names and shapes alone. Nothing is
drawn there: torch would load its compiler to find the shape of numbers that nobody reads.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from forecast.networks.shape import RecurrentWeightsKind

FORGET_BIAS = 1.0
"""Sum of the two biases of an LSTM's forget gate, unless another is asked for."""


def initialise_recurrent(
    recurrent: nn.RNNBase,
    forget_bias: float = FORGET_BIAS,
    kind: RecurrentWeightsKind = "orthogonal",
) -> None:
    """Set the weights of torch's RNN, LSTM or GRU in place, gate by gate."""
    hidden = recurrent.hidden_size
    for name, weight in recurrent.named_parameters():
        if "weight_ih" in name:
            initialise_input(weight, hidden)
        elif "weight_hh" in name:
            initialise_recurrence(weight, kind)
        else:
            nn.init.zeros_(weight)
            if isinstance(recurrent, nn.LSTM) and "bias_ih" in name:
                initialise_forget(weight, hidden, forget_bias)


def initialise_input(weight: Tensor, hidden: int) -> None:
    """Let the input weights of each gate, stacked (g D, E), keep the variance of the signal."""
    if weight.is_meta:
        return
    for gate in torch.split(weight.detach(), hidden):
        nn.init.xavier_uniform_(gate)


def initialise_recurrence(weight: Tensor, kind: RecurrentWeightsKind = "orthogonal") -> None:
    """Let the recurrent weights of each gate, stacked (g D, D), keep the norm of the state.

    Drawn uniformly instead, within 1 / sqrt(D) as torch does, they let a state fade sooner.
    """
    if weight.is_meta:
        return
    if kind == "uniform":
        bound = weight.shape[1] ** -0.5
        nn.init.uniform_(weight.detach(), -bound, bound)
        return
    for gate in torch.split(weight.detach(), weight.shape[1]):
        nn.init.orthogonal_(gate)


def initialise_forget(bias: Tensor, hidden: int, forget_bias: float) -> None:
    """Set the forget gate's part of an LSTM's bias (4 D,); its gates are i, f, g, o."""
    nn.init.constant_(bias.detach()[hidden : 2 * hidden], forget_bias)


def initialise_normal(weight: Tensor, std: float = 1.0) -> None:
    """Draw weights from a normal distribution about zero."""
    if weight.is_meta:
        return
    nn.init.normal_(weight, std=std)


def initialise_evenly(weight: Tensor, first: float, last: float) -> None:
    """Let weights (..., D) lead from one number to another in even steps."""
    if weight.is_meta:
        return
    with torch.no_grad():
        weight.copy_(torch.linspace(first, last, weight.shape[-1]))


def initialise_zero(layer: nn.Linear) -> None:
    """Let a linear layer begin as zero."""
    with torch.no_grad():
        for weight in layer.parameters():
            weight.zero_()


def initialise_seasonal(layer: nn.Linear, season: int) -> None:
    """Let a linear layer from context (L,) to horizon (H,) begin by repeating the last season."""
    initialise_zero(layer)
    begin_seasonal(layer.weight.detach(), season)


def begin_seasonal(weight: Tensor, season: int) -> None:
    """Let a map (H, L) that is zero repeat the last season, in place."""
    if weight.is_meta:
        return
    horizon, context = weight.shape
    steps = torch.arange(horizon)
    weight[steps, context - season + steps % season] = 1.0
