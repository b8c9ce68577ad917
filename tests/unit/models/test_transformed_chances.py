"""Quantiles and paths of transformed values, of a forecaster inside that is known exactly."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from forecast.data.arrays import FloatArray, IntArray
from forecast.data.panel import Panel, Span
from forecast.data.times.clock import CalendarClock
from forecast.data.transform import Target, TransformKind
from forecast.errors import UsageError
from forecast.models.forecaster import Draws, FitContext, Forecaster
from forecast.models.naive import MovingAverage, Naive
from forecast.models.transformed import TransformedForecaster
from forecast.training.monitor import SILENT

SPAN = Span(0, 20, 24)
CONTEXT = FitContext("normal, fold 1 of 1", 0, 1, 0, SILENT)


class Normal(Naive):
    """Says that each step is the last value plus a shift of its own."""

    def predict_quantiles(
        self, panel: Panel, cutoffs: IntArray, *, horizon: int, levels: Sequence[float]
    ) -> FloatArray:
        found: FloatArray = self.predict(panel, cutoffs, horizon=horizon)[..., None] + np.array(
            levels
        )
        return found

    def sample_paths(
        self, panel: Panel, cutoffs: IntArray, *, horizon: int, draws: Draws
    ) -> FloatArray:
        shift = draws.seed + np.arange(draws.count, dtype=np.float64)[:, None]
        found: FloatArray = self.predict(panel, cutoffs, horizon=horizon)[:, :, None] + shift
        return found


def panel(*names: str) -> Panel:
    values = 5 + np.arange(24.0) ** 1.5
    return Panel(
        names,
        np.concatenate([values * (1 + place) for place in range(len(names))]),
        24 * np.arange(len(names) + 1, dtype=np.int64),
        np.zeros(len(names), dtype=np.int64),
        CalendarClock(pd.Timestamp("2024-01-01"), "D"),
    )


def fitted(kind: TransformKind, *, floor: bool = False) -> TransformedForecaster:
    season = 3 if kind == "seasonal-difference" else 1
    forecaster = TransformedForecaster(Normal(), Target(kind, season, floor))
    return forecaster.fit(panel("a", "b"), span=SPAN, context=CONTEXT)


def at(*cutoffs: int) -> IntArray:
    return np.array(cutoffs, dtype=np.int64)


@pytest.mark.parametrize("kind", ["log1p", "sqrt"])
def test_quantiles_and_paths_are_inverted_one_by_one(kind: TransformKind) -> None:
    forward = np.log1p if kind == "log1p" else np.sqrt
    forecaster, whole = fitted(kind), panel("a", "b")
    last = whole.matrix(0, 24).T[:, [18, 22]]  # (N, K)
    levels = np.array([0.1, 0.5, 0.9])
    found = forecaster.predict_quantiles(whole, at(18, 22), horizon=4, levels=levels.tolist())
    assert found.shape == (2, 2, 4, 3)
    wanted = np.broadcast_to((forward(last)[..., None] + levels)[:, :, None], found.shape)
    np.testing.assert_allclose(forward(found), wanted, rtol=1e-12)
    paths = forecaster.sample_paths(whole, at(18, 22), horizon=4, draws=Draws(2, seed=1))
    wanted = np.broadcast_to((forward(last)[..., None] + [1, 2])[..., None], paths.shape)
    np.testing.assert_allclose(forward(paths), wanted, rtol=1e-12)


def test_a_series_never_seen_has_a_power_of_its_own_at_each_cutoff() -> None:
    forecaster = fitted("box-cox")
    levels = [0.1, 0.9]
    together = forecaster.predict_quantiles(panel("a", "new"), at(15, 22), horizon=2, levels=levels)
    for place, cutoff in enumerate((15, 22)):
        alone = forecaster.predict_quantiles(
            panel("a", "new"), at(cutoff), horizon=2, levels=levels
        )
        np.testing.assert_array_equal(together[:, [place]], alone)
    assert (np.diff(together, axis=-1) > 0).all()


def test_quantiles_and_paths_below_0_are_delivered_as_0_where_asked() -> None:
    forecaster, whole = fitted("none", floor=True), panel("a")
    found = forecaster.predict_quantiles(whole, at(22), horizon=2, levels=[-1e6, 0.5])
    assert (found[..., 0] == 0).all()
    assert (found[..., 1] > 0).all()
    assert (forecaster.sample_paths(whole, at(22), horizon=2, draws=Draws(3, -(10**6))) == 0).all()


def test_paths_of_differences_are_summed_up() -> None:
    whole = panel("a", "b")
    values = whole.matrix(0, 24).T
    paths = fitted("difference").sample_paths(whole, at(22), horizon=3, draws=Draws(2, 1))
    step = values[:, 22] - values[:, 21]
    for draw in range(2):
        wanted = values[:, 22, None] + np.outer(step + 1 + draw, [1, 2, 3])
        np.testing.assert_allclose(paths[:, 0, draw], wanted, rtol=1e-12)
    seasonal = fitted("seasonal-difference").sample_paths(
        whole, at(22), horizon=4, draws=Draws(1, 2)
    )
    over = values[:, 22] - values[:, 19] + 2
    wanted = values[:, [20, 21, 22, 20]] + over[:, None] * [1, 1, 1, 2]
    np.testing.assert_allclose(seasonal[:, 0, 0], wanted, rtol=1e-12)


@pytest.mark.parametrize("kind", ["difference", "seasonal-difference"])
def test_quantiles_of_differences_are_refused_for_those_of_paths(kind: TransformKind) -> None:
    with pytest.raises(UsageError, match="forecasts differences") as caught:
        fitted(kind).predict_quantiles(panel("a"), at(22), horizon=2, levels=[0.5])
    assert caught.value.location == "flag --quantiles"
    assert "--samples" in str(caught.value.fix)


@pytest.mark.parametrize(
    "rule",
    [Naive(), MovingAverage(window=3), TransformedForecaster(Naive(), Target(non_negative=True))],
    ids=["naive", "moving average", "transformed"],
)
def test_rules_know_no_distribution_and_say_what_does(rule: Forecaster) -> None:
    rule.fit(panel("a"), span=SPAN, context=CONTEXT)
    with pytest.raises(UsageError, match=f"{rule.name} forecasts one value a step") as caught:
        rule.predict_quantiles(panel("a"), at(22), horizon=2, levels=[0.5])
    assert "--head gaussian" in str(caught.value.fix)
    with pytest.raises(UsageError) as caught:
        rule.sample_paths(panel("a"), at(22), horizon=2, draws=Draws(1))
    assert caught.value.location == "flag --samples"
