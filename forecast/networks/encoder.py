"""The encoder: channels of a context in, one state for each segment out.

    channels (B, L, C) --causal convolution, where asked--> (B, L, C')
    in segments (B, T, C' S) --linear + what is known of the series, relu--> (B, T, E)
    --recurrent stack--> outputs (B, T, D') and the state to go on from

Segments: Lin et al. (2023), SegRNN, arXiv 2308.11200.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from forecast.networks.convolution import FILTERS, CausalConvolution
from forecast.networks.feedforward import Feedforward
from forecast.networks.identity import Identity
from forecast.networks.shape import NetworkShape
from forecast.networks.stack import RecurrentStack, StackShape, State

CHANNELS = 2
"""The value and whether it is missing."""


class Memory(NamedTuple):
    """What an encoder goes on from.

    Parameters
    ----------
    state : State
        Of the recurrent stack.
    before : Tensor of shape (B, K - 1, C) or None
        Channels that the convolution still sees.
    identity : Tensor of shape (B, E) or None
        What is known of the series.
    """

    state: State
    before: Tensor | None
    identity: Tensor | None


class Encoded(NamedTuple):
    """A context that was read.

    Parameters
    ----------
    outputs : Tensor of shape (B, T, D')
        State after each segment.
    summary : Tensor of shape (B, D')
        State that has read the newest observation, both ways where the encoder reads both ways.
    memory : Memory
    hidden : Tensor of shape (B, T), bool, or None
        True at segments that are padding.
    """

    outputs: Tensor
    summary: Tensor
    memory: Memory
    hidden: Tensor | None


class Encoder(nn.Module):
    """Convolution, segments, embedding and recurrence of a `NetworkShape`."""

    def __init__(self, shape: NetworkShape) -> None:
        super().__init__()
        self.segment_length = shape.segment_length
        self.kernel = shape.convolution
        channels = CHANNELS + shape.past_channels + shape.future_channels
        self.convolution = CausalConvolution(channels, self.kernel) if self.kernel else None
        read = (channels + (FILTERS if self.kernel else 0)) * self.segment_length
        width = shape.hidden_size if shape.embeds else read
        self.embedding = nn.Linear(read, width) if shape.embeds else None
        self.identity = (
            Identity(shape, width) if shape.static_channels or shape.series_embedding else None
        )
        self.reader = _build_reader(shape, width)
        self.output_size = self.reader.output_size

    def forward(
        self,
        channels: Tensor,
        *,
        static: Tensor | None = None,
        series: Tensor | None = None,
        padded: Tensor | None = None,
        truncate: int | None = None,
    ) -> Encoded:
        """Read a context.

        Parameters
        ----------
        channels : Tensor of shape (B, L, C)
        static : Tensor of shape (B, S)
        series : Tensor of shape (B,), int64
            Place of each series among those of the fit; -1 for one it did not have.
        padded : Tensor of shape (B,), int64
            So many of the oldest steps are padding; segments of nothing else change no state.
        truncate : int, optional
            Recurrent steps after which gradients are cut.
        """
        known = None if self.identity is None else self.identity(static, series)
        before = channels[:, 1 - self.kernel :] if self.kernel > 1 else None
        short = -channels.shape[1] % self.segment_length
        if self.convolution is not None:
            if before is not None and before.shape[1] < self.kernel - 1:
                lacking = self.kernel - 1 - before.shape[1]
                before = torch.cat([channels[:, :1].expand(-1, lacking, -1), before], dim=1)
            channels = self.convolution(channels)
        if short:
            channels = torch.cat([channels[:, :1].expand(-1, short, -1), channels], dim=1)
        steps = self.embed(channels, known)
        segments = None if padded is None else (padded + short) // self.segment_length
        outputs, state = self.reader(steps, None, segments, truncate)
        summary = self.reader.summary(outputs, state)
        hidden = None
        if segments is not None:
            hidden = torch.arange(steps.shape[1], device=steps.device) < segments[:, None]
        return Encoded(outputs, summary, Memory(state, before, known), hidden)

    def advance(self, channels: Tensor, memory: Memory) -> tuple[Tensor, Memory]:
        """Read one more segment, (B, S, C), and return its output, (B, D)."""
        before = memory.before
        raw = channels
        if self.convolution is not None:
            channels = self.convolution(channels, channels[:, :0] if before is None else before)
        if before is not None:
            before = torch.cat([before, raw], dim=1)[:, 1 - self.kernel :]
        steps = self.embed(channels, memory.identity)
        outputs, state = self.reader(steps, memory.state)
        return outputs[:, -1], Memory(state, before, memory.identity)

    def embed(self, channels: Tensor, identity: Tensor | None) -> Tensor:
        """Cut channels (B, T S, C') into what the recurrence reads, (B, T, E)."""
        batch, length, width = channels.shape
        segment = self.segment_length
        steps = channels.reshape(batch, length // segment, width * segment)
        if self.embedding is None:
            return steps
        steps = self.embedding(steps)
        if identity is not None:
            steps = steps + identity[:, None]
        return torch.relu(steps)


def _build_reader(shape: NetworkShape, input_size: int) -> RecurrentStack | Feedforward:
    if not shape.recurrent:
        return Feedforward(shape, input_size)
    return RecurrentStack(
        StackShape(
            cell=shape.cell,
            input_size=input_size,
            hidden_size=shape.hidden_size,
            num_layers=shape.num_layers,
            nonlinearity=shape.nonlinearity,
            peephole=shape.peephole,
            forget_bias=shape.forget_bias,
            recurrent_weights=shape.recurrent_weights,
            bidirectional=shape.bidirectional,
            dropout=shape.dropout,
            recurrent_dropout=shape.recurrent_dropout,
            layer_norm=shape.layer_norm,
            residual=shape.residual,
            dilation=shape.dilation,
        )
    )
