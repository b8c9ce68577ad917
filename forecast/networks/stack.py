"""Layers of cells upon each other: one fused kernel of torch where it can, our own cells elsewhere.

    steps (B, T, E) --layer--> (B, T, D') --[+ steps] [dropout]--> layer ... --> outputs (B, T, D')

Plain settings are one nn.RNN, nn.LSTM or nn.GRU, and oneDNN or cuDNN runs them, save what is
run on a processor as `forecast.networks.compiled` says. Peephole, layer normalisation,
recurrent dropout, residual and dilation are what those kernels lack: see `forecast.networks.cells`.
Either way the state has one form, and padding on the left changes none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch import Tensor, nn
from torch.nn import functional

from forecast.networks.cells import LAYERS, CellShape, LayerState
from forecast.networks.compiled import is_plain
from forecast.networks.fan import fan_out
from forecast.networks.fused import run_fused
from forecast.networks.initialise import FORGET_BIAS, initialise_recurrent
from forecast.networks.shape import CellKind, NonlinearityKind, RecurrentWeightsKind

State: TypeAlias = tuple[LayerState, ...]
"""One per layer and direction, forward first, whatever kernel made it."""


@dataclass(frozen=True)
class StackShape:
    """Sizes and options of a recurrent stack.

    Parameters
    ----------
    cell : str
        ``rnn``, ``lstm`` or ``gru``.
    input_size, hidden_size, num_layers : int
        Numbers per step; numbers of the state per layer and direction; layers.
    nonlinearity : str
        Of rnn: ``tanh`` or ``relu``.
    peephole : bool
        Of lstm: its gates see its memory.
    forget_bias : float
        Of lstm: sum of the two biases of the forget gate before training.
    recurrent_weights : str
        How they begin: ``orthogonal`` or ``uniform``.
    bidirectional : bool
        A second set of layers reads the steps from the newest to the oldest.
    dropout, recurrent_dropout : float in [0, 1)
        Between layers; on the recurrent connection, one mask per sequence.
    layer_norm : bool
        Inside the recurrence.
    residual : bool
        A layer adds its input to its output where both have the same width.
    dilation : tuple of int
        Per layer, the number of steps back to the state it goes on from; empty is 1 everywhere.
    """

    cell: CellKind
    input_size: int
    hidden_size: int
    num_layers: int = 1
    nonlinearity: NonlinearityKind = "tanh"
    peephole: bool = False
    forget_bias: float = FORGET_BIAS
    recurrent_weights: RecurrentWeightsKind = "orthogonal"
    bidirectional: bool = False
    dropout: float = 0.0
    recurrent_dropout: float = 0.0
    layer_norm: bool = False
    residual: bool = False
    dilation: tuple[int, ...] = ()

    @property
    def directions(self) -> int:
        """2 when bidirectional, otherwise 1."""
        return 2 if self.bidirectional else 1

    @property
    def plain(self) -> bool:
        """Whether torch's own kernels have all of it."""
        return is_plain(self)

    def layer(self, number: int) -> CellShape:
        """Shape of each direction of one layer, counted from 0."""
        return CellShape(
            input_size=self.hidden_size * self.directions if number else self.input_size,
            hidden_size=self.hidden_size,
            nonlinearity=self.nonlinearity,
            peephole=self.peephole,
            forget_bias=self.forget_bias,
            recurrent_weights=self.recurrent_weights,
            layer_norm=self.layer_norm,
            recurrent_dropout=self.recurrent_dropout,
            dilation=self.dilation[number] if self.dilation else 1,
        )


class RecurrentStack(nn.Module):
    """Recurrent layers over steps; see the module.

    Attributes
    ----------
    output_size : int
        D' = D, or 2 D when bidirectional.
    fused : nn.RNN, nn.LSTM, nn.GRU or None
        Torch's kernel, for plain settings.
    cells : ModuleDict of CellLayer
        Otherwise our own, by torch's names: ``l0``, ``l0_reverse``, ``l1``, ...
    """

    def __init__(self, shape: StackShape) -> None:
        super().__init__()
        self.shape = shape
        self.output_size = shape.hidden_size * shape.directions
        self.fused = _build_fused(shape) if shape.plain else None
        self.cells = nn.ModuleDict() if shape.plain else _build_cells(shape)

    def forward(
        self,
        steps: Tensor,
        state: State | None = None,
        padded: Tensor | None = None,
        truncate: int | None = None,
    ) -> tuple[Tensor, State]:
        """Read the steps.

        Parameters
        ----------
        steps : Tensor of shape (B, T, E)
        state : State or None
            Where to go on from; zero without it.
        padded : Tensor of shape (B,), int64, or None
            So many first steps of each row are padding: whatever they hold, they change no state,
            and their outputs are 0.
        truncate : int or None
            The state is detached every so many steps: no gradient goes further back. Without effect
            when bidirectional.

        Returns
        -------
        outputs : Tensor of shape (B, T, D')
            Of the top layer, after each step.
        state : State
            To go on from.
        """
        if self.shape.bidirectional:
            truncate = None
        mask = None
        if padded is not None:
            mask = torch.arange(steps.shape[1], device=steps.device) < padded[:, None]
            steps = steps.masked_fill(mask[:, :, None], 0.0)
        if self.fused is None:
            return self._through_cells(steps, state, mask, truncate)
        return _in_chunks(self.fused, steps, state, padded, truncate or steps.shape[1])

    def fan_out(self, inputs: Tensor, state: State) -> Tensor:
        """One step from a state (1, B, D) with each of the inputs (n, E): the new h, (B, n, D).

        Of one plain layer in one direction.
        """
        if self.fused is None or len(state) > 1:
            raise ValueError("only one plain layer reads several inputs from one state")
        return fan_out(self.fused, inputs, state[0])

    def summary(self, outputs: Tensor, state: State) -> Tensor:
        """What the stack knows after the newest step, (B, D').

        The newest output of the top layer and, when bidirectional, beside it the backward state
        that has read all steps. A row that began from zero and is padding alone has zero.
        """
        if self.fused is not None:  # the same numbers, and a gradient that is no row of zeros
            return torch.cat([h[-1] for h, _ in state[-self.shape.directions :]], dim=1)
        newest = outputs[:, -1]
        if not self.shape.bidirectional:
            return newest
        backward, _ = state[-1]
        return torch.cat([newest[:, : self.shape.hidden_size], backward[-1]], dim=1)

    def _through_cells(
        self, steps: Tensor, state: State | None, mask: Tensor | None, truncate: int | None
    ) -> tuple[Tensor, State]:
        """Layer by layer, each over all steps."""
        states: list[LayerState] = []
        layers = list(self.cells.values())
        for number in range(self.shape.num_layers):
            outputs = []
            for backward in range(self.shape.directions):
                place = len(states)
                output, after = layers[place](
                    steps.flip(1) if backward else steps,
                    None if state is None else state[place],
                    mask.flip(1) if backward and mask is not None else mask,
                    truncate,
                )
                outputs.append(output.flip(1) if backward else output)
                states.append(after)
            merged = torch.cat(outputs, dim=2)
            if number < self.shape.num_layers - 1:
                merged = functional.dropout(merged, self.shape.dropout, self.training)
            adds = self.shape.residual and merged.shape[2] == steps.shape[2]
            steps = merged + steps if adds else merged
        return steps, tuple(states)


def _build_fused(shape: StackShape) -> nn.RNNBase:
    """Torch's own stack."""
    sizes = (shape.input_size, shape.hidden_size, shape.num_layers)
    dropout = shape.dropout if shape.num_layers > 1 else 0.0  # torch warns where it is unused
    both = shape.bidirectional
    fused: nn.RNNBase
    if shape.cell == "rnn":
        fused = nn.RNN(
            *sizes,
            nonlinearity=shape.nonlinearity,
            batch_first=True,
            dropout=dropout,
            bidirectional=both,
        )
    else:
        kernel = nn.LSTM if shape.cell == "lstm" else nn.GRU
        fused = kernel(*sizes, batch_first=True, dropout=dropout, bidirectional=both)
    initialise_recurrent(fused, shape.forget_bias, shape.recurrent_weights)
    return fused


def _build_cells(shape: StackShape) -> nn.ModuleDict:
    """Our own layers, by name, in the order of the state."""
    return nn.ModuleDict(
        {
            f"l{number}{suffix}": LAYERS[shape.cell](shape.layer(number))
            for number in range(shape.num_layers)
            for suffix in ("", "_reverse")[: shape.directions]
        }
    )


def _in_chunks(
    fused: nn.RNNBase, steps: Tensor, state: State | None, padded: Tensor | None, length: int
) -> tuple[Tensor, State]:
    """Torch's kernel over ``length`` steps at a time; no gradient crosses from chunk to chunk."""
    outputs, after = run_fused(fused, steps[:, :length], state, padded)
    chunks = [outputs]
    for first in range(length, steps.shape[1], length):
        before = tuple((h.detach(), None if c is None else c.detach()) for h, c in after)
        ahead = None if padded is None else padded - first
        outputs, after = run_fused(fused, steps[:, first : first + length], before, ahead)
        chunks.append(outputs)
    return torch.cat(chunks, dim=1) if len(chunks) > 1 else outputs, after
