"""Conformal intervals: how far past forecasts were off, step by step.

Residuals of finished folds, absolute and divided by the scale of their series, are sorted for each
horizon step. The half-width at a level is the value that this share of them did not exceed, with
the finite-sample rank ``ceil((n + 1) level / 100)``; no distribution is assumed. Of many residuals
only those at usual levels are kept, in single precision; whatever is rounded is rounded outward.

References
----------
Lei, G'Sell, Rinaldo, Tibshirani & Wasserman (2018), Distribution-free predictive inference for
regression, section 2.2 (split conformal). Forecast errors of overlapping windows are not
exchangeable, so that the level is approximate.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Self, TypeAlias

import numpy as np
import numpy.typing as npt

from forecast.data.transform import PLAIN, Target, TargetTransform, fit_transform
from forecast.metrics.scaled import training_deviation

if TYPE_CHECKING:
    from forecast.data.arrays import FloatArray, IntArray
    from forecast.data.panel import Panel, Span

Float32Array: TypeAlias = npt.NDArray[np.float32]
IntervalKind: TypeAlias = Literal["conformal", "head", "none"]
"""Of past errors, of the quantiles of the model's own head, or not made at all."""

KEPT_LEVELS: FloatArray = np.concatenate(
    [np.arange(1, 199) / 2, np.arange(991, 1000) / 10, [100.0]]  # 0.5 to 99, 99.1 to 99.9
)
"""Levels, in percent, whose exact scores are kept of a step that has more; at 100 the largest."""
SHARE_DECIMALS = 12
FEWEST = 4
"""Values of a series below which their deviation may be near 0 by chance."""
DECIMALS = 9  # (n + 1) level / 100 is rounded here before the ceiling: 99.00000000000001 is 99


@dataclass(frozen=True, eq=False)
class ConformalIntervals:
    """Sorted scores of each horizon step.

    Parameters
    ----------
    scores : float32 array of shape (R, n), in scales of the series
        Ascending along the second axis, padded with +inf: all scores of a step, or those at
        `KEPT_LEVELS`.
    counts : array of shape (R,)
        How many scores each step had.
    """

    scores: Float32Array
    counts: IntArray

    @classmethod
    def from_residuals(cls, *parts: FloatArray) -> Self:
        """Sort the residuals of each step and thin them.

        Parameters
        ----------
        *parts : array of shape (M, R), in scales of the series
            ``(y - y_hat) / scale``, of any M and R each, pooled; nan is ignored.

        Examples
        --------
        >>> pool = ConformalIntervals.from_residuals(np.array([[1.0], [-4.0], [2.0], [3.0]]))
        >>> pool.half_width(80.0, 2)
        array([ 4., nan])
        """
        reach = max((part.shape[1] for part in parts), default=0)
        columns = [
            _thinned(np.concatenate([part[:, step] for part in parts if step < part.shape[1]]))
            for step in range(reach)
        ]
        counts = np.array([count for count, _ in columns], dtype=np.int64)
        scores = np.full((reach, kept_scores(counts).max(initial=0)), np.inf, dtype=np.float32)
        for row, (_, kept) in zip(scores, columns, strict=True):
            row[: len(kept)] = kept
        return cls(scores, counts)

    @property
    def steps(self) -> int:
        """R, the number of horizon steps that have scores or could have had them."""
        return len(self.counts)

    def half_width(self, level: float, horizon: int) -> FloatArray:
        """Half of the interval's width at each step ahead.

        Parameters
        ----------
        level : float, in percent
            Above 0 and below 100. Where scores were thinned, the next of `KEPT_LEVELS` is taken.
        horizon : int, in steps

        Returns
        -------
        array of shape (horizon,), in scales of the series
            nan where there are too few scores for the level, or none so far ahead.
        """
        return self.half_widths(np.full(horizon, level))

    def half_widths(self, levels: FloatArray) -> FloatArray:
        """Half of the interval's width where each step ahead has a level of its own.

        Parameters
        ----------
        levels : array of shape (..., H), in percent
            From 0 to 100; see `half_width`. An interval of level 0 has no width.

        Returns
        -------
        array of shape (..., H), in scales of the series
            nan where there are too few scores for the level, or none so far ahead.
        """
        widths = np.full(levels.shape, np.nan)
        reach = min(levels.shape[-1], self.steps)
        asked, counts = levels[..., :reach], self.counts[:reach]
        rank = _rank(counts, asked)
        thinned = np.searchsorted(KEPT_LEVELS, np.round(asked, DECIMALS))
        column = np.where(counts > kept_scores(counts), thinned, rank - 1)
        enough = (rank >= 1) & (rank <= counts)
        step = np.broadcast_to(np.arange(reach), asked.shape)
        widths[..., :reach][enough] = self.scores[step[enough], column[enough]]
        widths[..., :reach][(rank < 1) & (counts > 0)] = 0.0
        return widths

    def largest(self, horizon: int) -> FloatArray:
        """Largest score of each step ahead, shape (horizon,); nan where there is none."""
        found = np.full(horizon, np.nan)
        counts = self.counts[:horizon]
        there = np.flatnonzero(counts)
        found[there] = self.scores[there, kept_scores(counts)[there] - 1]
        return found


def kept_scores(counts: IntArray) -> IntArray:
    """How many of so many scores are kept, shape (R,)."""
    return np.minimum(counts, len(KEPT_LEVELS))


def _thinned(residuals: FloatArray) -> tuple[int, Float32Array]:
    """How many residuals a step has, and those of their sizes that are kept, ascending."""
    scores = np.sort(np.abs(residuals[np.isfinite(residuals)]))
    count = len(scores)
    if count > len(KEPT_LEVELS):
        scores = scores[np.minimum(_rank(np.array(count), KEPT_LEVELS), count) - 1]
    return count, _outward(scores)


def _rank(counts: IntArray, level: FloatArray | float) -> IntArray:
    """Finite-sample rank of a level, from 1; beyond ``counts`` where there are too few scores."""
    rank: IntArray = np.ceil(np.round((counts + 1) * level / 100, DECIMALS)).astype(np.int64)
    return rank


def _outward(scores: FloatArray) -> Float32Array:
    """Single precision that is nowhere below ``scores``, save beyond its range."""
    bounded = np.where(np.isinf(scores), scores, np.minimum(scores, np.finfo(np.float32).max))
    near = bounded.astype(np.float32)
    inward = near < bounded
    near[inward] = np.nextafter(near[inward], np.float32(np.inf))
    return near


def needed(level: float) -> int:
    """Fewest residuals from which an interval at ``level`` percent can be made.

    Examples
    --------
    >>> needed(80.0), needed(95.0)
    (4, 19)
    """
    return math.ceil(round(level / (100 - level), DECIMALS))


@dataclass(frozen=True, eq=False)
class Spread:
    """Where the intervals of N series are made, and what their half-widths are multiples of.

    With log1p, sqrt or box-cox, intervals are made of transformed values and inverted, so that they
    are lopsided and never leave the domain; with a difference, in units of the file.

    Parameters
    ----------
    scale : array of shape (N,), in transformed units
        nan of a series that has no errors to compare, and so no intervals.
    transform : TargetTransform
        What acts on each value alone.
    """

    scale: FloatArray
    transform: TargetTransform = PLAIN

    def take(self, indices: IntArray) -> Spread:
        """Return that of the series at ``indices``."""
        return Spread(self.scale[indices], self.transform.take(indices))

    def followed_by(self, other: Spread) -> Spread:
        """Return that of these series and those of ``other``, of the same target."""
        transform = self.transform.followed_by(other.transform)
        return Spread(np.concatenate([self.scale, other.scale]), transform)

    def residuals(self, y: FloatArray, y_hat: FloatArray) -> FloatArray:
        """``(y - y_hat) / scale`` in transformed values, shape (N, K, R); nan where undefined."""
        forward = self.transform.forward
        return (forward(y) - forward(y_hat)) / self.scale[:, None, None]

    def around(self, y_hat: FloatArray, width: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Lower and upper edge of the intervals around forecasts.

        Parameters
        ----------
        y_hat : array of shape (N, ..., H), in units of the file
        width : array of shape (H,) or that of the forecasts, in scales of the series
            Half of each interval.
        """
        half = self.scale.reshape(-1, *([1] * (y_hat.ndim - 1))) * width
        centre, backward = self.transform.forward(y_hat), self.transform.backward
        return backward(centre - half), backward(centre + half)

    def lost(self, y_hat: FloatArray) -> int:
        """How many forecasts have neither residual nor interval: the transform takes no such."""
        return int((np.isnan(self.transform.forward(y_hat)) & ~np.isnan(y_hat)).sum())

    def notes(self, y_hat: FloatArray) -> tuple[str, ...]:
        """Say how many series and forecasts have no interval, and why."""
        notes = []
        without, lost = int(np.isnan(self.scale).sum()), self.lost(y_hat)
        if without:
            have = "has" if without == 1 else "have"
            notes.append(
                f"{without} of {len(self.scale)} series {have} no interval: constant, or fewer "
                f"than {FEWEST} values"
            )
        if lost:
            few = "1 forecast has" if lost == 1 else f"{lost} forecasts have"
            kind = self.transform.target.transform
            notes.append(f"{few} no interval: {kind} does not take such values")
        return tuple(notes)


def fit_spread(panel: Panel, span: Span, target: Target) -> Spread:
    """Fit the transform of the intervals, and their scale, on the training rows of a span.

    The scale of a series is the population deviation of its transformed values, and nan where that
    is 0, or of fewer values than `FEWEST`: then its errors tell nothing of others, nor those of
    others of it.
    """
    start, stop = span.start, span.train_stop
    transform = fit_transform(panel, target.elementwise, start=start, stop=stop)
    transformed = transform.apply(panel)
    deviation = training_deviation(transformed, start, stop)
    rows = transformed.slice(start, stop)
    known = np.bincount(rows.owners[~np.isnan(rows.values)], minlength=rows.n_series)
    return Spread(np.where((deviation > 0) & (known >= FEWEST), deviation, np.nan), transform)


def interval_columns(model: str, level: float) -> tuple[str, str]:
    """Names of the two columns of an interval.

    Examples
    --------
    >>> interval_columns("gru", 80.0)
    ('gru-lo-80', 'gru-hi-80')
    """
    return f"{model}-lo-{level:g}", f"{model}-hi-{level:g}"


def edge_shares(level: float) -> tuple[float, float]:
    """Quantile levels of the two ends of an interval.

    Examples
    --------
    >>> edge_shares(80.0), edge_shares(95.0)
    ((0.1, 0.9), (0.025, 0.975))
    """
    return round((100 - level) / 200, SHARE_DECIMALS), round((100 + level) / 200, SHARE_DECIMALS)
