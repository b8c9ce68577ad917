from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecast.data.panel import Panel, Span
from forecast.data.times.clock import CountClock
from forecast.models.forecaster import FitContext, Forecaster
from forecast.models.naive import Drift, MovingAverage, Naive, SeasonalNaive
from forecast.models.naive2 import Naive2
from forecast.training.monitor import SILENT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecast.data.arrays import FloatArray

NAN = float("nan")
RULES: list[Forecaster] = [Naive(), SeasonalNaive(4), Drift(), MovingAverage(3)]
every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)


def make_panel(*series: Sequence[float] | FloatArray, first: Sequence[int] | None = None) -> Panel:
    lengths = [len(values) for values in series]
    start = np.array(first if first is not None else [0] * len(series), dtype=np.int64)
    length = max(np.add(start, lengths))
    last = np.full(len(series), length - 1, dtype=np.int64)
    return Panel(
        unique_ids=tuple(f"s{i}" for i in range(len(series))),
        values=np.array([value for values in series for value in values], dtype=np.float64),
        offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        first=start,
        clock=CountClock(last, 1, int(length)),
    )


def forecast(
    rule: Forecaster, panel: Panel, cutoffs: Sequence[int], horizon: int
) -> list[list[list[float]]]:
    found: list[list[list[float]]] = rule.predict(
        panel, np.array(cutoffs, dtype=np.int64), horizon=horizon
    ).tolist()
    return found


def ragged_panel(seed: int = 0) -> Panel:
    rng = np.random.default_rng(seed)
    lengths, first = [30, 3, 17, 1, 22, 0], [0, 27, 5, 29, 2, 30]
    series = []
    for size in lengths:
        values = rng.normal(size=size).cumsum() + 100
        values[rng.random(size) < 0.3] = NAN
        series.append(values)
    return make_panel(*series, first=first)


def test_naive_repeats_the_value_at_the_cutoff() -> None:
    assert forecast(Naive(), make_panel([1, 2, 3, 4]), [1, 3], 2) == [[[2, 2], [4, 4]]]


def test_naive_missing_value_takes_the_last_observed_one() -> None:
    assert forecast(Naive(), make_panel([1, 2, NAN, 9]), [2], 1) == [[[2]]]


def test_naive_series_that_ended_early_repeats_its_end() -> None:
    panel = make_panel([1, 2, 3, 4], [7, 8])
    assert forecast(Naive(), panel, [3], 1) == [[[4]], [[8]]]


def test_seasonal_naive_repeats_the_last_season_at_every_cutoff() -> None:
    panel = make_panel([1, 2, 3, 4, 5, 6, 7])
    expected = [[[3, 4, 5, 3, 4], [5, 6, 7, 5, 6]]]
    assert forecast(SeasonalNaive(3), panel, [4, 6], 5) == expected


@pytest.mark.parametrize("rows", [9, 10, 11, 12])
def test_p12_phase_of_seasonal_naive_is_anchored_to_the_grid(rows: int) -> None:
    pattern = np.tile([1.0, 2.0, 3.0, 4.0], 5)
    panel = make_panel(pattern[:rows], pattern[2:rows], first=[0, 2])
    expected = pattern[rows : rows + 6].tolist()
    assert forecast(SeasonalNaive(4), panel, [rows - 1], 6) == [[expected], [expected]]


def test_seasonal_naive_missing_value_takes_the_same_phase_a_season_earlier() -> None:
    panel = make_panel([1, 2, 3, 4, 5, NAN, 7, 8, 9])
    assert forecast(SeasonalNaive(3), panel, [7], 3) == [[[3, 7, 8]]]


def test_seasonal_naive_unseen_phase_takes_the_last_observed_value() -> None:
    assert forecast(SeasonalNaive(5), make_panel([1, 2, 3]), [2], 5) == [[[3, 3, 1, 2, 3]]]


def test_seasonal_naive_series_that_ended_early_keeps_its_phase() -> None:
    panel = make_panel(np.arange(9.0), [1, 2, 3, 1, 2])
    assert forecast(SeasonalNaive(3), panel, [8], 4)[1] == [[1, 2, 3, 1]]


def test_seasonal_naive_of_season_one_is_naive() -> None:
    panel = ragged_panel()
    cutoffs = np.arange(30, dtype=np.int64)
    np.testing.assert_array_equal(
        SeasonalNaive(1).predict(panel, cutoffs, horizon=3),
        Naive().predict(panel, cutoffs, horizon=3),
    )


def test_drift_extends_the_line_from_the_first_value() -> None:
    panel = make_panel([NAN, 1, 5, 4])
    assert forecast(Drift(), panel, [3, 1], 2) == [[[5.5, 7.0], [1, 1]]]


def test_drift_missing_value_at_the_cutoff_stays_on_the_line() -> None:
    assert forecast(Drift(), make_panel([0, 2, 4, NAN, 99]), [3], 2) == [[[8, 10]]]


def test_moving_average_is_the_mean_of_the_observed_values_in_the_window() -> None:
    panel = make_panel([1, 2, NAN, 6, 7])
    assert forecast(MovingAverage(3), panel, [4, 3, 0], 2) == [[[6.5, 6.5], [4, 4], [1, 1]]]


def test_moving_average_empty_window_takes_the_last_observed_value() -> None:
    assert forecast(MovingAverage(2), make_panel([1, 5, NAN, NAN]), [3], 1) == [[[5]]]


def test_moving_average_large_panel_in_chunks_equals_one_pass(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    panel, cutoffs = ragged_panel(), np.arange(30, dtype=np.int64)
    whole = MovingAverage(4).predict(panel, cutoffs, horizon=2)
    monkeypatch.setattr("forecast.models.naive.GATHER_CELLS", 50)
    np.testing.assert_array_equal(MovingAverage(4).predict(panel, cutoffs, horizon=2), whole)


@every_rule
def test_rule_before_the_first_value_is_nan_and_never_elsewhere(rule: Forecaster) -> None:
    panel = make_panel([NAN, NAN, 3, NAN, 5], [2], [], [NAN, 1], first=[0, 4, 5, 3])
    found = np.isnan(rule.predict(panel, np.arange(5, dtype=np.int64), horizon=2)).all(axis=2)
    late = [True] * 4 + [False]
    expected = [[True, True, False, False, False], late, [True] * 5, late]
    assert found.tolist() == expected


@every_rule
def test_rule_sees_nothing_after_the_cutoff(rule: Forecaster) -> None:
    panel = ragged_panel()
    for cutoff in range(29):
        rows = np.concatenate(
            [
                first + np.arange(size)
                for first, size in zip(panel.first, panel.lengths, strict=True)
            ]
        )
        altered = Panel(
            panel.unique_ids,
            np.where(rows > cutoff, -1e9, panel.values),
            panel.offsets,
            panel.first,
            panel.clock,
        )
        cutoffs = np.array([cutoff], dtype=np.int64)
        np.testing.assert_array_equal(
            rule.predict(panel, cutoffs, horizon=9), rule.predict(altered, cutoffs, horizon=9)
        )


@every_rule
def test_rule_of_a_series_ignores_its_neighbours(rule: Forecaster) -> None:
    panel, cutoffs = ragged_panel(), np.arange(30, dtype=np.int64)
    whole = rule.predict(panel, cutoffs, horizon=5)
    for index in range(panel.n_series):
        alone = make_panel(panel.series(index), first=[int(panel.first[index])])
        np.testing.assert_array_equal(rule.predict(alone, cutoffs, horizon=5)[0], whole[index])


@every_rule
def test_rule_shifted_grid_gives_the_same_forecast(rule: Forecaster) -> None:
    panel = ragged_panel()
    later = make_panel(
        *[panel.series(i) for i in range(panel.n_series)], first=(panel.first + 7).tolist()
    )
    np.testing.assert_array_equal(
        rule.predict(panel, np.arange(30, dtype=np.int64), horizon=6),
        rule.predict(later, np.arange(7, 37, dtype=np.int64), horizon=6),
    )


@every_rule
def test_rule_has_nothing_to_learn_or_keep(rule: Forecaster) -> None:
    context = FitContext("x", 0, 1, 0, SILENT)
    fitted = rule.fit(ragged_panel(), span=Span(0, 10, 12), context=context)
    assert fitted is rule
    assert (rule.parameters, rule.report, dict(rule.state())) == (0, None, {})
    rebuilt = type(rule)(**rule.settings())
    assert dict(rebuilt.settings()) == dict(rule.settings())


@every_rule
@pytest.mark.parametrize("level", [0.1, -7.3, 1e9 + 0.1])
def test_constant_series_is_forecast_as_exactly_the_constant(
    rule: Forecaster, level: float
) -> None:
    series = np.full(20, level)
    series[[4, 18]] = NAN
    found = rule.predict(make_panel(series), np.array([7, 19]), horizon=9)
    assert (found == level).all()


@pytest.mark.parametrize("rule", [MovingAverage(10**7), Naive2(10**7)], ids=["window", "season"])
def test_rule_looks_no_further_back_than_there_are_rows(rule: Forecaster) -> None:
    panel = ragged_panel()
    cutoffs = np.array([panel.length - 1])
    same = MovingAverage(panel.length) if isinstance(rule, MovingAverage) else Naive()
    expected = same.predict(panel, cutoffs, horizon=3)
    np.testing.assert_array_equal(rule.predict(panel, cutoffs, horizon=3), expected)
