"""Torch's rnn, lstm and gru run by `forecast.networks.recurrent`, which is faster on a processor.

The module owns the weights and says how many layers and directions there are; outputs, states and
gradients are those of its own kernel within rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

from forecast.networks.cells import LayerState
from forecast.networks.recurrent import kernel, recurrent_layer
from forecast.networks.shape import CellKind

CELLS: dict[str, CellKind] = {"RNN_TANH": "rnn", "LSTM": "lstm", "GRU": "gru"}


def runs_compiled(fused: nn.RNNBase, steps: Tensor) -> bool:
    """Whether there is more than one step to read on a processor that has the kernel."""
    narrow = torch.is_autocast_enabled("cpu")
    return (
        fused.mode in CELLS
        and steps.device.type == "cpu"
        and steps.dtype in ((torch.float32, torch.bfloat16) if narrow else (torch.float32,))
        and steps.shape[1] > 1
        and len(steps) > 0
        and kernel(narrow=narrow) is not None
    )


class Options(Protocol):
    """Of a recurrent stack: those that the kernel lacks."""

    @property
    def nonlinearity(self) -> str:
        """``tanh`` or ``relu``."""

    @property
    def peephole(self) -> bool:
        """Gates see the memory."""

    @property
    def layer_norm(self) -> bool:
        """Inside the recurrence."""

    @property
    def recurrent_dropout(self) -> float:
        """In [0, 1)."""

    @property
    def residual(self) -> bool:
        """A layer adds its input."""

    @property
    def dilation(self) -> Sequence[int]:
        """Steps back, per layer; empty is 1."""


def is_plain(options: Options) -> bool:
    """Whether torch's own kernels have all of it."""
    dilated = any(step != 1 for step in options.dilation)
    special = options.peephole or options.layer_norm or options.recurrent_dropout
    return not (special or options.residual or dilated)


def compiles(encoder: str, options: Options, *, narrow: bool = False) -> bool:
    """Whether a processor reads whole batches of a network by the kernel.

    Parameters
    ----------
    encoder : str
        Name of the network.
    options : Options
    narrow : bool
        Whether torch is to multiply in bfloat16.
    """
    known = encoder in CELLS.values() and (encoder != "rnn" or options.nonlinearity == "tanh")
    return known and is_plain(options) and kernel(narrow=narrow) is not None


def run_compiled(
    fused: nn.RNNBase, steps: Tensor, state: tuple[LayerState, ...] | None
) -> tuple[Tensor, tuple[LayerState, ...]]:
    """Read steps (B, T, E); see `forecast.networks.fused.run_fused`."""
    steps = steps.float()
    zero = steps.new_zeros(1, len(steps), fused.hidden_size)
    begin = (zero, zero if isinstance(fused, nn.LSTM) else None)
    states: list[LayerState] = []
    read = steps.transpose(0, 1)
    for number in range(fused.num_layers):
        outputs = []
        for backward in range(2 if fused.bidirectional else 1):
            place = len(states)
            begun = begin if state is None else state[place]
            ahead = read.flip(0) if backward else read
            cell, weights = CELLS[fused.mode], fused.all_weights[place]
            found, after = recurrent_layer(cell, ahead, begun, weights)
            outputs.append(found.flip(0) if backward else found)
            states.append(after)
        read = torch.cat(outputs, dim=2) if len(outputs) > 1 else outputs[0]
        if number < fused.num_layers - 1:
            read = functional.dropout(read, fused.dropout, fused.training)
    return read.transpose(0, 1), tuple(states)
