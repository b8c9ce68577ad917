"""Comparators: how far each of them sees, and that padding is nothing to them."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from forecast.networks.build import build_network
from forecast.networks.exogenous import Exogenous
from forecast.networks.feedforward import Feedforward
from forecast.networks.shape import EncoderKind, NetworkShape
from forecast.networks.ssm import Layer
from forecast.networks.tcn import levels_that_see
from forecast.networks.window import Window

B, T, E, D = 3, 20, 4, 8
READERS: tuple[EncoderKind, ...] = ("mlp", "cnn", "tcn", "transformer", "ssm")
CAUSAL: tuple[EncoderKind, ...] = ("tcn", "ssm")


def reader(encoder: EncoderKind, steps: int = T, num_layers: int = 1) -> Feedforward:
    torch.manual_seed(0)
    shape = NetworkShape(encoder, steps, 3, hidden_size=D, num_layers=num_layers)
    return Feedforward(shape, E).eval()


def some_steps(steps: int = T) -> Tensor:
    return torch.randn(B, steps, E, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("encoder", READERS)
@pytest.mark.parametrize("steps", [1, 2, 7, T])
def test_summary_has_read_the_newest_step_and_the_oldest(encoder: EncoderKind, steps: int) -> None:
    network, given = reader(encoder, steps), some_steps(steps).requires_grad_()
    summary = network.summary(*network(given))
    assert summary.shape == (B, D)
    (gradient,) = torch.autograd.grad(summary.square().sum(), given)
    reached = gradient.abs().amax(dim=(0, 2))
    assert reached[-1] > 1e-6
    assert reached[0] > 0


@pytest.mark.parametrize("encoder", CAUSAL)
def test_causal_readers_see_nothing_after_a_step(encoder: EncoderKind) -> None:
    network, given = reader(encoder), some_steps()
    outputs, _ = network(given)
    later = given.clone()
    later[:, 9:] = 5.0
    moved, _ = network(later)
    torch.testing.assert_close(moved[:, :9], outputs[:, :9], rtol=1e-4, atol=1e-5)
    assert not torch.allclose(moved[:, 9], outputs[:, 9])


@pytest.mark.parametrize("encoder", READERS)
def test_what_stands_in_padding_is_nothing_to_a_summary(encoder: EncoderKind) -> None:
    network, given = reader(encoder), some_steps()
    padded = torch.tensor([0, 5, T])
    other = given.clone()
    other[1, :5], other[2, : T - 1] = 99.0, -99.0
    before, after = (network.summary(*network(one, None, padded)) for one in (given, other))
    torch.testing.assert_close(after, before, rtol=1e-5, atol=1e-5)
    unpadded = network.summary(*network(given))
    assert not torch.allclose(unpadded[1], before[1])
    torch.testing.assert_close(unpadded[0], before[0])


def test_state_space_is_the_recurrence_that_its_docstring_says() -> None:
    torch.manual_seed(0)
    layer = Layer(D, dropout=0.0).double()
    signal = torch.randn(D, T, dtype=torch.float64)
    kernel = layer.kernel(T)
    by_convolution = torch.stack(
        [(kernel[:, : t + 1].flip(1) * signal[:, : t + 1]).sum(dim=1) for t in range(T)], dim=1
    )
    step = torch.exp(layer.log_step)[:, None]
    pole = torch.complex(-torch.exp(layer.log_decay), layer.frequency)
    inward = (torch.exp(step * pole) - 1) / pole
    weight = torch.view_as_complex(layer.output)
    state = torch.zeros_like(pole)
    by_recurrence = []
    for t in range(T):
        state = torch.exp(step * pole) * state + inward * signal[:, t, None]
        by_recurrence.append(2 * (weight * state).real.sum(dim=1))
    torch.testing.assert_close(by_convolution, torch.stack(by_recurrence, dim=1))


@pytest.mark.parametrize("steps", [1, 5, 6, 13, 14, 200])
def test_temporal_convolutions_are_as_deep_as_it_takes_to_see_all(steps: int) -> None:
    seen = [1 + 4 * ((1 << levels) - 1) for levels in range(1, 12)]
    assert seen[levels_that_see(steps) - 1] >= steps
    assert levels_that_see(steps) == 1 or seen[levels_that_see(steps) - 2] < steps


def test_linear_map_is_linear_in_the_window_and_moved_by_what_is_known_ahead() -> None:
    torch.manual_seed(0)
    shape = NetworkShape(
        "linear", 6, 3, hidden_size=5, window_normalisation="none", future_channels=2
    )
    network = build_network(shape)
    with torch.no_grad():
        for weight in network.parameters():
            weight.add_(torch.randn_like(weight))

    def forecast(values: Tensor, ahead: Tensor) -> Tensor:
        beside = Exogenous(torch.zeros(len(values), 6, 2), ahead, torch.zeros(len(values), 0))
        found: Tensor = network(Window(values, torch.zeros(len(values), 6), beside))
        return found[..., 0]

    a, b = torch.randn(2, 1, 6, dtype=torch.float64)
    ahead = torch.randn(1, 3, 2)
    middle = forecast((a + b) / 2, ahead)
    torch.testing.assert_close(middle, (forecast(a, ahead) + forecast(b, ahead)) / 2)
    changed = ahead.clone()
    changed[0, 1] += 1
    moved = forecast(a, changed) != forecast(a, ahead)
    assert moved.tolist() == [[False, True, False]]
