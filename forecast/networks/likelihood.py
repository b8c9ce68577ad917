"""Negative log likelihoods that stay finite and exact for tiny spreads and large counts."""

from __future__ import annotations

import math

import torch
from torch import Tensor

HALF_LOG_TWO_PI = 0.5 * math.log(2 * math.pi)
FEW = 0.1
"""Above this dispersion the gamma functions of the negative binomial are taken as they are."""
STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188)
"""Terms of Stirling's series in 1 / x, 1 / x^3, ...: from x = 10 on it errs by 2e-14."""


def gaussian_nll(target: Tensor, location: Tensor, sigma: Tensor) -> Tensor:
    """``log sigma + log(2 pi) / 2 + ((y - location) / sigma)^2 / 2``."""
    return sigma.log() + HALF_LOG_TWO_PI + 0.5 * ((target - location) / sigma).square()


def student_t_nll(target: Tensor, location: Tensor, scale: Tensor, freedom: Tensor) -> Tensor:
    """Minus the logarithm of Student's density with ``freedom`` degrees.

    ``log scale + log(pi freedom) / 2 + lgamma(freedom / 2) - lgamma((freedom + 1) / 2)
    + (freedom + 1) / 2 log(1 + ((y - location) / scale)^2 / freedom)``
    """
    apart = (target - location) / scale
    ratio = torch.lgamma(freedom / 2) - torch.lgamma((freedom + 1) / 2)
    tail = (freedom + 1) / 2 * torch.log1p(apart.square() / freedom)
    return scale.log() + 0.5 * (math.pi * freedom).log() + ratio + tail


def negative_binomial_nll(count: Tensor, mean: Tensor, dispersion: Tensor) -> Tensor:
    """Minus the logarithm of the probability of a count, variance ``mean + dispersion mean^2``.

    ``lgamma(y + 1) - log prod(1 + k dispersion, k below y) - y log mean
    + (y + 1 / dispersion) log(1 + dispersion mean)``, which is that of Salinas et al. (2020),
    DeepAR, arXiv 1704.04110, equation 4, and tends to the Poisson probability with the dispersion.
    """
    spread = torch.log1p(dispersion * mean)
    rising = _log_rising(count, dispersion)
    return torch.lgamma(count + 1) - rising - count * mean.log() + (count + 1 / dispersion) * spread


def _log_rising(count: Tensor, dispersion: Tensor) -> Tensor:
    """``log prod(1 + k dispersion)`` for k from 0 to below ``count``.

    With r = 1 / dispersion it is ``lgamma(r + y) - lgamma(r) - y log r``, a difference of huge
    numbers where r is large; there Stirling's series of both is subtracted term by term.
    """
    few = dispersion.clamp_min(FEW)  # each branch only ever sees what it can take
    exact = torch.lgamma(1 / few + count) - torch.lgamma(1 / few) + count * few.log()
    many = dispersion.clamp_max(FEW)
    after = many / (1 + many * count)  # 1 / (r + y)
    series = (1 / many + count - 0.5) * torch.log1p(many * count) - count
    for place, term in enumerate(STIRLING):
        power = 2 * place + 1
        series = series + term * (after**power - many**power)
    return torch.where(dispersion > FEW, exact, series)
