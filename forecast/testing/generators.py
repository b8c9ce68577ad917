"""Series that were made, with the error that no forecast of them can go below.

Each generator makes a series as what is known ahead plus what is not,

    y[t] = mean[t] + rest[t],    rest[t] = phi_1 rest[t - 1] + phi_2 rest[t - 2] + ... + noise[t],

so that the best forecast from a cutoff is known exactly: the mean and what the rest remembers of
the rows up to there. What happened less that forecast is the error of the true model, and its root
mean square over a test block is the floor of every other.

>>> made = random_walk(rows=500)
>>> float(made.surprise([400], 1)[0, 0, 0]) == float(made.frame["y"][401] - made.frame["y"][400])
True

References
----------
Hyndman & Athanasopoulos, Forecasting: Principles and Practice, 3rd ed., sections 5.1 and 9.3;
intermittent demand: Croston (1972).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from forecast.data.arrays import FloatArray, IntArray

DAY, WEEK = 24, 168
START, FREQ = "2024-01-01", "h"
BURN_IN = 200
"""Steps after which an autoregression has forgotten where it began."""


@dataclass(frozen=True, eq=False)
class MadeSeries:
    """Hourly series and all that could be known of them.

    Parameters
    ----------
    frame : DataFrame
        ``unique_id``, ``ds``, ``y``: N series of L rows each, one after the other.
    values, mean : array of shape (N, L)
        y, and what of it is known long ahead.
    memory : tuple of float
        phi of the rest, the newest row first; empty where the rest is noise, (1,) a random walk.
    """

    frame: pd.DataFrame
    values: FloatArray
    mean: FloatArray
    memory: tuple[float, ...] = ()

    def expected(self, cutoffs: Sequence[int], horizon: int) -> FloatArray:
        """Forecast with the true model.

        Parameters
        ----------
        cutoffs : sequence of int
            K rows, the last that a forecast sees; each with ``len(memory)`` rows up to it.
        horizon : int
            H steps ahead, within the series.

        Returns
        -------
        array of shape (N, K, H)
            Mean of y given all rows up to the cutoff.
        """
        rows = np.asarray(cutoffs, dtype=np.int64)
        rest = self.values - self.mean
        known = [rest[:, rows - back] for back in range(len(self.memory))]  # newest first
        found = []
        for _ in range(horizon):
            ahead = np.zeros((len(rest), len(rows)))
            for phi, value in zip(self.memory, known, strict=True):
                ahead += phi * value
            known = [ahead, *known][: len(self.memory)]
            found.append(ahead)
        forecast: FloatArray = self.mean[:, _rows_ahead(rows, horizon)] + np.stack(found, axis=2)
        return forecast

    def surprise(self, cutoffs: Sequence[int], horizon: int) -> FloatArray:
        """Return what happened less the forecast of the true model, shape (N, K, H)."""
        rows = np.asarray(cutoffs, dtype=np.int64)
        error: FloatArray = self.values[:, _rows_ahead(rows, horizon)] - self.expected(
            cutoffs, horizon
        )
        return error

    def floor(self, cutoffs: Sequence[int], horizon: int) -> float:
        """Return the root mean square of the surprise, over series, cutoffs and steps."""
        return float(np.sqrt(np.mean(self.surprise(cutoffs, horizon) ** 2)))


def trend_and_season(rows: int = 3000, *, n_series: int = 1, seed: int = 0) -> MadeSeries:
    """A straight trend, a season of 24 steps of a free shape, and white noise."""
    rng = np.random.default_rng(seed)
    slope = rng.uniform(0.005, 0.02, (n_series, 1))
    mean = 50 + slope * np.arange(rows) + 5 * _profile(rng, n_series, DAY, rows)
    return _made(mean, rng.normal(size=mean.shape))


def two_seasons(rows: int = 3000, *, n_series: int = 1, seed: int = 0) -> MadeSeries:
    """Seasons of 24 and of 168 steps, each of a free shape, and white noise."""
    rng = np.random.default_rng(seed)
    daily, weekly = (_profile(rng, n_series, season, rows) for season in (DAY, WEEK))
    mean = 100 + 5 * daily + 3 * weekly
    return _made(mean, rng.normal(size=mean.shape))


def autoregression(
    rows: int = 3000,
    *,
    n_series: int = 1,
    seed: int = 0,
    memory: tuple[float, ...] = (1.5, -0.75),
) -> MadeSeries:
    """A stationary autoregression around a level: AR(2) with a pseudo-cycle of 12 steps."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(n_series, BURN_IN + rows))
    rest = _autoregress(noise, memory)[:, BURN_IN:]
    return _made(np.full(rest.shape, 20.0), rest, memory)


def random_walk(rows: int = 3000, *, n_series: int = 1, seed: int = 0) -> MadeSeries:
    """The sum of white noise: nothing beats its last value."""
    noise = np.random.default_rng(seed).normal(size=(n_series, rows))
    return _made(np.full(noise.shape, 100.0), noise.cumsum(axis=1), (1.0,))


def level_shift(
    rows: int = 3000, *, n_series: int = 1, seed: int = 0, settled: float = 0.5
) -> MadeSeries:
    """A season of 24 steps around a level that jumps twice, within the first ``settled`` share."""
    rng = np.random.default_rng(seed)
    season = 3 * _profile(rng, n_series, DAY, rows)
    at = rng.integers(1, max(2, int(settled * rows)), (n_series, 2, 1))
    jump = rng.choice([-1, 1], at.shape) * rng.uniform(8, 15, at.shape)
    level = 100 + (jump * (np.arange(rows) >= at)).sum(axis=1)
    return _made(level + season, rng.normal(size=season.shape))


def intermittent_counts(
    rows: int = 3000, *, n_series: int = 1, seed: int = 0, occurrence: float = 0.3
) -> MadeSeries:
    """Counts that are 0 but for an ``occurrence`` share of the steps, and then 1 + Poisson(2)."""
    rng = np.random.default_rng(seed)
    shape = (n_series, rows)
    counts = rng.binomial(1, occurrence, shape) * (1 + rng.poisson(2, shape))
    mean = np.full(shape, 3 * occurrence)
    return _made(mean, counts - mean)


def multiplicative_growth(
    rows: int = 3000, *, n_series: int = 1, seed: int = 0, deviation: float = 0.05
) -> MadeSeries:
    """Exponential growth times a season of 24 steps times log-normal noise of mean 1.

    All together the level grows fourfold; ``deviation`` is that of the logarithm of the noise.
    """
    rng = np.random.default_rng(seed)
    growth = np.exp(np.log(4) * np.arange(rows) / rows)
    mean = 100 * growth * np.exp(0.3 * _profile(rng, n_series, DAY, rows))
    factor = np.exp(rng.normal(-(deviation**2) / 2, deviation, mean.shape))
    return _made(mean, mean * (factor - 1))


GENERATORS: dict[str, Callable[..., MadeSeries]] = {
    made.__name__: made
    for made in (
        trend_and_season,
        two_seasons,
        autoregression,
        random_walk,
        level_shift,
        intermittent_counts,
        multiplicative_growth,
    )
}


def _made(mean: FloatArray, rest: FloatArray, memory: tuple[float, ...] = ()) -> MadeSeries:
    count, rows = mean.shape
    values = mean + rest
    frame = pd.DataFrame(
        {
            "unique_id": np.repeat([f"made_{index}" for index in range(count)], rows),
            "ds": np.tile(pd.date_range(START, periods=rows, freq=FREQ), count),
            "y": values.reshape(-1),
        }
    )
    return MadeSeries(frame, values, mean, memory)


def _profile(rng: np.random.Generator, n_series: int, season: int, rows: int) -> FloatArray:
    """A season of three waves of random phase, variance 1 and mean 0, shape (N, L)."""
    wave = np.arange(1, 4)[:, None]
    phase = rng.uniform(0, 2 * np.pi, (n_series, 3, 1))
    size = np.array([1.0, 0.6, 0.4])[:, None]
    waves = size * np.sin(2 * np.pi * wave * np.arange(season) / season + phase)
    one = waves.sum(axis=1) / np.sqrt((size**2).sum() / 2)
    profile: FloatArray = one[:, np.arange(rows) % season]
    return profile


def _autoregress(noise: FloatArray, memory: Sequence[float]) -> FloatArray:
    rest = noise.copy()
    for step in range(len(memory), rest.shape[1]):
        for back, phi in enumerate(memory, start=1):
            rest[:, step] += phi * rest[:, step - back]
    return rest


def _rows_ahead(cutoffs: IntArray, horizon: int) -> IntArray:
    """Rows of each step after each cutoff, shape (K, H)."""
    return cutoffs[:, None] + np.arange(1, horizon + 1)
