"""A stack behaves the same whichever kernel runs it: padding, states, chunks, directions."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from forecast.networks.cells import LAYERS
from forecast.networks.shape import CellKind
from forecast.networks.stack import RecurrentStack, StackShape, State

B, T, E, D = 4, 9, 3, 5
KERNELS = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


def variants(cell: CellKind) -> dict[str, StackShape]:
    """Each option alone, and many at once."""
    plain = StackShape(cell, E, D, num_layers=2)
    options = {
        "plain": plain,
        "one layer": replace(plain, num_layers=1),
        "layer_norm": replace(plain, layer_norm=True),
        "recurrent_dropout": replace(plain, recurrent_dropout=0.3),
        "dropout": replace(plain, dropout=0.3),
        "residual": replace(plain, input_size=D, residual=True),
        "dilation": replace(plain, dilation=(2, 3)),
        "all": replace(
            plain,
            num_layers=3,
            layer_norm=True,
            recurrent_dropout=0.3,
            dropout=0.3,
            residual=True,
            dilation=(1, 2, 4),
            peephole=cell == "lstm",
        ),
    }
    if cell == "lstm":
        options |= {
            "peephole": replace(plain, peephole=True),
            "forget_bias": replace(plain, forget_bias=-1.0),
        }
    if cell == "rnn":
        options["relu"] = replace(plain, nonlinearity="relu")
    return options


ONE_WAY = [
    pytest.param(shape, id=f"{cell} {name}")
    for cell in LAYERS
    for name, shape in variants(cell).items()
]
BOTH_WAYS = [
    pytest.param(replace(shape, bidirectional=True), id=f"{cell} {name} bidirectional")
    for cell in LAYERS
    for name, shape in variants(cell).items()
    if name in ("plain", "layer_norm", "residual", "all")
]


def build(shape: StackShape, *, dtype: torch.dtype = torch.float64) -> RecurrentStack:
    """A stack in eval mode all of whose weights are random."""
    torch.manual_seed(0)
    stack = RecurrentStack(shape).to(dtype).eval()
    with torch.no_grad():
        for weight in stack.parameters():
            weight.copy_(torch.randn_like(weight) * 0.5)
    return stack


def some_steps(shape: StackShape, *, dtype: torch.dtype = torch.float64) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(B, T, shape.input_size, generator=generator, dtype=torch.float64).to(dtype)


def some_state(stack: RecurrentStack, shape: StackShape) -> State:
    """What the stack remembers after some other steps."""
    state: State = stack(some_steps(shape) * 2 - 1)[1]
    return state


def rows(state: State, which: slice) -> State:
    return tuple((h[:, which], None if c is None else c[:, which]) for h, c in state)


def assert_same(one: State, other: State) -> None:
    assert len(one) == len(other)
    for (h, c), (other_h, other_c) in zip(one, other, strict=True):
        torch.testing.assert_close(h, other_h)
        assert (c is None) == (other_c is None)
        if c is not None:
            torch.testing.assert_close(c, other_c)


def gradients(stack: RecurrentStack, outputs: Tensor) -> list[Tensor]:
    stack.zero_grad()
    torch.autograd.backward(outputs.square().sum())
    return [weight.grad.clone() for weight in stack.parameters() if weight.grad is not None]


# ---------------------------------------------------------------------------- torch's kernels


@pytest.mark.parametrize("cell", LAYERS)
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize(("dtype", "close"), [(torch.float64, 1e-10), (torch.float32, 1e-4)])
def test_our_cells_in_a_stack_equal_those_of_torch(
    cell: CellKind, bidirectional: bool, dtype: torch.dtype, close: float
) -> None:
    shape = StackShape(cell, E, D, num_layers=3, bidirectional=bidirectional)
    theirs = build(shape, dtype=dtype)
    ours = build(replace(shape, recurrent_dropout=0.5), dtype=dtype)  # eval mode drops nothing
    assert theirs.fused is not None
    assert isinstance(theirs.fused, KERNELS[cell])
    assert ours.fused is None
    named = theirs.fused.state_dict()
    with torch.no_grad():
        for name, weight in ours.named_parameters():
            _, layer, kind = name.split(".")
            weight.copy_(named[f"{kind}_{layer}"])
    ours_x, theirs_x = (some_steps(shape, dtype=dtype).requires_grad_() for _ in range(2))
    outputs, state = ours(ours_x)
    expected, expected_state = theirs(theirs_x)
    torch.testing.assert_close(outputs, expected, rtol=close, atol=close)
    for part, other in zip(state, expected_state, strict=True):
        for one, two in zip(part, other, strict=True):
            assert (one is None) == (two is None)
            if one is not None:
                torch.testing.assert_close(one, two, rtol=close, atol=close)
    gradients(ours, outputs)
    gradients(theirs, expected)
    torch.testing.assert_close(ours_x.grad, theirs_x.grad, rtol=close, atol=10 * close)
    for name, weight in ours.named_parameters():
        _, layer, kind = name.split(".")
        other_grad = theirs.fused.get_parameter(f"{kind}_{layer}").grad
        torch.testing.assert_close(weight.grad, other_grad, rtol=close, atol=10 * close)


@pytest.mark.parametrize("cell", LAYERS)
def test_dropout_between_layers_on_our_cells_is_that_of_torch(cell: CellKind) -> None:
    """With dropout of nearly 1 the top layer reads zeros, below it nothing is dropped."""
    shape = StackShape(cell, E, D, num_layers=2, dropout=1 - 1e-9, dilation=(1, 2))
    stack = build(shape)
    steps = some_steps(shape)
    (bottom, _), (top, _) = stack.train()(steps)[1]
    torch.testing.assert_close(bottom, stack.eval()(steps)[1][0][0])
    torch.testing.assert_close(top, stack.cells["l1"](torch.zeros(B, T, D).double())[1][0])


# ------------------------------------------------------------------------------------ padding


@pytest.mark.parametrize("shape", [*ONE_WAY, *BOTH_WAYS])
@pytest.mark.parametrize("begun", [False, True])
def test_padded_steps_change_nothing(shape: StackShape, begun: bool) -> None:
    stack, steps = build(shape), some_steps(shape)
    state = some_state(stack, shape) if begun else None
    padded = torch.tensor([0, 2, T - 1, T])
    for row in range(B):
        steps[row, : padded[row]] = float("nan")  # whatever it holds, even that
    outputs, after = stack(steps, state, padded=padded)
    summary = stack.summary(outputs, after)
    for row, skipped in enumerate(padded.tolist()):
        one = slice(row, row + 1)
        before = None if state is None else rows(state, one)
        assert not outputs[row, :skipped].any()
        if skipped == T:
            zero = tuple(
                (torch.zeros_like(h), None if c is None else torch.zeros_like(c)) for h, c in after
            )
            assert_same(rows(after, one), before if before is not None else rows(zero, one))
            continue
        short, short_after = stack(steps[one, skipped:], before)
        torch.testing.assert_close(outputs[one, skipped:], short)
        assert_same(rows(after, one), short_after)
        torch.testing.assert_close(summary[one], stack.summary(short, short_after))


@pytest.mark.parametrize("shape", [*ONE_WAY, *BOTH_WAYS])
def test_gradients_know_nothing_of_padding(shape: StackShape) -> None:
    stack, steps = build(shape), some_steps(shape)[:2]
    steps[0, :4] = float("nan")
    padded_gradients = gradients(stack, stack(steps, padded=torch.tensor([4, T]))[0])
    for ours, alone in zip(
        padded_gradients, gradients(stack, stack(steps[:1, 4:])[0]), strict=True
    ):
        torch.testing.assert_close(ours, alone)


@pytest.mark.parametrize("shape", [*ONE_WAY, *BOTH_WAYS])
def test_no_padding_is_padding_of_zero_steps(shape: StackShape) -> None:
    stack, steps = build(shape), some_steps(shape)
    outputs, state = stack(steps, padded=torch.zeros(B, dtype=torch.int64))
    expected, expected_state = stack(steps)
    torch.testing.assert_close(outputs, expected)
    assert_same(state, expected_state)


# ------------------------------------------------------------------------- states and chunks


@pytest.mark.parametrize("shape", ONE_WAY)
@pytest.mark.parametrize("first", [1, 4])
def test_going_on_from_a_state_equals_reading_all_at_once(shape: StackShape, first: int) -> None:
    stack, steps = build(shape), some_steps(shape)
    whole, last = stack(steps)
    before, state = stack(steps[:, :first])
    after, state = stack(steps[:, first:], state)
    torch.testing.assert_close(torch.cat([before, after], dim=1), whole)
    assert_same(state, last)


@pytest.mark.parametrize("shape", ONE_WAY)
@pytest.mark.parametrize("padded", [None, torch.tensor([0, 5, 3, T])])
def test_truncation_changes_gradients_and_no_value(
    shape: StackShape, padded: Tensor | None
) -> None:
    stack, steps = build(shape), some_steps(shape).requires_grad_()
    whole, last = stack(steps, padded=padded)
    cut, cut_last = stack(steps, padded=padded, truncate=4)
    torch.testing.assert_close(cut, whole)
    assert_same(cut_last, last)
    (reach,) = torch.autograd.grad(whole[0, -1].sum(), steps)
    (cut_reach,) = torch.autograd.grad(cut[0, -1].sum(), steps)
    torch.testing.assert_close(cut_reach[0, 8], reach[0, 8])
    assert reach[0, :8].any()
    assert not cut_reach[0, :8].any()


@pytest.mark.parametrize("cell", LAYERS)
def test_truncated_gradients_are_those_of_chunks_with_detached_states(cell: CellKind) -> None:
    for shape in (variants(cell)["plain"], variants(cell)["all"]):
        stack, steps = build(shape), some_steps(shape)
        ours = gradients(stack, stack(steps, truncate=4)[0])
        state, chunks = None, []
        for chunk in torch.split(steps, 4, dim=1):
            outputs, state = stack(chunk, state)
            state = tuple((h.detach(), None if c is None else c.detach()) for h, c in state)
            chunks.append(outputs)
        for one, other in zip(ours, gradients(stack, torch.cat(chunks, dim=1)), strict=True):
            torch.testing.assert_close(one, other)


@pytest.mark.parametrize("cell", LAYERS)
def test_recurrent_dropout_has_one_mask_on_both_sides_of_a_cut(cell: CellKind) -> None:
    shape = variants(cell)["recurrent_dropout"]
    stack, steps = build(shape).train(), some_steps(shape)
    torch.manual_seed(3)
    whole = stack(steps)[0]
    torch.manual_seed(3)
    torch.testing.assert_close(stack(steps, truncate=2)[0], whole)


# ------------------------------------------------------------------------------------ options


@pytest.mark.parametrize("cell", LAYERS)
@pytest.mark.parametrize("input_size", [E, D])
def test_residual_adds_the_input_where_the_widths_agree(cell: CellKind, input_size: int) -> None:
    shape = StackShape(cell, input_size, D, num_layers=2, residual=True)
    stack, steps = build(shape), some_steps(shape)
    bottom = stack.cells["l0"](steps)[0] + (steps if input_size == D else 0)
    top = stack.cells["l1"](bottom)[0] + bottom
    outputs, state = stack(steps)
    torch.testing.assert_close(outputs, top)
    torch.testing.assert_close(stack.summary(outputs, state), top[:, -1])


@pytest.mark.parametrize("shape", [*ONE_WAY, *BOTH_WAYS])
def test_forecasting_is_repeatable_and_training_drops(shape: StackShape) -> None:
    stack, steps = build(shape), some_steps(shape)
    assert torch.equal(stack(steps)[0], stack(steps)[0])
    drops = bool(shape.dropout or shape.recurrent_dropout)
    stack.train()
    assert torch.equal(stack(steps)[0], stack(steps)[0]) != drops


@pytest.mark.parametrize("shape", [*ONE_WAY, *BOTH_WAYS])
def test_summary_reads_every_step(shape: StackShape) -> None:
    stack, steps = build(shape), some_steps(shape).requires_grad_()
    summary = stack.summary(*stack(steps))
    assert summary.shape == (B, stack.output_size)
    for part in torch.split(summary, D, dim=1):
        (reach,) = torch.autograd.grad(part.sum(), steps, retain_graph=True)
        assert reach[:, -1].any(dim=1).all()


@pytest.mark.parametrize("cell", LAYERS)
def test_backward_direction_has_read_all_steps_in_the_summary(cell: CellKind) -> None:
    for shape in (
        variants(cell)["one layer"],
        replace(variants(cell)["one layer"], layer_norm=True),
    ):
        stack = build(replace(shape, bidirectional=True))
        steps = some_steps(shape).requires_grad_()
        backward = stack.summary(*stack(steps))[:, D:]
        (reach,) = torch.autograd.grad(backward.sum(), steps)
        assert reach.any(dim=2).all()


@pytest.mark.parametrize("shape", [*ONE_WAY, *BOTH_WAYS])
def test_sizes_are_known_without_memory(shape: StackShape) -> None:
    real = RecurrentStack(shape)
    with torch.device("meta"):
        empty = RecurrentStack(shape)
    sizes = {name: weight.shape for name, weight in real.state_dict().items()}
    assert {name: weight.shape for name, weight in empty.state_dict().items()} == sizes
    assert all(weight.is_meta for weight in empty.parameters())
    outputs, _ = real(torch.randn(2, 3, shape.input_size))
    assert outputs.shape == (2, 3, real.output_size)


@pytest.mark.parametrize("cell", LAYERS)
def test_state_has_one_form_whatever_made_it(cell: CellKind) -> None:
    plain = StackShape(cell, E, D, num_layers=2, bidirectional=True)
    for shape, d in ((plain, 1), (replace(plain, dilation=(3, 3)), 3)):
        _, state = build(shape)(some_steps(shape))
        expected = torch.Size([d, B, D])
        shapes = [tuple(None if part is None else part.shape for part in layer) for layer in state]
        assert shapes == [(expected, expected if cell == "lstm" else None)] * 4


@pytest.mark.parametrize("peephole", [False, True])
def test_forget_bias_is_the_sum_of_two_in_every_layer(peephole: bool) -> None:
    shape = StackShape("lstm", E, D, num_layers=2, forget_bias=3.0, peephole=peephole)
    named = dict(RecurrentStack(shape).named_parameters())
    biases = [weight for name, weight in named.items() if "bias" in name]
    assert len(biases) == 4
    total = torch.stack([bias.view(4, D) for bias in biases]).sum(dim=0)
    assert torch.equal(total[1], torch.full((D,), 6.0))  # of both layers
    assert not total[[0, 2, 3]].any()
