"""Linear paths around the recurrence: from a window straight to its horizon.

    linear     base = W z + b
    mixture    base = sum over k of p_k (W_k z + b_k),   p = softmax(V s + c)

z (B, L) is the normalised window and s (B, D') the state that has read it. One map for all series
has to average what sets them apart: one repeats its day, another its week, a third its last value.
A mixture keeps a map for each habit and lets the state tell which a window has (Jacobs, Jordan,
Nowlan & Hinton 1991, Adaptive mixtures of local experts). Its first maps begin by repeating the
season, seven seasons and the last value, as far as a window holds them; the others begin as the
season with a little noise, which lets them part. All shares begin equal.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from forecast.networks.initialise import begin_seasonal, initialise_seasonal, initialise_zero
from forecast.networks.shape import MIXED_PATHS, NetworkShape

SEASONS = 7
"""Days of a week, where a season is a day."""
NOISE = 0.002
"""Deviation of the noise that lets paths part that begin alike."""


def build_skip(shape: NetworkShape, *, size: int) -> LinearSkip | MixedSkip | None:
    """Build the linear paths of a shape, None for none; ``size`` is D'."""
    if shape.skip == "linear":
        return LinearSkip(shape)
    return MixedSkip(shape, size) if shape.skip == "mixture" else None


class LinearSkip(nn.Linear):
    """One map; before training it repeats the initial season."""

    def __init__(self, shape: NetworkShape) -> None:
        super().__init__(shape.context_length, shape.horizon)
        initialise_seasonal(self, shape.initial_season)

    def season_map(self) -> Tensor:
        """Return the map (H, L), which repeats the initial season before training."""
        return self.weight.detach()

    def begin_as(self, weights: Tensor) -> None:
        """Let the map be ``weights`` (H, L)."""
        self.weight.detach().copy_(weights)

    def forward(self, z: Tensor, summary: Tensor | None = None) -> Tensor:  # noqa: ARG002
        """Map windows (B, L) to (B, H), whatever their states."""
        return super().forward(z)


class MixedSkip(nn.Module):
    """Several maps, and how much of each; see the module."""

    def __init__(self, shape: NetworkShape, size: int) -> None:
        super().__init__()
        context, self.horizon = shape.context_length, shape.horizon
        self.gate = nn.Linear(size, MIXED_PATHS)
        initialise_zero(self.gate)
        self.paths = nn.Linear(context, MIXED_PATHS * self.horizon)
        initialise_zero(self.paths)
        lags = dict.fromkeys((shape.initial_season, SEASONS * shape.initial_season, 1))
        self.habits = [lag for lag in lags if lag <= context]
        if self.paths.weight.is_meta:
            return
        for place, weights in enumerate(self._maps()):
            known = place < len(self.habits)
            begin_seasonal(weights, self.habits[place] if known else shape.initial_season)
        free = self._maps()[len(self.habits) :]
        free += NOISE * torch.randn_like(free)

    def season_map(self) -> Tensor:
        """Return the first map (H, L), which repeats the initial season before training."""
        return self._maps()[0]

    def begin_as(self, weights: Tensor) -> None:
        """Let the paths that have no habit of their own begin as ``weights`` (H, L), and noise."""
        self._maps()[len(self.habits) :] += (weights - self.season_map()).to(self.paths.weight)

    def _maps(self) -> Tensor:
        """Weights of each path, (K, H, L): what is written there is written to the layer."""
        return self.paths.weight.detach().view(MIXED_PATHS, self.horizon, -1)

    def forward(self, z: Tensor, summary: Tensor) -> Tensor:
        """Map windows (B, L) to (B, H) by the paths in the shares that states (B, D') ask for."""
        shares = torch.softmax(self.gate(summary), dim=1)  # (B, K)
        lines: Tensor = self.paths(z).view(len(z), MIXED_PATHS, self.horizon)
        return (shares[:, :, None] * lines).sum(dim=1)
