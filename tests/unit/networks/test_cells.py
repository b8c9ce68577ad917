"""Our cells equal torch's where torch has them, and everywhere a reference in plain loops.

The reference below takes one sequence and numbers that may be complex: a complex step of 1e-30
gives its exact derivative in any direction, with which backpropagation is compared.
"""

from __future__ import annotations

import cmath
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from forecast.networks.cells import LAYERS, CellLayer, CellShape
from forecast.networks.shape import CellKind

B, T, E, D = 3, 9, 2, 4
PLAIN = CellShape(input_size=E, hidden_size=D)
SPECIAL: list[tuple[CellKind, CellShape]] = [
    *((cell, replace(PLAIN, layer_norm=True)) for cell in LAYERS),
    *((cell, replace(PLAIN, dilation=3)) for cell in LAYERS),
    *((cell, replace(PLAIN, dilation=2, layer_norm=True)) for cell in LAYERS),
    ("rnn", replace(PLAIN, nonlinearity="relu", layer_norm=True)),
    ("lstm", replace(PLAIN, peephole=True)),
    ("lstm", replace(PLAIN, peephole=True, layer_norm=True, dilation=2)),
]
NAMES = [
    " ".join([cell, shape.nonlinearity, f"dilation={shape.dilation}"])
    + " peephole" * shape.peephole
    + " layer_norm" * shape.layer_norm
    for cell, shape in SPECIAL
]
special = pytest.mark.parametrize(("cell", "shape"), SPECIAL, ids=NAMES)
KERNELS = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}

Numbers = NDArray[np.complex128]


def build(cell: CellKind, shape: CellShape, *, dtype: torch.dtype = torch.float64) -> CellLayer:
    """A layer all of whose weights are random, in double precision unless asked otherwise."""
    torch.manual_seed(0)
    layer = LAYERS[cell](shape).to(dtype)
    with torch.no_grad():
        for weight in layer.parameters():
            weight.copy_(torch.randn_like(weight) * 0.7)
    return layer


def some_steps(*, dtype: torch.dtype = torch.float64, length: int = T) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(B, length, E, generator=generator, dtype=torch.float64).to(dtype)


# ------------------------------------------------------------------------- the slow reference


def sigmoid(a: complex) -> complex:
    return 1 / (1 + cmath.exp(-a))


def normalise(a: list[complex], gain: Numbers, bias: Numbers) -> list[complex]:
    mean = sum(a) / len(a)
    variance = sum((number - mean) ** 2 for number in a) / len(a)
    return [
        gain[k] * (number - mean) / cmath.sqrt(variance + 1e-5) + bias[k]
        for k, number in enumerate(a)
    ]


def product(weights: dict[str, Numbers], x: Sequence[complex], side: str) -> list[complex]:
    weight, bias = weights[f"weight_{side}"], weights[f"bias_{side}"]
    gates = [sum(row[k] * x[k] for k in range(len(x))) for row in weight]
    if f"gain_{side}" not in weights:
        return [gate + bias[k] for k, gate in enumerate(gates)]
    gain, first = weights[f"gain_{side}"], len(gates)
    if len(gates) == 3 * D:  # gru: the candidate has statistics of its own
        first = 2 * D
    head = normalise(gates[:first], gain[:first], bias[:first])
    return head + (normalise(gates[first:], gain[first:], bias[first:]) if gates[first:] else [])


def reference_step(
    cell: str,
    relu: bool,
    weights: dict[str, Numbers],
    x: Sequence[complex],
    h: list[complex],
    c: list[complex],
) -> tuple[list[complex], list[complex]]:
    read, recalled = product(weights, x, "ih"), product(weights, h, "hh")
    if cell == "rnn":
        total = [a + b for a, b in zip(read, recalled, strict=True)]
        if relu:
            return [a if a.real > 0 else 0j for a in total], c
        return [cmath.tanh(a) for a in total], c
    new_h = []
    if cell == "gru":
        for k in range(D):
            r = sigmoid(read[k] + recalled[k])
            z = sigmoid(read[D + k] + recalled[D + k])
            n = cmath.tanh(read[2 * D + k] + r * recalled[2 * D + k])
            new_h.append((1 - z) * n + z * h[k])
        return new_h, c
    peep = weights.get("peephole", np.zeros((3, D), dtype=complex))
    new_c, outs = [], []
    for k in range(D):
        i = sigmoid(read[k] + recalled[k] + peep[0, k] * c[k])
        f = sigmoid(read[D + k] + recalled[D + k] + peep[1, k] * c[k])
        g = cmath.tanh(read[2 * D + k] + recalled[2 * D + k])
        new_c.append(f * c[k] + i * g)
        outs.append(sigmoid(read[3 * D + k] + recalled[3 * D + k] + peep[2, k] * new_c[k]))
    shown = normalise(new_c, weights["gain_c"], weights["bias_c"]) if "gain_c" in weights else new_c
    return [outs[k] * cmath.tanh(shown[k]) for k in range(D)], new_c


def reference(
    cell: str, shape: CellShape, weights: dict[str, Numbers], steps: Numbers
) -> tuple[Numbers, Numbers, Numbers]:
    """h of every step (T, D), and the h and c of the last d steps, oldest first, from zero."""
    hs = [[0j] * D for _ in range(shape.dilation)]
    cs = [[0j] * D for _ in range(shape.dilation)]
    for x in steps:
        h, c = hs[-shape.dilation], cs[-shape.dilation]
        new_h, new_c = reference_step(cell, shape.nonlinearity == "relu", weights, list(x), h, c)
        hs.append(new_h)
        cs.append(new_c)
    last = slice(-shape.dilation, None)
    return np.array(hs[shape.dilation :]), np.array(hs[last]), np.array(cs[last])


def as_numbers(layer: CellLayer) -> dict[str, Numbers]:
    return {
        name: weight.detach().numpy().astype(complex) for name, weight in layer.named_parameters()
    }


# ------------------------------------------------------------------------------------- parity


@special
@pytest.mark.parametrize(("dtype", "close"), [(torch.float64, 1e-10), (torch.float32, 1e-4)])
def test_special_cells_equal_the_reference(
    cell: CellKind, shape: CellShape, dtype: torch.dtype, close: float
) -> None:
    layer, steps = build(cell, shape, dtype=dtype), some_steps(dtype=dtype)
    outputs, (h, c) = layer(steps)
    for row in range(B):
        expected, last_h, last_c = reference(
            cell, shape, as_numbers(layer), steps[row].numpy().astype(complex)
        )
        for ours, theirs in ((outputs[row], expected), (h[:, row], last_h)):
            np.testing.assert_allclose(ours.detach(), theirs.real, rtol=close, atol=close)
        if cell == "lstm":
            np.testing.assert_allclose(c[:, row].detach(), last_c.real, rtol=close, atol=close)
        else:
            assert c is None


@special
def test_gradients_of_special_cells_equal_those_of_the_reference(
    cell: CellKind, shape: CellShape
) -> None:
    layer, steps = build(cell, shape), some_steps().requires_grad_()
    outputs, _ = layer(steps)
    toward = torch.randn(B, T, D, dtype=torch.float64)
    (outputs * toward).sum().backward()
    rng = np.random.default_rng(0)
    for _ in range(3):
        moved = {name: rng.normal(size=w.shape) for name, w in layer.named_parameters()}
        moved_steps = rng.normal(size=steps.shape)
        ours = sum(
            float((w.grad.numpy() * moved[name]).sum())
            for name, w in layer.named_parameters()
            if w.grad is not None
        )
        assert steps.grad is not None
        ours += float((steps.grad.numpy() * moved_steps).sum())
        weights = {name: w + 1e-30j * moved[name] for name, w in as_numbers(layer).items()}
        theirs = 0.0
        for row in range(B):
            x = steps[row].detach().numpy() + 1e-30j * moved_steps[row]
            hs, _, _ = reference(cell, shape, weights, x)
            theirs += float((hs.imag / 1e-30 * toward[row].numpy()).sum())
        assert ours == pytest.approx(theirs, rel=1e-10, abs=1e-10)


@pytest.mark.parametrize(
    ("cell", "nonlinearity"), [("rnn", "tanh"), ("rnn", "relu"), ("lstm", "tanh"), ("gru", "tanh")]
)
@pytest.mark.parametrize(("dtype", "close"), [(torch.float64, 1e-10), (torch.float32, 1e-4)])
def test_plain_cells_equal_those_of_torch(
    cell: CellKind, nonlinearity: Literal["tanh", "relu"], dtype: torch.dtype, close: float
) -> None:
    layer = build(cell, replace(PLAIN, nonlinearity=nonlinearity), dtype=dtype)
    chosen = {"nonlinearity": nonlinearity} if cell == "rnn" else {}
    theirs = KERNELS[cell](E, D, batch_first=True, dtype=dtype, **chosen)
    theirs.load_state_dict({f"{name}_l0": w for name, w in layer.state_dict().items()})
    start = torch.randn(2, 1, B, D, dtype=dtype) * 0.5
    given = (start[0], start[1] if cell == "lstm" else None)
    ours_x, theirs_x = (some_steps(dtype=dtype).requires_grad_() for _ in range(2))
    outputs, (h, c) = layer(ours_x, given)
    expected, last = theirs(theirs_x, tuple(start) if cell == "lstm" else start[0])
    last_h, last_c = last if cell == "lstm" else (last, None)
    toward = torch.randn_like(outputs)
    (outputs * toward).sum().backward()
    (expected * toward).sum().backward()
    pairs = [(outputs, expected), (h, last_h), (ours_x.grad, theirs_x.grad)]
    pairs += [(w.grad, getattr(theirs, f"{name}_l0").grad) for name, w in layer.named_parameters()]
    if c is not None:
        pairs.append((c, last_c))
    for one, other in pairs:
        torch.testing.assert_close(one, other, rtol=close, atol=close)


@special
def test_gradients_of_special_cells_are_those_of_small_differences(
    cell: CellKind, shape: CellShape
) -> None:
    layer, steps = build(cell, shape), some_steps(length=5)[:2].requires_grad_()
    start = [
        torch.randn(shape.dilation, 2, D, dtype=torch.float64, requires_grad=True)
        for _ in range(layer.memories)
    ]
    names = [name for name, _ in layer.named_parameters()]

    def run(x: Tensor, *rest: Tensor) -> Tensor:
        state = (rest[0], rest[1] if layer.memories == 2 else None)
        weights = dict(zip(names, rest[layer.memories :], strict=True))
        outputs: Tensor = torch.func.functional_call(layer, weights, (x, state))[0]
        return outputs

    assert torch.autograd.gradcheck(run, (steps, *start, *layer.parameters()), fast_mode=True)


@pytest.mark.parametrize("cell", LAYERS)
def test_gradients_with_recurrent_dropout_are_those_of_small_differences(cell: CellKind) -> None:
    layer, steps = build(cell, replace(PLAIN, recurrent_dropout=0.5)), some_steps()

    def run(x: Tensor, weight: Tensor) -> Tensor:
        torch.manual_seed(5)  # the same mask each time
        outputs: Tensor = torch.func.functional_call(layer, {"weight_hh": weight}, (x,))[0]
        return outputs

    inputs = (steps.requires_grad_(), layer.weight_hh)
    assert torch.autograd.gradcheck(run, inputs, fast_mode=True)


# ------------------------------------------------------------------------------------ options


def test_recurrent_dropout_is_one_mask_per_sequence() -> None:
    """h' = 1 + m h: a unit that is dropped stays at 1, any other grows by 1 / (1 - p) each step."""
    shape = CellShape(1, 50, nonlinearity="relu", recurrent_dropout=0.2)
    layer = LAYERS["rnn"](shape)
    with torch.no_grad():
        layer.weight_ih.fill_(1.0)
        layer.weight_hh.copy_(torch.eye(50))
    torch.manual_seed(0)
    last = layer(torch.ones(4, 5, 1))[0][:, -1]
    kept = torch.tensor(sum(1.25**k for k in range(5)))
    dropped = torch.isclose(last, torch.tensor(1.0))
    assert (dropped | torch.isclose(last, kept)).all()
    assert 0.1 < dropped.float().mean() < 0.3
    assert not torch.equal(dropped[0], dropped[1])  # each sequence has its own
    torch.testing.assert_close(
        layer.eval()(torch.ones(4, 5, 1))[0][:, -1], torch.full((4, 50), 5.0)
    )


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_recurrent_dropout_spares_what_a_gate_keeps(cell: CellKind) -> None:
    layer = build(cell, replace(PLAIN, recurrent_dropout=0.9))
    with torch.no_grad():
        layer.weight_hh.zero_()  # nothing but the kept memory is recurrent now
    steps = some_steps()
    torch.testing.assert_close(layer.train()(steps)[0], layer.eval()(steps)[0])


@pytest.mark.parametrize("cell", LAYERS)
def test_dilated_state_is_that_of_d_steps_ago(cell: CellKind) -> None:
    plain, dilated = build(cell, PLAIN), build(cell, replace(PLAIN, dilation=3))
    steps = some_steps()
    outputs, (h, _) = dilated(steps)
    for phase in range(3):
        alone, (last, _) = plain(steps[:, phase::3])
        torch.testing.assert_close(outputs[:, phase::3], alone)
        torch.testing.assert_close(h[phase], last[0])  # T is a multiple of 3: phase 0 comes next


@pytest.mark.parametrize("cell", LAYERS)
def test_layer_normalisation_ignores_the_scale_of_the_input(cell: CellKind) -> None:
    normalised, plain = build(cell, replace(PLAIN, layer_norm=True)), build(cell, PLAIN)
    steps = 100 * some_steps()
    torch.testing.assert_close(normalised(steps)[0], normalised(7 * steps)[0], rtol=1e-3, atol=1e-3)
    assert (plain(steps)[0] - plain(7 * steps)[0]).abs().max() > 0.05


def test_first_bias_of_the_forget_gate() -> None:
    layer = LAYERS["lstm"](replace(PLAIN, forget_bias=2.5))
    total = (layer.bias_ih + layer.bias_hh).view(4, D)
    assert total[1].tolist() == [2.5] * D
    assert not total[[0, 2, 3]].any()


@pytest.mark.parametrize("cell", LAYERS)
def test_first_recurrent_weights_of_each_gate_keep_the_norm(cell: CellKind) -> None:
    for gate in torch.split(LAYERS[cell](PLAIN).weight_hh, D):
        torch.testing.assert_close(gate @ gate.T, torch.eye(D))


def test_peephole_is_silent_until_it_is_trained() -> None:
    torch.manual_seed(0)
    with_peephole = LAYERS["lstm"](replace(PLAIN, peephole=True))
    without = LAYERS["lstm"](PLAIN)
    without.load_state_dict(with_peephole.state_dict(), strict=False)
    steps = some_steps(dtype=torch.float32)
    outputs = with_peephole(steps)[0]
    torch.testing.assert_close(outputs, without(steps)[0])
    outputs.sum().backward()
    assert isinstance(with_peephole.peephole, nn.Parameter)
    assert with_peephole.peephole.grad is not None
    assert with_peephole.peephole.grad.all()
