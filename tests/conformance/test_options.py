"""Every option of a network changes a forecast, or is refused with a way out; on each cell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from forecast.data.arrays import FloatArray
from forecast.data.panel import Panel, Span
from forecast.data.times.clock import CalendarClock
from forecast.models.forecaster import FitContext
from forecast.models.neural import FitSettings, NeuralForecaster
from forecast.models.registry import restore
from forecast.networks.build import build_network
from forecast.networks.combinations import check_shape
from forecast.networks.encoder_decoder import EncoderDecoder
from forecast.networks.shape import FIELDS, CellKind, EncoderKind, NetworkShape, Unbuildable
from forecast.networks.window import Window
from forecast.training.monitor import SILENT
from forecast.training.objectives import LOSSES_OF, LossKind
from forecast.training.plan import TrainingPlan

ROWS, L, H, S = 60, 12, 5, 3
CELLS: tuple[CellKind, ...] = ("rnn", "lstm", "gru")
COMPARATORS: tuple[EncoderKind, ...] = ("linear", "mlp", "cnn", "tcn", "transformer", "ssm")
ENCODERS: tuple[EncoderKind, ...] = (*CELLS, *COMPARATORS)
PLAN = TrainingPlan(
    epochs=2,
    stop_after=2,
    max_steps=None,
    batch_size=32,
    learning_rate=1e-2,
    weight_decay=0.0,
    gradient_clip=1.0,
    schedule="constant",
    warmup=0,
    patience=5,
)
SPAN = Span(0, 50, 50)  # without a validation tail the last weights are kept
OPTIONS: dict[str, object] = {
    "nonlinearity": "relu",
    "peephole": True,
    "forget_bias": 3.0,
    "recurrent_weights": "uniform",
    "bidirectional": True,
    "dropout": 0.4,
    "recurrent_dropout": 0.4,
    "layer_norm": True,
    "residual": True,
    "dilation": (1, 2),
    "convolution": 3,
    "attention": "additive",
    "series_embedding": 2,
    "decoder": "parallel",
    "scheduled_sampling": "linear",
    "sampling_floor": 0.5,
    "head": "gaussian",
    "quantile_levels": (0.2, 0.5, 0.8),
    "supervision": "every-step",
    "window_normalisation": "reversible",
    "skip": "none",
    "initial_season": 4,
    "segment_length": 2,
    "hidden_size": 7,
    "num_layers": 1,
    "context_length": 11,
    "horizon": 4,
}
BESIDE: dict[str, dict[str, object]] = {  # what an option needs beside it
    "scheduled_sampling": {"decoder": "seq2seq"},
    "sampling_floor": {"decoder": "seq2seq", "scheduled_sampling": "linear"},
    "quantile_levels": {"head": "quantile"},
    "supervision": {"skip": "none"},
}
RECURRENT = frozenset(CELLS)
DEEP = frozenset(ENCODERS) - {"linear"}
ONLY_ON: dict[str, frozenset[str]] = {
    "nonlinearity": frozenset({"rnn"}),
    "peephole": frozenset({"lstm"}),
    "forget_bias": frozenset({"lstm"}),
    **dict.fromkeys(
        (
            "recurrent_weights",
            "bidirectional",
            "recurrent_dropout",
            "layer_norm",
            "residual",
            "dilation",
        ),
        RECURRENT,
    ),
    **dict.fromkeys(("dropout", "convolution", "series_embedding", "decoder", "skip"), DEEP),
    "attention": DEEP - {"mlp"},
    **dict.fromkeys(("scheduled_sampling", "sampling_floor", "segment_length", "num_layers"), DEEP),
    "supervision": RECURRENT | {"tcn", "ssm"},
}
FIXED = {"encoder", "n_series", "past_channels", "future_channels", "static_channels"}


def base(encoder: EncoderKind) -> NetworkShape:
    if encoder == "linear":
        return NetworkShape(encoder, L, H)
    return NetworkShape(encoder, L, H, segment_length=S, hidden_size=6, num_layers=2)


def some_panel(rows: int = ROWS) -> Panel:
    """Two series of counts, the second younger than a context before the first cutoff."""
    rng = np.random.default_rng(0)
    ages = (rows, rows - 8)
    mean = [10 + 3 * np.sin(np.arange(age) * np.pi / 2) for age in ages]
    values = [np.round(one + rng.normal(size=len(one))) for one in mean]
    return Panel(
        ("a", "b"),
        np.concatenate(values),
        np.array([0, rows, 2 * rows - 8], dtype=np.int64),
        np.array([0, 8], dtype=np.int64),
        CalendarClock(pd.Timestamp("2024-01-01"), "D"),
    )


def fit(shape: NetworkShape, loss: LossKind | None = None) -> NeuralForecaster:
    check_shape(shape)
    fitting = FitSettings(
        PLAN, loss=loss or LOSSES_OF[shape.head][0], start="season", device="cpu", threads=1
    )
    context = FitContext("fit", 0, 1, 0, SILENT)
    return NeuralForecaster(shape, scaler="standard", fitting=fitting).fit(
        some_panel(), span=SPAN, context=context
    )


def forecasts(forecaster: NeuralForecaster, horizon: int = 4) -> FloatArray:
    return forecaster.predict(some_panel(), np.array([49], dtype=np.int64), horizon=horizon)


def test_every_field_of_a_shape_has_its_bounds_and_is_tried_here() -> None:
    fields = set(NetworkShape.__dataclass_fields__)
    assert fields == set(FIELDS)
    assert fields == set(OPTIONS) | FIXED


@pytest.mark.parametrize(
    "encoder",
    [*CELLS, *(pytest.param(encoder, marks=pytest.mark.slow) for encoder in COMPARATORS)],
)
@pytest.mark.parametrize("option", OPTIONS)
def test_p8_option_changes_the_forecast_or_is_refused(encoder: EncoderKind, option: str) -> None:
    beside = BESIDE.get(option, {})
    without = replace(base(encoder), **beside)  # type: ignore[arg-type]
    value = 2 if (option, encoder) == ("num_layers", "linear") else OPTIONS[option]
    shape = replace(without, **{option: value})  # type: ignore[arg-type]
    if encoder not in ONLY_ON.get(option, frozenset(ENCODERS)):
        with pytest.raises(Unbuildable) as refused:
            check_shape(shape)
        assert refused.value.field in (option, *beside)
        assert encoder in refused.value.reason
        return
    if (option, encoder) == ("hidden_size", "linear"):
        return  # of what it makes of the known future: tests/unit/networks/test_feedforward.py
    changed = forecasts(fit(shape))
    assert np.isfinite(changed).all()
    assert not np.array_equal(changed, forecasts(fit(without)))


@pytest.mark.parametrize("cell", ["gru", "lstm", "linear", "ssm"])
@pytest.mark.parametrize(
    "loss", [(head, loss) for head, losses in LOSSES_OF.items() for loss in losses], ids="-".join
)
def test_every_loss_of_every_head_teaches_something_of_its_own(
    cell: EncoderKind, loss: tuple[str, LossKind]
) -> None:
    normalisation = "none" if loss[0] == "negative-binomial" else "last"
    shape = replace(base(cell), head=loss[0], window_normalisation=normalisation)  # type: ignore[arg-type]
    taught = forecasts(fit(shape, loss[1]))
    assert np.isfinite(taught).all()
    others = [other for other in LOSSES_OF[shape.head] if other != loss[1]]
    for other in others:
        assert not np.array_equal(taught, forecasts(fit(shape, other)))


@pytest.mark.parametrize(
    ("field", "settings"),
    [
        ("dilation", {"dilation": (1, 2, 4)}),
        ("dilation", {"dilation": (2, 4)}),
        ("dilation", {"dilation": (1, L // S)}),
        ("dilation", {"dilation": (1, L // S + 1), "decoder": "recursive"}),
        ("convolution", {"convolution": L + 1}),
        ("segment_length", {"segment_length": L + 1}),
        ("initial_season", {"skip": "none", "initial_season": 4}),
        ("residual", {"residual": True, "num_layers": 1, "segment_length": 1}),
        ("residual", {"residual": True, "num_layers": 1, "bidirectional": True}),
        ("bidirectional", {"decoder": "recursive", "bidirectional": True}),
        ("decoder", {"decoder": "recursive", "past_channels": 2}),
        ("scheduled_sampling", {"scheduled_sampling": "linear"}),
        ("sampling_floor", {"decoder": "seq2seq", "sampling_floor": 0.1}),
        ("quantile_levels", {"quantile_levels": (0.1, 0.5, 0.9)}),
        ("quantile_levels", {"head": "quantile", "quantile_levels": (0.1, 0.9)}),
        ("quantile_levels", {"head": "quantile", "quantile_levels": (0.9, 0.5, 0.1)}),
        ("quantile_levels", {"head": "quantile", "quantile_levels": (0.5,)}),
        ("quantile_levels", {"head": "quantile", "quantile_levels": (0.1, 0.5)}),
        ("quantile_levels", {"head": "quantile", "quantile_levels": (0.1, 0.5, 0.5, 0.9)}),
        (
            "quantile_levels",
            {"head": "quantile", "quantile_levels": tuple(n / 200 for n in range(1, 200))},
        ),
        ("window_normalisation", {"head": "negative-binomial"}),
        ("supervision", {"supervision": "every-step"}),
        ("supervision", {"supervision": "every-step", "skip": "none", "bidirectional": True}),
        ("supervision", {"supervision": "every-step", "skip": "none", "attention": "dot"}),
        ("supervision", {"supervision": "every-step", "skip": "none", "decoder": "seq2seq"}),
        (
            "supervision",
            {"supervision": "every-step", "skip": "none", "window_normalisation": "standard"},
        ),
    ],
)
def test_what_makes_no_sense_together_is_refused_by_name(
    field: str, settings: dict[str, object]
) -> None:
    with pytest.raises(Unbuildable) as refused:
        check_shape(replace(base("gru"), **settings))  # type: ignore[arg-type]
    assert refused.value.field == field
    assert refused.value.fix


WAYS: list[dict[str, object]] = [
    {"decoder": "direct", "skip": "none"},
    {"decoder": "parallel", "skip": "none"},
    {"decoder": "recursive", "skip": "none"},
    {"decoder": "seq2seq", "skip": "none"},
    {"head": "quantile"},
    {"head": "gaussian"},
    {"head": "student-t"},
    {"head": "negative-binomial", "window_normalisation": "none"},
    {"bidirectional": True},
    {"convolution": 3, "decoder": "recursive"},
    {"convolution": L, "attention": "dot", "decoder": "seq2seq"},
    {"supervision": "every-step", "skip": "none"},
    {"supervision": "every-step", "skip": "none", "decoder": "parallel"},
    {"dilation": (1, 3), "residual": True, "layer_norm": True, "decoder": "recursive"},
    {"attention": "additive", "decoder": "parallel", "bidirectional": True},
    {"series_embedding": 3, "segment_length": 1},
    {"window_normalisation": "reversible"},
    {"window_normalisation": "mean", "segment_length": 5},
]


GAUSSIAN: dict[str, object] = {"head": "gaussian"}
PLAIN_WAYS: list[tuple[EncoderKind, dict[str, object]]] = [
    *[(encoder, {}) for encoder in COMPARATORS],
    *[(encoder, GAUSSIAN) for encoder in COMPARATORS],
    ("mlp", {"decoder": "parallel", "convolution": 3}),
    ("cnn", {"decoder": "seq2seq", "attention": "dot"}),
    ("tcn", {"decoder": "parallel", "attention": "additive", "skip": "none"}),
    ("tcn", {"supervision": "every-step", "skip": "none"}),
    ("ssm", {"supervision": "every-step", "skip": "none", "decoder": "parallel"}),
    ("transformer", {"decoder": "parallel", "series_embedding": 3, "skip": "none"}),
    ("ssm", {"segment_length": 1, "window_normalisation": "reversible"}),
]


EVERY_WAY = [*((cell, way) for way in WAYS for cell in CELLS), *PLAIN_WAYS]


def shake(network: nn.Module) -> nn.Module:
    """As if trained: nothing is left at zero."""
    torch.manual_seed(1)
    with torch.no_grad():
        for weight in network.parameters():
            weight.add_(0.2 * torch.randn_like(weight))
    return network.eval()


@pytest.mark.parametrize(("encoder", "way"), EVERY_WAY, ids=str)
def test_p1_first_step_depends_on_the_newest_observation(
    encoder: EncoderKind, way: dict[str, object]
) -> None:
    torch.manual_seed(0)
    shape = replace(base(encoder), **way)  # type: ignore[arg-type]
    shape = replace(shape, n_series=2 if shape.series_embedding else 0)
    network = shake(build_network(shape))
    values = torch.randn(4, shape.context_length, dtype=torch.float64, requires_grad=True)
    window = Window(
        values, torch.zeros(4, shape.context_length), series=torch.tensor([0, 1, 0, -1])
    )
    first = network(window)[:, 0]  # (B, P)
    for number in first.unbind(dim=1)[:1]:
        (gradient,) = torch.autograd.grad(number.sum(), values, retain_graph=True)
        assert (gradient[:, -1].abs() > 1e-5).all()


@pytest.mark.parametrize(("encoder", "way"), EVERY_WAY, ids=str)
def test_fitted_network_comes_back_from_its_settings_and_forecasts_any_horizon(
    encoder: EncoderKind, way: dict[str, object]
) -> None:
    forecaster = fit(replace(base(encoder), **way))  # type: ignore[arg-type]
    again = restore(
        encoder, forecaster.settings(), forecaster.state(), unique_ids=some_panel().unique_ids
    )
    for horizon in (1, H, 3 * H + 1):
        found = forecasts(forecaster, horizon)
        assert found.shape == (2, 1, horizon)
        assert np.isfinite(found).all()
        np.testing.assert_array_equal(
            again.predict(some_panel(), np.array([49]), horizon=horizon), found
        )


@pytest.mark.parametrize("encoder", [*CELLS, "tcn", "ssm"])
@pytest.mark.parametrize("decoder", ["direct", "parallel"])
@pytest.mark.parametrize("normalisation", ["last", "none"])
def test_every_position_sees_nothing_after_it_and_the_last_is_the_forecast(
    encoder: EncoderKind, decoder: str, normalisation: str
) -> None:
    torch.manual_seed(0)
    shape = replace(
        base(encoder),
        decoder=decoder,  # type: ignore[arg-type]
        window_normalisation=normalisation,  # type: ignore[arg-type]
        supervision="every-step",
        skip="none",
        convolution=4,
    )
    network = EncoderDecoder(shape)
    shake(network)
    values = torch.randn(3, L, dtype=torch.float64)
    missing = torch.zeros(3, L)
    every = network.forward_every(Window(values, missing))
    torch.testing.assert_close(every[:, -1], network(Window(values, missing)))
    for position in range(shape.recurrent_steps - 1):
        later = values.clone()
        later[:, (position + 1) * S :] = 10.0
        moved = network.forward_every(Window(later, missing))
        # a Fourier transform (ssm) spreads rounding over all steps
        torch.testing.assert_close(
            moved[:, : position + 1], every[:, : position + 1], rtol=1e-5, atol=1e-6
        )
        assert not torch.allclose(moved[:, position + 1], every[:, position + 1])
