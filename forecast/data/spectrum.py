"""Spectral lines: a season that noise hides from the autocorrelation still stands out here.

A smooth season spreads over all lags but fills only one or two frequencies. Their power is compared
with the median power of the frequencies around them, which is smooth for white noise, a random
walk and anything between.

References
----------
Priestley (1981), Spectral Analysis and Time Series, section 6.1.4 (tests for a line).
"""

from __future__ import annotations

import numpy as np

from forecast.data.arrays import FloatArray

LEAST_CYCLES = 4
"""A slower wave is not told from a trend."""
NEAREST = 10
"""Frequencies on either side that are looked at, at least."""
LINE_WIDTH = 2
"""Half-width of a line in frequencies, after the Hann window."""
CHANCE = 1e-5
"""Chance that noise alone shows a line; power around its median is exponential."""
LEAST_SHARE = 0.05
"""A weaker line, as a share of all power, is no season worth a model's notice."""


def line_periods(values: FloatArray) -> FloatArray:
    """Periods of the significant spectral lines, strongest first.

    Parameters
    ----------
    values : array of shape (T, N)
        Detrended series of equal weight; nan where missing.

    Returns
    -------
    array of shape (any,), in steps
        Empty where there is no line.
    """
    length = len(values) - 1
    if length < 4 * NEAREST:
        return np.empty(0)
    power, changes = _power(values[1:]), _power(np.diff(values, axis=0))
    # A random walk has no line in its changes, noise none in its levels: a season has both.
    ratio = np.minimum(power / _around(power), changes / _around(changes))
    threshold = np.log(length / 2 / CHANCE) / np.log(2)
    lines = [
        int(place)
        for place in np.flatnonzero(ratio > threshold)
        if place >= LEAST_CYCLES and _is_strong_top(power, int(place))
    ]
    strongest = sorted(lines, key=lambda place: -float(power[place]))
    return np.array([length / _centre(power, place) for place in strongest])


def _power(values: FloatArray) -> FloatArray:
    """Mean periodogram of the series, shape (T // 2 + 1,), without the mean."""
    filled = np.where(np.isnan(values), 0.0, values) * np.hanning(len(values))[:, None]
    power: FloatArray = (np.abs(np.fft.rfft(filled, axis=0)) ** 2).mean(axis=1)
    power[0] = 0.0
    return power


def _is_strong_top(power: FloatArray, place: int) -> bool:
    near = power[_beside(place, len(power))]
    return bool(power[place] == near.max() and near.sum() >= LEAST_SHARE * power.sum())


def _beside(place: int, count: int) -> slice:
    return slice(max(1, place - LINE_WIDTH), min(count, place + LINE_WIDTH + 1))


def _around(power: FloatArray) -> FloatArray:
    """Median power of the frequencies around each, the line itself left out."""
    count = len(power)
    found = np.full(count, np.inf)
    for place in range(1, count):
        reach = max(NEAREST, place // 4)
        low, high = max(1, place - reach), min(count, place + reach + 1)
        line = _beside(place, count)
        rest = np.concatenate([power[low : line.start], power[line.stop : high]])
        if len(rest):
            found[place] = max(float(np.median(rest)), np.finfo(np.float64).tiny)
    return found


def _centre(power: FloatArray, place: int) -> float:
    """Frequency of a line between the grid's, by the weight of its neighbours."""
    near = np.arange(max(1, place - 1), min(len(power), place + 2))
    weight = np.sqrt(power[near])
    return float((near * weight).sum() / weight.sum())
