"""The season of a panel without frequency, by spectral lines and autocorrelation.

A smooth season shows as a line in the spectrum, however noisy the values; the season is then the
multiple of its period at which the values repeat themselves best. Without a line, two
autocorrelations are taken. That of the differences decides whether there is a season: white
noise and random walks have none there, however wavy they look. That of the values without their
trend then says how long it is, because its peaks are sharper when the season is smooth.
"""

from __future__ import annotations

import numpy as np

from forecast.data.arrays import FloatArray, IntArray
from forecast.data.panel import Panel
from forecast.data.spectrum import line_periods

SERIES_CAP = 64
ROWS_CAP = 50_000
LAG_CAP = 2_000
PERIODS_LEAST = 3  # a season is believed when it was seen three times
# Differences of white noise are correlated by -1/2 at lag 1, so by Bartlett's formula the
# autocorrelation at other lags has variance (1 + 2/4) / n.
BARTLETT = 1.5
# The highest of so many lags of noise stays below, but for about this chance.
CHANCE = 0.02
# Multiples of a season are nearly as high as the season, within noise: take the shortest.
NEARLY_BEST = 0.9
SLACK_DEVIATIONS = 2.5
SHORT_LAGS = 4  # below, there is no lag but the first to rise from
VICINITY = 0.25
NEGLIGIBLE = 1e-12
MULTIPLES = 12
"""A line may be a harmonic: the season is a multiple of its period, at most so many times."""


def detect_season(panel: Panel, *, stop: int) -> int:
    """Find the season of a panel in the rows before grid row ``stop``.

    Parameters
    ----------
    panel : Panel
        N series; of many, up to 64 are looked at.
    stop : int
        One past the last row that may be seen.

    Returns
    -------
    int, in steps
        1 when no autocorrelation is significant.
    """
    chosen = np.unique(np.linspace(0, panel.n_series - 1, SERIES_CAP).astype(np.int64))
    values = panel.take(chosen).matrix(max(0, stop - ROWS_CAP), max(0, stop))
    seen = ~np.isnan(values)
    length = int(np.median(seen.sum(axis=0))) if values.size else 0
    lags = min(length // PERIODS_LEAST, LAG_CAP)
    if lags < 2:  # noqa: PLR2004 - the shortest season
        return 1
    differences = _autocorrelation(_without_trend(np.diff(values, axis=0)), lags)
    detrended = _without_trend(values)
    levels = _autocorrelation(detrended, lags)
    lines = line_periods(detrended)
    if len(lines) and lines[0] <= lags:
        return _fundamental(float(lines[0]), levels, length)
    error = np.sqrt(BARTLETT / (length - np.arange(lags + 1)))
    peaks = _peaks(differences, levels, np.sqrt(2 * np.log(lags / CHANCE)) * error)
    if not len(peaks):
        return 1
    heights = differences[peaks] * (1 - peaks / length)  # far lags are known less well
    slack = max((1 - NEARLY_BEST) * heights.max(), SLACK_DEVIATIONS * error[0])
    season = int(peaks[heights >= heights.max() - slack][0])
    beside = np.arange(max(2, season - 2), min(lags, season + 2) + 1)
    broad = differences[beside[beside != season]].mean() > differences[season] / 2
    return _sharpened(season, levels, reach=int(VICINITY * season)) if broad else season


def _fundamental(period: float, levels: FloatArray, length: int) -> int:
    """Find the shortest multiple of ``period`` at which the values repeat nearly best.

    A spectral line of ``length`` rows is known to one frequency of their grid, no better.
    """
    lags = len(levels) - 1
    near = [round(period * times) for times in range(1, MULTIPLES + 1) if period * times <= lags]
    multiples = [_sharpened(lag, levels, reach=1 + int(lag * period / length)) for lag in near]
    best = max(levels[lag] for lag in multiples)
    return next(lag for lag in multiples if levels[lag] >= NEARLY_BEST * best)


def _without_trend(values: FloatArray) -> FloatArray:
    """Subtract a straight line from each series, shape (T, N)."""
    seen = ~np.isnan(values)
    count = np.maximum(seen.sum(axis=0), 1)
    time = np.arange(len(values), dtype=np.float64)[:, None] * seen
    filled = np.where(seen, values, 0.0)
    level = filled.sum(axis=0) / count
    centred = (time - time.sum(axis=0) / count) * seen
    spread = (centred**2).sum(axis=0)
    slope = (centred * filled).sum(axis=0) / np.where(spread > 0, spread, 1.0)
    rest = np.where(seen, values - level - slope * centred, np.nan)
    scale = np.sqrt(np.nansum(rest**2, axis=0) / count)
    size = np.abs(filled).max(axis=0, initial=0.0)
    # What a straight line leaves by rounding is no signal.
    return np.where(scale > NEGLIGIBLE * np.maximum(size, 1.0), rest / np.where(scale, scale, 1), 0)


def _autocorrelation(values: FloatArray, lags: int) -> FloatArray:
    """Mean autocorrelation over the series at lags 0 to ``lags``, over the pairs that are seen."""
    seen = ~np.isnan(values)
    size = 2 ** int(np.ceil(np.log2(len(values) + lags + 1)))
    filled = np.fft.rfft(np.where(seen, values, 0.0), size, axis=0)
    mask = np.fft.rfft(seen.astype(np.float64), size, axis=0)
    products = np.fft.irfft(np.abs(filled) ** 2, size, axis=0)[: lags + 1]
    pairs = np.fft.irfft(np.abs(mask) ** 2, size, axis=0)[: lags + 1]
    covariance = products / np.maximum(pairs, 1.0)
    alive = covariance[0] > NEGLIGIBLE
    if not alive.any():
        return np.zeros(lags + 1)
    return np.asarray((covariance[:, alive] / covariance[0, alive]).mean(axis=1))


def _peaks(differences: FloatArray, levels: FloatArray, threshold: FloatArray) -> IntArray:
    """Lags of local maxima that are significant and rise significantly from what comes before."""
    inner = differences[1:-1]
    local = (inner > differences[:-2]) & (inner >= differences[2:])
    # Noise makes lag 1 of the differences low, so a rise from there tells nothing.
    trough = np.minimum.accumulate(np.concatenate([[1.0, 1.0], differences[2:]]))
    lags = np.flatnonzero(local & (inner > threshold[1:-1])) + 1
    risen = differences[lags] - trough[lags - 1] > threshold[lags]
    rises = levels[lags] - levels[lags - 1] > threshold[lags]
    falls = levels[lags] >= levels[lags + 1]
    short = (lags > 1) & (lags < SHORT_LAGS) & rises & falls
    return lags[((lags >= SHORT_LAGS) & risen) | short]


def _sharpened(lag: int, correlation: FloatArray, *, reach: int) -> int:
    """Move to the highest local maximum within ``reach``, if there is one."""
    near = np.arange(max(2, lag - reach), min(len(correlation) - 2, lag + reach) + 1)
    if not len(near):
        return lag
    local = (correlation[near] > correlation[near - 1]) & (
        correlation[near] >= correlation[near + 1]
    )
    tops = near[local]
    return int(tops[np.argmax(correlation[tops])]) if len(tops) else lag
