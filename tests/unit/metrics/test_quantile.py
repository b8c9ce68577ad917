from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.metrics import mean_pinball_loss

from forecast.metrics.point import mae
from forecast.metrics.quantile import (
    coverage,
    crps_from_quantiles,
    crps_from_samples,
    pinball,
    scored_points,
    weighted_quantile_loss,
    width,
    winkler,
)

LEVELS = [0.1, 0.5, 0.9]
Z80 = float(stats.norm.ppf(0.9))


def forecasts(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=50), np.sort(rng.normal(size=(50, 3)), axis=1)


def test_pinball_equals_sklearn() -> None:
    y, found = forecasts()
    each = [mean_pinball_loss(y, found[:, place], alpha=q) for place, q in enumerate(LEVELS)]
    assert pinball(y, found, LEVELS) == pytest.approx(np.mean(each), rel=1e-12)


def test_quantile_measures_equal_utilsforecast() -> None:
    losses = pytest.importorskip("utilsforecast.losses", reason="utilsforecast is not installed")
    y, found = forecasts(1)
    frame = pd.DataFrame({"unique_id": "a", "ds": range(50), "y": y})
    for place, level in enumerate(LEVELS):
        frame["m"] = found[:, place]
        expected = losses.quantile_loss(frame, models={"m": "m"}, q=level)["m"].iloc[0]
        assert pinball(y, found[:, [place]], [level]) == pytest.approx(expected, rel=1e-12)
    names = {"m": ["low", "mid", "high"]}
    frame[names["m"]] = found
    expected = losses.scaled_crps(frame, models=names, quantiles=np.array(LEVELS))["m"].iloc[0]
    # it adds the machine's epsilon to what it divides by
    assert weighted_quantile_loss(y, found, LEVELS) == pytest.approx(expected, rel=1e-9)
    inside = losses.coverage(
        frame.rename(columns={"low": "m-lo-80", "high": "m-hi-80"}).assign(m=0.0), ["m"], 80
    )
    assert coverage(y, found[:, 0], found[:, 2]) / 100 == pytest.approx(inside["m"].iloc[0])


def test_median_pinball_is_half_of_the_absolute_error() -> None:
    y, found = forecasts()
    expected = mae(y, found[:, 1]) / 2
    assert pinball(y, found[:, [1]], [0.5]) == pytest.approx(expected, rel=1e-12)


def test_crps_of_a_normal_distribution_comes_out_from_quantiles_and_from_samples() -> None:
    y = np.array([-1.0, 0.3, 2.0])
    known = y * (2 * stats.norm.cdf(y) - 1) + 2 * stats.norm.pdf(y) - 1 / math.sqrt(math.pi)
    levels = np.linspace(0.0005, 0.9995, 1000)
    by_levels = np.tile(stats.norm.ppf(levels), (3, 1))
    drawn = np.random.default_rng(0).normal(size=(3, 20_000))
    for place in range(3):
        one = slice(place, place + 1)
        found = crps_from_quantiles(y[one], by_levels[one], levels.tolist())
        assert found == pytest.approx(known[place], abs=1e-3)
        assert crps_from_samples(y[one], drawn[one]) == pytest.approx(known[place], abs=0.02)


def test_crps_of_few_samples_is_not_too_high_on_average() -> None:
    rng = np.random.default_rng(1)
    y, few = rng.normal(size=20_000), rng.normal(size=(20_000, 3))
    assert crps_from_samples(y, few) == pytest.approx(1 / math.sqrt(math.pi), abs=0.02)


def test_crps_of_one_sample_is_the_absolute_error() -> None:
    y, found = forecasts()
    assert crps_from_samples(y, found[:, [1]]) == pytest.approx(mae(y, found[:, 1]), rel=1e-12)


def test_true_interval_covers_its_level_and_its_winkler_score_is_least() -> None:
    y = np.random.default_rng(2).normal(size=40_000)
    full = np.ones(len(y))
    assert coverage(y, -Z80 * full, Z80 * full) == pytest.approx(80, abs=1)
    assert width(y, -Z80 * full, Z80 * full) == pytest.approx(2 * Z80)
    scores = [winkler(y, -edge * full, edge * full, level=80) for edge in (Z80 / 2, Z80, 2 * Z80)]
    assert scores[1] == min(scores)


def test_winkler_is_the_pinball_of_both_ends() -> None:
    y, found = forecasts(3)
    both = pinball(y, found[:, [0, 2]], [0.1, 0.9])  # a mean of two
    expected = 2 * both * 2 / 0.2
    assert winkler(y, found[:, 0], found[:, 2], level=80) == pytest.approx(expected, rel=1e-9)


def test_points_that_lack_a_number_are_left_out_and_counted() -> None:
    y, found = forecasts(4)
    holed, part = y.copy(), found.copy()
    holed[3], part[7, 1] = np.nan, np.nan
    kept = np.delete(np.arange(50), [3, 7])
    assert scored_points(holed, part) == 48
    for measure in (pinball, weighted_quantile_loss, crps_from_quantiles):
        expected = measure(y[kept], found[kept], LEVELS)
        assert measure(holed, part, LEVELS) == pytest.approx(expected, rel=1e-12)
    assert crps_from_samples(holed, part) == pytest.approx(
        crps_from_samples(y[kept], found[kept]), rel=1e-12
    )


def test_nothing_to_score_is_nan_and_never_infinite() -> None:
    nothing, found = np.full(4, np.nan), np.zeros((4, 3))
    for value in (
        pinball(nothing, found, LEVELS),
        crps_from_quantiles(nothing, found, LEVELS),
        crps_from_samples(nothing, found),
        coverage(nothing, found[:, 0], found[:, 2]),
        width(nothing, found[:, 0], found[:, 2]),
        winkler(nothing, found[:, 0], found[:, 2], level=80),
        weighted_quantile_loss(np.zeros(4), found, LEVELS),
    ):
        assert math.isnan(float(value))


def test_a_table_of_series_gives_one_number_each() -> None:
    y, found = forecasts(5)
    table, cube = y.reshape(5, 10), found.reshape(5, 10, 3)
    each = [pinball(row, part, LEVELS) for row, part in zip(table, cube, strict=True)]
    np.testing.assert_allclose(pinball(table, cube, LEVELS), each, rtol=1e-12)
