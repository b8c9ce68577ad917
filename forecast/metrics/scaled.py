"""Errors relative to a naive forecast, which make series of different size comparable."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecast.metrics.point import mae, rmse

if TYPE_CHECKING:
    from forecast.data.arrays import FloatArray, IntArray
    from forecast.data.panel import Panel

NOTHING: FloatArray = np.zeros(())
"""A perfect forecast of an error."""


def mase(y: FloatArray, y_hat: FloatArray, *, in_sample: FloatArray, season_length: int) -> float:
    """Mean absolute error, scaled by the in-sample error of the seasonal naive forecast.

    ``mean |y - y_hat| / mean |in_sample[t] - in_sample[t - m]|``. Below 1, the forecasts err less
    than repeating last season did in the training rows. Scale-free, so it may be averaged over
    series.

    Parameters
    ----------
    y, y_hat : array of shape (H,), in units of the series
        What happened and what was forecast.
    in_sample : array of shape (T,), in units of the series
        Training values.
    season_length : int, in steps
        m; 1 scales by the one-step naive forecast.

    Returns
    -------
    float
        nan where the scale is 0 or ``in_sample`` has no season to difference.

    References
    ----------
    Hyndman & Koehler (2006), Another look at measures of forecast accuracy, section 3.

    Examples
    --------
    >>> y, y_hat = np.array([3.0, 4.0]), np.array([2.0, 4.0])
    >>> mase(y, y_hat, in_sample=np.array([1.0, 2.0, 3.0]), season_length=1)
    0.5
    """
    scale = np.array(seasonal_scale(in_sample, season_length))
    return float(mae(scaled_error(y, y_hat, scale), NOTHING))


def rmsse(y: FloatArray, y_hat: FloatArray, *, in_sample: FloatArray, season_length: int) -> float:
    """Root mean squared error, scaled by that of the in-sample seasonal naive forecast.

    ``sqrt(mean (y - y_hat)^2 / mean (in_sample[t] - in_sample[t - m])^2)``.

    Parameters
    ----------
    y, y_hat : array of shape (H,), in units of the series
        What happened and what was forecast.
    in_sample : array of shape (T,), in units of the series
        Training values.
    season_length : int, in steps
        m; 1 scales by the one-step naive forecast, as in the M5 competition.

    Returns
    -------
    float
        nan where the scale is 0 or ``in_sample`` has no season to difference.

    References
    ----------
    Makridakis, Spiliotis & Assimakopoulos (2022), The M5 accuracy competition, section 3.

    Examples
    --------
    >>> y, y_hat = np.array([3.0, 4.0]), np.array([1.0, 2.0])
    >>> rmsse(y, y_hat, in_sample=np.array([1.0, 2.0, 3.0]), season_length=1)
    2.0
    """
    scale = rmse(in_sample[season_length:], in_sample[:-season_length])
    return float(rmse(scaled_error(y, y_hat, scale), NOTHING))


def scaled_error(y: FloatArray, y_hat: FloatArray, scale: FloatArray) -> FloatArray:
    """Errors in multiples of a scale: ``(y - y_hat) / scale``.

    Beside `NOTHING` they are what a measure of `forecast.metrics.point` takes: the mean absolute
    one of them is MASE where the scale is `seasonal_scale`, and a standardised MAE where it is
    the deviation of the training rows (their mean cancels).

    Parameters
    ----------
    y, y_hat : array of shape (..., T), in units of the series
        What happened and what was forecast.
    scale : array that broadcasts to (..., T), in units of the series

    Returns
    -------
    array of shape (..., T)
        nan where the scale is 0 or undefined.
    """
    error = y - y_hat
    scaled = np.full(error.shape, np.nan)
    np.divide(error, scale, out=scaled, where=np.nan_to_num(scale) > 0)
    return scaled


def seasonal_scale(in_sample: FloatArray, season_length: int) -> float:
    """Mean absolute error of the seasonal naive forecast inside the training rows.

    ``mean |in_sample[t] - in_sample[t - m]|`` over the pairs where both are observed.

    Parameters
    ----------
    in_sample : array of shape (T,), in units of the series
        Training values, nan where missing.
    season_length : int, in steps
        m.

    Returns
    -------
    float
        In units of the series; nan where there is no pair.

    References
    ----------
    Hyndman & Koehler (2006), section 3.

    Examples
    --------
    >>> seasonal_scale(np.array([1.0, 5.0, 2.0, 8.0]), 2)
    2.0
    """
    return float(mae(in_sample[season_length:], in_sample[:-season_length]))


def seasonal_scales(panel: Panel, start: int, stop: int, *, season_length: int) -> FloatArray:
    """`seasonal_scale` of every series over grid rows ``start`` to ``stop - 1``.

    Returns
    -------
    array of shape (N,), in units of each series
        nan where a series has no pair of rows one season apart.
    """
    series, change = _seasonal_changes(panel, start, stop, season_length)
    return _means(np.abs(change), series, panel.n_series)


def seasonal_square_scales(
    panel: Panel, start: int, stop: int, *, season_length: int
) -> FloatArray:
    """Root mean squared error of the seasonal naive forecast, the scale of `rmsse`, by series.

    Returns
    -------
    array of shape (N,), in units of each series
        nan where a series has no pair of rows one season apart.
    """
    series, change = _seasonal_changes(panel, start, stop, season_length)
    with np.errstate(over="ignore"):
        return np.sqrt(_means(change**2, series, panel.n_series))


def training_deviation(panel: Panel, start: int, stop: int) -> FloatArray:
    """Population deviation of every series over grid rows ``start`` to ``stop - 1``.

    Returns
    -------
    array of shape (N,), in units of each series
        0 for a series that is constant there, nan for one that has no value there.
    """
    rows = panel.slice(start, stop)
    series = rows.owners
    observed = np.flatnonzero(~np.isnan(rows.values))
    known, place = np.unique(series[observed], return_index=True)
    first = np.full(panel.n_series, np.nan)
    first[known] = rows.values[observed[place]]
    change = rows.values - first[series]  # exactly 0 throughout a constant series
    mean = _means(change, series, panel.n_series)
    return np.sqrt(_means((change - mean[series]) ** 2, series, panel.n_series))


def skill(model_mase: float, reference_mase: float) -> float:
    """Share of the reference's error that the model avoids: ``1 - model / reference``.

    Parameters
    ----------
    model_mase, reference_mase : float
        The same measure of both, lower is better.

    Returns
    -------
    float
        1 is perfect, 0 as good as the reference, below 0 worse; nan where the reference is 0 or
        either is undefined.

    References
    ----------
    Hyndman & Athanasopoulos, Forecasting: Principles and Practice, 3rd ed., section 5.9.

    Examples
    --------
    >>> skill(0.75, 1.0)
    0.25
    """
    return 1.0 - model_mase / reference_mase if reference_mase > 0 else float("nan")


def owa(smape: float, mase: float, *, reference_smape: float, reference_mase: float) -> float:
    """Overall weighted average: sMAPE and MASE, each relative to Naive2, half and half.

    ``(smape / reference_smape + mase / reference_mase) / 2``.

    Parameters
    ----------
    smape, mase : float
        Of the forecasts, averaged over all series.
    reference_smape, reference_mase : float
        Of the forecasts of `forecast.models.naive2`.

    Returns
    -------
    float
        1 is as good as Naive2, less is better; nan where a reference is 0.

    References
    ----------
    Makridakis, Spiliotis & Assimakopoulos (2020), The M4 competition, section 2.2.

    Examples
    --------
    >>> round(owa(13.912, 1.193, reference_smape=18.383, reference_mase=2.395), 3)  # M4 Hourly
    0.627
    """
    if not (reference_smape > 0 and reference_mase > 0):
        return float("nan")
    return (smape / reference_smape + mase / reference_mase) / 2


def _seasonal_changes(
    panel: Panel, start: int, stop: int, season_length: int
) -> tuple[IntArray, FloatArray]:
    """Return the series of each pair of rows one season apart, and the change between them."""
    rows = panel.slice(start, stop)
    series = rows.owners
    here = np.flatnonzero(series[season_length:] == series[:-season_length])
    return series[here], rows.values[here + season_length] - rows.values[here]


def _means(values: FloatArray, series: IntArray, n_series: int) -> FloatArray:
    """Mean of the observed values of each series; nan where there is none."""
    observed = ~np.isnan(values)
    count = np.bincount(series[observed], minlength=n_series)
    total = np.bincount(series[observed], weights=values[observed], minlength=n_series)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
