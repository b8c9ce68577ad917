"""Memory is handed on within, to one at a time, and changes no number."""

from __future__ import annotations

import tracemalloc

import pytest
import torch

from forecast.networks.compiled import run_compiled
from forecast.networks.memory import LEAST, memory_kept, room
from forecast.networks.recurrent import kernel

ROWS = LEAST // 64


def test_what_nobody_holds_is_handed_on() -> None:
    with memory_kept():
        place = room(ROWS, 64).data_ptr()
        assert room(64, ROWS).data_ptr() == place
        assert room(LEAST - 64 * 10).data_ptr() != place  # too small to be worth it
        assert room(LEAST).data_ptr() == place


def test_what_a_view_holds_is_not() -> None:
    with memory_kept():
        first = room(ROWS, 64).fill_(1.0)
        last_row = first[-1]
        del first
        room(ROWS, 64).fill_(2.0)
        assert last_row.tolist() == [1.0] * 64
    room(ROWS, 64).fill_(3.0)
    assert last_row.tolist() == [1.0] * 64, "it outlives the training, too"


def test_a_much_larger_block_waits_for_its_like() -> None:
    with memory_kept():
        several = [room(3 * LEAST), room(3 * LEAST)]
        places = {block.data_ptr() for block in several}
        del several
        small = room(LEAST)
        assert small.data_ptr() not in places
        assert room(3 * LEAST).data_ptr() in places


def test_no_more_is_kept_than_was_in_use_and_nothing_at_the_end() -> None:
    tracemalloc.start()
    try:
        with memory_kept():
            for many in (1, 3, 9, 1, 3, 9, 27):
                room(many * LEAST)
            assert tracemalloc.get_traced_memory()[1] < 1.01 * 27 * LEAST * 4
            held = room(LEAST)
        assert tracemalloc.get_traced_memory()[0] < 1.01 * LEAST * 4
        del held
        assert tracemalloc.get_traced_memory()[0] < 0.01 * LEAST * 4
    finally:
        tracemalloc.stop()


@pytest.mark.skipif(kernel() is None, reason="no compiler made the kernel of this package")
@pytest.mark.parametrize("cell", [torch.nn.GRU, torch.nn.LSTM])
def test_numbers_are_the_same(cell: type[torch.nn.GRU | torch.nn.LSTM]) -> None:
    torch.manual_seed(0)
    network, steps = cell(1, 64, batch_first=True), torch.randn(3, 64, 60, 1)
    assert LEAST < 60 * 64 * 64 * 4, "its gates are worth keeping"

    def gradients() -> list[torch.Tensor]:
        found: list[torch.Tensor] = []
        for batch in steps:
            outputs, _ = run_compiled(network, batch, None)
            loss = outputs.square().sum()
            weights = tuple(network.parameters())
            torch.autograd.grad(loss, weights, retain_graph=True)
            again = torch.autograd.grad(loss, weights)  # what the way back needs is still there
            found += [outputs.detach(), *again]
        return found

    plain = gradients()
    with memory_kept():
        kept = gradients()
    assert all(torch.equal(one, other) for one, other in zip(plain, kept, strict=True))
