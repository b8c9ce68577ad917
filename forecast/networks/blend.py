"""A linear map beside a network that knows nothing of it; their forecasts are averaged.

    location = (1 - share) network + share W z

The network is trained as if it were alone. The map is a regression, found once; the share is what
forecasts the validation rows best (`forecast.models.weigh`). Two forecasters that err for different
reasons err less together (Bates & Granger 1969, The combination of forecasts).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


class Blend(nn.Module):
    """The map and its share: kept with the network, but not trained with it.

    Attributes
    ----------
    weight : Tensor of shape (H, L)
        From a normalised context to its horizon; zero until it is set.
    share : Tensor of shape ()
        Of the map, from 0 to 1; 0 until it is set.
    """

    weight: Tensor
    share: Tensor

    def __init__(self, context_length: int, horizon: int) -> None:
        super().__init__()
        self.register_buffer("weight", torch.zeros(horizon, context_length))
        self.register_buffer("share", torch.zeros(()))

    def forward(self, numbers: Tensor, z: Tensor) -> Tensor:
        """Move the locations, which come first among ``numbers`` (B, H, P), towards the map's.

        Parameters
        ----------
        z : Tensor of shape (B, L)
        """
        if self.training:
            return numbers
        found = functional.linear(z, self.weight).to(numbers.dtype)
        location = torch.lerp(numbers[..., 0], found, self.share.to(numbers.dtype))
        return torch.cat([location[..., None], numbers[..., 1:]], dim=2)
