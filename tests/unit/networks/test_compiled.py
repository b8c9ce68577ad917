"""A processor gives what torch's own kernels give: outputs, states and gradients."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from typing import cast

import pytest
import torch
from torch import Tensor, nn

from forecast.networks import compiled, recurrent
from forecast.networks.memory import LEAST, memory_kept
from forecast.networks.recurrent import kernel, recurrent_layer
from forecast.networks.shape import CellKind, NonlinearityKind
from forecast.networks.stack import RecurrentStack, StackShape, State

B, T, E, D = 4, 9, 3, 5
PLAIN = StackShape("gru", E, D)
SHAPES = {
    "one layer": PLAIN,
    "three layers": replace(PLAIN, num_layers=3),
    "dropout between layers": replace(PLAIN, num_layers=3, dropout=0.4),
    "both ways": replace(PLAIN, num_layers=2, bidirectional=True),
    "both ways with dropout": replace(PLAIN, num_layers=2, bidirectional=True, dropout=0.4),
}
SIZES = {  # batch, steps, inputs, width
    "one of each": (1, 2, 1, 1),
    "a vector and one": (7, 5, 2, 65),
    "wide input": (5, 4, 33, 17),
    "several blocks of rows and steps": (70, 30, 1, 16),
    "as in use": (32, 96, 1, 64),
    "gates that no cache holds": (512, 33, 2, 65),
}
CELLS: tuple[CellKind, ...] = ("rnn", "lstm", "gru")
Found = tuple[Tensor, ...]

each_cell = pytest.mark.parametrize("cell", CELLS)
built = pytest.mark.skipif(kernel() is None, reason="no compiler made the kernel of this package")
narrow = pytest.mark.skipif(
    kernel(narrow=True) is None, reason="no kernel was made, or the processor lacks AVX512-BF16"
)


@pytest.fixture(autouse=True)
def threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As many as the test wants, one at first, however little there is to do."""
    monkeypatch.setattr(recurrent, "LEAST_WORK", 1)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def build(shape: StackShape, dtype: torch.dtype = torch.float64) -> RecurrentStack:
    """A stack that is trained, all of whose weights are random."""
    torch.manual_seed(0)
    stack = RecurrentStack(shape).to(dtype).train()
    with torch.no_grad():
        for weight in stack.parameters():
            weight.copy_(torch.randn_like(weight) * 0.5)
    return stack


def sized(cell: CellKind, size: str) -> tuple[RecurrentStack, Tensor]:
    """A stack of one layer, and steps for it."""
    batch, length, inputs, width = SIZES[size]
    stack = build(StackShape(cell, inputs, width), torch.float32)
    with torch.no_grad():
        for weight in stack.parameters():
            weight.mul_(2 / width**0.5)
    return stack, torch.randn(batch, length, inputs, requires_grad=True)


def in_64_bits(stack: RecurrentStack, steps: Tensor) -> tuple[RecurrentStack, Tensor]:
    return deepcopy(stack).double(), steps.detach().double().requires_grad_()


def some_state(shape: StackShape, batch: int = B) -> Found:
    layers = shape.num_layers * shape.directions
    return tuple(
        torch.randn(layers, batch, shape.hidden_size, requires_grad=True)
        for _ in range(2 if shape.cell == "lstm" else 1)
    )


def ours(stack: RecurrentStack, steps: Tensor, begun: Found | None = None) -> Found:
    """Outputs, h and, of a lstm, c."""
    state: State | None = None
    if begun is not None:
        memories = [*(torch.split(part, 1) for part in begun), (None,) * len(begun[0])][:2]
        state = cast("State", tuple(zip(*memories, strict=True)))
    outputs, after = stack(steps, state)
    parts = zip(*after, strict=True)
    return outputs, *(torch.cat(part) for part in parts if part[0] is not None)


def theirs(stack: RecurrentStack, steps: Tensor, begun: Found | None = None) -> Found:
    given = begun if begun is None or len(begun) > 1 else begun[0]
    outputs, after = cast("nn.RNNBase", stack.fused)(steps, given)
    return outputs, *(after if isinstance(after, tuple) else (after,))


def gradients(found: Found, inputs: list[Tensor]) -> Found:
    """Of a loss to which every output and state matters in its own measure."""
    torch.manual_seed(2)
    loss = sum((torch.randn(part.shape, dtype=torch.float64) * part).sum() for part in found)
    return torch.autograd.grad(cast("Tensor", loss), inputs)


def is_compiled(outputs: Tensor) -> bool:
    """Whether the kernel is among the last few operations that they come from."""
    last = [outputs.grad_fn]
    for _ in range(4):
        last += [before for node in last if node is not None for before, _ in node.next_functions]
    return any(node is not None and node.name() == "_LayerBackward" for node in last)


def distance(found: Found, expected: Found) -> float:
    """Mean over tensors of the largest error beside the largest number."""
    parts = ((one.detach(), other.detach()) for one, other in zip(found, expected, strict=True))
    errors = [float((one - other).abs().max() / other.abs().max()) for one, other in parts]
    return sum(errors) / len(errors)


def assert_near(found: Found, expected: Found, tolerance: float = 5e-6) -> None:
    """Equal beside the largest number of each tensor."""
    for one, other in zip(found, expected, strict=True):
        scale = float(other.detach().abs().max()) + 1e-3
        wanted = other.to(one.dtype)
        torch.testing.assert_close(one, wanted, atol=tolerance * scale, rtol=0)


# ---------------------------------------------------------------------------- as torch has them


@built
@each_cell
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("begun", [False, True])
def test_outputs_states_and_gradients_are_those_of_torch(
    cell: CellKind, shape: StackShape, begun: bool
) -> None:
    shape = replace(shape, cell=cell)
    stack, steps = build(shape, torch.float32), torch.randn(B, T, E, requires_grad=True)
    state = some_state(shape) if begun else None
    inputs = [steps, *stack.parameters(), *(state or ())]
    torch.manual_seed(3)
    mine = ours(stack, steps, state)
    torch.manual_seed(3)
    expected = theirs(stack, steps, state)
    assert_near(mine, expected)
    assert_near(gradients(mine, inputs), gradients(expected, inputs))
    assert is_compiled(mine[0])
    assert not is_compiled(expected[0])


@built
@each_cell
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("threads", [1, 3])
def test_numbers_are_those_of_64_bits_within_rounding(
    cell: CellKind, size: str, threads: int
) -> None:
    torch.set_num_threads(threads)
    stack, steps = sized(cell, size)
    exact, same = in_64_bits(stack, steps)
    mine, expected = ours(stack, steps), theirs(exact, same)
    assert_near(mine, expected)
    found = gradients(mine, [steps, *stack.parameters()])
    assert_near(found, gradients(expected, [same, *exact.parameters()]))


@built
@each_cell
@pytest.mark.parametrize("size", SIZES)
def test_without_a_gradient_the_numbers_are_the_same(cell: CellKind, size: str) -> None:
    stack, steps = sized(cell, size)
    taught = ours(stack, steps)
    with torch.no_grad():
        torch.testing.assert_close(ours(stack, steps), taught, atol=0, rtol=0)


@narrow
@each_cell
@pytest.mark.parametrize("size", list(SIZES)[1:])
@pytest.mark.parametrize("threads", [1, 3])
def test_products_in_bfloat16_are_nearer_to_64_bits_than_those_of_torch(
    cell: CellKind, size: str, threads: int
) -> None:
    torch.set_num_threads(threads)
    stack, steps = sized(cell, size)
    exact, same = in_64_bits(stack, steps)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        mine, rival = ours(stack, steps), theirs(stack, steps)
    wide = theirs(exact, same)
    inputs = [steps, *stack.parameters()]
    wanted = (*wide, *gradients(wide, [same, *exact.parameters()]))
    found = (*mine, *gradients(mine, inputs))
    assert all(part.dtype == torch.float32 for part in found)
    assert distance(found, wanted) < distance((*rival, *gradients(rival, inputs)), wanted)
    assert_near(found, wanted, tolerance=0.02)


@narrow
@each_cell
def test_steps_in_bfloat16_get_their_gradient(cell: CellKind) -> None:
    stack, steps = sized(cell, "wide input")
    short = steps.detach().bfloat16().requires_grad_()
    same = short.detach().float().requires_grad_()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        (found,) = gradients(ours(stack, short), [short])
        (expected,) = gradients(ours(stack, same), [same])
    torch.testing.assert_close(found, expected.bfloat16(), atol=0, rtol=0)


@built
@each_cell
def test_steps_may_lie_anywhere_in_memory(cell: CellKind) -> None:
    stack = build(replace(PLAIN, cell=cell), torch.float32)
    table = torch.randn(E, 40)
    windows = table.unfold(1, T, 2).permute(1, 2, 0)  # they overlap, and each step is a column
    tight = windows.contiguous()
    weights: list[Tensor] = list(stack.parameters())
    mine, expected = ours(stack, windows), ours(stack, tight)
    torch.testing.assert_close(mine, expected, atol=0, rtol=0)
    torch.testing.assert_close(
        gradients(mine, weights), gradients(expected, weights), atol=0, rtol=0
    )


@built
@each_cell
def test_each_output_and_state_alone_has_its_gradient(cell: CellKind) -> None:
    stack = build(replace(PLAIN, cell=cell), torch.float32)
    steps = torch.randn(B, T, E, requires_grad=True)
    inputs = [steps, *stack.parameters()]
    for place in range(3 if cell == "lstm" else 2):
        found = gradients(ours(stack, steps)[place : place + 1], inputs)
        assert_near(found, gradients(theirs(stack, steps)[place : place + 1], inputs))


@built
@each_cell
def test_gradients_may_lie_anywhere_in_memory(cell: CellKind) -> None:
    stack = build(replace(PLAIN, cell=cell), torch.float32)
    steps = torch.randn(B, T, E, requires_grad=True)
    inputs = [steps, *stack.parameters()]
    mine, expected = ours(stack, steps)[0], theirs(stack, steps)[0]
    for asked in (
        torch.randn(D, T, B).permute(2, 1, 0),
        torch.randn(B, 1, D).expand(B, T, D),
        torch.randn(B, T, 2 * D)[:, :, D:],
        torch.ones(()).expand(B, T, D),
    ):
        found = torch.autograd.grad(mine, inputs, asked, retain_graph=True)
        assert_near(found, torch.autograd.grad(expected, inputs, asked, retain_graph=True))


@built
@each_cell
@pytest.mark.parametrize("odd", [float("nan"), float("inf"), -float("inf"), 3e38])
def test_what_is_no_number_ends_up_where_torch_has_it(cell: CellKind, odd: float) -> None:
    stack, steps = build(replace(PLAIN, cell=cell), torch.float32), torch.randn(B, T, E)
    steps[1, 4, 2] = odd
    for mine, expected in zip(ours(stack, steps), theirs(stack, steps), strict=True):
        torch.testing.assert_close(mine, expected, equal_nan=True)


@built
@each_cell
def test_units_that_are_at_their_bound_learn_nothing_as_in_torch(cell: CellKind) -> None:
    stack, steps = build(replace(PLAIN, cell=cell), torch.float32), torch.randn(B, T, E)
    steps[1, 4:] = 1e6
    inputs = [steps.requires_grad_(), *stack.parameters()]
    found = gradients(ours(stack, steps), inputs)
    assert_near(found, gradients(theirs(stack, steps), inputs))


@built
def test_what_does_not_fit_together_is_refused() -> None:
    steps, h = torch.zeros(T, B, E), torch.zeros(1, B, D)
    weights = [weight.detach() for weight in nn.GRU(E, D).parameters()]
    recurrent_layer("gru", steps, (h, None), weights)
    misfits: tuple[tuple[CellKind, Tensor, Tensor, list[Tensor]], ...] = (
        ("gru", steps[:, :, :2], h, weights),
        ("gru", steps, h[:, 1:], weights),
        ("gru", steps, torch.zeros(1, B, 2 * D), weights),
        ("gru", steps, h, [weight.double() for weight in weights]),
        ("gru", steps, h, [*weights[:3], weights[3][1:]]),
        ("lstm", steps, h, weights),
        ("lstm", steps, h, [weight.detach() for weight in nn.LSTM(E, D).parameters()]),
    )
    for cell, read, begun, given in misfits:
        with pytest.raises(ValueError, match="does not fit together"):
            recurrent_layer(cell, read, (begun, None), given)


@built
@each_cell
@pytest.mark.parametrize("threads", [1, 2])
def test_the_same_numbers_give_the_same_bytes(cell: CellKind, threads: int) -> None:
    torch.set_num_threads(threads)
    stack, steps = sized(cell, "several blocks of rows and steps")
    inputs = [steps, *stack.parameters()]
    first, again = (ours(stack, steps) for _ in range(2))
    torch.testing.assert_close(first, again, atol=0, rtol=0)
    torch.testing.assert_close(gradients(first, inputs), gradients(again, inputs), atol=0, rtol=0)


@each_cell
def test_without_the_kernel_torch_gives_the_same(
    cell: CellKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack, steps = sized(cell, "as in use")
    inputs = [steps, *stack.parameters()]
    mine = ours(stack, steps)
    found = gradients(mine, inputs)
    monkeypatch.setattr(compiled, "kernel", lambda **_: None)
    other = ours(stack, steps)
    assert not is_compiled(other[0])
    assert_near(mine, other)
    assert_near(found, gradients(other, inputs))


@built
def test_second_derivatives_are_refused() -> None:
    stack, steps = build(PLAIN, torch.float32), torch.randn(B, T, E, requires_grad=True)
    (once,) = torch.autograd.grad(stack(steps)[0].square().sum(), steps, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        torch.autograd.backward(once.sum())


@each_cell
def test_weights_that_are_not_trained_get_no_gradient(cell: CellKind) -> None:
    stack = build(replace(PLAIN, cell=cell), torch.float32)
    steps = torch.randn(B, T, E, requires_grad=True)
    stack.requires_grad_(requires_grad=False)
    assert_near(gradients(ours(stack, steps), [steps]), gradients(theirs(stack, steps), [steps]))


# ------------------------------------------------------------------------------- one step for all


@pytest.mark.parametrize(
    ("cell", "nonlinearity"), [("rnn", "tanh"), ("rnn", "relu"), ("lstm", "tanh"), ("gru", "tanh")]
)
def test_one_step_with_each_input_is_that_of_torch(
    cell: CellKind, nonlinearity: NonlinearityKind
) -> None:
    shape = StackShape(cell, E, D, nonlinearity=nonlinearity)
    stack, inputs = build(shape), torch.randn(7, E, dtype=torch.float64, requires_grad=True)
    h, c = (torch.randn(1, B, D, dtype=torch.float64, requires_grad=True) for _ in range(2))
    found = stack.fan_out(inputs, ((h, c if cell == "lstm" else None),))
    steps = inputs.repeat(B, 1)[:, None]
    begun = [part.repeat_interleave(7, dim=1) for part in (h, c)]
    kernel = cast("nn.RNNBase", stack.fused)
    expected = kernel(steps, tuple(begun) if cell == "lstm" else begun[0])[0].reshape(B, 7, D)
    torch.testing.assert_close(found, expected)
    wanted = [inputs, h, *([c] if cell == "lstm" else []), *stack.parameters()]
    torch.testing.assert_close(
        torch.autograd.grad(found.square().sum(), wanted),
        torch.autograd.grad(expected.square().sum(), wanted),
    )


@built
@each_cell
def test_memory_that_is_handed_on_changes_no_number(cell: CellKind) -> None:
    stack = build(StackShape(cell, 1, 64), torch.float32)
    batches = torch.randn(3, 96, 60, 1)
    assert LEAST < 96 * 60 * 64, "its states are worth keeping"

    def found() -> list[Tensor]:
        kept = []
        for steps in batches:
            outputs = ours(stack, steps)
            weights = list(stack.parameters())
            loss = outputs[0].square().sum()
            torch.autograd.grad(loss, weights, retain_graph=True)
            kept += [outputs[0].detach(), *torch.autograd.grad(loss, weights)]  # nothing was lost
        return kept

    plain = found()
    with memory_kept():
        handed_on = found()
    assert all(torch.equal(one, other) for one, other in zip(plain, handed_on, strict=True))
