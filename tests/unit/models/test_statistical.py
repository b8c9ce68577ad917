"""The statistical methods: what they share, and that each agrees with another implementation."""

from __future__ import annotations

import sys
import warnings

import numpy as np
import pytest
import torch
from statsmodels.tsa.forecasting.theta import ThetaModel
from statsmodels.tsa.holtwinters import ExponentialSmoothing
from statsmodels.tsa.statespace.sarimax import SARIMAX
from statsmodels.tsa.stattools import kpss as kpss_of_statsmodels

from forecast.data.arrays import FloatArray
from forecast.data.panel import Panel, Span
from forecast.errors import MissingExtraError
from forecast.models.arima import Arima, kpss
from forecast.models.ets import FORMS, KEPT, Ets
from forecast.models.forecaster import FitContext
from forecast.models.naive import Naive
from forecast.models.registry import STATISTICAL, restore
from forecast.models.statistical import StatisticalForecaster, build_statistical
from forecast.testing.panels import make_panel
from forecast.training.monitor import SilentMonitor

SEASON = 12
every_method = pytest.mark.parametrize("name", STATISTICAL)


class Listener(SilentMonitor):
    def __init__(self) -> None:
        self.heard: list[str] = []

    def say(self, text: str) -> None:
        self.heard.append(text)


def fitted(
    name: str, panel: Panel, *, season: int = SEASON, rows: int = 96
) -> StatisticalForecaster:
    context = FitContext("fit", 0, 1, 0, Listener())
    return build_statistical(name, season_length=season).fit(
        panel, span=Span(0, rows, rows), context=context
    )


def monthly(rows: int = 120, seed: int = 0) -> FloatArray:
    rng = np.random.default_rng(seed)
    place = np.arange(rows)
    factors = 1 + 0.3 * np.sin(2 * np.pi * place / SEASON)
    return np.asarray((50 + place) * factors * (1 + 0.02 * rng.normal(size=rows)))


@every_method
def test_a_trend_and_a_season_are_forecast(name: str) -> None:
    values = monthly()
    panel = make_panel(values)
    found = fitted(name, panel).predict(panel, np.array([95, 100, 107]), horizon=12)[0]
    actual = np.stack([values[cutoff + 1 : cutoff + 13] for cutoff in (95, 100, 107)])
    assert np.abs(found / actual - 1).mean() < 0.05


@every_method
def test_later_rows_move_the_forecast_and_not_the_parameters(name: str) -> None:
    panel = make_panel(monthly())
    forecaster = fitted(name, panel)
    before = forecaster.state()["parameters"].numpy().tobytes()
    found = forecaster.predict(panel, np.array([95, 107]), horizon=12)[0]
    assert forecaster.state()["parameters"].numpy().tobytes() == before
    assert found[1].mean() > found[0].mean() + 5


@every_method
def test_a_gap_in_the_rows_hardly_matters(name: str) -> None:
    values = monthly()
    holed = values.copy()
    holed[[40, 41, 70, 95]] = np.nan
    whole, other = (
        fitted(name, make_panel(series)).predict(make_panel(series), np.array([95]), horizon=12)
        for series in (values, holed)
    )
    assert np.abs(other / whole - 1).max() < 0.08


@every_method
def test_constant_and_short_series_repeat_their_last_value_and_that_is_said(name: str) -> None:
    listener = Listener()
    panel = make_panel(np.full(96, 3.5), np.array([1.0, 2.0, 4.0]), monthly(96), first=(0, 93, 0))
    forecaster = build_statistical(name, season_length=SEASON)
    context = FitContext("fit", 0, 1, 0, listener)
    forecaster.fit(panel, span=Span(0, 96, 96), context=context)
    at = np.array([95])
    found = forecaster.predict(panel, at, horizon=5)
    np.testing.assert_array_equal(found[:2], Naive().predict(panel, at, horizon=5)[:2])
    (said,) = listener.heard
    assert said.startswith("fit: 2 of 3 series are forecast by their last value")


@every_method
def test_history_is_capped_and_rows_before_it_change_nothing(name: str) -> None:
    rows = 600
    values = monthly(rows)
    other = np.concatenate([values[:300] * 9, values[300:]])
    found = [
        fitted(name, make_panel(series), rows=rows).predict(
            make_panel(series), np.array([rows - 1]), horizon=6
        )
        for series in (values, other)
    ]
    np.testing.assert_array_equal(found[0], found[1])
    assert build_statistical(name, season_length=SEASON).context_length == 240


@every_method
@pytest.mark.parametrize("change", ["name", "shape", "type", "bounds", "season", "extra"])
def test_a_forged_bundle_is_refused(name: str, change: str) -> None:
    forecaster = fitted(name, make_panel(monthly()))
    settings, state = dict(forecaster.settings()), dict(forecaster.state())
    numbers = state["parameters"]
    if change == "name":
        state = {"weights": numbers}
    elif change == "shape":
        state = {"parameters": numbers[:, :-1].clone()}
    elif change == "type":
        state = {"parameters": numbers.to(torch.float32)}
    elif change == "bounds":
        state = {"parameters": numbers + 5.0}
    elif change == "season":
        settings["season_length"] = 10**9
    else:
        settings["window"] = 3
    with pytest.raises(ValueError, match=r"parameters|season_length|settings"):
        restore(name, settings, state, unique_ids=("s0",))


def test_stl_ets_without_statsmodels_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "statsmodels.tsa.seasonal", None)
    with pytest.raises(MissingExtraError, match="extra 'stats'") as caught:
        fitted("stl_ets", make_panel(monthly()))
    assert caught.value.fix == "pip install 'forecast-rnn[stats]'"


def test_theta_agrees_with_statsmodels() -> None:
    values = monthly(96)
    found = fitted("theta", make_panel(values)).predict(
        make_panel(values), np.array([95]), horizon=12
    )[0, 0]
    other = ThetaModel(values, period=SEASON, method="multiplicative").fit().forecast(12)
    np.testing.assert_allclose(found, other.to_numpy(), rtol=0.02)


def test_ets_of_given_weights_filters_like_statsmodels() -> None:
    values = np.random.default_rng(3).normal(size=80).cumsum() + 100
    window = values[None] / np.abs(values).mean()
    method = Ets(1)
    form = float(FORMS.index(("add", "none")))
    alpha, beta = 0.4, 0.1
    kept = np.zeros((1, len(method.bounds)))
    kept[0, :6] = form, 1.0, alpha, beta, 0.0, 1.0
    found = method.forecast(window, kept, 6)[0]
    line = np.polynomial.polynomial.polyfit(np.arange(1, 11), window[0, :10], 1)
    other = ExponentialSmoothing(
        window[0], trend="add", initialization_method="known",
        initial_level=line[0], initial_trend=line[1],
    ).fit(smoothing_level=alpha, smoothing_trend=beta / alpha, optimized=False)  # fmt: skip
    np.testing.assert_allclose(found, other.forecast(6), rtol=1e-9)


def test_ets_weights_are_likelier_than_their_neighbours() -> None:
    rng = np.random.default_rng(4)
    shocks = rng.normal(size=400)
    values = 50 + np.concatenate([[0.0], 0.3 * shocks[:-1].cumsum()]) + shocks  # alpha is 0.3
    found = Ets(1).fit(values[None] / np.abs(values).mean())[0]
    assert FORMS[int(found[0])] == ("none", "none")
    assert found[2] == pytest.approx(0.3, abs=0.1)


def test_ets_forecasts_the_mean_of_the_likeliest_forms() -> None:
    values = monthly(96)[None]
    window = values / np.abs(values).mean()
    method = Ets(SEASON)
    kept = method.fit(window).reshape(1, KEPT, -1)
    shares = kept[0, :, 1]
    assert len(set(kept[0, :, 0])) == KEPT
    assert shares.sum() == pytest.approx(1)
    assert shares.tolist() == sorted(shares, reverse=True)
    alone = []
    for place in range(KEPT):
        one = np.zeros_like(kept)
        one[0, 0] = kept[0, place]
        one[0, 0, 1] = 1.0
        alone.append(method.forecast(window, one.reshape(1, -1), 12)[0])
    found = method.forecast(window, kept.reshape(1, -1), 12)[0]
    np.testing.assert_allclose(found, shares @ np.array(alone), rtol=1e-12)
    assert not np.allclose(alone[0], alone[1])


def test_ets_of_a_short_series_keeps_only_forms_that_it_can_bear() -> None:
    window = np.concatenate([np.full(7, np.nan), [0.75, 1.0, 0.9, 1.25, 1.1]])
    kept = Ets(SEASON).fit(window[None]).reshape(KEPT, -1)
    assert FORMS[int(kept[0, 0])] == ("none", "none")
    assert kept[:, 1].tolist() == [1.0, 0.0, 0.0]


def test_arima_finds_the_coefficients_that_statsmodels_does() -> None:
    rng = np.random.default_rng(5)
    values = np.zeros(400)
    for row in range(1, 400):
        values[row] = 0.7 * values[row - 1] + rng.normal()
    values += 20
    found = fitted("arima", make_panel(values), season=1, rows=400).predict(
        make_panel(values), np.array([399]), horizon=5
    )[0, 0]
    history = values[-200:]  # 200 rows are looked at
    other = SARIMAX(history, order=(1, 0, 0), trend="c").fit(disp=0).forecast(5)
    np.testing.assert_allclose(found, other, rtol=0.02)
    parameters = Arima(1).fit(history[None] / np.abs(history).mean())[0]
    assert parameters[:2].tolist() == [0.0, 0.0]
    assert parameters[3] == pytest.approx(0.7, abs=0.15)


def test_arima_of_a_season_above_24_has_no_seasonal_terms() -> None:
    values = np.tile(np.arange(30.0), 20) + np.random.default_rng(0).normal(size=600)
    parameters = fitted("arima", make_panel(values), season=30, rows=600).state()["parameters"]
    assert parameters[0, 1] == 0
    assert parameters[0, -2:].tolist() == [0.0, 0.0]


@pytest.mark.parametrize("seed", range(3))
def test_kpss_equals_statsmodels(seed: int) -> None:
    values = np.random.default_rng(seed).normal(size=150).cumsum()
    lags = int(4 * (150 / 100) ** 0.25)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a p-value outside its table, and a tuple to come
        other = kpss_of_statsmodels(values, regression="c", nlags=lags)[0]
    assert kpss(values) == pytest.approx(other, rel=1e-9)


def test_factors_are_left_aside_where_a_window_has_come_to_zero() -> None:
    """A shop that was closed for weeks: the forecast after it stays among what was sold."""
    rng = np.random.default_rng(3)
    week = np.array([80.0, 90, 100, 110, 160, 200, 60])
    sold = np.round(np.tile(week, 60) * (1 + 0.03 * rng.normal(size=420)))
    closed = sold.copy()
    closed[300:342] = 0.0
    model = fitted("ets", make_panel(sold[:300]), season=7, rows=280)
    forms = np.asarray(model.state()["parameters"]).reshape(1, KEPT, -1)[0, :, 0]
    assert any(FORMS[int(form)][1] == "multiply" for form in forms), "else nothing is shown"
    ahead = model.predict(make_panel(closed), np.arange(343, 370), horizon=7)
    assert np.isfinite(ahead).all()
    assert ahead.max() < 1.5 * sold.max()
