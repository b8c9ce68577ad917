"""Measures of quantiles, intervals and sampled paths.

A point that lacks its actual value or any number of its forecast (nan) is not scored; a measure
without a single point to score is undefined, which is nan. `scored_points` counts them. As in
`forecast.metrics.point` the T points of the last axis are pooled: one series gives one number, a
table of series gives one number each. Lower is better, but for `coverage`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forecast.data.arrays import BoolArray, FloatArray, IntArray
from forecast.metrics.pool import mean_of, over


def pinball(y: FloatArray, quantiles: FloatArray, levels: Sequence[float]) -> FloatArray:
    """Pinball loss: ``mean max(q (y - y_hat), (q - 1) (y - y_hat))`` over levels and points.

    Parameters
    ----------
    y : array of shape (..., T), in units of the series
    quantiles : array of shape (..., T, Q), in units of the series
    levels : sequence of Q floats
        q, above 0 and below 1.

    Returns
    -------
    array of shape (...)
        In units of the series; at the level 0.5 alone, half of the mean absolute error.

    References
    ----------
    Koenker & Bassett (1978), Regression quantiles.

    Examples
    --------
    >>> float(pinball(np.array([10.0]), np.array([[8.0]]), [0.9]))
    1.8
    """
    return mean_of(_pinball(y, quantiles, levels).mean(axis=-1))


def weighted_quantile_loss(
    y: FloatArray, quantiles: FloatArray, levels: Sequence[float]
) -> FloatArray:
    """Weighted quantile loss: ``2 sum pinball / sum |y|``, averaged over the levels.

    Parameters
    ----------
    y : array of shape (..., T), in units of the series
    quantiles : array of shape (..., T, Q), in units of the series
    levels : sequence of Q floats

    Returns
    -------
    array of shape (...)
        Without unit; nan where every actual value is 0.

    References
    ----------
    Salinas, Flunkert, Gasthaus & Januschowski (2020), DeepAR, section 4.2 (the rho-risk).

    Examples
    --------
    >>> y, found = np.array([10.0, 0.0]), np.array([[8.0], [1.0]])
    >>> float(weighted_quantile_loss(y, found, [0.5]))
    0.3
    """
    loss = 2.0 * _pinball(y, quantiles, levels).mean(axis=-1)
    there = ~np.isnan(loss)
    total = np.where(there, loss, 0.0).sum(axis=-1)
    return over(total, np.where(there, np.abs(y), 0.0).sum(axis=-1))


def crps_from_quantiles(
    y: FloatArray, quantiles: FloatArray, levels: Sequence[float]
) -> FloatArray:
    """Continuous ranked probability score of a distribution known by some of its quantiles.

    Twice the pinball loss integrated over the levels by the trapezoid rule, the loss of the
    lowest and of the highest level reaching to 0 and to 1. It comes near the score of the whole
    distribution where the levels lie densely.

    Parameters
    ----------
    y : array of shape (..., T), in units of the series
    quantiles : array of shape (..., T, Q), in units of the series
    levels : sequence of Q floats
        Ascending.

    Returns
    -------
    array of shape (...)
        In units of the series.

    References
    ----------
    Laio & Tamea (2007), Verification tools for probabilistic forecasts of continuous hydrological
    variables, equation 13.

    Examples
    --------
    >>> float(crps_from_quantiles(np.array([2.0]), np.array([[1.0]]), [0.5]))
    1.0
    """
    loss = 2.0 * _pinball(y, quantiles, levels)
    edges = np.concatenate([[0.0], np.asarray(levels, dtype=np.float64), [1.0]])
    whole = np.concatenate([loss[..., :1], loss, loss[..., -1:]], axis=-1)
    middle = (whole[..., 1:] + whole[..., :-1]) / 2
    return mean_of((middle * np.diff(edges)).sum(axis=-1))


def crps_from_samples(y: FloatArray, samples: FloatArray) -> FloatArray:
    """Continuous ranked probability score of drawn values, fair for any number of them.

    ``mean |x_i - y| - sum_ij |x_i - x_j| / (2 n (n - 1))``; with one draw, the absolute error.

    Parameters
    ----------
    y : array of shape (..., T), in units of the series
    samples : array of shape (..., T, n), in units of the series

    Returns
    -------
    array of shape (...)
        In units of the series. A lucky draw may be below 0.

    References
    ----------
    Gneiting & Raftery (2007), Strictly proper scoring rules, section 4.2; Ferro (2014), Fair
    scores for ensemble forecasts.

    Examples
    --------
    >>> float(crps_from_samples(np.array([1.0]), np.array([[0.0, 2.0]])))
    0.0
    """
    count = samples.shape[-1]
    away = np.abs(samples - y[..., None]).mean(axis=-1)
    if count == 1:
        return mean_of(away)
    ordered = np.sort(samples, axis=-1)
    weight = 2.0 * np.arange(1, count + 1) - count - 1
    apart = (ordered * weight).sum(axis=-1) / (count * (count - 1))
    return mean_of(away - apart)


def coverage(y: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    """Share of the actual values within their interval, its ends included, in percent.

    Parameters
    ----------
    y, low, high : array of shape (..., T), in units of the series

    Returns
    -------
    array of shape (...)
        In percent; the level that was asked for is best.

    References
    ----------
    Gneiting & Raftery (2007), section 6.2.

    Examples
    --------
    >>> y, low, high = np.array([1.0, 5.0]), np.zeros(2), np.full(2, 2.0)
    >>> float(coverage(y, low, high))
    50.0
    """
    inside = np.where((y >= low) & (y <= high), 100.0, 0.0)
    return mean_of(np.where(np.isnan(y + low + high), np.nan, inside))


def width(y: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    """Mean width of the intervals that were scored: ``mean (high - low)``.

    Parameters
    ----------
    y, low, high : array of shape (..., T), in units of the series

    Returns
    -------
    array of shape (...)
        In units of the series.

    References
    ----------
    Gneiting & Raftery (2007), section 6.2.

    Examples
    --------
    >>> float(width(np.array([1.0, np.nan]), np.zeros(2), np.array([2.0, 9.0])))
    2.0
    """
    return mean_of(np.where(np.isnan(y), np.nan, high - low))


def winkler(y: FloatArray, low: FloatArray, high: FloatArray, *, level: float) -> FloatArray:
    """Winkler score: the width, and ``2 / alpha`` for each unit that a value lies outside.

    ``mean (high - low) + 2 / alpha (max(low - y, 0) + max(y - high, 0))`` with
    ``alpha = 1 - level / 100``.

    Parameters
    ----------
    y, low, high : array of shape (..., T), in units of the series
    level : float, in percent
        Of the interval, above 0 and below 100.

    Returns
    -------
    array of shape (...)
        In units of the series.

    References
    ----------
    Winkler (1972), A decision-theoretic approach to interval estimation; Gneiting & Raftery
    (2007), section 6.2.

    Examples
    --------
    >>> float(winkler(np.array([3.0]), np.array([0.0]), np.array([2.0]), level=50))
    6.0
    """
    alpha = 1.0 - level / 100.0
    outside = np.maximum(low - y, 0.0) + np.maximum(y - high, 0.0)
    return mean_of(high - low + 2.0 * outside / alpha)


def scored_points(y: FloatArray, forecast: FloatArray) -> IntArray:
    """Count the points that a measure of this module takes.

    Parameters
    ----------
    y : array of shape (..., T)
    forecast : array of shape (..., T, Q)
        Quantiles, ends of intervals or samples.

    Returns
    -------
    array of shape (...)

    Examples
    --------
    >>> int(scored_points(np.array([1.0, np.nan, 3.0]), np.zeros((3, 2))))
    2
    """
    there: BoolArray = ~np.isnan(y) & ~np.isnan(forecast).any(axis=-1)
    return np.asarray(there.sum(axis=-1), dtype=np.int64)


def _pinball(y: FloatArray, quantiles: FloatArray, levels: Sequence[float]) -> FloatArray:
    """Losses (..., T, Q); nan throughout a point that lacks a number."""
    level = np.asarray(levels, dtype=np.float64)
    error = y[..., None] - quantiles
    loss = np.maximum(level * error, (level - 1.0) * error)
    return np.where(np.isnan(loss).any(axis=-1, keepdims=True), np.nan, loss)
