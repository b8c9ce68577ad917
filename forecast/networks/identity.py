"""What is known of a series as a whole: static covariates, and numbers learnt for it.

A series that the fit did not have takes the mean of the numbers learnt for those it had.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from forecast.networks.initialise import initialise_normal
from forecast.networks.shape import NetworkShape


class Places(nn.Embedding):
    """A vector for each series."""

    def reset_parameters(self) -> None:
        """Draw the vectors."""
        initialise_normal(self.weight)


class Identity(nn.Module):
    """Static covariates (B, S) and place of the series (B,) --> (B, E)."""

    def __init__(self, shape: NetworkShape, width: int) -> None:
        super().__init__()
        self.of_static = (
            nn.Linear(shape.static_channels, width, bias=False) if shape.static_channels else None
        )
        learns = shape.series_embedding > 0
        self.series = Places(shape.n_series, shape.series_embedding) if learns else None
        self.of_series = nn.Linear(shape.series_embedding, width, bias=False) if learns else None

    def forward(self, static: Tensor | None, series: Tensor | None) -> Tensor:
        """Add up what is known; ``series`` is -1 for one that the fit did not have."""
        parts = []
        if self.of_static is not None and static is not None:
            parts.append(self.of_static(static))
        if self.series is not None and self.of_series is not None and series is not None:
            learnt = self.series(series.clamp_min(0))
            stranger = (series < 0)[:, None]
            mean = self.series.weight.mean(dim=0)
            parts.append(self.of_series(torch.where(stranger, mean, learnt)))
        total: Tensor = sum(parts[1:], parts[0])
        return total
