"""ARIMA: what is left after differencing, explained by its past and by past errors.

The season is differenced where a test of the autocorrelation finds one and it has at most 24
steps; ordinary differences are taken while KPSS rejects a steady level. The orders are the ones of
least AICc among a small grid, fitted by least squares conditional on nothing before the window.

References
----------
Box & Jenkins (1970), Time Series Analysis; Hyndman & Khandakar (2008), Automatic time series
forecasting: the forecast package for R; Kwiatkowski, Phillips, Schmidt & Shin (1992).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from forecast.data.arrays import FloatArray
from forecast.models.decompose import filled_between, seasonal

LONGEST_SEASON = 24
"""In steps; a longer one is not modelled."""
ORDERS = ((0, 0), (1, 0), (0, 1), (1, 1), (2, 0), (0, 2), (2, 1), (1, 2), (2, 2))
SEASONAL_ORDERS = ((0, 1), (1, 0), (1, 1), (0, 0))
FIRST = (1, 1)
"""Orders beside which the seasonal ones are chosen."""
STEADY = 0.463
"""KPSS statistic of a steady level that is exceeded in 5 % of samples."""
MOST_DIFFERENCES = 2
LEAST = 10
"""Differences that orders are fitted to."""
EDGE = 0.98
"""Largest partial autocorrelation: nearer to 1, errors never die out."""
UNUSED = 0.0
MOST_STEPS, MOST_TRIES, NUDGE, ENOUGH = 20, 5, 1e-6, 1e-5
"""Of the descent: steps, shorter steps tried, a difference, and the least gain of a step."""


class Orders(NamedTuple):
    """How many coefficients: of past values, of past errors, the same a season apart; a mean."""

    ar: int
    ma: int
    seasonal_ar: int
    seasonal_ma: int
    mean: bool

    @property
    def size(self) -> int:
        """Coefficients in all."""
        return sum(self)


class Arima:
    """Fits orders and coefficients to each series.

    Its parameters: ordinary and seasonal differences, the mean of what they leave, two
    coefficients of past values, two of past errors, one each a season apart; 0 where unused.

    Parameters
    ----------
    season_length : int, in steps
    """

    bounds: tuple[tuple[float, float], ...] = (
        (0.0, 2.0),
        (0.0, 1.0),
        (-np.inf, np.inf),
        *((-2.0, 2.0),) * 4,
        *((-1.0, 1.0),) * 2,
    )

    def __init__(self, season_length: int) -> None:
        self.season_length = season_length

    def fit(self, windows: FloatArray) -> FloatArray:
        """Fit one series after the other; see `Method`."""
        rows = filled_between(windows)
        test = seasonal(windows, self.season_length)
        if self.season_length > LONGEST_SEASON:
            test[:] = False
        return np.stack(
            [self._fit(row[np.isfinite(row)], int(ok)) for row, ok in zip(rows, test, strict=True)]
        )

    def _fit(self, values: FloatArray, times: int) -> FloatArray:
        """Fit values (T,) after ``times`` seasonal differences."""
        order, left = _differences(_seasonal(values, self.season_length, times), times)
        nothing = np.full(len(self.bounds), np.nan)
        if len(left) < LEAST or np.ptp(left) <= 0:
            return nothing
        with_mean = order + times == 0
        season = self.season_length if times else 0
        first = [
            Orders(*FIRST, *pair, with_mean) for pair in (SEASONAL_ORDERS if season else ((0, 0),))
        ]
        tried = {orders: _estimate(left, orders, season) for orders in first}
        best = min(tried, key=lambda orders: tried[orders][1])
        for pair in ORDERS:
            orders = Orders(*pair, best.seasonal_ar, best.seasonal_ma, with_mean)
            tried.setdefault(orders, _estimate(left, orders, season))
        best = min(tried, key=lambda orders: tried[orders][1])
        if order + times == 1:
            drifting = best._replace(mean=True)
            tried[drifting] = _estimate(left, drifting, season)
            best = min((best, drifting), key=lambda orders: tried[orders][1])
        found, criterion = tried[best]
        if not np.isfinite(criterion):
            return nothing
        return np.concatenate([[float(order), float(times)], found])

    def forecast(self, windows: FloatArray, parameters: FloatArray, horizon: int) -> FloatArray:
        """Filter the errors out of each window and go on without; see `Method`."""
        found = np.full((len(windows), horizon), np.nan)
        rows = filled_between(windows)
        behind = np.argmax(np.isfinite(rows)[:, ::-1], axis=1)
        alike = np.concatenate([parameters, behind[:, None]], axis=1)
        kinds, kind = np.unique(alike, axis=0, return_inverse=True)
        for number, values in enumerate(kinds):
            here = np.flatnonzero(kind.reshape(-1) == number)
            late = int(values[-1])
            upto = rows[here, : rows.shape[1] - late]
            found[here] = self._ahead(upto, values[:-1], horizon + late)[:, late:]
        return found

    def _ahead(self, rows: FloatArray, parameters: FloatArray, horizon: int) -> FloatArray:
        """Forecast rows (M, W) that share their parameters and end with a value."""
        from scipy.signal import lfilter  # a tenth of a second to import

        order, times, mean, *coefficients = parameters
        m = self.season_length
        past, errors = _polynomials(np.array(coefficients), m if times else 0)
        whole = np.ones(1)
        for _ in range(int(order)):
            whole = np.convolve(whole, [1.0, -1.0])
        if times:
            whole = np.convolve(whole, _lagged(1.0, m))
        size = len(whole) - 1
        if rows.shape[1] <= size:
            return np.full((len(rows), horizon), np.nan)
        left = sum(
            weight * rows[:, size - lag : rows.shape[1] - lag] for lag, weight in enumerate(whole)
        )
        left = np.where(np.isfinite(left), left - mean, 0.0)
        noise = lfilter(past, errors, left, axis=1)
        room = np.zeros((len(rows), max(len(past), len(errors))))
        ahead = np.zeros((len(rows), horizon))
        left = np.concatenate([room, left, ahead], axis=1)
        noise = np.concatenate([room, noise, ahead], axis=1)
        values = np.concatenate([rows, ahead], axis=1)
        for step in range(horizon):
            at, row = left.shape[1] - horizon + step, rows.shape[1] + step
            before = left[:, at - len(past) + 1 : at][:, ::-1] @ past[1:]
            shocks = noise[:, at - len(errors) + 1 : at][:, ::-1] @ errors[1:]
            left[:, at] = shocks - before
            values[:, row] = left[:, at] + mean - values[:, row - size : row][:, ::-1] @ whole[1:]
        return values[:, rows.shape[1] :]


def _estimate(left: FloatArray, orders: Orders, season: int) -> tuple[FloatArray, float]:
    """Find mean and coefficients by conditional least squares, and AICc."""
    from scipy.signal import lfilter

    size = orders.size + 1
    room = len(left) - size - 1
    spread = float(left.std())
    centre = float(left.mean()) if orders.mean else 0.0

    def unpack(free: FloatArray) -> FloatArray:
        mean = centre + spread * free[-1] if orders.mean else 0.0
        return np.array([mean, *_coefficients(free, orders)])

    def noise(free: FloatArray) -> FloatArray:
        mean, *coefficients = unpack(free)
        past, errors = _polynomials(np.array(coefficients), season)
        return np.asarray(lfilter(past, errors, left - mean)) / spread

    if room <= 0:
        return unpack(np.zeros(orders.size)), np.inf
    free = np.zeros(orders.size)
    if len(free):
        free[: orders.size - orders.mean] = 0.1
        free = _descend(noise, free)
    error = float((noise(free) ** 2).mean()) * spread**2
    criterion = len(left) * np.log(max(error, np.finfo(np.float64).tiny)) + 2 * size
    return unpack(free), float(criterion + 2 * size * (size + 1) / room)


def _descend(noise: Callable[[FloatArray], FloatArray], free: FloatArray) -> FloatArray:
    """Make the sum of squares of ``noise`` small by the steps of Levenberg and Marquardt."""
    here, damping = noise(free), 1e-2
    loss = float(here @ here)
    for _ in range(MOST_STEPS):
        slopes = np.stack([noise(free + move) - here for move in NUDGE * np.eye(len(free))]) / NUDGE
        curve, slope = slopes @ slopes.T, slopes @ here
        ridge = np.diag(np.diag(curve) + 1e-9 * max(loss, 1.0))
        before = loss
        for _ in range(MOST_TRIES):
            tried = free - np.linalg.solve(curve + damping * ridge, slope)
            there = noise(tried)
            found = float(there @ there)
            if found < loss:
                free, here, loss = tried, there, found
                damping /= 5
                break
            damping *= 5
        if before - loss <= ENOUGH * before:
            break
    return free


def _coefficients(free: FloatArray, orders: Orders) -> list[float]:
    """Turn free numbers into coefficients whose effects die out, in the order of the bounds."""
    partial = EDGE * np.tanh(free)
    place, found = 0, []
    for count, most in zip(orders[:4], (2, 2, 1, 1), strict=True):
        each = list(partial[place : place + count])
        if count > 1:
            each[0] *= 1 - each[1]
        found += [*each, *[UNUSED] * (most - count)]
        place += count
    return found


def _polynomials(coefficients: FloatArray, season: int) -> tuple[FloatArray, FloatArray]:
    """Return the polynomials of past values and of past errors, 1 first."""
    ar, ma = coefficients[:2], coefficients[2:4]
    past, errors = np.array([1.0, *-ar]), np.array([1.0, *-ma])
    if season:
        past = np.convolve(past, _lagged(coefficients[4], season))
        errors = np.convolve(errors, _lagged(coefficients[5], season))
    return past, errors


def _lagged(weight: float, season: int) -> FloatArray:
    found = np.zeros(season + 1)
    found[0], found[-1] = 1.0, -weight
    return found


def _seasonal(values: FloatArray, season: int, times: int) -> FloatArray:
    return values[season:] - values[:-season] if times else values


def _differences(values: FloatArray, before: int) -> tuple[int, FloatArray]:
    """Difference until the level is steady, and tell how often."""
    order = 0
    while order + before < MOST_DIFFERENCES and len(values) > LEAST and kpss(values) > STEADY:
        values = np.diff(values)
        order += 1
    return order, values


def kpss(values: FloatArray) -> float:
    """Statistic of Kwiatkowski et al. (1992) for a steady level; large where it is not.

    Bartlett weights up to lag ``4 (n / 100)^(1/4)``.
    """
    apart = values - values.mean()
    count = len(apart)
    lags = int(4 * (count / 100) ** 0.25)
    variance = float(apart @ apart)
    for lag in range(1, lags + 1):
        variance += 2 * (1 - lag / (lags + 1)) * float(apart[lag:] @ apart[:-lag])
    total = np.cumsum(apart)
    return float(total @ total) / (count * variance) if variance > 0 else 0.0
