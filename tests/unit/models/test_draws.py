from __future__ import annotations

import zlib
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from forecast.data.arrays import FloatArray, IntArray
from forecast.data.panel import Panel, Span
from forecast.data.times.clock import CalendarClock
from forecast.errors import DataError, UsageError
from forecast.models.forecaster import Draws, FitContext
from forecast.models.neural import FitSettings, NeuralForecaster
from forecast.models.restore import restore_neural
from forecast.networks.shape import HeadKind, NetworkShape, WindowNormalisationKind
from forecast.training.monitor import SILENT
from forecast.training.plan import TrainingPlan

H, L, ROWS = 3, 8, 90
SPAN = Span(0, 70, 80)
CONTEXT = FitContext("gru, fold 1 of 1", 0, 1, 0, SILENT)
LEVELS = (0.1, 0.3, 0.5, 0.9)
SPREAD: tuple[HeadKind, ...] = ("quantile", "gaussian", "student-t", "negative-binomial")
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


def make_panel(*series: FloatArray, names: tuple[str, ...] = ("s0", "s1", "s2")) -> Panel:
    lengths = np.array([len(values) for values in series], dtype=np.int64)
    return Panel(
        names[: len(series)],
        np.concatenate(series).astype(np.float64),
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        np.zeros(len(series), dtype=np.int64),
        CalendarClock(pd.Timestamp("2024-01-01"), "D"),
    )


def counts(rows: int = ROWS, *, level: float = 20.0, seed: int = 0) -> FloatArray:
    mean = level * (1 + 0.5 * np.sin(np.arange(rows) / 3))
    found: FloatArray = np.random.default_rng(seed).poisson(mean).astype(np.float64)
    return found


def some_panel() -> Panel:
    """Two series of counts, one with a gap, and a constant one."""
    gap = counts(level=4, seed=1)
    gap[[30, 31, 85]] = np.nan
    return make_panel(counts(), gap, np.full(ROWS, 7.0))


def fitted(head: HeadKind, panel: Panel | None = None) -> NeuralForecaster:
    normalisation: WindowNormalisationKind = "none" if head == "negative-binomial" else "last"
    shape = NetworkShape("gru", L, H, hidden_size=4, head=head, window_normalisation=normalisation)
    loss = {"point": "mae", "quantile": "pinball"}.get(head, "nll")
    fitting = FitSettings(PLAN, loss=loss, device="cpu", threads=1)  # type: ignore[arg-type]
    forecaster = NeuralForecaster(shape, scaler="standard", fitting=fitting)
    return forecaster.fit(panel or some_panel(), span=SPAN, context=CONTEXT)


def at(*cutoffs: int) -> IntArray:
    return np.array(cutoffs, dtype=np.int64)


@pytest.mark.parametrize("head", SPREAD)
def test_quantiles_ascend_around_the_forecast_at_any_horizon(head: HeadKind) -> None:
    forecaster, panel = fitted(head), some_panel()
    found = forecaster.predict_quantiles(panel, at(80, 86), horizon=7, levels=LEVELS)
    assert found.shape == (3, 2, 7, 4)
    assert (np.diff(found, axis=-1) >= 0).all()
    assert (found[:2, ..., 0] < found[:2, ..., 3]).all()
    np.testing.assert_array_equal(found[2], 7.0)  # a constant series has no spread
    near = forecaster.predict_quantiles(panel, at(80, 86), horizon=H, levels=LEVELS)
    np.testing.assert_array_equal(found[:, :, :H], near)
    if head != "negative-binomial":  # of counts the mean is forecast
        points = forecaster.predict(panel, at(80, 86), horizon=H)
        np.testing.assert_allclose(near[..., 2], points, rtol=1e-12)


@pytest.mark.parametrize("head", SPREAD)
def test_paths_have_the_quantiles_of_the_head(head: HeadKind) -> None:
    forecaster, panel = fitted(head), some_panel()
    paths = forecaster.sample_paths(panel, at(80, 86), horizon=H, draws=Draws(4000, 3))
    assert paths.shape == (3, 2, 4000, H)
    wanted = forecaster.predict_quantiles(panel, at(80, 86), horizon=H, levels=LEVELS)
    within = (paths[..., None] <= wanted[:, :, None] + 1e-9).mean(axis=2)
    below = (paths[..., None] < wanted[:, :, None] - 1e-9).mean(axis=2)
    assert (within[:2] > np.array(LEVELS) - 0.03).all()
    assert (below[:2] < np.array(LEVELS) + 0.03).all()
    if head == "negative-binomial":
        np.testing.assert_allclose(paths, np.round(paths), atol=1e-9)
        assert paths.min() > -1e-9


def test_paths_beyond_the_horizon_begin_as_those_up_to_it_and_grow_apart() -> None:
    forecaster, panel = fitted("gaussian"), some_panel()
    draws = Draws(300, 1)
    near = forecaster.sample_paths(panel, at(86), horizon=H, draws=draws)
    far = forecaster.sample_paths(panel, at(86), horizon=4 * H, draws=draws)
    np.testing.assert_allclose(far[..., :H], near, rtol=1e-12)
    assert len(np.unique(far[0, 0, :, -1])) == 300


def test_paths_follow_the_seed_and_the_name_and_not_the_company() -> None:
    forecaster, panel = fitted("gaussian"), some_panel()

    def paths(some: Panel, seed: int) -> FloatArray:
        return forecaster.sample_paths(some, at(86), horizon=5, draws=Draws(20, seed))

    whole = paths(panel, 1)
    np.testing.assert_array_equal(paths(panel, 1), whole)
    assert not np.allclose(paths(panel, 2)[:2], whole[:2])
    alone = paths(panel.take(np.array([1])), 1)
    np.testing.assert_allclose(
        alone[0], whole[1], rtol=1e-5, atol=1e-6
    )  # another batch rounds otherwise
    twin = replace(panel.take(np.array([0, 0])), unique_ids=("s0", "s1"))
    same = paths(twin, 1)
    assert zlib.crc32(b"s0") != zlib.crc32(b"s1")
    assert not np.allclose(same[0], same[1])


def test_neighbouring_steps_of_a_path_move_together_where_errors_did() -> None:
    walk = 100 + np.random.default_rng(4).normal(size=(1, 400)).cumsum(axis=1)
    panel = make_panel(walk[0])
    shape = NetworkShape("gru", L, H, hidden_size=4, head="gaussian")
    fitting = FitSettings(PLAN, loss="nll", device="cpu", threads=1)
    forecaster = NeuralForecaster(shape, scaler="standard", fitting=fitting)
    forecaster.fit(panel, span=Span(0, 300, 380), context=CONTEXT)
    assert forecaster.learnt is not None
    rho = forecaster.learnt.rho
    assert rho is not None
    assert rho > 0.5  # errors of a random walk add up
    paths = forecaster.sample_paths(panel, at(390), horizon=H, draws=Draws(5000, 0))[0, 0]
    assert np.corrcoef(paths[:, 0], paths[:, 1])[0, 1] == pytest.approx(rho, abs=0.05)


@pytest.mark.parametrize("head", ["quantile", "gaussian"])
def test_rows_after_a_cutoff_move_neither_quantiles_nor_paths(head: HeadKind) -> None:
    forecaster, panel = fitted(head), some_panel()
    values = panel.values.copy()
    for offset in panel.offsets[:-1]:
        values[offset + 81 : offset + ROWS] = 1e6
    changed = replace(panel, values=values)
    for some in (at(80), at(75, 80)):
        one, other = (
            forecaster.predict_quantiles(each, some, horizon=5, levels=LEVELS)
            for each in (panel, changed)
        )
        np.testing.assert_array_equal(one, other)
        first, second = (
            forecaster.sample_paths(each, some, horizon=5, draws=Draws(10))
            for each in (panel, changed)
        )
        np.testing.assert_array_equal(first, second)


def test_a_series_never_seen_has_quantiles_and_paths_of_its_own_scale() -> None:
    forecaster = fitted("gaussian")
    panel = make_panel(counts(), 1000 * counts(seed=5), names=("s0", "new"))
    found = forecaster.predict_quantiles(panel, at(70, 80), horizon=5, levels=LEVELS)
    assert (np.diff(found[1, ..., [0, 3]], axis=0) > 1000).all()
    paths = forecaster.sample_paths(panel, at(70, 80), horizon=5, draws=Draws(50))
    assert paths[1].mean() > 5000
    assert paths[0].mean() < 100


@pytest.mark.parametrize("head", SPREAD)
def test_a_restored_network_gives_the_same_quantiles_and_paths(head: HeadKind) -> None:
    forecaster, panel = fitted(head), some_panel()
    again = restore_neural(forecaster.settings(), forecaster.state(), unique_ids=panel.unique_ids)
    one, other = (
        each.predict_quantiles(panel, at(86), horizon=5, levels=LEVELS)
        for each in (forecaster, again)
    )
    np.testing.assert_array_equal(one, other)
    first, second = (
        each.sample_paths(panel, at(86), horizon=5, draws=Draws(5)) for each in (forecaster, again)
    )
    np.testing.assert_array_equal(first, second)


def test_levels_of_many_digits_are_those_of_the_bundle() -> None:
    levels = (1 / 7, 0.5, 2 / 3)
    shape = NetworkShape("gru", L, H, hidden_size=4, head="quantile", quantile_levels=levels)
    fitting = FitSettings(PLAN, loss="pinball", device="cpu", threads=1)
    forecaster = NeuralForecaster(shape, scaler="standard", fitting=fitting)
    forecaster.fit(some_panel(), span=SPAN, context=CONTEXT)
    again = restore_neural(
        forecaster.settings(), forecaster.state(), unique_ids=some_panel().unique_ids
    )
    assert again.shape.quantile_levels == levels


def test_a_forged_correlation_is_refused() -> None:
    forecaster = fitted("gaussian")
    state = dict(forecaster.state())
    state["copula.rho"] = state["copula.rho"] * 0 + 1.5
    with pytest.raises(ValueError, match=r"'copula.rho' is 1.5, not a correlation"):
        restore_neural(forecaster.settings(), state, unique_ids=("s0", "s1", "s2"))


def test_a_point_head_refuses_both_and_says_what_to_train() -> None:
    forecaster, panel = fitted("point"), some_panel()
    with pytest.raises(
        UsageError, match="gru with head point forecasts one value a step"
    ) as caught:
        forecaster.predict_quantiles(panel, at(80), horizon=H, levels=[0.5])
    assert caught.value.location == "flag --quantiles"
    assert "--head gaussian" in str(caught.value.fix)
    assert "--level" in str(caught.value.fix)
    with pytest.raises(UsageError) as other:
        forecaster.sample_paths(panel, at(80), horizon=H, draws=Draws(5))
    assert other.value.location == "flag --samples"
    assert "--level" not in str(other.value.fix)


def test_a_quantile_outside_the_trained_ones_is_refused_with_those_there_are() -> None:
    forecaster = fitted("quantile")
    with pytest.raises(UsageError, match=r"quantile 0.01 is outside 0.025 to 0.975") as caught:
        forecaster.predict_quantiles(some_panel(), at(80), horizon=H, levels=[0.01])
    assert "--quantiles from 0.025 to 0.975" in str(caught.value.fix)


@pytest.mark.parametrize(("value", "said"), [(-2.0, "-2"), (2.5, "2.5")])
def test_counts_are_learnt_from_counts_alone(value: float, said: str) -> None:
    panel = some_panel()
    panel.values[ROWS + 5] = value
    with pytest.raises(
        DataError, match=f"series 's1' has the value {said} at 2024-01-06"
    ) as caught:
        fitted("negative-binomial", panel)
    assert "--head gaussian" in str(caught.value.fix)
    panel.values[ROWS + 5] = 3
    panel.values[ROWS + 85] = value  # after the span: not seen
    fitted("negative-binomial", panel)
