"""Normalisation of each window by itself, undone on the way out.

``last`` subtracts the newest value, so that the network forecasts a change and a trend outside the
training range costs nothing; it is the residual on the naive forecast (TensorFlow's time series
tutorial, SegRNN arXiv 2308.11200). ``mean`` subtracts the mean of the window, ``standard`` divides
by its deviation as well, and ``reversible`` learns a gain and an offset on top (reversible
instance normalisation, Kim et al. 2022).

A network that is taught at every step sees each segment relative to the value before it instead:
the newest value of the window would tell its earlier positions their future.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from forecast.networks.shape import WindowNormalisationKind

FLOOR = 1e-3
"""Least deviation of a window, in scaled units: a flat window must not blow up its noise."""


class Frame(NamedTuple):
    """Where a window is normalised: ``normalised = (scaled - offset) / gain``, (B, 1) each."""

    gain: Tensor
    offset: Tensor

    def inward(self, scaled: Tensor) -> Tensor:
        """Normalise values (B, n)."""
        return (scaled - self.offset) / self.gain


class WindowNormalisation(nn.Module):
    """Finds the frame of each window; ``reversible`` alone has weights."""

    def __init__(self, kind: WindowNormalisationKind) -> None:
        super().__init__()
        self.kind = kind
        reversible = kind == "reversible"
        self.log_gain = nn.Parameter(torch.zeros(1)) if reversible else None
        self.offset = nn.Parameter(torch.zeros(1)) if reversible else None

    def forward(self, values: Tensor, missing: Tensor) -> Frame:
        """Return the frame of windows ``values`` (B, L), where ``missing`` is 1 at no value."""
        centre, scale = window_statistics(values, missing, self.kind)
        if self.log_gain is None or self.offset is None:
            return Frame(scale, centre)
        gain = scale * torch.exp(-self.log_gain)  # z = exp(log_gain) (y - centre) / scale + offset
        return Frame(gain, centre - gain * self.offset)


def window_statistics(
    values: Tensor, missing: Tensor, kind: WindowNormalisationKind
) -> tuple[Tensor, Tensor]:
    """Centre and scale of each window.

    Parameters
    ----------
    values, missing : Tensor of shape (B, L)
        Missing values repeat the last observed one; ``missing`` is 1 where they do.
    kind : str
        ``none``, ``last``, ``mean``, ``standard`` or ``reversible``.

    Returns
    -------
    centre, scale : Tensor of shape (B, 1)
    """
    newest = values[:, -1:]
    if kind == "last":
        return newest, torch.ones_like(newest)
    if kind == "none":
        return torch.zeros_like(newest), torch.ones_like(newest)
    weight = 1.0 - missing
    count = weight.sum(dim=1, keepdim=True).clamp_min(1.0)
    mean = (values * weight).sum(dim=1, keepdim=True) / count
    if kind == "mean":
        return mean, torch.ones_like(mean)
    variance = ((values - mean).square() * weight).sum(dim=1, keepdim=True) / count
    return mean, variance.sqrt().clamp_min(FLOOR)


def relative_to_previous(values: Tensor, segment_length: int) -> Tensor:
    """Each segment of ``values`` (B, T S) minus the value before it; the first minus its oldest."""
    batch, length = values.shape
    segments = values.reshape(batch, length // segment_length, segment_length)
    before = torch.cat([segments[:, :1, :1], segments[:, :-1, -1:]], dim=1)  # (B, T, 1)
    return (segments - before).reshape(batch, length)
