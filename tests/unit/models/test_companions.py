"""Statistical methods beside a network: how much they count, and that a bundle keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import numpy as np
import pytest
import torch

from forecast.data.panel import Panel, Span
from forecast.models.companions import AccompaniedForecaster
from forecast.models.forecaster import FitContext, Forecaster
from forecast.models.naive import Drift, Naive, SeasonalNaive
from forecast.models.registry import build_classic, restore
from forecast.testing.panels import altered_from, make_panel
from forecast.training.monitor import SILENT, SilentMonitor
from tests.conformance.conftest import ACCOMPANIED, build_small

ROWS, TRAIN, H, SEASON = 60, 40, 4, 4
SPAN = Span(0, TRAIN, ROWS)
CUTOFFS = np.array([TRAIN - 1, ROWS - 1], dtype=np.int64)


@dataclass
class Listening(SilentMonitor):
    heard: list[str] = field(default_factory=list)

    def say(self, text: str) -> None:
        self.heard.append(text)


def seasons(count: int = 3) -> Panel:
    """Series that repeat a season of their own around a level."""
    rng = np.random.default_rng(0)
    rows = (np.tile(9 * rng.normal(size=SEASON), ROWS // SEASON) for _ in range(count))
    return make_panel(*rows)


def walks() -> Panel:
    rng = np.random.default_rng(1)
    return make_panel(*(100 + rng.normal(size=ROWS).cumsum() for _ in range(40)))


def fitted(
    network: Forecaster,
    *companions: Forecaster,
    panel: Panel,
    span: Span = SPAN,
    share: float | None = None,
    monitor: SilentMonitor = SILENT,
) -> AccompaniedForecaster:
    together = AccompaniedForecaster(network, companions, season_length=1, horizon=H, share=share)
    return together.fit(panel, span=span, context=FitContext("gru", 0, 1, 0, monitor))


def test_companions_of_a_network_that_is_clearly_better_do_not_count() -> None:
    panel = seasons()
    together = fitted(SeasonalNaive(SEASON), Naive(), panel=panel)
    assert together.share == 0
    np.testing.assert_array_equal(
        together.predict(panel, CUTOFFS, horizon=H),
        SeasonalNaive(SEASON).predict(panel, CUTOFFS, horizon=H),
    )
    assert together.context_length == SEASON
    np.testing.assert_array_equal(
        together.rows_needed(panel), SeasonalNaive(SEASON).rows_needed(panel)
    )


def test_companions_that_are_clearly_better_count_as_much_as_the_network_each() -> None:
    panel = seasons()
    together = fitted(Naive(), SeasonalNaive(SEASON), SeasonalNaive(2 * SEASON), panel=panel)
    assert together.share == 1
    network, season = (
        one.predict(panel, CUTOFFS, horizon=H) for one in (Naive(), SeasonalNaive(SEASON))
    )
    np.testing.assert_allclose(
        together.predict(panel, CUTOFFS, horizon=H), (network + 2 * season) / 3
    )


def test_where_nothing_tells_a_network_from_its_companions_the_share_is_the_usual_one() -> None:
    assert fitted(Naive(), Naive(), panel=walks()).share == 0.8
    nothing = make_panel(np.full(ROWS, 5.0))
    assert fitted(Naive(), Drift(), panel=nothing).share == 0.8


def test_one_series_is_told_by_its_cutoffs() -> None:
    rng = np.random.default_rng(3)
    walk = make_panel(100 + rng.normal(size=ROWS).cumsum())
    assert fitted(Naive(), Drift(), panel=walk).share == 0.8  # hardly unlike
    one = seasons().take(np.array([0]))
    assert fitted(SeasonalNaive(SEASON), Naive(), panel=one).share == 0


def test_one_cutoff_of_one_series_tells_nothing() -> None:
    one = seasons().take(np.array([0]))
    tail = Span(0, ROWS - H, ROWS)  # a network that is far better, seen once
    better = fitted(SeasonalNaive(SEASON), Naive(), panel=one, span=tail)
    assert better.share == 0.8


def test_without_validation_rows_the_share_is_that_of_the_folds_else_the_usual() -> None:
    whole = Span(0, ROWS, ROWS)
    ends = (Naive(), SeasonalNaive(SEASON))
    assert fitted(*ends, panel=seasons(), span=whole).share == 0.8
    assert fitted(*ends, panel=seasons(), span=whole, share=0.3).share == 0.3
    assert fitted(*ends, panel=seasons(), share=0.3).share == 0.3


def test_forecast_goes_the_share_of_the_way_to_the_mean() -> None:
    panel = seasons()
    network, one, two = Naive(), SeasonalNaive(SEASON), Drift()
    together = fitted(network, one, two, panel=panel, share=0.4)
    alone, first, second = (rule.predict(panel, CUTOFFS, horizon=H) for rule in (network, one, two))
    np.testing.assert_allclose(
        together.predict(panel, CUTOFFS, horizon=H),
        0.6 * alone + 0.4 * np.mean([alone, first, second], axis=0),
    )


def test_where_network_and_companions_agree_the_forecast_is_exactly_theirs() -> None:
    rng = np.random.default_rng(2)
    panel = make_panel(*(np.full(ROWS, level) for level in rng.normal(size=50)))
    together = fitted(Naive(), Naive(), Naive(), panel=panel)
    assert together.share == 0.8
    np.testing.assert_array_equal(
        together.predict(panel, CUTOFFS, horizon=H), Naive().predict(panel, CUTOFFS, horizon=H)
    )


def test_fewer_validation_rows_than_a_horizon_are_weighed_too() -> None:
    panel = seasons(12)
    short = fitted(Naive(), SeasonalNaive(SEASON), panel=panel, span=Span(0, TRAIN, TRAIN + 2))
    assert short.share == 1


def test_rows_after_the_span_change_neither_the_share_nor_what_was_fitted() -> None:
    panel, span = walks(), Span(0, TRAIN - H, TRAIN)
    other = altered_from(panel, TRAIN, seed=1)
    one, two = (
        fitted(Naive(), build_classic("theta", season_length=1), panel=rows, span=span)
        for rows in (panel, other)
    )
    assert one.share == two.share
    state, again = one.state(), two.state()
    assert set(state) == {"companion.share", "companion.theta.parameters"}
    for name, value in state.items():
        assert torch.equal(value, again[name])


def test_companions_are_weighed_before_they_see_the_validation_rows() -> None:
    stops: list[int] = []

    class Watched(Naive):
        def fit(self, panel: Panel, *, span: Span, context: FitContext) -> Self:
            stops.append(span.stop)
            return super().fit(panel, span=span, context=context)

    fitted(Naive(), Watched(), panel=walks())
    assert stops == [TRAIN, ROWS]


def test_how_much_the_companions_count_is_said() -> None:
    monitor = Listening()
    fitted(Naive(), SeasonalNaive(SEASON), Drift(), panel=seasons(), share=0.5, monitor=monitor)
    (heard,) = monitor.heard
    assert heard.startswith("gru: the forecast goes 50% of the way from the network to the mean ")
    assert heard.endswith("of it, seasonal_naive and drift, as the fit before it settled on")


def test_a_bundle_that_claims_other_companions_is_refused() -> None:
    panel = walks()
    context = FitContext("gru", 0, 1, 0, SILENT)
    one = build_small(ACCOMPANIED).fit(panel, span=SPAN, context=context)
    settings, state = dict(one.settings()), dict(one.state())
    again = restore("gru", settings, state, unique_ids=panel.unique_ids)
    np.testing.assert_array_equal(
        again.predict(panel, CUTOFFS, horizon=H), one.predict(panel, CUTOFFS, horizon=H)
    )
    forged = [
        (settings | {"companions": "theta,theta"}, state, "not some of"),
        (settings | {"companions": "gru"}, state, "not some of"),
        (settings, state | {"companion.share": torch.tensor(1.5)}, "not a share"),
        (settings, state | {"companion.share": torch.tensor(np.nan)}, "not a share"),
        (settings, state | {"companion.ets.parameters": state["companion.share"]}, "belongs to"),
    ]
    for wrong, tensors, words in forged:
        with pytest.raises(ValueError, match=words):
            restore("gru", wrong, tensors, unique_ids=panel.unique_ids)
