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
REACH_SHARE = 4
"""And a quarter of the frequency itself, where that is more."""
EXACT_PLACES, PLACE_RATIO = 400, 1.02
"""Frequencies up to the first have a median each; beyond, one in each such ratio has."""
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
    """Median power of the frequencies around each, the line itself left out.

    Among high frequencies, where a stretch of them is long and a line is lost in it, the median is
    taken at places an equal ratio apart, and between them interpolated.
    """
    count = len(power)
    near = np.arange(1, min(count, EXACT_PLACES))
    reach = max(NEAREST, EXACT_PLACES // REACH_SHARE)
    offsets = np.arange(-reach, reach + 1)
    places = near[:, None] + offsets
    counts = np.abs(offsets) <= np.maximum(NEAREST, near // REACH_SHARE)[:, None]
    counts &= (np.abs(offsets) > LINE_WIDTH) & (places >= 1) & (places < count)
    around = np.nanmedian(np.where(counts, power[np.clip(places, 0, count - 1)], np.nan), axis=1)
    if count > EXACT_PLACES:
        steps = np.ceil(np.log((count - 1) / EXACT_PLACES) / np.log(PLACE_RATIO))
        far = np.geomspace(EXACT_PLACES, count - 1, int(steps) + 1).round().astype(np.int64)
        medians = [
            np.median(power[place - place // REACH_SHARE : place + place // REACH_SHARE + 1])
            for place in far  # a few hundred, however many frequencies
        ]
        rest = np.interp(np.arange(EXACT_PLACES, count), far, medians)
        around = np.concatenate([around, rest])
    return np.concatenate([[np.inf], np.maximum(around, np.finfo(np.float64).tiny)])


def _centre(power: FloatArray, place: int) -> float:
    """Frequency of a line between the grid's, by the weight of its neighbours."""
    near = np.arange(max(1, place - 1), min(len(power), place + 2))
    weight = np.sqrt(power[near])
    return float((near * weight).sum() / weight.sum())
