"""Channels beside the series: each is read, and what is known ahead moves its own step only."""

from __future__ import annotations

import pytest
import torch

from forecast.networks.encoder_decoder import EncoderDecoder
from forecast.networks.exogenous import Beyond, Exogenous
from forecast.networks.shape import CellKind, NetworkShape
from forecast.networks.window import Window

B, L, H, P, F, S = 3, 12, 4, 2, 3, 5


def network(cell: CellKind, segment_length: int) -> EncoderDecoder:
    torch.manual_seed(0)
    shape = NetworkShape(
        cell,
        L,
        H,
        segment_length=segment_length,
        hidden_size=6,
        past_channels=P,
        future_channels=F,
        static_channels=S,
    )
    built = EncoderDecoder(shape).eval()
    with torch.no_grad():
        for weight in built.parameters():
            weight.add_(0.1 * torch.randn_like(weight))
    return built


def beside() -> Exogenous:
    torch.manual_seed(1)
    parts = (torch.randn(B, L, P + F), torch.randn(B, H, F), torch.randn(B, S))
    return Exogenous(*(part.requires_grad_() for part in parts))


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize("segment_length", [1, 3])
def test_every_channel_is_read(cell: CellKind, segment_length: int) -> None:
    given = beside()
    forecast = network(cell, segment_length)(Window(torch.randn(B, L), torch.zeros(B, L), given))[
        ..., 0
    ]
    forecast[:, 1].sum().backward()
    for part in (given.context, given.static):
        assert part.grad is not None
        assert (part.grad.abs().amax(dim=tuple(range(part.dim() - 1))) > 0).all()
    assert given.ahead.grad is not None
    moved = given.ahead.grad.abs().amax(dim=2) > 0
    assert moved.tolist() == [[False, True, False, False]] * B


def test_untrained_network_is_a_naive_forecast_whatever_is_known_ahead() -> None:
    shape = NetworkShape("gru", L, H, past_channels=P, future_channels=F, static_channels=S)
    values = torch.randn(B, L)
    forecast = EncoderDecoder(shape).eval()(Window(values, torch.zeros(B, L), beside()))[..., 0]
    torch.testing.assert_close(forecast.to(values.dtype), values[:, -1:].expand(B, H))


def test_blocks_step_through_what_is_known() -> None:
    past, future = torch.arange(20.0).reshape(1, 20, 1), torch.arange(20.0).reshape(1, 20, 1) + 100
    second = Beyond(past, future, torch.zeros(1, 0)).block(4, 12, 4)
    assert second.context[0, :, 0].tolist() == list(range(4, 16))
    assert second.ahead[0, :, 0].tolist() == [116, 117, 118, 119]
