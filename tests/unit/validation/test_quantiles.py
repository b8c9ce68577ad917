from __future__ import annotations

import numpy as np
import pytest

from forecast.metrics.quantile import crps_from_quantiles, pinball, weighted_quantile_loss
from forecast.validation.quantiles import (
    NO_FORECAST,
    QuantileForecasts,
    between_edges,
    score_quantiles,
)

LEVELS = (0.1, 0.5, 0.9)
RNG = np.random.default_rng(0)
Y = RNG.normal(size=(2, 3, 4)) * [[[1.0]], [[10.0]]]
FOUND = np.sort(RNG.normal(size=(2, 3, 4, 3)), axis=-1)


def test_scores_are_those_of_the_measures() -> None:
    found = score_quantiles([(Y, QuantileForecasts(LEVELS, FOUND))])
    flat, values = Y.reshape(2, -1), FOUND.reshape(2, -1, 3)
    for place, level in enumerate(LEVELS):
        expected = pinball(flat, values[..., [place]], (level,)).mean()
        assert found.pinball[level] == pytest.approx(expected)
    assert found.crps == pytest.approx(crps_from_quantiles(flat, values, LEVELS).mean())
    whole = weighted_quantile_loss(Y.reshape(-1), FOUND.reshape(-1, 3), LEVELS)
    assert found.weighted_quantile_loss == pytest.approx(float(whole))
    assert (found.source, found.forecasts, found.reasons) == ("head", 24, {})


def test_scores_of_series_scored_apart_are_those_of_all_together() -> None:
    y = Y.copy()
    y[0, 1] = np.nan
    together = score_quantiles([(y, QuantileForecasts(LEVELS, FOUND))])
    apart = score_quantiles(
        [(y[[row]], QuantileForecasts(LEVELS, FOUND[[row]])) for row in range(2)]
    )
    assert apart.forecasts == together.forecasts == 20
    assert apart.crps == pytest.approx(together.crps)
    assert apart.weighted_quantile_loss == pytest.approx(together.weighted_quantile_loss)


def test_ends_of_intervals_are_quantiles_and_the_forecast_is_their_median() -> None:
    y_hat = np.zeros((2, 3, 4))
    found = between_edges(y_hat, {80.0: (y_hat - 1, y_hat + 1), 95.0: (y_hat - 2, y_hat + 2)})
    assert found.levels == (0.025, 0.1, 0.5, 0.9, 0.975)
    assert found.values[0, 0, 0].tolist() == [-2, -1, 0, 1, 2]
    assert found.source == "intervals"


def test_what_is_undefined_is_none_with_a_reason() -> None:
    zero = np.zeros((1, 1, 2))
    found = score_quantiles([(zero, QuantileForecasts(LEVELS, np.ones((1, 1, 2, 3))))])
    assert found.weighted_quantile_loss is None
    assert found.reasons == {"weighted_quantile_loss": "every actual value is 0"}
    assert found.crps is not None
    gone = score_quantiles([(zero * np.nan, QuantileForecasts(LEVELS, np.ones((1, 1, 2, 3))))])
    assert (gone.crps, gone.source, gone.forecasts) == (None, None, 0)
    assert gone.reasons == {"weighted_quantile_loss": NO_FORECAST, "crps": NO_FORECAST}


def test_a_level_that_no_forecast_has_is_named() -> None:
    found = score_quantiles([(Y, QuantileForecasts(LEVELS, FOUND))], missing=(0.025,))
    assert list(found.pinball) == [0.025, 0.1, 0.5, 0.9]
    assert found.pinball[0.025] is None
    assert found.reasons == {"pinball 0.025": NO_FORECAST}
