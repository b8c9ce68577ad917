"""Torch's own recurrent kernels, with the state in this package's form and padding turned aside.

The kernels read a padded batch only as packed sequences, whose real steps come first. So each row
is rolled to the left by its padding, packed, read, unpacked, and rolled back.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from forecast.networks.cells import LayerState
from forecast.networks.compiled import run_compiled, runs_compiled


def run_fused(
    fused: nn.RNNBase, steps: Tensor, state: tuple[LayerState, ...] | None, padded: Tensor | None
) -> tuple[Tensor, tuple[LayerState, ...]]:
    """Read steps (B, T, E), of which the first ``padded`` (B,) of each row are padding, if any.

    Returns
    -------
    outputs : Tensor of shape (B, T, D')
        Zero where a step is padding.
    state : tuple of LayerState
        As it was where a whole row is padding.
    """
    unpadded = padded is None or not bool((padded > 0).any())
    if unpadded and runs_compiled(fused, steps):
        return run_compiled(fused, steps, state)
    before = None if state is None else _joined(state)
    if padded is None or unpadded:
        outputs, last = fused(steps, _given(before))
        return outputs, _parted(last if isinstance(last, tuple) else (last,))
    length = steps.shape[1]
    padded = padded.clamp(0, length)
    empty = padded == length  # the kernels refuse to read nothing: such a row is undone below
    packed = pack_padded_sequence(
        _rolled(steps, padded),
        (length - padded).clamp(min=1).cpu(),
        batch_first=True,
        enforce_sorted=False,
    )
    outputs, last = fused(packed, _given(before))
    outputs, _ = pad_packed_sequence(outputs, batch_first=True, total_length=length)
    outputs = _rolled(outputs.masked_fill(empty[:, None, None], 0.0), -padded)
    after = last if isinstance(last, tuple) else (last,)
    before = before or tuple(torch.zeros_like(part) for part in after)
    kept = tuple(
        torch.where(empty[:, None], old, new) for old, new in zip(before, after, strict=True)
    )
    return outputs, _parted(kept)


def _joined(state: tuple[LayerState, ...]) -> tuple[Tensor, ...]:
    """State as torch has it: h and, for lstm, c; each (layers and directions, B, D)."""
    return tuple(
        torch.cat([part for part in parts if part is not None])
        for parts in zip(*state, strict=True)
        if parts[0] is not None
    )


def _given(parts: tuple[Tensor, ...] | None) -> Tensor | tuple[Tensor, ...] | None:
    """What torch wants to be given: h alone, or h and c."""
    return parts[0] if parts is not None and len(parts) == 1 else parts


def _parted(parts: tuple[Tensor, ...]) -> tuple[LayerState, ...]:
    """State in this package's form."""
    h, *c = (torch.split(part, 1) for part in parts)
    memories = c[0] if c else (None,) * len(h)
    return tuple(zip(h, memories, strict=True))


def _rolled(x: Tensor, by: Tensor) -> Tensor:
    """Each row of x (B, T, C) moved to the left by its number of steps, in a circle."""
    length = x.shape[1]
    index = (torch.arange(length, device=x.device) + by[:, None]) % length
    return x.gather(1, index[:, :, None].expand_as(x))
