"""The recurrent cells, each equation written out: the textbook page of this package.

    steps (B, T, E), state (d, B, D) --CellLayer, a loop over T--> outputs (B, T, D), state

In every equation x is the step that is read, h the state of the step before (of d steps before
where the layer is dilated by d), ' marks what is new, * multiplies number by number, and

    read     = W x + b        for all steps in one product, before the loop
    recalled = U h + c        one product in each step

hold one block of D numbers per gate, in torch's order and under torch's names: ``weight_ih`` is W
(g D, E), ``weight_hh`` is U (g D, D), ``bias_ih`` is b and ``bias_hh`` is c, both (g D,).

What every cell may have beside them:

dilation d
    h is the state of d steps ago, so that a loop of T steps is T / d links long.
    Chang et al. (2017), Dilated Recurrent Neural Networks.
layer normalisation
    read = LN(W x) and recalled = LN(U h), where LN(a) = gain * (a - mean a) / std a + bias over the
    numbers of all gates (of a gru: reset and update together, the candidate apart); the biases b
    and c are those of LN. Ba, Kiros & Hinton (2016), Layer Normalization, supplementary material;
    their rnn normalises the sum instead, ours its two parts like the other cells.
recurrent dropout p
    recalled = U (m * h) + c, where m is drawn once per sequence: 0 with probability p, otherwise
    1 / (1 - p): Gal & Ghahramani (2016), A theoretically grounded application of dropout in
    recurrent neural networks. What a gate keeps of h or of the lstm's memory is never dropped,
    which long memory needs: Semeniuta, Severyn & Barth (2016), Recurrent dropout without memory
    loss.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypeAlias

import torch
from torch import Tensor, nn
from torch.nn import functional

from forecast.networks.initialise import (
    FORGET_BIAS,
    initialise_forget,
    initialise_input,
    initialise_recurrence,
)
from forecast.networks.shape import CellKind, NonlinearityKind, RecurrentWeightsKind

LayerState: TypeAlias = tuple[Tensor, Tensor | None]
"""h and, for lstm, its memory c: each (d, B, D), d the dilation, the one used next first."""

Memory: TypeAlias = tuple[Tensor, ...]
"""What one step hands to a later one: (h,), or (h, c) for lstm; each (B, D)."""


@dataclass(frozen=True)
class CellShape:
    """Sizes and options of one layer in one direction; the fields are those of `StackShape`."""

    input_size: int
    hidden_size: int
    nonlinearity: NonlinearityKind = "tanh"
    peephole: bool = False
    forget_bias: float = FORGET_BIAS
    recurrent_weights: RecurrentWeightsKind = "orthogonal"
    layer_norm: bool = False
    recurrent_dropout: float = 0.0
    dilation: int = 1


class CellLayer(nn.Module):
    """One layer in one direction: the weights and the loop that all cells share."""

    normalised: ClassVar[tuple[int, ...]]
    """Gates that are normalised together, in their order; they sum to the number of gates."""
    memories: ClassVar[int] = 1

    def __init__(self, shape: CellShape) -> None:
        super().__init__()
        self.shape = shape
        hidden = shape.hidden_size
        width = sum(self.normalised) * hidden
        self.weight_ih = nn.Parameter(torch.empty(width, shape.input_size))
        self.weight_hh = nn.Parameter(torch.empty(width, hidden))
        self.bias_ih = nn.Parameter(torch.zeros(width))
        self.bias_hh = nn.Parameter(torch.zeros(width))
        self.gain_ih = nn.Parameter(torch.ones(width)) if shape.layer_norm else None
        self.gain_hh = nn.Parameter(torch.ones(width)) if shape.layer_norm else None
        initialise_input(self.weight_ih, hidden)
        initialise_recurrence(self.weight_hh, shape.recurrent_weights)

    def forward(
        self,
        steps: Tensor,
        state: LayerState | None = None,
        mask: Tensor | None = None,
        truncate: int | None = None,
    ) -> tuple[Tensor, LayerState]:
        """Read the steps one after another.

        Parameters
        ----------
        steps : Tensor of shape (B, T, E)
        state : LayerState or None
            Where to go on from; zero without it.
        mask : Tensor of shape (B, T), bool, or None
            Steps that are padding: they change no state, and their outputs are 0.
        truncate : int or None
            The state is detached every so many steps: no gradient goes further back.

        Returns
        -------
        outputs : Tensor of shape (B, T, D)
            h after each step.
        state : LayerState
            To go on from.
        """
        held = self._memories(state, batch=steps.shape[0])  # d of them, the one used next first
        drop = self._draw(batch=steps.shape[0])
        outputs = []
        reads = self._product(steps.transpose(0, 1), self.weight_ih, self.bias_ih, self.gain_ih)
        for number, read in enumerate(reads.unbind(0)):
            if truncate is not None and number and number % truncate == 0:
                held = [tuple(part.detach() for part in memory) for memory in held]
            h = held[0][0] if drop is None else held[0][0] * drop
            recalled = self._product(h, self.weight_hh, self.bias_hh, self.gain_hh)
            after = self.step(read, recalled, held[0])
            moved = [*held[1:], after]
            held = moved if mask is None else _keep(mask[:, number, None], held, moved)
            outputs.append(after[0])
        stacked = torch.stack(outputs, dim=1)
        if mask is not None:
            stacked = stacked.masked_fill(mask[:, :, None], 0.0)
        h, *c = (torch.stack(parts) for parts in zip(*held, strict=True))
        return stacked, (h, c[0] if c else None)

    def step(self, read: Tensor, recalled: Tensor, memory: Memory) -> Memory:
        """Equations of the cell; ``read`` and ``recalled`` are (B, g D)."""
        raise NotImplementedError

    def _product(self, x: Tensor, weight: Tensor, bias: Tensor, gain: Tensor | None) -> Tensor:
        """Linear map of x (..., n) to all gates (..., g D), normalised where there is a gain."""
        if gain is None:
            return functional.linear(x, weight, bias)
        sizes = [gates * self.shape.hidden_size for gates in self.normalised]
        parts = zip(
            torch.split(functional.linear(x, weight), sizes, dim=-1),
            torch.split(gain, sizes),
            torch.split(bias, sizes),
            strict=True,
        )
        return torch.cat(
            [functional.layer_norm(part, part.shape[-1:], g, b) for part, g, b in parts], dim=-1
        )

    def _memories(self, state: LayerState | None, *, batch: int) -> list[Memory]:
        """State as one memory per step of the dilation."""
        if state is None:
            zero = self.weight_hh.new_zeros(batch, self.shape.hidden_size)
            return [(zero,) * self.memories] * self.shape.dilation
        return list(zip(*(part.unbind(0) for part in state if part is not None), strict=True))

    def _draw(self, *, batch: int) -> Tensor | None:
        """One mask per sequence, (B, D), for the recurrent connection."""
        p = self.shape.recurrent_dropout
        if not self.training or p == 0:
            return None
        return functional.dropout(self.weight_hh.new_ones(batch, self.shape.hidden_size), p)


def _keep(padded: Tensor, held: list[Memory], moved: list[Memory]) -> list[Memory]:
    """Memories that stay as they were in the rows (B, 1) whose step is padding."""
    return [
        tuple(torch.where(padded, old, new) for old, new in zip(before, after, strict=True))
        for before, after in zip(held, moved, strict=True)
    ]


class RNNLayer(CellLayer):
    """The simple recurrent network of Elman (1990).

    ::

        h' = tanh(read + recalled)        or relu: Le, Jaitly & Hinton (2015)
    """

    normalised = (1,)

    def step(self, read: Tensor, recalled: Tensor, memory: Memory) -> Memory:  # noqa: ARG002
        """Equation of the class."""
        activation = torch.relu if self.shape.nonlinearity == "relu" else torch.tanh
        return (activation(read + recalled),)


class LSTMLayer(CellLayer):
    """Long short-term memory: Hochreiter & Schmidhuber (1997), forget gate: Gers et al. (2000).

    ::

        i = sigmoid(read_i + recalled_i  [+ p_i * c])        the part of the new that enters
        f = sigmoid(read_f + recalled_f  [+ p_f * c])        the part of the old that stays
        g = tanh(read_g + recalled_g)                        the new
        c' = f * c + i * g
        o = sigmoid(read_o + recalled_o  [+ p_o * c'])       the part that is shown
        h' = o * tanh(c')                                    [tanh(LN(c')) with layer normalisation]

    Peephole connections p, (3, D) for i, f and o, let the gates see the memory: Gers & Schmidhuber
    (2000), Recurrent nets that time and count; they are zero at first. The biases of f sum to
    ``forget_bias`` at first: Jozefowicz et al. (2015). LN(c'): Ba et al. (2016).
    """

    normalised = (4,)
    memories = 2

    def __init__(self, shape: CellShape) -> None:
        super().__init__(shape)
        hidden = shape.hidden_size
        self.peephole = nn.Parameter(torch.zeros(3, hidden)) if shape.peephole else None
        self.gain_c = nn.Parameter(torch.ones(hidden)) if shape.layer_norm else None
        self.bias_c = nn.Parameter(torch.zeros(hidden)) if shape.layer_norm else None
        initialise_forget(self.bias_ih, hidden, shape.forget_bias)

    def step(self, read: Tensor, recalled: Tensor, memory: Memory) -> Memory:
        """Equations of the class."""
        _, c = memory
        i, f, g, o = (read + recalled).chunk(4, dim=-1)
        if self.peephole is not None:
            i = i + self.peephole[0] * c
            f = f + self.peephole[1] * c
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        if self.peephole is not None:
            o = o + self.peephole[2] * c
        shown = c
        if self.gain_c is not None:
            shown = functional.layer_norm(c, c.shape[-1:], self.gain_c, self.bias_c)
        return torch.sigmoid(o) * torch.tanh(shown), c


class GRULayer(CellLayer):
    """Gated recurrent unit: Cho et al. (2014), arXiv 1406.1078v1, as in cuDNN and torch.

    ::

        r = sigmoid(read_r + recalled_r)                     reset
        z = sigmoid(read_z + recalled_z)                     update
        n = tanh(read_n + r * recalled_n)                    candidate
        h' = (1 - z) * n + z * h

    The reset gate acts after the product with U; in later versions of the paper it acts before.
    """

    normalised = (2, 1)

    def step(self, read: Tensor, recalled: Tensor, memory: Memory) -> Memory:
        """Equations of the class."""
        (h,) = memory
        read_r, read_z, read_n = read.chunk(3, dim=-1)
        recalled_r, recalled_z, recalled_n = recalled.chunk(3, dim=-1)
        r = torch.sigmoid(read_r + recalled_r)
        z = torch.sigmoid(read_z + recalled_z)
        n = torch.tanh(read_n + r * recalled_n)
        return ((1 - z) * n + z * h,)


LAYERS: dict[CellKind, type[CellLayer]] = {"rnn": RNNLayer, "lstm": LSTMLayer, "gru": GRULayer}
