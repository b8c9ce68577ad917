"""Names of the losses, and which of them teach which head; nothing here needs torch."""

from __future__ import annotations

from typing import Literal, TypeAlias

LossKind: TypeAlias = Literal["mse", "mae", "huber", "pinball", "nll", "smape", "mase"]

LOSSES_OF: dict[str, tuple[LossKind, ...]] = {
    "point": ("mae", "mse", "huber", "smape", "mase"),
    "quantile": ("pinball",),
    "gaussian": ("nll",),
    "student-t": ("nll",),
    "negative-binomial": ("nll",),
}
"""Losses that each kind of head can learn by, its default first."""
