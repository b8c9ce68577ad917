"""Losses over the targets that count, in scaled units."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from torch.nn import functional

if TYPE_CHECKING:
    from torch import Tensor

LossKind: TypeAlias = Literal["mse", "mae", "huber"]


def point_errors(forecast: Tensor, target: Tensor, kind: LossKind) -> Tensor:
    """Error of each target, in the shape of ``target``; huber bends at one scaled unit."""
    if kind == "mse":
        return functional.mse_loss(forecast, target, reduction="none")
    if kind == "mae":
        return functional.l1_loss(forecast, target, reduction="none")
    return functional.huber_loss(forecast, target, reduction="none")


def masked_mean(errors: Tensor, counts: Tensor) -> Tensor:
    """Mean of ``errors`` where ``counts`` is true; 0 where nothing counts."""
    return (errors * counts).sum() / counts.sum().clamp_min(1)
