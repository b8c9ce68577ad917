"""Errors of point forecasts, in the units of the series or in percent.

Throughout, ``error = y - y_hat``. A point where either is missing (nan) is not scored; a measure
without a single point to score is undefined, which is nan. Lower is better for all but `bias`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from forecast.data.arrays import FloatArray


def mae(y: FloatArray, y_hat: FloatArray) -> float:
    """Mean absolute error: ``mean |y - y_hat|``.

    Parameters
    ----------
    y, y_hat : array of shape (H,), in units of the series
        What happened and what was forecast.

    Returns
    -------
    float
        In units of the series.

    References
    ----------
    Hyndman & Koehler (2006), Another look at measures of forecast accuracy, section 2.1.

    Examples
    --------
    >>> mae(np.array([3.0, 4.0, np.nan]), np.array([2.0, 4.0, 1.0]))
    0.5
    """
    return _mean(np.abs(y - y_hat))


def mse(y: FloatArray, y_hat: FloatArray) -> float:
    """Mean squared error: ``mean (y - y_hat)^2``.

    Parameters
    ----------
    y, y_hat : array of shape (H,), in units of the series
        What happened and what was forecast.

    Returns
    -------
    float
        In squared units of the series.

    References
    ----------
    Hyndman & Koehler (2006), section 2.1.

    Examples
    --------
    >>> mse(np.array([3.0, 4.0]), np.array([1.0, 4.0]))
    2.0
    """
    return _mean((y - y_hat) ** 2)


def rmse(y: FloatArray, y_hat: FloatArray) -> float:
    """Root mean squared error: ``sqrt(mean (y - y_hat)^2)``.

    Parameters
    ----------
    y, y_hat : array of shape (H,), in units of the series
        What happened and what was forecast.

    Returns
    -------
    float
        In units of the series.

    References
    ----------
    Hyndman & Koehler (2006), section 2.1.

    Examples
    --------
    >>> rmse(np.array([3.0, 4.0]), np.array([1.0, 2.0]))
    2.0
    """
    return float(np.sqrt(mse(y, y_hat)))


def mape(y: FloatArray, y_hat: FloatArray) -> float:
    """Mean absolute percentage error: ``100 mean |y - y_hat| / |y|``.

    A point whose actual value is 0 has no percentage error and is left out.

    Parameters
    ----------
    y, y_hat : array of shape (H,), in units of the series
        What happened and what was forecast.

    Returns
    -------
    float
        In percent.

    References
    ----------
    Hyndman & Koehler (2006), section 2.2.

    Examples
    --------
    >>> mape(np.array([0.0, 10.0]), np.array([5.0, 11.0]))
    10.0
    """
    return 100.0 * _mean(_ratio(np.abs(y - y_hat), np.abs(y)))


def smape(y: FloatArray, y_hat: FloatArray) -> float:
    """Symmetric mean absolute percentage error: ``mean 200 |y - y_hat| / (|y| + |y_hat|)``.

    From 0 to 200. A point where both are 0 is left out.

    Parameters
    ----------
    y, y_hat : array of shape (H,), in units of the series
        What happened and what was forecast.

    Returns
    -------
    float
        In percent.

    References
    ----------
    Makridakis, Spiliotis & Assimakopoulos (2020), The M4 competition, section 2.2.

    Examples
    --------
    >>> smape(np.array([0.0, 10.0, 3.0]), np.array([0.0, 30.0, 1.0]))
    100.0
    """
    return 200.0 * _mean(_ratio(np.abs(y - y_hat), np.abs(y) + np.abs(y_hat)))


def wape(y: FloatArray, y_hat: FloatArray) -> float:
    """Weighted absolute percentage error: ``100 sum |y - y_hat| / sum |y|``.

    Undefined only when every actual value is 0.

    Parameters
    ----------
    y, y_hat : array of shape (H,), in units of the series
        What happened and what was forecast.

    Returns
    -------
    float
        In percent.

    References
    ----------
    Kolassa & Schütz (2007), Advantages of the MAD/mean ratio over the MAPE.

    Examples
    --------
    >>> wape(np.array([0.0, 10.0]), np.array([5.0, 10.0]))
    50.0
    """
    error = np.abs(y - y_hat)
    scored = ~np.isnan(error)
    total = float(np.abs(y[scored]).sum())
    return 100.0 * float(error[scored].sum()) / total if total > 0 else float("nan")


def bias(y: FloatArray, y_hat: FloatArray) -> float:
    """Mean error: ``mean (y - y_hat)``; below 0, the forecasts are too high.

    Parameters
    ----------
    y, y_hat : array of shape (H,), in units of the series
        What happened and what was forecast.

    Returns
    -------
    float
        In units of the series; 0 is best.

    References
    ----------
    Hyndman & Athanasopoulos, Forecasting: Principles and Practice, 3rd ed., section 5.4.

    Examples
    --------
    >>> bias(np.array([3.0, 4.0]), np.array([4.0, 5.0]))
    -1.0
    """
    return _mean(y - y_hat)


def _mean(values: FloatArray) -> float:
    scored = values[~np.isnan(values)]
    return float(scored.mean()) if scored.size else float("nan")


def _ratio(above: FloatArray, below: FloatArray) -> FloatArray:
    """Divide where the denominator is not 0; nan elsewhere."""
    ratio = np.full(above.shape, np.nan)
    np.divide(above, below, out=ratio, where=below > 0)
    return ratio
