"""What a network reads beside the series itself, and how the future part of it moves a forecast."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from forecast.networks.initialise import initialise_zero


class Exogenous(NamedTuple):
    """Channels beside B windows.

    Parameters
    ----------
    context : Tensor of shape (B, L, P + F)
        Past and future channels over the context.
    ahead : Tensor of shape (B, H, F)
        Future channels over the horizon.
    static : Tensor of shape (B, S)
        What is known of each series.
    """

    context: Tensor
    ahead: Tensor
    static: Tensor


class FutureHead(nn.Module):
    """Change of each step by what is known of that step: one hidden layer, shared by all steps.

    state (B, D) and ahead (B, H, F) --> relu --> change (B, H); zero before training.

    References
    ----------
    Das et al. (2023), Long-term Forecasting with TiDE, arXiv 2304.08424, section 4.2 (the temporal
    decoder).
    """

    def __init__(self, *, future_channels: int, state_size: int, hidden_size: int) -> None:
        super().__init__()
        self.of_state = nn.Linear(state_size, hidden_size)
        self.of_ahead = nn.Linear(future_channels, hidden_size, bias=False)
        self.output = nn.Linear(hidden_size, 1, bias=False)
        initialise_zero(self.output)

    def forward(self, state: Tensor, ahead: Tensor) -> Tensor:
        """Return the change over the horizon, (B, H)."""
        # a matrix of its own, not one turned: its gradient is then a product that is fast
        of_ahead = self.of_ahead.weight.t().contiguous()
        hidden = self.of_state(state)[:, None] + ahead @ of_ahead  # (B, H, D)
        change: Tensor = self.output(torch.relu(hidden))[..., 0]
        return change


class Beyond(NamedTuple):
    """Channels beside B windows, as far as a forecast of several blocks needs them.

    Parameters
    ----------
    past, future : Tensor of shape (B, L + n H, P), (B, L + n H, F)
    static : Tensor of shape (B, S)
    """

    past: Tensor
    future: Tensor
    static: Tensor

    def block(self, start: int, context_length: int, horizon: int) -> Exogenous:
        """What lies beside the window whose context begins at step ``start``."""
        middle, end = start + context_length, start + context_length + horizon
        context = self.future[:, start:middle]
        if self.past.shape[2]:
            context = torch.cat([self.past[:, start:middle], context], dim=2)
        return Exogenous(context, self.future[:, middle:end], self.static)
