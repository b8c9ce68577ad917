"""Training on a processor gives what torch's own kernels give: outputs, states and gradients."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest
import torch
from torch import Tensor, nn

from forecast.networks.gru import ROWS, gru_layer
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


def build(shape: StackShape, dtype: torch.dtype = torch.float64) -> RecurrentStack:
    """A stack that is trained, all of whose weights are random."""
    torch.manual_seed(0)
    stack = RecurrentStack(shape).to(dtype).train()
    with torch.no_grad():
        for weight in stack.parameters():
            weight.copy_(torch.randn_like(weight) * 0.5)
    return stack


def some_steps(batch: int = B, length: int = T, dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.randn(batch, length, E, dtype=torch.float64).to(dtype).requires_grad_()


def some_state(shape: StackShape, dtype: torch.dtype = torch.float64) -> Tensor:
    layers = shape.num_layers * shape.directions
    return torch.randn(layers, B, D, dtype=torch.float64).to(dtype).requires_grad_()


def ours(stack: RecurrentStack, steps: Tensor, begun: Tensor | None) -> tuple[Tensor, Tensor]:
    state: State | None = None if begun is None else tuple((h, None) for h in torch.split(begun, 1))
    outputs, after = stack(steps, state)
    return outputs, torch.cat([h for h, _ in after])


def theirs(stack: RecurrentStack, steps: Tensor, begun: Tensor | None) -> tuple[Tensor, Tensor]:
    return cast("tuple[Tensor, Tensor]", cast("nn.GRU", stack.fused)(steps, begun))


def gradients(found: tuple[Tensor, Tensor], inputs: list[Tensor]) -> tuple[Tensor, ...]:
    """Of a loss to which every output and state matters in its own measure."""
    torch.manual_seed(2)
    loss = sum((torch.randn(part.shape, dtype=torch.float64) * part).sum() for part in found)
    return torch.autograd.grad(cast("Tensor", loss), inputs)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("begun", [False, True])
@pytest.mark.parametrize(("dtype", "close"), [(torch.float64, 1e-12), (torch.float32, 1e-5)])
def test_outputs_states_and_gradients_are_those_of_torch(
    shape: StackShape, begun: bool, dtype: torch.dtype, close: float
) -> None:
    stack, steps = build(shape, dtype), some_steps(dtype=dtype)
    state = some_state(shape, dtype) if begun else None
    inputs = [steps, *stack.parameters(), *([] if state is None else [state])]
    torch.manual_seed(3)
    mine = ours(stack, steps, state)
    torch.manual_seed(3)
    expected = theirs(stack, steps, state)
    torch.testing.assert_close(mine, expected, atol=close, rtol=close)
    found = gradients(mine, inputs)
    torch.testing.assert_close(found, gradients(expected, inputs), atol=close * 10, rtol=close * 10)
    assert type(mine[0].grad_fn) is not type(expected[0].grad_fn)  # two ways were compared


def test_many_steps_are_those_of_torch_over_several_blocks() -> None:
    stack, steps = build(PLAIN), some_steps(batch=ROWS // 4, length=10)  # blocks of 4, 4 and 2
    inputs = [steps, *stack.parameters()]
    found = gradients(ours(stack, steps, None), inputs)
    torch.testing.assert_close(found, gradients(theirs(stack, steps, None), inputs))


def test_numerical_derivatives_agree() -> None:
    stack, steps = build(PLAIN), some_steps(batch=2, length=3)
    weights = [weight.detach().clone().requires_grad_() for weight in stack.parameters()]
    h = torch.randn(2, D, dtype=torch.float64, requires_grad=True)

    def layer(steps: Tensor, h: Tensor, *weights: Tensor) -> Tensor:
        return gru_layer(steps.transpose(0, 1), h, weights)

    assert torch.autograd.gradcheck(layer, (steps, h, *weights))


def test_second_derivatives_are_refused() -> None:
    stack, steps = build(PLAIN), some_steps()
    (once,) = torch.autograd.grad(stack(steps)[0].square().sum(), steps, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        torch.autograd.backward(once.sum())


def test_weights_that_are_not_trained_get_no_gradient() -> None:
    stack, steps = build(PLAIN), some_steps()
    stack.requires_grad_(requires_grad=False)
    (found,) = gradients(ours(stack, steps, None), [steps])
    (expected,) = gradients(theirs(stack, steps, None), [steps])
    torch.testing.assert_close(found, expected)


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
