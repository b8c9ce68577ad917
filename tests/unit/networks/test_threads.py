"""Compiled layers have the threads of a fit, torch's own operations one; nothing else changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from forecast.networks.compiled import compiles
from forecast.networks.recurrent import _shares, kernel, recurrent_layer
from forecast.networks.shape import CellKind
from forecast.networks.stack import StackShape
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
@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize("batch", [20, 32, 61, 100, 300])
def test_a_layer_gives_the_same_bytes_on_any_number_of_threads(cell: CellKind, batch: int) -> None:
    def read() -> tuple[Tensor, ...]:
        torch.manual_seed(0)
        layer = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}[cell](3, 64)
        begin = torch.randn(1, batch, 64)
        weights = list(layer.parameters())
        steps = torch.randn(200, batch, 3, requires_grad=True)
        memory = begin if cell == "lstm" else None
        states, _ = recurrent_layer(cell, steps, (begin, memory), weights)
        return states, *torch.autograd.grad(states.square().sum(), [steps, *weights])

    torch.set_num_threads(1)
    expected = read()
    for count in (2, 3, 8):
        torch.set_num_threads(count)
        with threads_for_layers():
            found = read()
        assert all(torch.equal(one, other) for one, other in zip(found, expected, strict=True))


@built
def test_a_batch_is_shared_among_threads_where_that_is_worth_their_start() -> None:
    wide, narrow = nn.GRU(1, 64), nn.GRU(1, 8)
    steps = torch.zeros(96, 64, 1)
    assert _shares(steps, list(wide.parameters()), whole=32) == [(0, 32), (32, 64)]
    assert _shares(steps, list(narrow.parameters()), whole=32) == [(0, 64)]
    assert _shares(steps[:, :31], list(wide.parameters()), whole=16) == [(0, 16), (16, 31)]
    assert _shares(steps[:, :63], list(wide.parameters()), whole=64) == [(0, 63)]


@built
def test_the_kernel_reads_what_is_plain() -> None:
    shape = StackShape("gru", 1, 8)
    assert compiles("gru", shape)
    assert not compiles("gru", replace(shape, layer_norm=True))
    assert not compiles("gru", replace(shape, dilation=(1, 2)))
    assert not compiles("rnn", replace(shape, nonlinearity="relu"))
    assert not compiles("tcn", shape)


def test_nothing_is_compiled_without_the_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forecast.networks.compiled.kernel", lambda *, narrow: None)  # noqa: ARG005
    assert not compiles("gru", StackShape("gru", 1, 8))
