"""From the state of the encoder to what a head needs for each step of the horizon.

    direct      one linear map from the last state to the whole horizon
    parallel    a recurrent layer decodes all segments of the horizon at once, each one step from
                the last state, told apart by a learnt position (SegRNN, arXiv 2308.11200)
    recursive   one segment from the last state; the encoder reads it as if observed, and so on
    seq2seq     a recurrent decoder begins at the state of the encoder and reads the segments that
                it wrote (Sutskever et al. 2014; Cho et al. 2014); in training it is shown true
                values instead for a falling share of them (Bengio et al. 2015)

Numbers come out in normalised units; the first of each step is its location. What the linear path
and the known future add to it is part of what a decoder feeds back to itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Literal, NamedTuple

import torch
from torch import Tensor, nn

from forecast.networks.attention import Attention
from forecast.networks.encoder import Encoded, Memory
from forecast.networks.initialise import initialise_normal, initialise_zero
from forecast.networks.shape import NetworkShape
from forecast.networks.stack import RecurrentStack, StackShape, State


class Ahead(NamedTuple):
    """What a decoder knows of the horizon.

    Parameters
    ----------
    base : Tensor of shape (B, H)
        Added to the locations.
    newest : Tensor of shape (B, S)
        The last segment of the context.
    future : Tensor of shape (B, H, F)
        Channels known beforehand.
    advance : callable
        Lets the encoder read one more segment; see `Encoder.advance`.
    truth : Tensor of shape (B, H) or None
        Values of the horizon, in training; nan where missing.
    forcing : float
        Share of the segments that are read from ``truth``.
    """

    base: Tensor
    newest: Tensor
    future: Tensor
    advance: Callable[[Tensor, Memory], tuple[Tensor, Memory]]
    truth: Tensor | None = None
    forcing: float = 0.0


def build_decoder(shape: NetworkShape, *, size: int, numbers: int) -> Decoder:
    """Build the decoder of a shape.

    Parameters
    ----------
    size : int
        D', width of the encoder's outputs.
    numbers : int
        P, what the head needs for each step.
    """
    kinds: dict[str, type[Decoder]] = {
        "direct": DirectDecoder,
        "parallel": ParallelDecoder,
        "recursive": RecursiveDecoder,
        "seq2seq": Seq2SeqDecoder,
    }
    return kinds[shape.decoder](shape, size, numbers)


class Decoder(nn.Module):
    """What all decoders share: attention before, and a linear layer that begins at zero."""

    steps_of_state: ClassVar[Literal["horizon", "segment"]] = "segment"
    """What one state is decoded to."""
    own_layers: ClassVar[bool] = False
    """Whether the states that are decoded are those of its own recurrent layers."""

    def __init__(self, shape: NetworkShape, size: int, numbers: int) -> None:
        super().__init__()
        self.horizon, self.segment_length = shape.horizon, shape.segment_length
        self.segments, self.numbers = shape.decoded_segments, numbers
        query = shape.hidden_size if self.own_layers else size
        self.attention = (
            Attention(shape.attention, query_size=query, key_size=size)
            if shape.attention != "none"
            else None
        )
        steps = self.horizon if self.steps_of_state == "horizon" else self.segment_length
        self.output = nn.Linear(query, steps * numbers)
        initialise_zero(self.output)

    def decode(self, states: Tensor, encoded: Encoded) -> Tensor:
        """Turn states (B, n, D) into numbers (B, n S, P)."""
        if self.attention is not None:
            states = self.attention(states, encoded.outputs, encoded.hidden)
        steps = states.shape[1] * (self.output.out_features // self.numbers)
        found: Tensor = self.output(states).reshape(len(states), steps, self.numbers)
        return found

    def forward(self, encoded: Encoded, ahead: Ahead) -> Tensor:
        """Return the numbers of each step, (B, H, P)."""
        raise NotImplementedError


def with_base(numbers: Tensor, base: Tensor) -> Tensor:
    """Add to the locations what the other paths say, (B, n, P) and (B, n)."""
    if numbers.shape[-1] == 1:
        return numbers + base[..., None]
    return torch.cat([(numbers[..., 0] + base)[..., None], numbers[..., 1:]], dim=-1)


class DirectDecoder(Decoder):
    """The whole horizon from the last state."""

    steps_of_state = "horizon"

    def forward(self, encoded: Encoded, ahead: Ahead) -> Tensor:
        """Decode the summary."""
        return with_base(self.decode(encoded.summary[:, None], encoded), ahead.base)


class ParallelDecoder(Decoder):
    """All segments at once, each one recurrent step from the last state."""

    own_layers = True

    def __init__(self, shape: NetworkShape, size: int, numbers: int) -> None:
        super().__init__(shape, size, numbers)
        width = shape.hidden_size
        self.bridge = Bridge(shape, size)
        self.position = nn.Parameter(torch.empty(self.segments, width))
        initialise_normal(self.position, width**-0.5)
        self.recurrent = _plain_stack(shape, input_size=width, num_layers=1)

    def forward(self, encoded: Encoded, ahead: Ahead) -> Tensor:
        """Take one step from the summary for each position."""
        states = self.recurrent.fan_out(self.position, self.bridge(encoded.summary))  # (B, n, D)
        numbers = self.decode(states, encoded)[:, : self.horizon]
        return with_base(numbers, ahead.base)


class RecursiveDecoder(Decoder):
    """One segment after the other, each read by the encoder as if it had been observed."""

    def forward(self, encoded: Encoded, ahead: Ahead) -> Tensor:
        """Go on from the last state."""
        state, memory, written = encoded.summary, encoded.memory, []
        for index in range(self.segments):
            base, future = _segment(ahead, index, self.segment_length)
            numbers = self.decode(state[:, None], encoded)[:, : base.shape[1]]
            written.append(with_base(numbers, base))
            if index + 1 < self.segments:
                location = written[-1][..., 0]
                seen = torch.stack([location, torch.zeros_like(location)], dim=2)
                state, memory = ahead.advance(torch.cat([seen, future], dim=2), memory)
        return torch.cat(written, dim=1)


class Seq2SeqDecoder(Decoder):
    """A recurrent decoder of its own, which reads what it wrote."""

    own_layers = True

    def __init__(self, shape: NetworkShape, size: int, numbers: int) -> None:
        super().__init__(shape, size, numbers)
        width = shape.hidden_size
        self.bridge = Bridge(shape, size, num_layers=shape.num_layers)
        self.embedding = nn.Linear(self.segment_length * (1 + shape.future_channels), width)
        self.recurrent = _plain_stack(shape, input_size=width, num_layers=shape.num_layers)

    def forward(self, encoded: Encoded, ahead: Ahead) -> Tensor:
        """Write one segment after the other."""
        state: State = self.bridge(encoded.summary)
        last, written = ahead.newest, []
        for index in range(self.segments):
            base, future = _segment(ahead, index, self.segment_length)
            batch, length = base.shape
            lacking = self.segment_length - length
            read = torch.cat(
                [last[..., None], nn.functional.pad(future, (0, 0, 0, lacking))], dim=2
            )
            steps = torch.relu(self.embedding(read.reshape(batch, 1, -1)))
            states, state = self.recurrent(steps, state)
            written.append(with_base(self.decode(states, encoded)[:, :length], base))
            if index + 1 < self.segments:
                last = self._shown(written[-1][..., 0], ahead, index)
        return torch.cat(written, dim=1)

    def _shown(self, own: Tensor, ahead: Ahead, index: int) -> Tensor:
        """What the next step reads: its own values, or in training now and then the true ones."""
        if ahead.truth is None or ahead.forcing <= 0:
            return own
        begin = index * self.segment_length
        truth = ahead.truth[:, begin : begin + self.segment_length].to(own.dtype)
        forced = torch.rand(len(own), 1, device=own.device) < ahead.forcing
        return torch.where(forced & ~truth.isnan(), truth, own)


class Bridge(nn.Module):
    """Summary of the encoder (B, D') --> state that a decoder of ``num_layers`` begins at."""

    def __init__(self, shape: NetworkShape, size: int, *, num_layers: int = 1) -> None:
        super().__init__()
        self.parts = 2 if shape.cell == "lstm" else 1
        self.hidden_size, self.num_layers = shape.hidden_size, num_layers
        self.as_it_is = size == shape.hidden_size and self.parts * num_layers == 1
        self.map = (
            None if self.as_it_is else nn.Linear(size, self.parts * num_layers * shape.hidden_size)
        )

    def forward(self, summary: Tensor) -> State:
        """Return one state (1, B, D) for each layer, with a cell state beside it for lstm."""
        if self.map is None:
            return ((summary[None], None),)
        shape = (len(summary), self.num_layers, self.parts, self.hidden_size)
        states = self.map(summary).reshape(shape).permute(1, 2, 0, 3)[:, :, None]
        return tuple(
            (torch.tanh(layer[0]), layer[1] if self.parts > 1 else None) for layer in states
        )


def _plain_stack(shape: NetworkShape, *, input_size: int, num_layers: int) -> RecurrentStack:
    return RecurrentStack(
        StackShape(
            cell=shape.cell,
            input_size=input_size,
            hidden_size=shape.hidden_size,
            num_layers=num_layers,
            nonlinearity=shape.nonlinearity,
            forget_bias=shape.forget_bias,
            recurrent_weights=shape.recurrent_weights,
            dropout=shape.dropout,
        )
    )


def _segment(ahead: Ahead, index: int, segment_length: int) -> tuple[Tensor, Tensor]:
    """What is added to segment ``index``, (B, S), and what is known of it, (B, S, F)."""
    begin, end = index * segment_length, (index + 1) * segment_length
    return ahead.base[:, begin:end], ahead.future[:, begin:end]
