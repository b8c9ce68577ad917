"""The recurrent forecaster: one pass over the context, the whole horizon from the last state.

    values (B, L) --window normalisation--> z (B, L)
    z, missing marks and covariates, in segments (B, L / S, C S) --embedding--> (B, L / S, E)
    --rnn, lstm or gru--> last state (B, D) --head--> change over the horizon (B, H)
    + a linear map of z (B, L) -> (B, H), the skip, + what the known future of each step adds
    --undo the normalisation--> forecast (B, H)

The last state has read the newest observation, so the first step of the forecast sees it. Before
training the head is zero and the skip repeats the last season, or the last value: the network
begins as a naive forecast.

References
----------
Elman (1990); Hochreiter & Schmidhuber (1997); Cho et al. (2014); segments: Lin et al. (2023),
SegRNN, arXiv 2308.11200; linear skip: Lai et al. (2018), LSTNet, section 3.6.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import torch
from torch import Tensor, nn

from forecast.networks.exogenous import Exogenous, FutureHead
from forecast.networks.initialise import (
    initialise_recurrent,
    initialise_seasonal,
    initialise_zero,
)
from forecast.networks.normalise import (
    NORMALISATIONS,
    WindowNormalisationKind,
    window_statistics,
)

CellKind: TypeAlias = Literal["rnn", "lstm", "gru"]
CELLS: dict[str, type[nn.RNN | nn.LSTM | nn.GRU]] = {
    "rnn": nn.RNN,
    "lstm": nn.LSTM,
    "gru": nn.GRU,
}
CHANNELS = 2
"""The value and whether it is missing."""


MOST_LAYERS = 16


@dataclass(frozen=True)
class RecurrentShape:
    """Sizes of a recurrent network.

    Parameters
    ----------
    cell : str
        ``rnn``, ``lstm`` or ``gru``.
    context_length, horizon, segment_length : int, in steps
        A context that is no multiple of the segment repeats its oldest value to fill one.
    hidden_size, num_layers : int
        Width of the state; recurrent layers.
    dropout : float
        Between layers and before the head.
    window_normalisation : str
        ``last``, ``standard`` or ``none``.
    skip : str
        ``linear`` adds a linear map from context to horizon; ``none`` does not.
    initial_season : int, in steps
        Before training the skip is the seasonal naive forecast of this season, at most the context;
        1 is the naive forecast.
    past_channels, future_channels, static_channels : int
        What is read beside the series; see `forecast.networks.exogenous`.
    """

    cell: CellKind
    context_length: int
    horizon: int
    segment_length: int = 1
    hidden_size: int = 64
    num_layers: int = 1
    dropout: float = 0.0
    window_normalisation: WindowNormalisationKind = "last"
    skip: Literal["linear", "none"] = "linear"
    initial_season: int = 1
    past_channels: int = 0
    future_channels: int = 0
    static_channels: int = 0

    def check(self) -> None:
        """Refuse sizes and words that describe no network; nothing is built.

        Raises
        ------
        ValueError
            Naming the first field that is wrong.
        """
        counts = {
            "context_length": self.context_length,
            "horizon": self.horizon,
            "segment_length": self.segment_length,
            "hidden_size": self.hidden_size,
            "num_layers": self.num_layers,
            "initial_season": self.initial_season,
        }
        beside = {
            "past_channels": self.past_channels,
            "future_channels": self.future_channels,
            "static_channels": self.static_channels,
        }
        wrong = [
            *(name for name, count in counts.items() if type(count) is not int or count < 1),
            *(name for name, count in beside.items() if type(count) is not int or count < 0),
            *(["num_layers"] if counts["num_layers"] > MOST_LAYERS else []),
            *(["initial_season"] if self.initial_season > self.context_length else []),
            *(["cell"] if self.cell not in CELLS else []),
            *(["dropout"] if not 0 <= self.dropout < 1 else []),
            *(["skip"] if self.skip not in ("linear", "none") else []),
            *(["window_normalisation"] if self.window_normalisation not in NORMALISATIONS else []),
        ]
        if wrong:
            raise ValueError(f"{wrong[0]} is {getattr(self, wrong[0])!r}")


class RecurrentNetwork(nn.Module):
    """An RNN, LSTM or GRU over segments with a direct head; see the module."""

    def __init__(self, shape: RecurrentShape) -> None:
        super().__init__()
        self.shape = shape
        channels = CHANNELS + shape.past_channels + shape.future_channels
        embeds = shape.segment_length > 1 or shape.static_channels > 0
        width = shape.hidden_size if embeds else channels
        self.embedding = nn.Linear(channels * shape.segment_length, width) if embeds else None
        self.static = (
            nn.Linear(shape.static_channels, width, bias=False) if shape.static_channels else None
        )
        self.recurrent = CELLS[shape.cell](
            width,
            shape.hidden_size,
            num_layers=shape.num_layers,
            dropout=shape.dropout if shape.num_layers > 1 else 0.0,
            batch_first=True,
        )
        self.dropout = nn.Dropout(shape.dropout)
        self.head = nn.Linear(shape.hidden_size, shape.horizon)
        self.skip = (
            nn.Linear(shape.context_length, shape.horizon) if shape.skip == "linear" else None
        )
        self.future = (
            FutureHead(future_channels=shape.future_channels, hidden_size=shape.hidden_size)
            if shape.future_channels
            else None
        )
        initialise_recurrent(self.recurrent)
        initialise_zero(self.head)
        if self.skip is not None:
            initialise_seasonal(self.skip, shape.initial_season)

    def forward(
        self, values: Tensor, missing: Tensor, exogenous: Exogenous | None = None
    ) -> Tensor:
        """Forecast the horizon.

        Parameters
        ----------
        values : Tensor of shape (B, L), float64, scaled
            The context, newest last.
        missing : Tensor of shape (B, L)
            1 where a value is missing.
        exogenous : Exogenous or None
            What is known beside it, where the shape has channels for it.

        Returns
        -------
        Tensor of shape (B, H), float64, scaled
        """
        centre, scale = window_statistics(values, missing, self.shape.window_normalisation)
        z = ((values - centre) / scale).to(missing.dtype)  # (B, L); the level is gone before
        channels = torch.stack([z, missing], dim=2)  # (B, L, 2)
        if exogenous is not None:
            channels = torch.cat([channels, exogenous.context], dim=2)
        state = self.dropout(self.encode(channels, exogenous))  # (B, D)
        change = self.head(state)  # (B, H)
        if self.skip is not None:
            change = change + self.skip(z)
        if self.future is not None and exogenous is not None:
            change = change + self.future(state, exogenous.ahead)
        forecast: Tensor = change * scale + centre
        return forecast

    def encode(self, channels: Tensor, exogenous: Exogenous | None = None) -> Tensor:
        """Last state of the top layer, (B, D), after reading ``channels`` (B, L, C)."""
        segment = self.shape.segment_length
        short = -channels.shape[1] % segment
        if short:
            oldest = channels[:, :1].expand(-1, short, -1)
            channels = torch.cat([oldest, channels], dim=1)
        batch, length, width = channels.shape
        steps = channels.reshape(batch, length // segment, width * segment)  # (B, L / S, C S)
        if self.embedding is not None:
            steps = self.embedding(steps)
            if self.static is not None and exogenous is not None:
                steps = steps + self.static(exogenous.static)[:, None]
            steps = torch.relu(steps)
        states: Tensor = self.recurrent(steps)[0]  # (B, L / S, D)
        return states[:, -1]
