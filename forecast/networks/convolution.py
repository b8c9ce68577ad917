"""A causal convolution before the recurrence: local shapes of the series as further channels.

Each step sees itself and the ``kernel - 1`` steps before it; before the first step its channels
are repeated. The recurrence reads the raw channels beside the convolved ones.

References
----------
Lai et al. (2018), LSTNet, arXiv 1703.07015, section 3.2.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

FILTERS = 16


class CausalConvolution(nn.Module):
    """Channels (B, L, C) --> (B, L, C + 16)."""

    def __init__(self, channels: int, kernel: int) -> None:
        super().__init__()
        self.kernel = kernel
        self.filters = nn.Conv1d(channels, FILTERS, kernel)

    def forward(self, channels: Tensor, before: Tensor | None = None) -> Tensor:
        """Convolve; ``before`` (B, kernel - 1, C) are the channels that came before."""
        if before is None:
            before = channels[:, :1].expand(-1, self.kernel - 1, -1)
        reach = torch.cat([before, channels], dim=1).transpose(1, 2)
        found = torch.relu(self.filters(reach)).transpose(1, 2)
        return torch.cat([channels, found], dim=2)
