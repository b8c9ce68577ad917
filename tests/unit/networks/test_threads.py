"""Compiled layers have the threads of a fit, torch's own operations one; nothing else changes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn

from forecast.networks import recurrent
from forecast.networks.compiled import all_compiled
from forecast.networks.recurrent import kernel, recurrent_layer
from forecast.networks.threads import layer_threads, threads_for_layers

built = pytest.mark.skipif(kernel() is None, reason="no compiler made the kernel of this package")


@pytest.fixture(autouse=True)
def threads() -> Iterator[None]:
    """Two, of which the caller has his count back."""
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def test_torch_has_its_threads_back_even_after_a_failure() -> None:
    seen = []

    def fail() -> None:
        with threads_for_layers():
            seen.append((torch.get_num_threads(), layer_threads()))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert seen == [(1, 2)]
    assert (torch.get_num_threads(), layer_threads()) == (2, 2)


@built
def test_a_layer_takes_all_threads_and_gives_the_same_bytes() -> None:
    def read() -> tuple[Tensor, ...]:
        torch.manual_seed(0)
        layer = nn.LSTM(3, 64)
        begin = torch.zeros(1, 40, 64)
        weights = list(layer.parameters())
        states, _ = recurrent_layer("lstm", torch.randn(9, 40, 3), (begin, begin), weights)
        return states, *torch.autograd.grad(states.square().sum(), weights)

    expected = read()
    with threads_for_layers():
        assert len(recurrent._shares(40)) == 2
        found = read()
    assert all(torch.equal(one, other) for one, other in zip(found, expected, strict=True))


@built
def test_a_network_is_compiled_where_all_that_it_reads_with_is() -> None:
    assert all_compiled(nn.Sequential(nn.Linear(2, 2), nn.GRU(2, 3)), narrow=False)
    assert not all_compiled(
        nn.Sequential(nn.GRU(2, 3), nn.RNN(3, 3, nonlinearity="relu")), narrow=False
    )
    assert not all_compiled(nn.Linear(2, 2), narrow=False)


def test_nothing_is_compiled_without_the_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forecast.networks.compiled.kernel", lambda *, narrow: None)  # noqa: ARG005
    assert not all_compiled(nn.GRU(2, 3), narrow=False)
