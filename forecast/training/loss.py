"""Losses: what a forecast costs, target by target.

    mse, mae, huber   of the scaled error; huber is mse / 2 up to one scaled unit, straight beyond
    smape             200 |y - y_hat| / (|y| + |y_hat|), in units of the file; 0 at 0 / 0
    mase              |y - y_hat| over the error of the seasonal naive forecast in training
    pinball           max(p (y - q), (p - 1) (y - q)), mean over the levels p and their quantiles q
    nll               minus the log likelihood

References
----------
Huber (1964); Makridakis (1993); Hyndman & Koehler (2006); Koenker & Bassett (1978).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import torch
from torch.nn import functional

if TYPE_CHECKING:
    from torch import Tensor

    from forecast.data.units import Units
    from forecast.training.objectives import LossKind

LEAST_SIZE = 1e-6
"""In divisors of the series: nearer to 0 / 0 smape is smoothed, or its slope would have no end."""


class Head(Protocol):
    """What a loss asks of a head; see `forecast.networks.heads`."""

    levels: tuple[float, ...]

    def point(self, parameters: Tensor, units: Units) -> Tensor:
        """Return the one forecast, shape (..., H), scaled."""

    def nll(self, parameters: Tensor, target: Tensor, units: Units) -> Tensor:
        """Return minus the log likelihood of scaled targets, shape (..., H)."""


def errors(kind: LossKind, head: Head, parameters: Tensor, target: Tensor, units: Units) -> Tensor:
    """Loss of each target.

    Parameters
    ----------
    kind : str
        One that goes with the head, see `forecast.training.objectives`.
    head : Head
    parameters : Tensor of shape (..., H, P), scaled
    target : Tensor of shape (..., H), float64, scaled
    units : Units

    Returns
    -------
    Tensor of shape (..., H), float64
    """
    if kind == "nll":
        return head.nll(parameters, target, units)
    if kind == "pinball":
        return _pinball(parameters, target, head.levels)
    forecast = head.point(parameters, units)
    if kind == "smape":
        return _smape(forecast, target, units)
    if kind == "mase":
        usual = torch.where(units.error > 0, units.error, 1.0)  # as it is, where there is none
        return (forecast - target).abs() / usual
    return point_errors(forecast, target, kind)


def point_errors(forecast: Tensor, target: Tensor, kind: LossKind) -> Tensor:
    """Error of each target by mse, mae or huber, in the shape of ``target``.

    Raises
    ------
    ValueError
        If the loss needs more than these scaled numbers.
    """
    if kind == "mse":
        return functional.mse_loss(forecast, target, reduction="none")
    if kind == "mae":
        return functional.l1_loss(forecast, target, reduction="none")
    if kind == "huber":
        return functional.huber_loss(forecast, target, reduction="none")
    raise ValueError(f"{kind} is no error of scaled numbers alone")


def masked_mean(errors: Tensor, counts: Tensor) -> Tensor:
    """Mean of ``errors`` where ``counts`` is true; 0 where nothing counts."""
    return (errors * counts).sum() / counts.sum().clamp_min(1)


def _pinball(quantiles: Tensor, target: Tensor, levels: tuple[float, ...]) -> Tensor:
    error = target[..., None] - quantiles  # (..., H, Q)
    share = error.new_tensor(levels)
    return torch.maximum(share * error, (share - 1) * error).mean(dim=-1)


def _smape(forecast: Tensor, target: Tensor, units: Units) -> Tensor:
    zero = -units.center / units.divisor  # what 0 of the file is in scaled units
    size = (target - zero).abs() + (forecast - zero).abs()
    return 200 * (forecast - target).abs() / size.clamp_min(LEAST_SIZE)
