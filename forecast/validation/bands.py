"""Intervals of the folds, whatever they are made of, and how often they held."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from forecast.metrics.quantile import coverage, width, winkler
from forecast.models.intervals import edge_shares
from forecast.validation.conformal import intervals_for_folds
from forecast.validation.quantiles import (
    NO_FORECAST,
    Edges,
    QuantileForecasts,
    QuantileScore,
    between_edges,
    score_quantiles,
    without_quantiles,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from forecast.data.arrays import FloatArray, IntArray
    from forecast.models.intervals import IntervalKind
    from forecast.validation.evaluation import Evaluation

CHUNK = 1 << 20
"""Forecasts that are scored at once, so that memory does not grow with the series."""
NO_BANDS = "there are no intervals, and no head that knows a distribution"


@dataclass(frozen=True)
class IntervalScore:
    """How the intervals of one level did, over all folds that have them.

    Like a metric, each number is pooled over the forecasts of a series, then averaged over series.

    Parameters
    ----------
    coverage : float or None
        Share of the actual values that lay inside, from 0 to 1; None without forecasts.
    width : float or None, in units of the file
        Mean distance from the lower to the upper end; None without forecasts.
    forecasts : int
        Forecasts that had an interval and an actual value.
    winkler : float or None, in units of the file
        Width, and what values outside cost; see `forecast.metrics.quantile.winkler`.
    """

    coverage: float | None
    width: float | None
    forecasts: int
    winkler: float | None = None


@dataclass(frozen=True)
class Bands:
    """Which intervals a model has.

    Parameters
    ----------
    kind : str
        What they are made of: ``conformal``, ``head`` or ``none``.
    levels : tuple of float, in percent
        None where there are no intervals.
    """

    kind: IntervalKind
    levels: tuple[float, ...]


class FoldBands:
    """The intervals of one model that each fold could have given at the time.

    Parameters
    ----------
    evaluation : Evaluation
    name : str
        Of the model.
    bands : Bands
        Of the kind ``head`` only where the folds hold the quantiles.
    """

    def __init__(self, evaluation: Evaluation, name: str, bands: Bands) -> None:
        self.folds, self.name, self.bands = evaluation.folds, name, bands
        conformal = bands.kind == "conformal"
        self.widths = intervals_for_folds(evaluation, name, bands.levels) if conformal else ()

    def edges(self, fold: int, series: IntArray, cutoffs: IntArray) -> Edges:
        """Both ends of the intervals of some series and cutoffs of a fold, by level.

        Returns
        -------
        mapping of float to two arrays of shape (n, k, H), in units of the file
            nan where there is no interval.
        """
        result, name, levels = self.folds[fold], self.name, self.bands.levels
        if self.bands.kind == "head":
            found = result.quantiles[name].pick(series, cutoffs)
            return {level: found.edges(level) for level in levels}
        if self.bands.kind == "none":
            return {}
        spread = result.spreads[name].take(series)
        y_hat = result.forecasts[name][np.ix_(series, cutoffs)]
        pairs = zip(levels, self.widths[fold], strict=True)
        return {level: spread.around(y_hat, half) for level, half in pairs}

    def interval_scores(self) -> dict[float, IntervalScore]:
        """Score the intervals of each level."""
        blocks = ((self._row(series, "y"), self._ends(series)) for series in self._parts())
        return score_intervals(blocks, self.bands.levels)

    def quantile_scores(self) -> QuantileScore:
        """Score the quantiles of the model's own head; without, those of its intervals."""
        if self.folds and all(self.name in result.quantiles for result in self.folds):
            return score_quantiles(
                (self._row(series, "y"), self._own(series)) for series in self._parts()
            )
        if not self.bands.levels:
            return without_quantiles(NO_BANDS)
        untried = [
            level
            for place, level in enumerate(self.bands.levels)
            if not any(np.isfinite(each[place]).any() for each in self.widths)
        ]
        if len(untried) == len(self.bands.levels):
            return without_quantiles(NO_FORECAST)
        return score_quantiles(
            (
                (
                    self._row(series, "y"),
                    between_edges(self._row(series, "y_hat"), self._ends(series, untried)),
                )
                for series in self._parts()
            ),
            missing=[share for level in untried for share in edge_shares(level)],
        )

    def _parts(self) -> Iterator[IntArray]:
        """Series to score together."""
        if self.folds:
            cells = sum(result.y[0].size for result in self.folds)
            count = len(self.folds[0].y)
            each = np.arange(count, dtype=np.int64)
            yield from (each[part] for part in chunks(count, cells))

    def _row(self, series: IntArray, what: Literal["y", "y_hat"]) -> FloatArray:
        """Actual values or forecasts of all folds, side by side, (n, T)."""
        return _side_by_side(
            [
                (result.y if what == "y" else result.forecasts[self.name])[series]
                for result in self.folds
            ]
        )

    def _ends(self, series: IntArray, but: Sequence[float] = ()) -> Edges:
        """Intervals of all folds, side by side, (n, T), by level."""
        each = [
            self.edges(index, series, np.arange(result.y.shape[1], dtype=np.int64))
            for index, result in enumerate(self.folds)
        ]
        return {
            level: (
                _side_by_side([edges[level][0] for edges in each]),
                _side_by_side([edges[level][1] for edges in each]),
            )
            for level in self.bands.levels
            if level not in but
        }

    def _own(self, series: IntArray) -> QuantileForecasts:
        """Quantiles of the head in all folds, side by side, (n, T, Q)."""
        every = [result.quantiles[self.name] for result in self.folds]
        levels = every[0].levels
        shape = (len(series), -1, len(levels))
        values = [found.values[series].reshape(shape) for found in every]
        return QuantileForecasts(levels, np.concatenate(values, axis=1))


def score_intervals(
    blocks: Iterable[tuple[FloatArray, Edges]], levels: Sequence[float]
) -> dict[float, IntervalScore]:
    """Score intervals beside what happened.

    Parameters
    ----------
    blocks : iterable of (array of shape (n, ...), mapping of float to two such arrays)
        Actual values of some of the series, and the ends of their intervals by level; nan where
        there is none.
    levels : sequence of float, in percent

    Examples
    --------
    >>> one = np.ones((1, 1, 1))
    >>> score_intervals([(one, {80.0: (0 * one, 2 * one)})], [80.0])[80.0]
    IntervalScore(coverage=1.0, width=2.0, forecasts=1, winkler=2.0)
    """
    found: dict[float, list[tuple[FloatArray, int]]] = {level: [] for level in levels}
    for y, edges in blocks:
        for level in levels:
            found[level].append(_per_series(y, *edges[level], level=level))
    return {level: _pooled(parts) for level, parts in found.items()}


def chunks(count: int, cells: int) -> Iterator[slice]:
    """Cut ``count`` series, of ``cells`` forecasts each, into parts that memory takes."""
    size = max(1, CHUNK // max(1, cells))
    return (slice(begin, min(begin + size, count)) for begin in range(0, count, size))


def _per_series(
    y: FloatArray, low: FloatArray, high: FloatArray, *, level: float
) -> tuple[FloatArray, int]:
    """Coverage, width and Winkler score (3, n) of the series that have one, and their forecasts."""
    points = [part.reshape(len(part), -1) for part in (y, low, high)]
    there = np.isfinite(points[0]) & np.isfinite(points[2] - points[1])
    y, low, high = (np.where(there, part, np.nan)[there.any(axis=1)] for part in points)
    each = coverage(y, low, high) / 100, width(y, low, high), winkler(y, low, high, level=level)
    return np.array(each), int(there.sum())


def _pooled(parts: Sequence[tuple[FloatArray, int]]) -> IntervalScore:
    """Average over series."""
    count = sum(few for _, few in parts)
    if not count:
        return IntervalScore(None, None, 0)
    held, wide, cost = np.concatenate([each for each, _ in parts], axis=1).mean(axis=1)
    return IntervalScore(float(held), float(wide), count, float(cost))


def _side_by_side(parts: Sequence[FloatArray]) -> FloatArray:
    return np.concatenate([part.reshape(len(part), -1) for part in parts], axis=1)


def untested_notes(
    scores: Mapping[float, IntervalScore], folds: int, kind: IntervalKind = "conformal"
) -> list[str]:
    """Say which levels no fold has an interval of, and why.

    Parameters
    ----------
    scores : mapping of float to IntervalScore
        By level.
    folds : int
        How many there are.
    kind : str
        What intervals are made of.
    """
    levels = [f"{level:g} %" for level, score in scores.items() if not score.forecasts]
    if not levels:
        return []
    if kind == "head":
        return ["coverage of the intervals is unknown: there is no fold with an actual value"]
    if folds == 0:
        return ["no intervals: they are made from the errors in folds, and there is no fold"]
    if folds == 1:
        return ["coverage of the intervals is unknown: one fold has none before it to learn from"]
    which = f"{' and '.join(levels)} interval{'s' if len(levels) > 1 else ''}"
    return [f"coverage of the {which} is unknown: too few errors in the folds before the last"]
