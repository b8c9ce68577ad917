from __future__ import annotations

import resource
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from forecast.data.arrays import BoolArray, FloatArray, IntArray
from forecast.data.panel import Panel, Span
from forecast.data.scale import ScalerKind
from forecast.data.times.clock import CalendarClock
from forecast.errors import DivergedError, NotEnoughDataError, NotFittedError
from forecast.models import rollout
from forecast.models.forecaster import FitContext, Setting
from forecast.models.neural import FitSettings, NeuralForecaster
from forecast.models.restore import restore_neural
from forecast.networks.recurrent import kernel
from forecast.networks.shape import CellKind, NetworkShape
from forecast.training.monitor import SILENT, SilentMonitor
from forecast.training.plan import TrainingPlan

H, L, ROWS = 3, 7, 80
SPAN = Span(0, 60, 70)
PLAN = TrainingPlan(
    epochs=2,
    stop_after=2,
    max_steps=None,
    batch_size=16,
    learning_rate=1e-2,
    weight_decay=0.01,
    gradient_clip=1.0,
    schedule="cosine",
    warmup=2,
    patience=5,
)


def make_panel(*series: FloatArray, first: tuple[int, ...] | None = None) -> Panel:
    lengths = np.array([len(values) for values in series], dtype=np.int64)
    return Panel(
        tuple(f"s{index}" for index in range(len(series))),
        np.concatenate(series).astype(np.float64),
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        np.zeros(len(series), dtype=np.int64) if first is None else np.array(first, dtype=np.int64),
        CalendarClock(pd.Timestamp("2024-01-01"), "D"),
    )


def wave(rows: int = ROWS, *, level: float = 50.0, seed: int = 0) -> FloatArray:
    noise = np.random.default_rng(seed).normal(size=rows)
    values: FloatArray = level + 10 * np.sin(np.arange(rows) / 4) + noise
    return values


def some_panel() -> Panel:
    """Two whole series, one of them with gaps; one that begins late and one that ends early."""
    gaps = wave(level=-3, seed=1)
    gaps[[0, 1, 30, 31, 32, 69, 75]] = np.nan
    return make_panel(wave(), gaps, wave(45, seed=2), wave(50, seed=3), first=(0, 0, 35, 0))


def build(
    cell: CellKind = "gru",
    *,
    scaler: ScalerKind = "standard",
    plan: TrainingPlan = PLAN,
    segment_length: int = 1,
) -> NeuralForecaster:
    shape = NetworkShape(cell, L, H, segment_length=segment_length, hidden_size=4)
    return NeuralForecaster(
        shape, scaler=scaler, fitting=FitSettings(plan, device="cpu", threads=1)
    )


def context(*, seed: int = 0, monitor: SilentMonitor = SILENT) -> FitContext:
    return FitContext("gru, fold 1 of 3", 0, 3, seed, monitor)


def fitted(panel: Panel | None = None, **options: object) -> NeuralForecaster:
    forecaster = build(**options)  # type: ignore[arg-type]
    return forecaster.fit(panel or some_panel(), span=SPAN, context=context())


def at(*cutoffs: int) -> IntArray:
    return np.array(cutoffs, dtype=np.int64)


def with_rows_after(panel: Panel, cutoff: int, values: FloatArray) -> Panel:
    """The panel up to ``cutoff`` with ``values`` (N, rows) as what happened next."""
    length = cutoff + 1 + values.shape[1]
    matrix = np.concatenate([panel.matrix(0, cutoff + 1).T, values], axis=1)
    return replace(
        panel,
        values=matrix.reshape(-1),
        offsets=np.arange(panel.n_series + 1, dtype=np.int64) * length,
        first=np.zeros(panel.n_series, dtype=np.int64),
    )


@pytest.mark.skipif(kernel() is None, reason="no compiler made the kernel of this package")
def test_the_same_model_and_forecasts_whatever_the_threads() -> None:
    panel, plan = make_panel(wave(400)), replace(PLAN, epochs=1, stop_after=1, batch_size=64)
    shape = NetworkShape("gru", 96, H, hidden_size=64)
    found = []
    for threads in (1, 2, 5):
        fitting = FitSettings(plan, device="cpu", threads=threads)
        forecaster = NeuralForecaster(shape, scaler="standard", fitting=fitting)
        forecaster.fit(panel, span=Span(0, 300, 350), context=context())
        cutoffs = np.arange(100, 390)
        found.append((forecaster.state(), forecaster.predict(panel, cutoffs, horizon=2 * H)))
    first, *others = found
    for state, forecasts in others:
        assert all(torch.equal(state[name], tensor) for name, tensor in first[0].items())
        np.testing.assert_array_equal(forecasts, first[1])


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize("segment_length", [1, 3])
def test_p11_forecast_of_three_horizons_equals_three_chained_calls(
    cell: CellKind, segment_length: int
) -> None:
    # The series that ends before the cutoff is among them.
    panel, cutoff = some_panel(), 72
    forecaster = fitted(cell=cell, segment_length=segment_length)
    whole = forecaster.predict(panel, at(cutoff), horizon=3 * H)[:, 0]
    known = np.zeros((panel.n_series, 0))
    for block in range(3):
        now = with_rows_after(panel, cutoff, known)
        following = forecaster.predict(now, at(cutoff + block * H), horizon=H)[:, 0]
        known = np.concatenate([known, following], axis=1)
    np.testing.assert_allclose(whole, known, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("horizon", [1, H, H + 1, 4 * H, L + 20])
def test_shorter_forecast_is_the_beginning_of_a_longer_one(horizon: int) -> None:
    forecaster, panel = fitted(), some_panel()
    found = forecaster.predict(panel, at(40, 79), horizon=horizon)
    longer = forecaster.predict(panel, at(40, 79), horizon=L + 24)
    assert found.shape == (4, 2, horizon)
    np.testing.assert_array_equal(found, longer[:, :, :horizon])


def test_restored_forecaster_gives_the_same_bits() -> None:
    panel, forecaster = some_panel(), fitted()
    again = restore_neural(forecaster.settings(), forecaster.state(), unique_ids=panel.unique_ids)
    assert again.name == "gru"
    assert again.parameters == forecaster.parameters > 0
    assert dict(again.settings()) == dict(forecaster.settings())
    for horizon in (H, 4 * H):
        np.testing.assert_array_equal(
            again.predict(panel, at(50, 79), horizon=horizon),
            forecaster.predict(panel, at(50, 79), horizon=horizon),
        )
    with pytest.raises(NotFittedError, match="loaded"):
        again.fit(panel, span=SPAN, context=context())


def test_state_is_a_copy_that_the_scaler_does_not_share() -> None:
    forecaster = fitted()
    before = forecaster.predict(some_panel(), at(79), horizon=H)
    forecaster.state()["scaler.center"].fill_(1e6)
    np.testing.assert_array_equal(forecaster.predict(some_panel(), at(79), horizon=H), before)


def state_with(change: str) -> dict[str, torch.Tensor]:
    state = dict(fitted().state())
    weight = state["network.decoder.output.weight"]
    changes: dict[str, dict[str, torch.Tensor]] = {
        "another shape": {"network.decoder.output.weight": weight[:, :-1]},
        "another dtype": {"network.decoder.output.weight": weight.to(torch.float64)},
        "one too many": {"network.decoder.output.extra": weight},
        "twice": {"decoder.output.weight": weight},
        "a scaler too short": {"scaler.scale": state["scaler.scale"][:-1]},
        "a scaler of float32": {"scaler.center": state["scaler.center"].to(torch.float32)},
    }
    if change == "one missing":
        del state["network.decoder.output.bias"]
    if change == "another name":
        state["decoder.output.weight"] = state.pop("network.decoder.output.weight")
    return state | changes.get(change, {})


@pytest.mark.parametrize(
    "change",
    [
        "another shape",
        "another dtype",
        "one too many",
        "twice",
        "one missing",
        "another name",
        "a scaler too short",
        "a scaler of float32",
    ],
)
def test_tensors_that_do_not_fit_are_refused(change: str) -> None:
    with pytest.raises(ValueError, match=r"tensor '.*(output|scaler)"):
        restore_neural(fitted().settings(), state_with(change), unique_ids=some_panel().unique_ids)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("hidden_size", 10**9),
        ("hidden_size", "4"),
        ("num_layers", 10**6),
        ("num_layers", True),
        ("horizon", 10**12),
        ("horizon", 0),
        ("context_length", 10**15),
        ("segment_length", 10**12),
        ("segment_length", -1),
        ("cell", "transformer"),
        ("window_normalisation", "x"),
        ("skip", "x"),
        ("scaler", "x"),
        ("dropout", float("nan")),
        ("colour", "red"),
    ],
)
@pytest.mark.parametrize("skip", ["linear", "none"])
def test_settings_that_do_not_fit_are_refused_without_taking_memory(
    name: str, value: Setting, skip: str
) -> None:
    forecaster = fitted()
    state = dict(forecaster.state())
    if skip == "none":
        state = {key: tensor for key, tensor in state.items() if "skip" not in key}
    settings = {**forecaster.settings(), "skip": skip}
    restore_neural(settings, state, unique_ids=some_panel().unique_ids)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ValueError, match=r"tensor|settings|scaler|context_length"):
        restore_neural({**settings, name: value}, state, unique_ids=some_panel().unique_ids)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak < 64 * 1024  # KiB


def test_settings_that_lack_one_are_refused() -> None:
    forecaster = fitted()
    for name in ("scaler", "encoder", "horizon"):
        settings = {key: value for key, value in forecaster.settings().items() if key != name}
        with pytest.raises(ValueError, match="settings do not describe a network"):
            restore_neural(settings, forecaster.state(), unique_ids=some_panel().unique_ids)


def test_same_seed_gives_the_same_bytes_and_leaves_the_caller_alone() -> None:
    torch.set_num_threads(1)
    states = []
    for caller in (1, 2):
        torch.manual_seed(caller)
        before = torch.get_rng_state()
        forecaster = build()
        forecaster.fitting = FitSettings(PLAN, device="cpu", threads=2)
        forecaster.fit(some_panel(), span=SPAN, context=context(seed=5))
        assert torch.equal(torch.get_rng_state(), before)
        assert torch.get_num_threads() == 1
        states.append({key: value.numpy().tobytes() for key, value in forecaster.state().items()})
    assert states[0] == states[1]
    other = build().fit(some_panel(), span=SPAN, context=context(seed=6)).state()
    name = "network.encoder.reader.fused.weight_hh_l0"
    assert other[name].numpy().tobytes() != states[0][name]


def test_p6_prediction_does_not_depend_on_the_size_of_its_batches(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    forecaster, panel = fitted(), some_panel()
    whole = forecaster.predict(panel, np.arange(80), horizon=2 * H)
    for cells in (1, 5 * (L + 2 * H)):
        monkeypatch.setattr(rollout, "PREDICT_CELLS", cells)
        parts = forecaster.predict(panel, np.arange(80), horizon=2 * H)
        np.testing.assert_allclose(parts, whole, rtol=1e-5, atol=1e-5)


def test_series_that_ended_before_the_cutoff_is_forecast_from_its_last_value() -> None:
    zero = replace(PLAN, epochs=1, stop_after=1, max_steps=1, learning_rate=0.0)
    panel, forecaster = some_panel(), build()
    forecaster.fitting = FitSettings(zero, start="season", device="cpu", threads=1)
    forecaster.fit(panel, span=SPAN, context=context())
    found = forecaster.predict(panel, at(49, 79), horizon=H)
    np.testing.assert_allclose(found[3], panel.series(3)[-1], rtol=1e-6)


def test_nothing_observed_up_to_the_cutoff_is_nan_and_nothing_else_is() -> None:
    panel = some_panel()
    empty = replace(
        panel,
        unique_ids=(*panel.unique_ids, "empty", "no rows"),
        values=np.concatenate([panel.values, np.full(9, np.nan)]),
        offsets=np.append(panel.offsets, [panel.offsets[-1] + 9] * 2),
        first=np.append(panel.first, [0, 0]),
    )
    cutoffs = at(0, 1, 2, 34, 35, 79)
    found = fitted().predict(empty, cutoffs, horizon=H)
    seen: BoolArray = np.asarray(np.isfinite(found).all(axis=2))
    np.testing.assert_array_equal(np.isfinite(found).any(axis=2), seen)
    assert seen[0].all()
    assert seen[1].tolist() == [False, False, True, True, True, True]
    assert seen[2].tolist() == [False, False, False, False, True, True]
    assert not seen[4:].any()


def test_series_that_begins_after_the_fit_is_forecast_alike_at_one_cutoff_or_several() -> None:
    panel = make_panel(wave(), wave(10, level=900), first=(0, 70))
    forecaster = fitted(panel)
    found = forecaster.predict(panel, at(60, 74, 79), horizon=H)
    assert np.isnan(found[1, 0]).all()
    for place, cutoff in ((1, 74), (2, 79)):
        alone = forecaster.predict(panel, at(cutoff), horizon=H)
        np.testing.assert_allclose(found[:, place], alone[:, 0], rtol=1e-6)
        assert abs(alone[1] - 900).max() < 50


@pytest.mark.parametrize("segment_length", [1, 3])
def test_panel_in_which_nothing_was_observed_is_nan(segment_length: int) -> None:
    forecaster = fitted(segment_length=segment_length)
    found = forecaster.predict(make_panel(np.full(9, np.nan)), at(4, 8), horizon=2 * H)
    assert found.shape == (1, 2, 2 * H)
    assert np.isnan(found).all()


@pytest.mark.parametrize("scaler", ["standard", "minmax", "robust", "none"])
@pytest.mark.parametrize("level", [0.0, 0.1, -5.0, 16_777_217.0])
def test_constant_series_is_forecast_as_the_constant(scaler: ScalerKind, level: float) -> None:
    panel = make_panel(wave(level=0), np.full(ROWS, level))
    found = fitted(panel, scaler=scaler).predict(panel, at(50, 79), horizon=4 * H)
    assert (found[1] == level).all()
    assert np.isfinite(found).all()


def test_known_series_keep_their_scaler_and_a_new_one_gets_its_own() -> None:
    panel = make_panel(wave(), wave(level=1000, seed=4))
    forecaster = fitted(panel)
    stranger = replace(panel, unique_ids=("s0", "new"))
    cutoffs = at(79)
    found = forecaster.predict(stranger, cutoffs, horizon=H)
    same = forecaster.predict(panel, cutoffs, horizon=H)
    np.testing.assert_allclose(found[0], same[0], rtol=1e-6)
    own = build().fit(panel, span=Span(0, 80, 80), context=context())
    assert forecaster.learnt is not None
    assert own.learnt is not None
    forecaster.learnt = replace(forecaster.learnt, scaler=own.learnt.scaler)
    np.testing.assert_allclose(
        found[1], forecaster.predict(panel, cutoffs, horizon=H)[1], rtol=1e-6
    )


def test_report_tells_how_the_fit_went_and_the_monitor_hears_of_it() -> None:
    heard: list[tuple[object, ...]] = []

    class Ear(SilentMonitor):
        def start_fit(self, fit: str, index: int, total: int, epochs: int) -> None:
            heard.append((fit, index, total, epochs))

        def end_fit(self, fit: str) -> None:
            heard.append((fit,))

    forecaster = build().fit(some_panel(), span=SPAN, context=context(monitor=Ear()))
    assert heard == [("gru, fold 1 of 3", 0, 3, 2), ("gru, fold 1 of 3",)]
    assert forecaster.report is not None
    assert forecaster.report.epochs_run == len(forecaster.report.records) == 2
    assert forecaster.report.stopped == "epochs"


def test_predict_before_fit_is_refused() -> None:
    with pytest.raises(NotFittedError, match="gru"):
        build().predict(some_panel(), at(79), horizon=H)


def test_span_without_a_target_is_refused_with_what_would_help() -> None:
    panel = make_panel(np.append(wave(1), np.full(79, np.nan)))
    with pytest.raises(NotEnoughDataError, match="60 training rows") as caught:
        fitted(panel)
    assert "--context-length" in str(caught.value.fix)


def test_fit_that_diverges_names_the_series() -> None:
    said: list[str] = []

    class Ear(SilentMonitor):
        def say(self, text: str) -> None:
            said.append(text)

    spiked = wave(seed=1)
    spiked[40] = 1e30  # its square is beyond float32
    forecaster = build(scaler="none")
    forecaster.fitting = FitSettings(PLAN, loss="mse", device="cpu", threads=1)
    panel = make_panel(wave(), spiked)
    with pytest.raises(DivergedError, match=r"series 's1', largest scaled value 1e\+30") as caught:
        forecaster.fit(panel, span=SPAN, context=context(monitor=Ear()))
    assert caught.value.exit_code == 7
    assert len(said) == 1
    assert "series 's1'" in said[0]
