"""Normalisation of each window by itself, undone on the way out.

``last`` subtracts the newest value, so that the network forecasts a change and a trend outside the
training range costs nothing; it is the residual on the naive forecast (TensorFlow's time series
tutorial, SegRNN arXiv 2308.11200). ``standard`` subtracts the mean of the window and divides by
its deviation (reversible instance normalisation without its affine part, Kim et al. 2022).
"""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

import torch
from torch import Tensor

WindowNormalisationKind: TypeAlias = Literal["last", "standard", "none"]
NORMALISATIONS: tuple[str, ...] = get_args(WindowNormalisationKind)

FLOOR = 1e-3
"""Least deviation of a window, in scaled units: a flat window must not blow up its noise."""


def window_statistics(
    values: Tensor, missing: Tensor, kind: WindowNormalisationKind
) -> tuple[Tensor, Tensor]:
    """Centre and scale of each window.

    Parameters
    ----------
    values, missing : Tensor of shape (B, L)
        Missing values repeat the last observed one; ``missing`` is 1 where they do.
    kind : str
        ``last``, ``standard`` or ``none``.

    Returns
    -------
    centre, scale : Tensor of shape (B, 1)
    """
    if kind == "last":
        return values[:, -1:], torch.ones_like(values[:, -1:])
    if kind == "standard":
        weight = 1.0 - missing
        count = weight.sum(dim=1, keepdim=True).clamp_min(1.0)
        mean = (values * weight).sum(dim=1, keepdim=True) / count
        variance = ((values - mean).square() * weight).sum(dim=1, keepdim=True) / count
        return mean, variance.sqrt().clamp_min(FLOOR)
    return torch.zeros_like(values[:, -1:]), torch.ones_like(values[:, -1:])
