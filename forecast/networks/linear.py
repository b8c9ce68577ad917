"""A linear map from the context to the horizon and nothing else: what every network has to beat.

    values (B, L) --window normalisation--> z --W z + b--> location of each step (B, H)

With window normalisation ``last`` it is NLinear. What is known of each step ahead adds to it, as in
any network. Where a head needs more than a location, each step has numbers of its own, the same for
every window.

References
----------
Zeng, Chen, Zhang & Xu (2023), Are transformers effective for time series forecasting?, arXiv
2205.13504.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from forecast.networks.blend import Blend
from forecast.networks.exogenous import FutureHead
from forecast.networks.heads import build_head
from forecast.networks.normalise import WindowNormalisation
from forecast.networks.shape import NetworkShape
from forecast.networks.skip import LinearSkip
from forecast.networks.window import UNTAUGHT, Teaching, Window


class LinearNetwork(nn.Module):
    """See the module."""

    def __init__(self, shape: NetworkShape) -> None:
        super().__init__()
        self.shape = shape
        self.blend: Blend | None = None  # it is such a map itself
        self.head = build_head(shape.head, shape.quantile_levels)
        self.normalisation = WindowNormalisation(shape.window_normalisation)
        self.skip = LinearSkip(shape)
        self.rest = nn.Parameter(torch.zeros(shape.horizon, self.head.size - 1))
        self.future = (
            FutureHead(
                future_channels=shape.future_channels, state_size=1, hidden_size=shape.hidden_size
            )
            if shape.future_channels
            else None
        )

    def forward(self, window: Window, teaching: Teaching = UNTAUGHT) -> Tensor:  # noqa: ARG002
        """Forecast; see `EncoderDecoder.forward`."""
        frame = self.normalisation(window.values, window.missing)
        z = frame.inward(window.values).to(window.missing.dtype)
        location = self.skip(z)
        if self.future is not None and window.exogenous is not None:
            location = location + self.future(torch.ones_like(z[:, :1]), window.exogenous.ahead)
        rest = self.rest.expand(len(z), -1, -1).to(torch.float64)
        return self.head.parameters(location.to(torch.float64), rest, frame.gain, frame.offset)
