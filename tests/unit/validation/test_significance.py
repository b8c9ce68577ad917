"""Whether two models differ by more than chance."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from forecast.data.panel import Span
from forecast.validation.evaluation import Evaluation, FoldResult, Seconds
from forecast.validation.plan import Fold
from forecast.validation.significance import (
    compare_losses,
    difference_between,
    mean_variance,
    overlap,
)


def slow_reference(d: list[float], h: int) -> tuple[float, float]:
    """Harvey, Leybourne and Newbold as their equations read, term by term."""
    n = len(d)
    mean = sum(d) / n
    variance = 0.0
    for k in range(-(h - 1), h):
        variance += sum((d[t] - mean) * (d[t - abs(k)] - mean) for t in range(abs(k), n)) / n
    plain = mean / math.sqrt(variance / n)
    statistic = plain * math.sqrt((n + 1 - 2 * h + h * (h - 1) / n) / n)
    return statistic, 2 * float(stats.t.sf(abs(statistic), n - 1))


def test_worked_example_by_hand() -> None:
    # mean 1, autocovariance at 0 is 1 (deviations are -1 and 1), no overlap:
    # DM = 1 / sqrt(1 / 10) = 3.1623, times sqrt(9 / 10) is 3; t with 9 degrees
    found = compare_losses(np.array([0.0, 2.0] * 5), np.arange(10), horizon=1, model="naive")
    assert found.statistic == pytest.approx(3.0)
    assert found.p == pytest.approx(0.014956, abs=1e-6)
    assert (found.tie, found.cutoffs, found.reason) == (False, 10, None)


@pytest.mark.parametrize(("horizon", "step"), [(1, 1), (4, 1), (12, 6), (12, 5), (3, 7)])
def test_statistic_and_p_are_those_of_the_equations(horizon: int, step: int) -> None:
    d = np.random.default_rng(3).normal(0.3, 1.0, 64)
    d[1:] += 0.5 * d[:-1]
    found = compare_losses(d, step * np.arange(64), horizon=horizon, model="naive")
    statistic, p = slow_reference(d.tolist(), math.ceil(horizon / step))
    assert found.statistic == pytest.approx(statistic)
    assert found.p == pytest.approx(p)


def test_order_of_the_cutoffs_is_that_of_time() -> None:
    rng = np.random.default_rng(0)
    d, cutoffs = np.cumsum(rng.normal(size=40)), np.arange(40)
    mixed = rng.permutation(40)
    straight = compare_losses(d, cutoffs, horizon=3, model="naive")
    assert compare_losses(d[mixed], cutoffs[mixed], horizon=3, model="naive") == straight


def test_overlap_is_that_of_the_actual_distances() -> None:
    assert overlap(np.arange(0, 80, 8), 24) == math.ceil(24 / 8) - 1
    assert overlap(np.arange(0, 80, 7), 24) == math.ceil(24 / 7) - 1
    assert overlap(np.arange(0, 80, 24), 24) == 0
    fold = np.array([0, 1, 2])
    assert overlap(np.concatenate([fold, fold + 14, fold + 28]), 12) == 2


@pytest.mark.parametrize(("lags", "most"), [(0, 0.07), (2, 0.10)])
def test_equal_skill_is_rejected_about_as_often_as_the_level_says(lags: int, most: float) -> None:
    rng, rejected, trials = np.random.default_rng(7), 0, 1000
    for _ in range(trials):
        d = np.convolve(rng.normal(size=40 + lags), np.ones(lags + 1), "valid")
        found = compare_losses(d, np.arange(40), horizon=lags + 1, model="naive")
        rejected += found.tie is False
    assert 0.03 < rejected / trials < most


def test_no_test_under_ten_cutoffs() -> None:
    found = compare_losses(np.arange(9.0), np.arange(9), horizon=1, model="naive")
    assert (found.p, found.statistic, found.tie) == (None, None, None)
    assert found.reason == "9 cutoffs, needs 10"
    missing = np.append(np.arange(9.0), np.nan)
    assert compare_losses(missing, np.arange(10), horizon=1, model="naive").cutoffs == 9


def test_no_test_where_too_few_horizons_lie_side_by_side() -> None:
    d = np.random.default_rng(0).normal(size=20)
    found = compare_losses(d[:19], np.arange(19), horizon=4, model="naive")
    assert found.reason == "19 cutoffs, needs 20 as horizons overlap"
    assert found.p is None
    assert compare_losses(d, np.arange(20), horizon=4, model="naive").p is not None


def test_variance_that_is_not_positive_is_weighted() -> None:
    d = np.array([1.0, -1.0] * 10)
    covariance = [1.0, -19 / 20]
    assert covariance[0] + 2 * covariance[1] < 0
    weighted = (covariance[0] + 2 * 0.5 * covariance[1]) / 20
    assert mean_variance(d, 1) == pytest.approx(weighted)
    found = compare_losses(d + 0.1, np.arange(20), horizon=2, model="naive")
    assert found.statistic is not None
    assert math.isfinite(found.statistic)


def test_equal_losses_tie_and_a_constant_difference_does_not() -> None:
    same = compare_losses(np.zeros(12), np.arange(12), horizon=1, model="naive")
    assert (same.p, same.statistic, same.tie) == (1.0, 0.0, True)
    worse = compare_losses(np.full(12, 0.1), np.arange(12), horizon=1, model="naive")
    assert (worse.p, worse.statistic, worse.tie) == (0.0, None, False)
    assert worse.reason == "the losses differ by the same at each cutoff"


def walked(scale: float, y: np.ndarray, **forecasts: np.ndarray) -> Evaluation:
    """Two series and two folds of six cutoffs, two steps ahead and two apart."""
    results, scales = [], np.array([scale, 2 * scale])
    for index in range(2):
        first = 20 + 12 * index
        fold = Fold(index, Span(0, first, first), tuple(range(first, first + 12, 2)), first + 13)
        part = slice(6 * index, 6 * index + 6)
        found = {name: values[:, part] for name, values in forecasts.items()}
        seconds = dict.fromkeys(forecasts, Seconds(0.0, 0.0))
        results.append(FoldResult(fold, y[:, part], scales, scales, found, seconds, {}, {}, {}))
    return Evaluation(2, 1, tuple(forecasts), tuple(results))


@pytest.mark.parametrize("measure", ["mase", "mae"])
def test_loss_of_a_cutoff_is_the_mean_over_series_and_steps(measure: str) -> None:
    rng = np.random.default_rng(1)
    y, a, b = rng.normal(size=(3, 2, 12, 2))
    y[0, 3, 1] = np.nan
    scale = np.array([4.0, 8.0]) if measure == "mase" else np.ones(2)
    losses = [np.nanmean(np.abs(y - found) / scale[:, None, None], axis=(0, 2)) for found in (a, b)]
    found = difference_between(
        walked(4.0, y, gru=a, naive=b), ("gru",), ("naive",), measure=measure, model="naive"
    )
    statistic, p = slow_reference((losses[0] - losses[1]).tolist(), 1)
    assert found.statistic == pytest.approx(statistic)
    assert found.p == pytest.approx(p)
    assert (found.model, found.cutoffs) == ("naive", 12)


def test_series_without_a_scale_is_left_out_and_one_below_is_better() -> None:
    rng = np.random.default_rng(1)
    y, noise = rng.normal(size=(2, 2, 12, 2))
    good, bad = y + 0.1 * noise, y + noise
    evaluation = walked(1.0, y, gru=good, naive=bad)
    found = difference_between(evaluation, ("gru",), ("naive",), measure="mase", model="naive")
    back = difference_between(evaluation, ("naive",), ("gru",), measure="mase", model="gru")
    assert found.statistic is not None
    assert found.statistic < 0
    assert (back.statistic, back.p) == (-found.statistic, found.p)
    for result in evaluation.folds:
        result.mase_scale[1] = 0.0
    bad[1] = 1e9  # counts for nothing
    alone = difference_between(evaluation, ("gru",), ("naive",), measure="mase", model="naive")
    assert alone.p is not None
    assert alone.p != found.p


def test_shown_probabilities_grow_with_the_probability() -> None:
    shown = [
        compare_losses(np.array([0.0, 2.0] * 8) - shift, np.arange(16), horizon=1, model="m").shown
        for shift in (-9.0, 0.4, 1.0)
    ]
    assert shown[0] == "<0.001"
    assert shown[2] == "1.000"
    assert all(left != right for left, right in pairwise(shown))


def test_losses_of_several_seeds_are_averaged() -> None:
    rng = np.random.default_rng(1)
    y, one, two, naive = rng.normal(size=(4, 2, 12, 2))
    evaluation = walked(1.0, y, one=one, two=two, naive=naive)
    losses = [np.abs(y - found).mean(axis=(0, 2)) for found in (one, two, naive)]
    found = difference_between(evaluation, ("one", "two"), ("naive",), measure="mae", model="naive")
    statistic, _ = slow_reference(((losses[0] + losses[1]) / 2 - losses[2]).tolist(), 1)
    assert found.statistic == pytest.approx(statistic)
