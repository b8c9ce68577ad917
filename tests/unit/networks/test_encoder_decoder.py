from __future__ import annotations

import pytest
import torch
from torch import nn

from forecast.networks.encoder_decoder import EncoderDecoder
from forecast.networks.initialise import FORGET_BIAS
from forecast.networks.shape import CellKind, NetworkShape, WindowNormalisationKind
from forecast.networks.stack import RecurrentStack
from forecast.networks.window import Window

L, H, D = 14, 3, 8
KINDS: tuple[CellKind, ...] = ("rnn", "lstm", "gru")
NORMALISATIONS: tuple[WindowNormalisationKind, ...] = (
    "last",
    "mean",
    "standard",
    "reversible",
    "none",
)
TORCH = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


def build(
    cell: CellKind = "gru",
    *,
    segment_length: int = 1,
    window_normalisation: WindowNormalisationKind = "last",
    skip: bool = True,
    num_layers: int = 1,
    context_length: int = L,
    hidden_size: int = D,
) -> EncoderDecoder:
    torch.manual_seed(0)
    shape = NetworkShape(
        cell,
        context_length,
        H,
        segment_length=segment_length,
        hidden_size=hidden_size,
        num_layers=num_layers,
        window_normalisation=window_normalisation,
        skip="linear" if skip else "none",
    )
    return EncoderDecoder(shape).eval()


def trained(network: EncoderDecoder) -> EncoderDecoder:
    """As if trained: output layers that begin at zero get some weight."""
    torch.manual_seed(1)
    with torch.no_grad():
        for layer in (network.decoder.output, network.skip):
            if layer is not None:
                for weight in layer.parameters():
                    weight.copy_(torch.randn_like(weight))
    return network


def point(network: EncoderDecoder, values: torch.Tensor, missing: torch.Tensor) -> torch.Tensor:
    """Forecast of a network with a point head, (B, H)."""
    found: torch.Tensor = network(Window(values, missing))
    return found[..., 0].to(values.dtype)


def stack_of(network: EncoderDecoder) -> RecurrentStack:
    reader = network.encoder.reader
    assert isinstance(reader, RecurrentStack)
    return reader


def some_context(batch: int = 4, length: int = L) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(2)
    return torch.randn(batch, length, generator=generator), torch.zeros(batch, length)


@pytest.mark.parametrize("cell", KINDS)
@pytest.mark.parametrize("segment_length", [1, 7])
def test_p1_state_behind_the_first_step_has_read_the_newest_observation(
    cell: CellKind, segment_length: int
) -> None:
    # Without the skip, and inside the normalisation: only the recurrent part counts.
    network = trained(build(cell, segment_length=segment_length, skip=False))
    channels = torch.stack(some_context(), dim=2).requires_grad_()
    first_step = network.decoder.output(network.encoder(channels).summary)[:, 0]
    (gradient,) = torch.autograd.grad(first_step.sum(), channels)
    assert (gradient[:, -1, 0].abs() > 1e-4).all()


@pytest.mark.parametrize("cell", KINDS)
@pytest.mark.parametrize("segment_length", [1, 7])
@pytest.mark.parametrize("kind", NORMALISATIONS)
@pytest.mark.parametrize("skip", [False, True], ids=["no-skip", "skip"])
def test_p1_gradient_of_the_first_step_reaches_the_newest_observation(
    cell: CellKind, segment_length: int, kind: WindowNormalisationKind, skip: bool
) -> None:
    network = trained(
        build(cell, segment_length=segment_length, window_normalisation=kind, skip=skip)
    )
    values, missing = some_context()
    values.requires_grad_()
    (gradient,) = torch.autograd.grad(point(network, values, missing)[:, 0].sum(), values)
    assert (gradient[:, -1].abs() > 1e-4).all()


@pytest.mark.parametrize("cell", KINDS)
@pytest.mark.parametrize("segment_length", [1, 7])
@pytest.mark.parametrize("kind", NORMALISATIONS)
def test_untrained_network_repeats_the_last_value(
    cell: CellKind, segment_length: int, kind: WindowNormalisationKind
) -> None:
    values, missing = some_context()
    network = build(cell, segment_length=segment_length, window_normalisation=kind)
    forecast = point(network, values, missing)
    torch.testing.assert_close(forecast, values[:, -1:].expand(-1, H))


@pytest.mark.parametrize("season", [2, 3, 5, L])
@pytest.mark.parametrize("kind", NORMALISATIONS)
def test_untrained_network_with_a_season_repeats_the_last_one(
    season: int, kind: WindowNormalisationKind
) -> None:
    values, missing = some_context()
    shape = NetworkShape("gru", L, H, window_normalisation=kind, initial_season=season)
    forecast = point(EncoderDecoder(shape).eval(), values, missing)
    expected = values[:, -season:].repeat(1, H)[:, :H]
    torch.testing.assert_close(forecast, expected)


def test_untrained_network_without_skip_begins_at_the_centre_of_its_normalisation() -> None:
    values, missing = some_context()
    values[0, 3], missing[0, 3] = 1e6, 1.0  # a missing value has no part in the mean
    mean = values[:1][missing[:1] == 0].mean()
    last = point(build(window_normalisation="last", skip=False), values, missing)
    assert torch.equal(last, values[:, -1:].expand(-1, H))
    standard = point(build(window_normalisation="standard", skip=False), values, missing)
    torch.testing.assert_close(standard[0], mean.expand(H))
    none = point(build(window_normalisation="none", skip=False), values, missing)
    assert torch.equal(none, torch.zeros(4, H))


@pytest.mark.parametrize("shift", [0.0, 1000.0])
def test_forecast_moves_with_the_level_under_last_and_standard(shift: float) -> None:
    values, missing = some_context()
    for kind in ("last", "mean", "standard", "reversible"):
        network = trained(build(window_normalisation=kind))
        moved = point(network, values + shift, missing)
        torch.testing.assert_close(
            moved, point(network, values, missing) + shift, rtol=1e-4, atol=1e-3
        )


def test_forecast_of_a_flat_window_is_finite_under_standard() -> None:
    network = trained(build(window_normalisation="standard"))
    forecast = point(network, torch.full((1, L), 3.0), torch.zeros(1, L))
    assert torch.isfinite(forecast).all()
    nothing_seen = point(network, torch.full((1, L), 3.0), torch.ones(1, L))
    assert torch.isfinite(nothing_seen).all()


def test_missing_marks_change_the_forecast() -> None:
    values, missing = some_context()
    network = trained(build())
    marked = missing.clone()
    marked[:, 5] = 1.0
    assert not torch.allclose(point(network, values, missing), point(network, values, marked))


def test_forget_gate_biases_add_up_to_one_and_all_others_to_zero() -> None:
    network = build("lstm", num_layers=2)
    for layer in range(2):
        total = sum(
            getattr(stack_of(network).fused, f"bias_{part}_l{layer}") for part in ("ih", "hh")
        )
        input_gate, forget, cell, output = torch.split(total, D)
        assert torch.equal(forget, torch.full((D,), 1.0))
        assert FORGET_BIAS == 1.0
        assert not torch.cat([input_gate, cell, output]).any()


@pytest.mark.parametrize("cell", KINDS)
@pytest.mark.parametrize("segment_length", [1, 7])
def test_recurrent_weights_are_orthogonal_and_input_weights_xavier_gate_by_gate(
    cell: CellKind, segment_length: int
) -> None:
    network = build(cell, segment_length=segment_length, num_layers=2, hidden_size=64)
    for name, weight in stack_of(network).named_parameters():
        if "weight" not in name:
            continue
        for gate in torch.split(weight.detach(), 64):
            if "hh" in name:
                torch.testing.assert_close(gate @ gate.T, torch.eye(64), atol=1e-5, rtol=0)
            else:
                bound = (6 / (gate.shape[0] + gate.shape[1])) ** 0.5  # Glorot & Bengio, eq. 16
                assert 0.8 * bound < float(gate.abs().max()) <= bound


@pytest.mark.parametrize("cell", KINDS)
@pytest.mark.parametrize("num_layers", [1, 2])
def test_parameters_are_those_of_the_torch_cell_head_and_skip(
    cell: CellKind, num_layers: int
) -> None:
    gates = {"rnn": 1, "gru": 3, "lstm": 4}[cell]
    widths = [2, *[D] * (num_layers - 1)]
    recurrent = sum(gates * (D * width + D * D + 2 * D) for width in widths)
    assert count(TORCH[cell](2, D, num_layers)) == recurrent
    head, skip = D * H + H, L * H + H
    assert count(build(cell, num_layers=num_layers)) == recurrent + head + skip
    assert count(build(cell, num_layers=num_layers, skip=False)) == recurrent + head


def count(module: nn.Module) -> int:
    return sum(weight.numel() for weight in module.parameters())


@pytest.mark.parametrize("context_length", [1, 5, 7, 13])
def test_context_that_is_no_multiple_of_the_segment_repeats_its_oldest_value(
    context_length: int,
) -> None:
    network = trained(build(segment_length=7, skip=False, context_length=context_length))
    values, missing = some_context(length=context_length)
    missing[:, 0] = 1.0
    short = -context_length % 7
    padded = [torch.cat([part[:, :1].expand(-1, short), part], dim=1) for part in (values, missing)]
    forecast = point(network, values, missing)
    assert forecast.shape == (4, H)
    torch.testing.assert_close(forecast, point(network, padded[0], padded[1]))


@pytest.mark.parametrize("segment_length", [1, 7])
def test_batch_of_no_window_gives_no_forecast(segment_length: int) -> None:
    assert point(build(segment_length=segment_length), *some_context(batch=0)).shape == (0, H)


def test_longer_segments_take_fewer_recurrent_steps() -> None:
    lengths = []
    for segment_length in (1, 7):
        network = build(segment_length=segment_length)
        handle = stack_of(network).register_forward_hook(
            lambda _module, inputs, _output: lengths.append(inputs[0].shape[1])
        )
        point(network, *some_context())
        handle.remove()
    assert lengths == [14, 2]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("context_length", 0),
        ("horizon", 2.0),
        ("segment_length", 0),
        ("hidden_size", "8"),
        ("num_layers", 1_000_000),
        ("num_layers", True),
        ("encoder", "prophet"),
        ("skip", "yes"),
        ("window_normalisation", "x"),
        ("dropout", float("nan")),
        ("initial_season", L + 1),
    ],
)
def test_shape_that_describes_no_network_is_refused_by_name(field: str, value: object) -> None:
    settings: dict[str, object] = {"encoder": "gru", "context_length": L, "horizon": H}
    shape = NetworkShape(**{**settings, field: value})  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=field):
        shape.check()
