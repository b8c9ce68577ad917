"""A network is asked as many windows at once as memory holds, and a processor likes."""

from __future__ import annotations

import pytest
import torch

from forecast.models.batches import windows_at_once
from forecast.networks.shape import NetworkShape

CPU, CUDA = torch.device("cpu"), torch.device("cuda")


@pytest.mark.parametrize(
    ("context", "segment", "cells", "expected"),
    [
        (96, 1, 1 << 20, 320),  # by the steps, in whole blocks
        (720, 48, 1 << 20, 1285),  # by the memory
        (2000, 1, 1 << 20, 128),  # no fewer than this,
        (2000, 1, 1, 1),  # but where memory does not hold as many
    ],
)
def test_windows_at_once_follow_from_memory_and_recurrent_steps(
    context: int, segment: int, cells: int, expected: int
) -> None:
    shape = NetworkShape("gru", context_length=context, horizon=96, segment_length=segment)
    assert windows_at_once(shape, CPU, horizon=96, cells=cells) == expected
    held = max(1, cells // (context + 96))
    assert windows_at_once(shape, CUDA, horizon=96, cells=cells) == held
