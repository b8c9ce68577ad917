from __future__ import annotations

import torch

from forecast.networks.encoder_decoder import EncoderDecoder
from forecast.networks.shape import NetworkShape
from forecast.networks.window import Window

L, H = 8, 3


def forecast_of(network: EncoderDecoder, series: list[int]) -> torch.Tensor:
    values = torch.linspace(-1, 1, L, dtype=torch.float64).expand(len(series), -1)
    found: torch.Tensor = network(
        Window(values, torch.zeros(len(series), L), series=torch.tensor(series))
    )
    return found


def network_with_embedding() -> EncoderDecoder:
    torch.manual_seed(0)
    shape = NetworkShape("gru", L, H, hidden_size=6, series_embedding=2, n_series=3)
    network = EncoderDecoder(shape).eval()
    with torch.no_grad():
        for weight in network.parameters():
            weight.add_(0.3 * torch.randn_like(weight))
    return network


def test_series_with_equal_values_are_told_apart() -> None:
    found = forecast_of(network_with_embedding(), [0, 1, 2])
    assert not torch.allclose(found[0], found[1])
    assert not torch.allclose(found[1], found[2])


def test_series_never_seen_takes_the_mean_of_what_was_learnt_of_the_others() -> None:
    network = network_with_embedding()
    stranger = forecast_of(network, [-1])
    identity = network.encoder.identity
    assert identity is not None
    assert identity.series is not None
    with torch.no_grad():
        identity.series.weight[1] = identity.series.weight.mean(dim=0)
        identity.series.weight[1] = identity.series.weight[[0, 2]].mean(dim=0)
    # the mean of the three is now that of the two, which the second of them holds
    torch.testing.assert_close(forecast_of(network, [-1]), forecast_of(network, [1]))
    assert stranger.shape == (1, H, 1)
