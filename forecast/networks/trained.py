"""Torch's gru run by `forecast.networks.gru`, which a processor trains faster.

The module owns the weights and says how many layers and directions there are; outputs, states and
gradients are those of its own kernel within rounding. The lstm of torch is oneDNN's, gradients and
all, and its rnn has little to gain.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from forecast.networks.cells import LayerState
from forecast.networks.gru import gru_layer


def trains_here(fused: nn.RNNBase, steps: Tensor) -> bool:
    """Whether the gradient of a gru over more than one step is wanted, on a processor.

    In bfloat16 torch's own kernel takes as long: there products are nearly all there is to do.
    """
    return (
        isinstance(fused, nn.GRU)
        and steps.device.type == "cpu"
        and steps.shape[1] > 1
        and len(steps) > 0
        and torch.is_grad_enabled()
        and not torch.is_autocast_enabled("cpu")
        and (steps.requires_grad or any(weight.requires_grad for weight in fused.parameters()))
    )


def run_trained(
    fused: nn.RNNBase, steps: Tensor, state: tuple[LayerState, ...] | None
) -> tuple[Tensor, tuple[LayerState, ...]]:
    """Read steps (B, T, E); see `forecast.networks.fused.run_fused`."""
    first = fused.all_weights[0][0]
    zero = first.new_zeros(len(steps), fused.hidden_size)
    states: list[LayerState] = []
    read = steps.transpose(0, 1).contiguous()
    for number in range(fused.num_layers):
        outputs = []
        for backward in range(2 if fused.bidirectional else 1):
            place = len(states)
            h = zero if state is None else state[place][0][0]
            ahead = read.flip(0) if backward else read
            found = gru_layer(ahead, h, fused.all_weights[place])
            outputs.append(found.flip(0) if backward else found)
            states.append((found[-1:], None))
        read = torch.cat(outputs, dim=2) if len(outputs) > 1 else outputs[0]
        if number < fused.num_layers - 1:
            read = functional.dropout(read, fused.dropout, fused.training)
    return read.transpose(0, 1), tuple(states)
