from __future__ import annotations

import numpy as np
import pytest
from statsmodels.tsa.seasonal import seasonal_decompose
from statsmodels.tsa.stattools import acf

from forecast.models.decompose import figure_of, filled_between, seasonal
from forecast.models.naive import Naive
from forecast.models.naive2 import Naive2
from forecast.testing.panels import make_panel

SEASON = 12


def monthly(rows: int, *, noise: float = 0.02, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    place = np.arange(rows)
    factors = 1 + 0.4 * np.sin(2 * np.pi * place / SEASON)
    return np.asarray((100 + place) * factors * (1 + noise * rng.normal(size=rows)))


@pytest.mark.parametrize("rows", [60, 61, 71])
def test_figure_equals_the_classical_decomposition_of_statsmodels(rows: int) -> None:
    values = monthly(rows)
    # phases are counted from the end: the window is made to begin with a whole season
    window = np.concatenate([np.full(-rows % SEASON, np.nan), values])[None]
    for multiplies, kind in ((True, "multiplicative"), (False, "additive")):
        found = figure_of(
            window, SEASON, asked=np.array([True]), factor=np.array([multiplies])
        ).values[0]
        expected = seasonal_decompose(values, model=kind, period=SEASON).seasonal
        np.testing.assert_allclose(found, expected[rows - SEASON :], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("noise", [0.05, 3.0])
def test_season_is_tested_as_in_the_m4(noise: float, seed: int) -> None:
    values = monthly(60, noise=noise, seed=seed)
    found = acf(values, nlags=SEASON, fft=False)[1:]
    limit = 1.645 / np.sqrt(60) * np.sqrt(1 + 2 * (found[:-1] ** 2).sum())
    assert seasonal(values[None], SEASON)[0] == (abs(found[-1]) > limit)


def test_less_than_three_seasons_are_no_season() -> None:
    values = np.tile(np.random.default_rng(1).normal(size=SEASON), 3)[None]
    assert seasonal(values, SEASON)[0]
    assert not seasonal(values[:, 1:], SEASON)[0]


def test_naive2_repeats_the_last_value_with_the_season_ahead() -> None:
    values = np.tile([2.0, 4.0, 6.0], 12)
    found = Naive2(3).predict(make_panel(values[:-1]), np.array([34]), horizon=4)[0, 0]
    np.testing.assert_allclose(found, [6.0, 2.0, 4.0, 6.0], rtol=1e-12)


def test_naive2_of_negative_values_adds_the_season() -> None:
    values = np.tile([-2.0, 4.0, 1.0], 12)
    found = Naive2(3).predict(make_panel(values[:-1]), np.array([34]), horizon=4)[0, 0]
    np.testing.assert_allclose(found, [1.0, -2.0, 4.0, 1.0], rtol=1e-12)


def test_naive2_without_a_season_is_naive() -> None:
    panel = make_panel(np.random.default_rng(0).normal(size=60).cumsum())
    at = np.array([40, 59])
    expected = Naive().predict(panel, at, horizon=5)
    np.testing.assert_array_equal(Naive2(12).predict(panel, at, horizon=5), expected)
    np.testing.assert_array_equal(Naive2(1).predict(panel, at, horizon=5), expected)


def test_gaps_are_crossed_by_straight_lines_and_ends_are_left() -> None:
    rows = np.array([[np.nan, 1.0, np.nan, np.nan, 4.0, np.nan]])
    np.testing.assert_array_equal(filled_between(rows), [[np.nan, 1.0, 2.0, 3.0, 4.0, np.nan]])
