"""Errors of point forecasts, in the units of the series or in percent.

Throughout, ``error = y - y_hat``. A point where either is missing (nan) is not scored; a measure
without a single point to score is undefined, which is nan. Lower is better for all but `bias`.

Each takes arrays of shape (..., T) and pools the T points of the last axis: one series gives one
number, a table of series gives one number each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecast.metrics.pool import mean_of, over

if TYPE_CHECKING:
    from forecast.data.arrays import FloatArray


def mae(y: FloatArray, y_hat: FloatArray) -> FloatArray:
    """Mean absolute error: ``mean |y - y_hat|``.

    Parameters
    ----------
    y, y_hat : array of shape (..., T), in units of the series
        What happened and what was forecast.

    Returns
    -------
    array of shape (...)
        In units of the series.

    References
    ----------
    Hyndman & Koehler (2006), Another look at measures of forecast accuracy, section 2.1.

    Examples
    --------
    >>> float(mae(np.array([3.0, 4.0, np.nan]), np.array([2.0, 4.0, 1.0])))
    0.5
    """
    return mean_of(np.abs(y - y_hat))


def mse(y: FloatArray, y_hat: FloatArray) -> FloatArray:
    """Mean squared error: ``mean (y - y_hat)^2``.

    Parameters
    ----------
    y, y_hat : array of shape (..., T), in units of the series
        What happened and what was forecast.

    Returns
    -------
    array of shape (...)
        In squared units of the series.

    References
    ----------
    Hyndman & Koehler (2006), section 2.1.

    Examples
    --------
    >>> float(mse(np.array([3.0, 4.0]), np.array([1.0, 4.0])))
    2.0
    """
    return mean_of((y - y_hat) ** 2)


def rmse(y: FloatArray, y_hat: FloatArray) -> FloatArray:
    """Root mean squared error: ``sqrt(mean (y - y_hat)^2)``.

    Parameters
    ----------
    y, y_hat : array of shape (..., T), in units of the series
        What happened and what was forecast.

    Returns
    -------
    array of shape (...)
        In units of the series.

    References
    ----------
    Hyndman & Koehler (2006), section 2.1.

    Examples
    --------
    >>> float(rmse(np.array([3.0, 4.0]), np.array([1.0, 2.0])))
    2.0
    """
    return np.sqrt(mse(y, y_hat))


def mape(y: FloatArray, y_hat: FloatArray) -> FloatArray:
    """Mean absolute percentage error: ``100 mean |y - y_hat| / |y|``.

    A point whose actual value is 0 has no percentage error and is left out.

    Parameters
    ----------
    y, y_hat : array of shape (..., T), in units of the series
        What happened and what was forecast.

    Returns
    -------
    array of shape (...)
        In percent.

    References
    ----------
    Hyndman & Koehler (2006), section 2.2.

    Examples
    --------
    >>> float(mape(np.array([0.0, 10.0]), np.array([5.0, 11.0])))
    10.0
    """
    return 100.0 * mean_of(over(np.abs(y - y_hat), np.abs(y)))


def smape(y: FloatArray, y_hat: FloatArray) -> FloatArray:
    """Symmetric mean absolute percentage error: ``mean 200 |y - y_hat| / (|y| + |y_hat|)``.

    From 0 to 200. A point where both are 0 is left out.

    Parameters
    ----------
    y, y_hat : array of shape (..., T), in units of the series
        What happened and what was forecast.

    Returns
    -------
    array of shape (...)
        In percent.

    References
    ----------
    Makridakis, Spiliotis & Assimakopoulos (2020), The M4 competition, section 2.2.

    Examples
    --------
    >>> float(smape(np.array([0.0, 10.0, 3.0]), np.array([0.0, 30.0, 1.0])))
    100.0
    """
    return 200.0 * mean_of(over(np.abs(y - y_hat), np.abs(y) + np.abs(y_hat)))


def wape(y: FloatArray, y_hat: FloatArray) -> FloatArray:
    """Weighted absolute percentage error: ``100 sum |y - y_hat| / sum |y|``.

    Undefined only when every actual value is 0.

    Parameters
    ----------
    y, y_hat : array of shape (..., T), in units of the series
        What happened and what was forecast.

    Returns
    -------
    array of shape (...)
        In percent.

    References
    ----------
    Kolassa & Schütz (2007), Advantages of the MAD/mean ratio over the MAPE.

    Examples
    --------
    >>> float(wape(np.array([0.0, 10.0]), np.array([5.0, 10.0])))
    50.0
    """
    error = np.abs(y - y_hat)
    scored = ~np.isnan(error)
    size = np.where(scored, np.abs(y), 0.0)
    return 100.0 * over(np.where(scored, error, 0.0).sum(axis=-1), size.sum(axis=-1))


def bias(y: FloatArray, y_hat: FloatArray) -> FloatArray:
    """Mean error: ``mean (y - y_hat)``; below 0, the forecasts are too high.

    Parameters
    ----------
    y, y_hat : array of shape (..., T), in units of the series
        What happened and what was forecast.

    Returns
    -------
    array of shape (...)
        In units of the series; 0 is best.

    References
    ----------
    Hyndman & Athanasopoulos, Forecasting: Principles and Practice, 3rd ed., section 5.4.

    Examples
    --------
    >>> float(bias(np.array([3.0, 4.0]), np.array([4.0, 5.0])))
    -1.0
    """
    return mean_of(y - y_hat)
