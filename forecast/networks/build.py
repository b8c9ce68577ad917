"""From a shape to its network."""

from __future__ import annotations

from typing import TypeAlias

from forecast.networks.encoder_decoder import EncoderDecoder
from forecast.networks.linear import LinearNetwork
from forecast.networks.shape import NetworkShape

Network: TypeAlias = EncoderDecoder | LinearNetwork


def build_network(shape: NetworkShape) -> Network:
    """Build the untrained network of a shape that was checked; it forecasts naively."""
    return LinearNetwork(shape) if shape.encoder == "linear" else EncoderDecoder(shape)
