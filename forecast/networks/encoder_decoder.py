"""The recurrent forecaster: an encoder reads the context, a decoder writes the horizon.

    values (B, L) --window normalisation--> z (B, L)
    z, missing marks and covariates --encoder--> states (B, T, D') --decoder--> (B, H, P)
    + a linear map of z (B, L) -> (B, H), or a mixture of several, the skip,
    + what the known future of each step adds
    averaged with a linear map that is apart, where asked: `forecast.networks.blend`
    --head, normalisation undone--> parameters of each step (B, H, P), in scaled units

The state that is decoded has read the newest observation, so the first step of the forecast sees
it. Before training the decoder is zero and the skip repeats the last season, or the last value:
the network begins as a naive forecast.

References
----------
Elman (1990); Hochreiter & Schmidhuber (1997); Cho et al. (2014); linear skip: Lai et al. (2018),
LSTNet, section 3.6; a forecast from every step: Wen et al. (2017), arXiv 1711.11053, section 3.3.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from forecast.networks.blend import Blend
from forecast.networks.decoders import Ahead, build_decoder
from forecast.networks.encoder import Encoded, Encoder
from forecast.networks.exogenous import Exogenous, FutureHead
from forecast.networks.heads import build_head, locations
from forecast.networks.normalise import Frame, WindowNormalisation, relative_to_previous
from forecast.networks.shape import NetworkShape
from forecast.networks.skip import build_skip
from forecast.networks.window import UNTAUGHT, Teaching, Window


class EncoderDecoder(nn.Module):
    """A network of the recurrent family; see the module."""

    def __init__(self, shape: NetworkShape) -> None:
        super().__init__()
        self.shape = shape
        self.head = build_head(shape.head, shape.quantile_levels)
        self.normalisation = WindowNormalisation(shape.window_normalisation)
        self.encoder = Encoder(shape)
        size = self.encoder.output_size
        self.dropout = nn.Dropout(shape.dropout)
        self.decoder = build_decoder(shape, size=size, numbers=self.head.size)
        self.skip = build_skip(shape, size=size)
        self.blend = Blend(shape.context_length, shape.horizon) if shape.skip == "blended" else None
        self.future = (
            FutureHead(
                future_channels=shape.future_channels,
                state_size=size,
                hidden_size=shape.hidden_size,
            )
            if shape.future_channels
            else None
        )

    def forward(self, window: Window, teaching: Teaching = UNTAUGHT) -> Tensor:
        """Forecast the horizon.

        Returns
        -------
        Tensor of shape (B, H, P), float64
            Parameters of the head for each step, in scaled units.
        """
        frame = self.normalisation(window.values, window.missing)
        z = frame.inward(window.values).to(window.missing.dtype)  # the level is gone before
        inputs = z
        if self.shape.supervision == "every-step" and self.shape.window_normalisation == "last":
            inputs = self._relative(window.values).to(z.dtype)
        encoded = self._encode(inputs, window, teaching)
        base = z.new_zeros(len(z), self.shape.horizon)
        if self.skip is not None:
            base = self.skip(z, encoded.summary)
        future = z.new_zeros(len(z), self.shape.horizon, 0)
        if self.future is not None and window.exogenous is not None:
            future = window.exogenous.ahead
            base = base + self.future(encoded.summary, future)
        truth = None if teaching.truth is None else frame.inward(teaching.truth)
        newest, advance = self._newest(z), self.encoder.advance
        ahead = Ahead(base, newest, future, advance, truth, teaching.forcing)
        numbers = self.decoder(encoded, ahead)
        return self._in_scale(numbers if self.blend is None else self.blend(numbers, z), frame)

    def forward_every(self, window: Window, teaching: Teaching = UNTAUGHT) -> Tensor:
        """Forecast a whole horizon from the end of each segment of the context.

        Returns
        -------
        Tensor of shape (B, T, H, P), float64
            In scaled units; the last of the T is what `forward` returns.
        """
        relative = self.shape.window_normalisation == "last"
        values = self._relative(window.values) if relative else window.values
        encoded = self._encode(values.to(window.missing.dtype), window, teaching)
        batch, steps, size = encoded.outputs.shape
        horizon, length = self.shape.horizon, self.shape.context_length
        states = encoded.outputs.reshape(batch * steps, size)
        base = states.new_zeros(batch * steps, horizon)
        future = states.new_zeros(batch * steps, horizon, 0)
        ends = length - self.shape.segment_length * torch.arange(
            steps - 1, -1, -1, device=states.device
        )
        if self.future is not None and window.exogenous is not None:
            future = _futures(window.exogenous, horizon, ends)
            base = base + self.future(states, future)
        newest = base.new_zeros(batch * steps, self.shape.segment_length)  # direct and parallel
        flat = Encoded(encoded.outputs, states, encoded.memory, None)
        numbers = self.decoder(flat, Ahead(base, newest, future, self.encoder.advance))
        newest_values = window.values[:, ends - 1, None]  # (B, T, 1)
        level = newest_values if relative else torch.zeros_like(newest_values)
        frame = Frame(torch.ones_like(level), level)
        return self._in_scale(numbers.reshape(batch, steps, horizon, -1), frame)

    def _encode(self, values: Tensor, window: Window, teaching: Teaching) -> Encoded:
        channels = [values[..., None], window.missing[..., None]]
        static = None
        if window.exogenous is not None:
            channels.append(window.exogenous.context)
            static = window.exogenous.static
        encoded: Encoded = self.encoder(
            torch.cat(channels, dim=2),  # (B, L, C)
            static=static,
            series=window.series,
            padded=window.padded,
            truncate=teaching.truncate,
        )
        return encoded._replace(
            outputs=self.dropout(encoded.outputs)
            if self.shape.supervision == "every-step" or self.shape.attention != "none"
            else encoded.outputs,
            summary=self.dropout(encoded.summary),
        )

    def _in_scale(self, numbers: Tensor, frame: Frame) -> Tensor:
        """Parameters of the head in scaled units and double precision."""
        numbers = numbers.to(torch.float64)
        parameters: Tensor = self.head.parameters(
            locations(numbers), numbers[..., 1:], frame.gain, frame.offset
        )
        return parameters

    def _newest(self, z: Tensor) -> Tensor:
        """Last segment of the context, (B, S), its oldest value repeated where it is shorter."""
        segment = self.shape.segment_length
        newest, lacking = z[:, -segment:], segment - z.shape[1]
        if lacking <= 0:
            return newest
        return torch.cat([z[:, :1].expand(-1, lacking), newest], dim=1)

    def _relative(self, values: Tensor) -> Tensor:
        """Each segment relative to the value before it, (B, L)."""
        segment = self.shape.segment_length
        short = -values.shape[1] % segment
        whole = torch.cat([values[:, :1].expand(-1, short), values], dim=1)
        return relative_to_previous(whole, segment)[:, short:]


def _futures(exogenous: Exogenous, horizon: int, ends: Tensor) -> Tensor:
    """Future channels of the ``horizon`` steps after each of T places, (B T, H, F)."""
    count = exogenous.ahead.shape[2]
    known = exogenous.context[:, :, exogenous.context.shape[2] - count :]
    every = torch.cat([known, exogenous.ahead], dim=1)  # (B, L + H, F)
    rows = ends[:, None] + torch.arange(horizon, device=ends.device)  # (T, H)
    return every[:, rows].flatten(0, 1)
