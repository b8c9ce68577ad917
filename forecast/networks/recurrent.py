"""One layer of rnn, lstm or gru and its gradient on a processor, by the compiled `recurrent.c`.

    steps (T, B, E), state (B, D) --W x + U h, step by step--> states (T, B, D), last state

The equations are those of `forecast.networks.cells`. Where torch is told to multiply in bfloat16,
the products of a layer are; its sums, states and gradients keep 32 bits. The kernel is built when
the package is installed, where there is a compiler for it; without one, torch's own kernels do the
same work.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from functools import cache
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import Any, NamedTuple, cast

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional

from forecast.networks.cells import LayerState
from forecast.networks.memory import room
from forecast.networks.shape import CellKind
from forecast.networks.threads import layer_threads

PAD = 16
"""Rows in memory are so many numbers wide or a multiple, as the kernel has them."""
LEAST_ROWS, USUAL_ROWS, MOST_GROUPS = 16, 32, 8
"""Sequences of a group of a small batch, and of a larger one, at least; groups of a batch."""
LEAST_WORK = 1 << 22
"""Multiplications that are worth waking a thread: some tens of microseconds."""

CELLS = {"rnn": (0, 1, 1), "lstm": (1, 4, 4), "gru": (2, 4, 3)}
"""What the kernel calls a cell, the gates that it keeps, and those that have weights."""


class _Call(ctypes.Structure):
    """What the kernel is told: ``Layer`` of `recurrent.c`."""

    _fields_ = [
        *((name, ctypes.c_int64) for name in ("cell", "narrow")),
        *((name, ctypes.c_int64) for name in ("steps", "batch", "inputs", "width")),
        *((name, ctypes.c_int64) for name in ("piece", "x_step", "x_row")),
        *((name, ctypes.c_int64) for name in ("asked_step", "asked_row")),
        *((name, ctypes.c_void_p) for name in ("x", "w_ih", "w_hh", "b_ih", "b_hh")),
        *((name, ctypes.c_void_p) for name in ("gates", "states", "cells", "asked")),
        *(
            (name, ctypes.c_void_p)
            for name in ("dh", "dc", "d_x", "d_w_ih", "d_w_hh", "d_b_ih", "d_b_hh", "sums")
        ),
    ]


@cache
def kernel(*, narrow: bool = False) -> ctypes.CDLL | None:
    """The compiled kernel, or None where it was not built, or from other sources than these.

    Nor is there one where this processor lacks AVX2 or, for products in bfloat16 (``narrow``),
    AVX512-BF16.
    """
    for suffix in EXTENSION_SUFFIXES:
        path = Path(__file__).with_name(f"_recurrent{suffix}")
        if path.exists():
            try:
                found = ctypes.CDLL(str(path))
                found.forecast_run.argtypes = [ctypes.c_void_p, ctypes.c_int64, ctypes.c_int]
                found.forecast_ready.argtypes = [ctypes.c_int, ctypes.c_int64]
            except (OSError, AttributeError):
                continue
            return found if found.forecast_ready(narrow, ctypes.sizeof(_Call)) else None
    return None


def recurrent_layer(
    cell: CellKind, steps: Tensor, state: LayerState, weights: Sequence[Tensor]
) -> tuple[Tensor, LayerState]:
    """Read the steps; there has to be a `kernel` for what torch's autocast says.

    Parameters
    ----------
    cell : str
        ``rnn`` (tanh), ``lstm`` or ``gru``.
    steps : Tensor of shape (T, B, E), float32
    state : LayerState
        Where to go on from: h (1, B, D) and, of a lstm, c.
    weights : sequence of Tensor
        weight_ih (g D, E), weight_hh (g D, D), bias_ih and bias_hh (g D,), as torch has them.

    Returns
    -------
    states : Tensor of shape (T, B, D)
        h after each step. Its gradient cannot be differentiated again.
    state : LayerState
        After the last step.

    Raises
    ------
    ValueError
        If sizes or kinds of numbers do not fit: the kernel would read other memory.
    """
    _refuse_misfits(cell, steps, state, weights)
    h, c = state
    found: tuple[Tensor, Tensor, Tensor | None]
    given = (steps, h, *([] if c is None else [c]), *weights)
    if torch.is_grad_enabled() and any(part.requires_grad for part in given):
        found = _Layer.apply(cell, steps, h, c, *weights)  # type: ignore[no-untyped-call]
    else:
        found, _ = _read(_Cell.now(cell), steps, h, c, weights, keep=False)
    return found[0], found[1:]


def _refuse_misfits(
    cell: CellKind, steps: Tensor, state: LayerState, weights: Sequence[Tensor]
) -> None:
    (_, batch, inputs), (rows, width) = steps.shape, weights[1].shape
    begun, parts = [part for part in state if part is not None], 2 if cell == "lstm" else 1
    sizes = [(rows, inputs), (rows, width), (rows,), (rows,), *[(1, batch, width)] * parts]
    given = [*weights, *begun]
    fit = [part.shape for part in given] == sizes and rows == CELLS[cell][2] * width
    if not fit or any(part.dtype != torch.float32 for part in (steps, *given)):
        kinds = ", ".join(f"{tuple(part.shape)} {part.dtype}" for part in (steps, *given))
        raise ValueError(f"what a layer of {cell} was given does not fit together: {kinds}")


class _Cell(NamedTuple):
    """What the products of a call are."""

    kind: CellKind
    narrow: bool

    @classmethod
    def now(cls, kind: CellKind) -> _Cell:
        """As torch's autocast says."""
        return cls(kind, torch.is_autocast_enabled("cpu"))


class _Layer(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, kind: CellKind, steps: Tensor, h: Tensor, c: Tensor | None, *weights: Tensor
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        ctx.cell = _Cell.now(kind)
        found, kept = _read(ctx.cell, steps, h, c, weights, keep=True)
        ctx.save_for_backward(*kept)
        ctx.set_materialize_grads(False)
        return found

    @staticmethod
    @once_differentiable
    def backward(
        ctx: Any, asked: Tensor | None, h: Tensor | None, c: Tensor | None
    ) -> tuple[Tensor | None, ...]:
        kept = ctx.saved_tensors
        steps, weights, states, cells = kept[0], kept[1:5], kept[6], kept[7]
        _, batch, rows = states.shape
        width, group = weights[1].shape[1], _group(batch)
        dh, dc = (
            states.new_zeros(1, batch, rows) if part is None else _padded(part, rows)
            for part in (h, c)
        )
        d_steps = steps.new_empty(steps.shape) if ctx.needs_input_grad[1] else None
        if asked is not None and asked.stride(2) != 1:
            asked = asked.contiguous()
        found = [torch.empty_like(weight) for weight in weights]
        lines = width + weights[0].shape[1] + 1  # of U, W and the biases
        sums = room(-(-batch // group), lines, CELLS[ctx.cell.kind][1], rows)
        wanted = (asked, dh, dc, d_steps, *found, sums)
        many = _threads(steps, weights, piece=group)
        _run(_call(ctx.cell, kept, group, wanted), many, back=True)
        d_memory = None if cells is None else dc[:, :, :width]
        return None, d_steps, dh[:, :, :width], d_memory, *found


def _read(
    cell: _Cell,
    steps: Tensor,
    h: Tensor,
    c: Tensor | None,
    given: Sequence[Tensor],
    *,
    keep: bool,
) -> tuple[tuple[Tensor, Tensor, Tensor | None], tuple[Tensor | None, ...]]:
    """States of all steps, the last state and memory; and what the way back needs, where asked."""
    steps = steps if steps.stride(2) == 1 else steps.contiguous()
    (length, batch, _), width = steps.shape, h.shape[2]
    weights = [weight.contiguous() for weight in given]
    rows = -(-width // PAD) * PAD
    states = _begun(h, length, rows)
    cells = None if c is None else _begun(c, length if keep else 0, rows)
    gates = None
    if keep and cell.kind != "rnn":
        gates = room(length, batch, CELLS[cell.kind][1], rows)
    kept = (steps, *weights, gates, states, cells)
    many = _threads(steps, weights, piece=LEAST_ROWS)
    piece = USUAL_ROWS if batch >= many * USUAL_ROWS or many == 1 else LEAST_ROWS
    _run(_call(cell, kept, piece), many, back=False)
    last = cells[-1:, :, :width].clone() if cells is not None else None
    return (states[1:, :, :width], states[-1:, :, :width].clone(), last), kept


def _begun(first: Tensor, length: int, rows: int) -> Tensor:
    """Room for what a layer has after T steps, (T + 1, B, P), with the first (1, B, D) in place."""
    width = first.shape[2]
    states = room(length + 1, first.shape[1], rows)
    states[:1, :, :width] = first
    if rows > width:
        states[:1, :, width:] = 0
    return states


def _padded(values: Tensor, rows: int) -> Tensor:
    """Copy values (..., D) to (..., P), with zeros behind, one row after the other in memory."""
    return functional.pad(values, (0, rows - values.shape[-1])).contiguous()


def _group(batch: int) -> int:
    """Sequences of a batch whose gradient is one sum: by the batch alone, whatever the threads."""
    least = LEAST_ROWS if batch < 2 * USUAL_ROWS else USUAL_ROWS
    return least * -(-batch // (least * MOST_GROUPS))


def _threads(steps: Tensor, weights: Sequence[Tensor], *, piece: int) -> int:
    """Threads that share a batch in pieces of so many rows: as many as there are and as pay."""
    length, batch, _ = steps.shape
    work = length * batch * (weights[0].numel() + weights[1].numel())
    return max(1, min(layer_threads(), -(-batch // piece), work // LEAST_WORK))


def _call(
    cell: _Cell,
    kept: Sequence[Any],
    piece: int,
    wanted: Sequence[Tensor | None] = (),
) -> _Call:
    """What to tell the kernel: sizes, and where what was kept and what is wanted lies."""
    steps, _, w_hh = kept[:3]
    asked = wanted[0] if wanted else None
    asked_strides = (0, 0) if asked is None else asked.stride()[:2]
    strides = (*steps.stride()[:2], *asked_strides)
    sizes = (*steps.shape, w_hh.shape[1], piece, *strides)
    places = (None if part is None else part.data_ptr() for part in (*kept, *wanted))
    return _Call(CELLS[cell.kind][0], cell.narrow, *sizes, *places)


def _run(call: _Call, threads: int, *, back: bool) -> None:
    """Make a call with so many threads."""
    library = cast("ctypes.CDLL", kernel())
    if library.forecast_run(ctypes.byref(call), threads, back):
        raise MemoryError("no memory for the weights of a recurrent layer")
