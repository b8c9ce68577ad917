"""That what a generator calls the floor is the error of the true model, and no less."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from forecast.testing.generators import (
    GENERATORS,
    MadeSeries,
    autoregression,
    intermittent_counts,
    random_walk,
)

MANY, ROWS, H = 40, 600, 24
CUTOFFS = range(350, 550, 10)


def made(name: str, seed: int = 0) -> MadeSeries:
    return GENERATORS[name](ROWS, n_series=MANY, seed=seed)


@pytest.mark.parametrize("name", GENERATORS)
def test_frame_is_long_hourly_and_the_same_for_the_same_seed(name: str) -> None:
    one = made(name)
    assert list(one.frame.columns) == ["unique_id", "ds", "y"]
    assert one.frame["unique_id"].nunique() == MANY
    stamps = one.frame.groupby("unique_id")["ds"].agg(["min", "max", "count"]).drop_duplicates()
    assert stamps.to_numpy().tolist() == [
        [pd.Timestamp("2024-01-01"), pd.Timestamp("2024-01-25 23:00"), ROWS]
    ]
    assert one.frame.equals(made(name).frame)
    assert not one.frame.equals(made(name, seed=1).frame)


@pytest.mark.parametrize("name", GENERATORS)
def test_true_model_is_right_on_average_and_its_errors_follow_from_nothing_known(
    name: str,
) -> None:
    one = made(name)
    error = one.surprise(CUTOFFS, H)
    assert error.shape == (MANY, len(CUTOFFS), H)
    rows = np.array(CUTOFFS)
    known = one.values[:, rows] - one.mean[:, rows]
    for part in (error, known[:, :, None] * error):
        each = part.mean(axis=(1, 2))  # series are independent, cutoffs and steps are not
        assert abs(each.mean()) < 3.5 * each.std() / np.sqrt(MANY)


@pytest.mark.parametrize("name", GENERATORS)
def test_no_value_after_the_cutoff_is_in_the_true_forecast(name: str) -> None:
    one = made(name)
    before = one.expected([400], H)
    one.values[:, 401:] += 100.0
    np.testing.assert_array_equal(one.expected([400], H), before)


def test_random_walk_is_forecast_by_its_last_value_and_grows_as_the_root() -> None:
    walk = random_walk(ROWS, n_series=400)
    np.testing.assert_allclose(walk.expected([300], H)[:, 0, 5], walk.values[:, 300])
    spread = np.sqrt((walk.surprise([300], H) ** 2).mean(axis=(0, 1)))
    np.testing.assert_allclose(spread, np.sqrt(np.arange(1, H + 1)), rtol=0.15)


def test_autoregression_is_stationary_and_forecast_by_its_equation() -> None:
    one = autoregression(ROWS, n_series=400, memory=(0.6, -0.2))
    y = one.values
    first = 20 + 0.6 * (y[:, 300] - 20) - 0.2 * (y[:, 299] - 20)
    second = 20 + 0.6 * (first - 20) - 0.2 * (y[:, 300] - 20)
    np.testing.assert_allclose(one.expected([300], 2)[:, 0], np.stack([first, second], axis=1))
    variance = 1.2 / (0.8 * (1.2**2 - 0.6**2))  # (1 - b) / ((1 + b) ((1 - b)^2 - a^2))
    np.testing.assert_allclose(y[:, [0, 300, 599]].var(axis=0), variance, rtol=0.25)


def test_counts_are_counts_and_mostly_none() -> None:
    one = intermittent_counts(ROWS, n_series=MANY, occurrence=0.3)
    assert (one.values == np.rint(one.values)).all()
    assert one.values.min() == 0
    assert np.mean(one.values == 0) == pytest.approx(0.7, abs=0.02)
    assert one.floor(CUTOFFS, H) == pytest.approx(np.sqrt(0.3 * (9 + 2) - 0.9**2), rel=0.05)
