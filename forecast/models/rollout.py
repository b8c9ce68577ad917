"""A network over packed series: as many steps as asked, block after block.

Up to the trained horizon one pass; beyond, each whole block of forecasts is fed back as if it had
been observed, and the network looks at it as at any other context.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from forecast.data.arrays import FloatArray
from forecast.data.exogenous import PackedExogenous, gather_exogenous
from forecast.data.units import Units
from forecast.data.windows import PackedSeries, gather_context
from forecast.models.batches import windows_at_once
from forecast.networks.build import Network
from forecast.networks.exogenous import Beyond
from forecast.networks.window import Window

PREDICT_CELLS = 1 << 20
"""Context and horizon cells of one prediction batch: 8 MB in float64, and a few times that."""


@dataclass(frozen=True, eq=False)
class Rollout:
    """What forecasts are made from.

    Parameters
    ----------
    network : Network
        Fitted.
    packed : PackedSeries
    exogenous : PackedExogenous or None
    units : Units
        Of each series, (N, 1).
    places : Tensor of shape (N,), int64
        Place of each series among those of the fit; -1 for one it did not have.
    names : tuple of str
        Of the series.
    """

    network: Network
    packed: PackedSeries
    exogenous: PackedExogenous | None
    units: Units
    places: Tensor
    names: tuple[str, ...]

    def points(self, rows: Tensor, series: Tensor, *, horizon: int) -> FloatArray:
        """Scaled forecasts of ``horizon`` steps after packed ``rows``, shape (W, horizon)."""
        if not len(rows):  # nothing was observed anywhere
            return np.zeros((0, horizon))
        paths = []
        with torch.inference_mode():
            for row, which in self.batches(rows, series, horizon):
                window, beyond = self.look(row, which, horizon=horizon)
                blocks = []
                for index in range(self.count(horizon)):
                    found = self.network(self.at(window, beyond, index))
                    blocks.append(self.network.head.point(found, self.units_of(which)))
                    window = self.fed(window, blocks[-1])
                paths.append(torch.cat(blocks, dim=1)[:, :horizon].cpu().numpy())
        return np.concatenate(paths)

    def count(self, horizon: int) -> int:
        """Blocks that hold ``horizon`` steps."""
        return math.ceil(horizon / self.network.shape.horizon)

    def batches(
        self, rows: Tensor, series: Tensor, horizon: int
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Cut the windows in batches that memory holds."""
        per_batch = windows_at_once(
            self.network.shape, rows.device, horizon=horizon, cells=PREDICT_CELLS
        )
        self.network.eval()
        return zip(torch.split(rows, per_batch), torch.split(series, per_batch), strict=True)

    def look(self, row: Tensor, series: Tensor, *, horizon: int) -> tuple[Window, Beyond | None]:
        """Contexts that end at ``row``, and what lies beside them and ``horizon`` steps on."""
        shape = self.network.shape
        context = gather_context(self.packed, row, series, context_length=shape.context_length)
        padded = context.padded if bool(context.padded.any()) else None
        window = Window(context.values, context.missing, None, self.places[series], padded)
        if self.exogenous is None:
            return window, None
        ahead = self.count(horizon) * shape.horizon
        channels = gather_exogenous(
            self.exogenous, self.packed.end, row, series, back=shape.context_length, ahead=ahead
        )
        return window, Beyond(*channels)

    def at(self, window: Window, beyond: Beyond | None, index: int) -> Window:
        """The window of block ``index``, with what lies beside it."""
        if beyond is None:
            return window
        shape = self.network.shape
        start = index * shape.horizon
        return window._replace(exogenous=beyond.block(start, shape.context_length, shape.horizon))

    def fed(self, window: Window, block: Tensor) -> Window:
        """The window after a block of forecasts (B, H) was read as if observed."""
        length, steps = self.network.shape.context_length, block.shape[1]
        return window._replace(
            values=torch.cat([window.values, block], dim=1)[:, -length:],
            missing=nn.functional.pad(window.missing, (0, steps))[:, -length:],
            padded=None if window.padded is None else (window.padded - steps).clamp_min(0),
        )

    def units_of(self, series: Tensor) -> Units:
        """Units of the series of a batch, (B, 1) each."""
        return Units(*(part[series] for part in self.units))
