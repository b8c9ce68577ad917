"""ETS: exponential smoothing of level, trend and season, in the forms of least AICc.

    y_hat = (l + phi b) s                   or  l + phi b + s
    l = l + phi b + alpha e / s             or  ... + alpha e
    b = phi b + beta e / s
    s = s + gamma e / (l + phi b)           or  s + gamma e

with e = y - y_hat; a missing value has no error. Errors add or multiply, which changes no forecast
of given weights, but which weights are likely. The first states come from a classical
decomposition of the window and a straight line through its beginning.

A hundred values seldom tell one form from the next, so the forecast is a mean of the best three,
each weighed by exp(-AICc / 2), its likelihood once what it may bend is paid for.

References
----------
Burnham & Anderson (2002), Model selection and multimodel inference, on weights by AICc; Kolassa
(2011), Combining exponential smoothing forecasts using Akaike weights; for the forms themselves
Hyndman, Koehler, Snyder & Grose (2002), A state space framework for automatic forecasting using
exponential smoothing methods; Hyndman & Athanasopoulos, Forecasting: Principles and Practice, 3rd
ed., chapter 8.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from forecast.data.arrays import BoolArray, FloatArray
from forecast.models.decompose import Figure, figure_of, positive
from forecast.models.search import minimise

Part: TypeAlias = Literal["none", "add", "damped", "multiply"]
FORMS: tuple[tuple[Part, Part], ...] = tuple(
    product(("none", "add", "damped"), ("none", "add", "multiply"))
)
"""Trend and season of each form, by its number."""
MULTIPLIED = tuple(at for at, (_, season) in enumerate(FORMS) if season == "multiply")
VANISHING = 1e-3
"""Part of its mean that no value of a window with factors is below: they are divided by it."""
KEPT = 3
"""Forms of a series that its forecast is a mean of: more than three hardly change it."""
BEGINNING = 10
"""Values that the first level and slope rest on, or two seasons."""
SMALL = 1e-6
"""Least size of what is divided by, where the mean size of a window is 1."""
EDGE = 1e-3
"""Least distance of a weight from 0 and 1."""
GRIDS = ((0.05, 0.2, 0.5, 0.9), (0.02, 0.1, 0.4), (0.02, 0.15, 0.5), (0.2, 0.9))
"""Where the search begins: level, trend, season, damping, each as a share of what is allowed."""
BLOCK_CELLS = 4_000_000  # states that are held at once


class Weights(NamedTuple):
    """Smoothing weights, each of shape (M, G)."""

    alpha: FloatArray
    beta: FloatArray
    gamma: FloatArray
    phi: FloatArray


class Filtered(NamedTuple):
    """What is left of a pass over windows: last states, and losses, each (M, G)."""

    level: FloatArray
    slope: FloatArray
    season: list[FloatArray]
    added: FloatArray
    multiplied: FloatArray


@dataclass(frozen=True)
class Beginning:
    """States before the first value of windows, each (M,), and their season."""

    level: FloatArray
    slope: FloatArray
    figure: Figure


class Ets:
    """Fits each form and keeps the `KEPT` of least AICc.

    Its parameters: of each form kept, its number in `FORMS`, its share of the forecast, alpha,
    beta, gamma, phi; a series with fewer forms leaves the rest at a share of 0.

    Parameters
    ----------
    season_length : int, in steps
        1 leaves the forms without a season.
    """

    bounds: tuple[tuple[float, float], ...] = KEPT * (
        (0.0, len(FORMS) - 1.0),
        *(5 * ((0.0, 1.0),)),
    )

    def __init__(self, season_length: int) -> None:
        self.season_length = season_length

    def fit(self, windows: FloatArray) -> FloatArray:
        """Fit every form that each window may have; see `Method`."""
        size = windows.shape[1] + 12 * self.season_length
        block = max(1, BLOCK_CELLS // (size * 72))
        parts = [
            self._fit(windows[start : start + block]) for start in range(0, len(windows), block)
        ]
        return np.concatenate(parts)

    def _fit(self, windows: FloatArray) -> FloatArray:
        fitted = np.zeros((len(windows), len(FORMS), len(Weights._fields)))
        least = np.full((len(windows), len(FORMS)), np.inf)
        for number, (trend, season) in enumerate(FORMS):
            if season != "none" and self.season_length == 1:
                continue
            possible = np.flatnonzero(self._possible(windows, season))
            if not len(possible):
                continue
            rows = windows[possible]
            start = self._begin(rows, trend, season)
            for error in ("add", "multiply"):
                weights, loss = _search(rows, start, trend, season, multiplied=error == "multiply")
                better = loss < least[possible, number]
                least[possible[better], number] = loss[better]
                fitted[possible[better], number] = np.stack(weights, axis=1)[better]
        kept = np.argsort(least, axis=1, kind="stable")[:, :KEPT]
        found = np.take_along_axis(least, kept, axis=1)
        with np.errstate(invalid="ignore"):
            likely = np.exp((found[:, :1] - found) / 2)  # nan of a series without any form
        share = likely / likely.sum(axis=1, keepdims=True)
        best = np.take_along_axis(fitted, kept[..., None], axis=1)
        parts = np.concatenate([kept[..., None], share[..., None], best], axis=2)
        parts[np.isnan(share)] = np.nan
        return parts.reshape(len(windows), -1)

    def _possible(self, windows: FloatArray, season: Part) -> BoolArray:
        """Whether windows may have a form with that season: values enough, all above 0."""
        count = np.isfinite(windows).sum(axis=1)
        enough = count >= (2 * self.season_length + 2 if season != "none" else 1)
        possible: BoolArray = enough & _far_from_0(windows) if season == "multiply" else enough
        return possible

    def forecast(self, windows: FloatArray, parameters: FloatArray, horizon: int) -> FloatArray:
        """Filter each window by its weights and go on from there; see `Method`."""
        kept = self._usable(windows, parameters.reshape(len(windows), KEPT, -1))
        found = np.where(kept[:, :1, 1] >= 0, 0.0, np.nan) * np.ones(horizon)
        for number, (trend, season) in enumerate(FORMS):
            rows, place = np.nonzero((kept[..., 0] == number) & (kept[..., 1] > 0))
            if not len(rows):
                continue
            share, *each = kept[rows, place, 1:].T[..., None]
            weights = Weights(*each)
            start = self._begin(windows[rows], trend, season)
            last = _filter(windows[rows], start, weights, season)
            damping = np.cumsum(weights.phi ** np.arange(1, horizon + 1), axis=1)
            line = last.level + damping * last.slope
            figure = np.concatenate(last.season, axis=1)
            found[rows] += share * replace(start.figure, values=figure).into(line)
        return found

    def _usable(self, windows: FloatArray, kept: FloatArray) -> FloatArray:
        """Share out the forecast again where a window has come too near to 0 for factors.

        nan shares where no form is left.
        """
        factors = np.isin(kept[..., 0], MULTIPLIED) & (kept[..., 1] > 0)
        lost = factors & ~_far_from_0(windows)[:, None]
        rows = np.flatnonzero(lost.any(axis=1))
        if not len(rows):
            return kept
        shares = np.where(lost[rows], 0.0, kept[rows, :, 1])
        with np.errstate(invalid="ignore"):
            shares = shares / shares.sum(axis=1, keepdims=True)
        found = kept.copy()
        found[rows, :, 1] = shares
        return found

    def _begin(self, windows: FloatArray, trend: Part, season: Part) -> Beginning:
        factor = np.full(len(windows), season == "multiply")
        asked = np.full(len(windows), season != "none")
        figure = figure_of(windows, self.season_length, asked=asked, factor=factor)
        rows = figure.out_of(windows)
        there = np.isfinite(rows)
        order = np.cumsum(there, axis=1)  # 1 is the first value
        few = there & (order <= max(BEGINNING, 2 * self.season_length))
        step = np.arange(rows.shape[1]) - np.argmax(there, axis=1)[:, None] + 1.0
        count = few.sum(axis=1)
        value = np.where(few, rows, 0.0)
        mean, centre = value.sum(axis=1) / count, np.where(few, step, 0.0).sum(axis=1) / count
        apart = np.where(few, step - centre[:, None], 0.0)
        slope = (apart * value).sum(axis=1) / np.maximum((apart**2).sum(axis=1), SMALL)
        level = mean - slope * centre
        return Beginning(level, slope if trend != "none" else 0.0 * slope, figure)


def _search(
    rows: FloatArray, start: Beginning, trend: Part, season: Part, *, multiplied: bool
) -> tuple[Weights, FloatArray]:
    """Find the weights of one form, each (M,), and AICc."""
    used = (True, trend != "none", season != "none", trend == "damped")
    count = np.isfinite(rows).sum(axis=1)[:, None]

    def loss(candidates: FloatArray) -> FloatArray:
        found = _filter(rows, start, _weights(candidates, used), season)
        return found.multiplied if multiplied else found.added

    grid = tuple(points for points, use in zip(GRIDS, used, strict=True) if use)
    with np.errstate(all="ignore"):
        best, least = minimise(loss, len(rows), grid)
    states = 1 + (trend != "none") + (len(start.figure.values[0]) - 1 if season != "none" else 0)
    size = sum(used) + states + 1
    room = count[:, 0] - size - 1
    aicc = least + 2 * size + 2 * size * (size + 1) / np.where(room > 0, room, 1)
    weights = _weights(best[:, None], used)
    return Weights(*(value[:, 0] for value in weights)), np.where(room > 0, aicc, np.inf)


def _weights(candidates: FloatArray, used: tuple[bool, ...]) -> Weights:
    """Turn shares (M, G, D) into weights: beta is below alpha, gamma below 1 - alpha."""
    place = np.cumsum(used) - 1
    inside = EDGE + (1 - 2 * EDGE) * candidates
    shares = [
        inside[..., at] if use else np.zeros(candidates.shape[:2])
        for at, use in zip(place, used, strict=True)
    ]
    alpha, beta, gamma, phi = shares
    damping = 0.8 + 0.18 * phi if used[3] else np.ones(alpha.shape)
    return Weights(alpha, alpha * beta, (1 - alpha) * gamma, damping)


def _filter(rows: FloatArray, start: Beginning, weights: Weights, season: Part) -> Filtered:
    """Pass over windows (M, W) with weights (M, G)."""
    alpha, beta, gamma, phi = weights
    ones = np.ones(alpha.shape)
    level, slope = start.level[:, None] * ones, start.slope[:, None] * ones
    figure = [column[:, None] * ones for column in start.figure.values.T]
    square, relative, size = 0.0 * ones, 0.0 * ones, 0.0 * ones
    there = np.isfinite(rows)
    begun = np.maximum.accumulate(there, axis=1)
    values = np.where(there, rows, 0.0)
    factor = season == "multiply"
    for row in range(rows.shape[1]):
        phase = row % len(figure)
        around = figure[phase]
        trend = phi * slope
        base = level + trend
        guess = base * around if factor else base + around
        error = values[:, row, None] - guess
        if not there[:, row].all():
            here = there[:, row, None]
            error = np.where(here, error, 0.0)
            trend = np.where(begun[:, row, None], trend, slope)
            base = np.where(begun[:, row, None], base, level)
            guess = np.where(here, guess, 1.0)
        away = _apart(guess)
        square += error**2
        relative += (error / away) ** 2
        size += np.log(np.abs(away))
        gain = error / _apart(around) if factor else error
        level = base + alpha * gain
        slope = trend + beta * gain
        if season != "none":
            figure[phase] = around + gamma * (error / _apart(base) if factor else error)
    count = there.sum(axis=1)[:, None]
    added = count * np.log(np.maximum(square / count, np.finfo(np.float64).tiny))
    times = count * np.log(np.maximum(relative / count, np.finfo(np.float64).tiny)) + 2 * size
    sound = positive(rows)[:, None] & np.isfinite(size)
    return Filtered(level, slope, figure, added, np.where(sound, times, np.inf))


def _far_from_0(windows: FloatArray) -> BoolArray:
    """Whether all values of a window are above 0, and none a vanishing part of their mean."""
    known = np.isfinite(windows)
    total = np.where(known, windows, 0.0).sum(axis=1)
    least = np.where(known, windows, np.inf).min(axis=1)
    far: BoolArray = positive(windows) & (least * known.sum(axis=1) > VANISHING * total)
    return far


def _apart(values: FloatArray) -> FloatArray:
    """Keep what is divided by away from 0."""
    return np.where(np.abs(values) < SMALL, SMALL, values)
