"""One layer of torch's gru, its gradient written out: what a processor trains faster.

    steps (T, B, E), state (B, D) --W x of all steps, then step by step--> states (T, B, D)

The equations are those of `forecast.networks.cells.GRULayer`. Torch's own kernel leaves a dozen
nodes for each step to autograd, and a product for the gradient of the weights; here the gates are
kept, each step makes one product on the way back, and the weights get theirs over a block of steps.
With dh the gradient of h', q = recalled_n, and what is worked out beforehand in brackets:

    dz, dn = dh [(h - n) z (1 - z)], dh [(1 - z) (1 - n^2)]
    dq, dr = dn [r], dn [q r (1 - r)]
    dh of the step before = its own + dh z + dr U_r + dz U_z + dq U_n

Gates lie one after the other, (4, T, B, D) in the order q, r, z, n: the first three hear U h, the
last three W x, and what is done number by number runs over one stretch of memory. tanh(x) is
2 sigmoid(2 x) - 1, several times faster and as exact beside 1; the 2 within is multiplied into the
weights, exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

ROWS = 1024
"""Rows of a block of steps on the way back: enough for the products, few enough for the cache."""

_sigmoid_backward = torch.ops.aten.sigmoid_backward.grad_input
_tanh_backward = torch.ops.aten.tanh_backward.grad_input


def gru_layer(steps: Tensor, h: Tensor, weights: Sequence[Tensor]) -> Tensor:
    """Read the steps.

    Parameters
    ----------
    steps : Tensor of shape (T, B, E)
    h : Tensor of shape (B, D)
        Where to go on from.
    weights : sequence of Tensor
        weight_ih (3 D, E), weight_hh (3 D, D), bias_ih and bias_hh (3 D,), as torch has them.

    Returns
    -------
    Tensor of shape (T, B, D)
        h after each step. Its gradient cannot be differentiated again.
    """
    states: Tensor = _Layer.apply(steps, h, *weights)  # type: ignore[no-untyped-call]
    return states


class _Layer(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, steps: Tensor, h: Tensor, *given: Tensor) -> Tensor:
        weight_ih, weight_hh, bias_ih, bias_hh = given
        width = h.shape[1]
        states = h.new_empty(len(steps) + 1, *h.shape)
        states[0] = h
        gates = h.new_empty(4, *states[1:].shape)
        gates[0] = 2.0 * bias_hh[2 * width :]
        both = torch.cat([bias_hh[: 2 * width], bias_hh.new_zeros(width)])
        _read(gates[1:], steps, _doubled(weight_ih), _doubled(bias_ih + both))
        pieces, pair = _by_step(gates), gates[1:3].unbind(1)
        recall = [rows.t() for rows in torch.split(_turned(_doubled(weight_hh)), width)]
        minus = h.new_tensor(-1.0)
        h, *after = states.unbind(0)
        for step, (q, r, z, n) in enumerate(pieces):
            for gate, rows in zip((q, r, z), recall, strict=True):
                gate.addmm_(h, rows)
            pair[step].sigmoid_()
            n.addcmul_(r, q).sigmoid_()
            torch.add(minus, n, alpha=2, out=n)
            h = torch.lerp(n, h, z, out=after[step])
        ctx.save_for_backward(steps, states, gates, weight_ih, weight_hh)
        return states[1:]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, asked: Tensor) -> tuple[Tensor | None, ...]:
        steps, states, gates, weight_ih, weight_hh = ctx.saved_tensors
        before, asks = states[:-1], asked.unbind(0)
        blame = _Blame(weight_ih, _turned(weight_hh), before)
        d_steps = steps.new_empty(steps.shape) if ctx.needs_input_grad[0] else None
        dh, kept = torch.zeros_like(states[0]), gates[2].unbind(0)
        pairs = blame.gates[:2].unbind(1), blame.gates[2:].unbind(1), blame.gates[3].unbind(0)
        for begin in reversed(range(0, len(steps), blame.block)):
            span = slice(begin, min(begin + blame.block, len(steps)))
            _share(blame.gates[:, : span.stop - begin], gates[:, span], before[span])
            for place in reversed(range(span.stop - begin)):
                early, late, new = (pair[place] for pair in pairs)
                late.mul_(dh.add_(asks[begin + place]))
                early.mul_(new)
                blame.hand_back(place, dh.mul_(kept[begin + place]))
            blame.close(steps[span], before[span], None if d_steps is None else d_steps[span])
        return d_steps, dh, *blame.weights


def _share(into: Tensor, gates: Tensor, before: Tensor) -> None:
    """Write what is in brackets in the module, (4, n, B, D): of q and r, of z and n."""
    q, r, z, n = gates.unbind(0)
    dq, dr, dz, dn = into.unbind(0)
    dq.copy_(r)
    _sigmoid_backward(q, r, grad_input=dr)
    dr.mul_(0.5)  # q is kept twice as large
    _sigmoid_backward(torch.sub(before, n, out=dn), z, grad_input=dz)
    _tanh_backward(torch.rsub(z, 1.0), n, grad_input=dn)


def _read(into: Tensor, steps: Tensor, weight: Tensor, bias: Tensor) -> None:
    """Write W x + b of all steps (T, B, E) to (3, T, B, D)."""
    width = into.shape[3]
    flat = steps.flatten(0, 1)
    parts = zip(into, torch.split(weight, width), torch.split(bias, width), strict=True)
    for gate, rows, numbers in parts:
        torch.addmm(numbers, flat, rows.t(), out=gate.view(-1, width))


class _Blame:
    """From the gradients of the gates to those of all else, a block of steps at a time.

    Attributes
    ----------
    block : int
        Steps of a block; the oldest may have fewer.
    gates : Tensor of shape (4, block, B, D)
        Gradients of the gates of a block, for the caller to write.
    """

    def __init__(self, weight_ih: Tensor, weight_hh: Tensor, before: Tensor) -> None:
        length, batch, self.width = before.shape
        self.block = min(length, max(1, ROWS // batch))
        self.gates = before.new_empty(4, self.block, batch, self.width)
        self.pieces = _by_step(self.gates[:3])
        self.into = torch.split(weight_ih, self.width)
        self.back = torch.split(weight_hh, self.width)
        self.d_ih, self.d_hh = torch.zeros_like(weight_ih), torch.zeros_like(weight_hh)
        self.sums = weight_hh.new_zeros(4, self.width)

    @property
    def weights(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Gradients in torch's order of weights and gates."""
        bias_hh = self.sums[[1, 2, 0]].flatten()
        return self.d_ih, self.d_hh.roll(-self.width, 0), self.sums[1:].flatten(), bias_hh

    def hand_back(self, place: int, dh: Tensor) -> None:
        """Add to ``dh`` (B, D) what step ``place`` of the block asks of the state before it."""
        for gate, rows in zip(self.pieces[place], self.back, strict=True):
            dh.addmm_(gate, rows)

    def close(self, steps: Tensor, before: Tensor, d_steps: Tensor | None) -> None:
        """Take in a block that read ``steps`` (n, B, E) from ``before`` (n, B, D)."""
        gates = self.gates[:, : len(steps)].flatten(1, 2)  # (4, n B, D)
        read, before = steps.flatten(0, 1), before.flatten(0, 1)
        self.sums += gates.sum(dim=1)
        heard, read_by = torch.split(self.d_hh, self.width), torch.split(self.d_ih, self.width)
        for place in range(3):
            heard[place].addmm_(gates[place].t(), before)
            read_by[place].addmm_(gates[place + 1].t(), read)
            if d_steps is not None:
                wanted = d_steps.view(read.shape)
                wanted.addmm_(gates[place + 1], self.into[place], beta=min(place, 1))


def _by_step(gates: Tensor) -> list[tuple[Tensor, ...]]:
    """Gates (G, T, B, D) as views, of each step its G of (B, D)."""
    return list(zip(*(gate.unbind(0) for gate in gates.unbind(0)), strict=True))


def _doubled(weights: Tensor) -> Tensor:
    """Weights (3 D, ...) with those of the candidate, which is a tanh, twice as large."""
    found = weights.clone()
    found[2 * len(weights) // 3 :] *= 2.0
    return found


def _turned(weight: Tensor) -> Tensor:
    """Recurrent weights with those of the candidate first."""
    return weight.roll(len(weight) // 3, 0)
