"""How many windows a network is asked at once, where no gradient is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecast.networks.shape import NetworkShape

if TYPE_CHECKING:
    import torch

STEPS = 1 << 15
"""Recurrent steps of all windows together whose states stay near a processor."""
FEWEST = 128
"""Windows below which the products of a step are too small."""
WHOLE = 64
"""Windows that threads share evenly, each reading whole blocks of them."""


def windows_at_once(shape: NetworkShape, device: torch.device, *, horizon: int, cells: int) -> int:
    """Return as many windows as memory holds in ``cells``; on a processor, as its caches like."""
    held = max(1, cells // (shape.context_length + horizon))
    if device.type != "cpu":
        return held
    return min(held, max(FEWEST, STEPS // shape.recurrent_steps // WHOLE * WHOLE))
