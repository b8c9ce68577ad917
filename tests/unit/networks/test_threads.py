"""Compiled layers have the threads of a fit, torch's own operations one; nothing else changes."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from forecast.networks.compiled import compiles
from forecast.networks.recurrent import _threads, kernel, recurrent_layer
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
def test_a_batch_is_shared_among_threads_where_waking_them_is_worth_it() -> None:
    wide, narrow = nn.GRU(1, 64), nn.GRU(1, 8)
    steps = torch.zeros(96, 64, 1)
    assert _threads(steps, list(wide.parameters()), piece=32) == 2
    assert _threads(steps, list(narrow.parameters()), piece=32) == 1
    assert _threads(steps[:, :31], list(wide.parameters()), piece=16) == 2
    assert _threads(steps[:, :63], list(wide.parameters()), piece=64) == 1


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


def read_gradients() -> tuple[Tensor, ...]:
    """States and gradients of a layer that two threads share."""
    layer = nn.GRU(3, 64)
    with torch.no_grad():
        for weight in layer.parameters():
            weight.copy_(torch.linspace(-0.1, 0.1, weight.numel()).view_as(weight))
    steps = torch.linspace(-1, 1, 200 * 64 * 3).view(200, 64, 3).requires_grad_()
    weights = list(layer.parameters())
    states, _ = recurrent_layer("gru", steps, (torch.zeros(1, 64, 64), None), weights)
    return states, *torch.autograd.grad(states.square().sum(), [steps, *weights])


@built
def test_layers_that_are_read_at_once_give_what_they_give_alone() -> None:
    expected = read_gradients()
    with ThreadPoolExecutor(4) as pool:
        found = [pool.submit(read_gradients) for _ in range(12)]
    for one in found:
        assert all(torch.equal(*pair) for pair in zip(one.result(), expected, strict=True))


@built
@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
def test_a_process_that_was_forked_goes_on_reading() -> None:
    steps, begin = torch.zeros(200, 64, 3), torch.zeros(1, 64, 64)
    weights = [weight.detach() for weight in nn.GRU(3, 64).parameters()]
    with threads_for_layers():
        expected, _ = recurrent_layer("gru", steps, (begin, None), weights)
        child = os.fork()
        if not child:  # nothing of pytest may run here
            same = False
            signal.signal(signal.SIGALRM, signal.SIG_DFL)  # no handler runs where C hangs
            signal.alarm(30)
            try:
                found, _ = recurrent_layer("gru", steps, (begin, None), weights)
                same = torch.equal(found, expected)
            finally:
                os._exit(0 if same else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
