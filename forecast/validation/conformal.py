"""From the residuals of finished folds to intervals.

A fold's forecasts get intervals from finished folds only: those whose test block ends at or before
its first cutoff. Every horizon ends inside its block, so each of their residuals has a target row
that had come by then; the first fold has none. The bundle's intervals pool every fold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecast.models.intervals import ConformalIntervals, needed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from forecast.data.arrays import FloatArray
    from forecast.validation.evaluation import Evaluation, FoldResult


@dataclass(frozen=True)
class IntervalScore:
    """How the intervals of one level did, over all folds that have them.

    Like a metric, coverage and width are pooled over the forecasts of a series, then averaged
    over series.

    Parameters
    ----------
    coverage : float or None
        Share of the actual values that lay inside, from 0 to 1; None without forecasts.
    width : float or None, in units of the file
        Mean distance from the lower to the upper end; None without forecasts.
    forecasts : int
        Forecasts that had an interval and an actual value.
    """

    coverage: float | None
    width: float | None
    forecasts: int


def calibrate(evaluation: Evaluation, name: str) -> ConformalIntervals:
    """Pool the residuals of one model over all folds and series, for forecasts of what comes next.

    Returns
    -------
    ConformalIntervals
        Steps beyond the trained horizon come from recursively made residuals, up to four horizons.
        Without folds it has no step.
    """
    return _pool(evaluation.folds, name, beyond=True)


def intervals_for_folds(
    evaluation: Evaluation, name: str, levels: Sequence[float]
) -> tuple[FloatArray, ...]:
    """Half-widths of the intervals that each fold could have given at the time, see `Spread`.

    Parameters
    ----------
    evaluation : Evaluation
    name : str
        Of the model.
    levels : sequence of float, in percent

    Returns
    -------
    tuple of arrays of shape (levels, H), in scales of the series
        One per fold; nan in the first, and where there are too few residuals.
    """
    found = []
    for result in evaluation.folds:
        known = result.fold.cutoffs[0] + 1
        finished = [other for other in evaluation.folds if other.fold.test_stop <= known]
        pool = _pool(finished, name, beyond=False)
        widths = [pool.half_width(level, evaluation.horizon) for level in levels]
        found.append(np.array(widths).reshape(len(levels), evaluation.horizon))
    return tuple(found)


def interval_scores(
    evaluation: Evaluation, name: str, levels: Sequence[float]
) -> dict[float, IntervalScore]:
    """Score the intervals that each fold could have given at the time, by level.

    Parameters
    ----------
    evaluation : Evaluation
    name : str
        Of the model.
    levels : sequence of float, in percent
    """
    widths = intervals_for_folds(evaluation, name, levels)
    found = {}
    for place, level in enumerate(levels):
        inside = width = count = np.zeros(1)
        for result, half in zip(evaluation.folds, widths, strict=True):
            edges = result.spreads[name].around(result.forecasts[name], half[place])
            sums = _sums(result.y, *edges)
            inside, width, count = inside + sums[0], width + sums[1], count + sums[2]
        found[level] = _interval_score(inside, width, count)
    return found


def score_edges(y: FloatArray, low: FloatArray, high: FloatArray) -> IntervalScore:
    """Score intervals beside what happened.

    Parameters
    ----------
    y, low, high : array of shape (N, K, H), in units of the file
        nan where there is no value, or no interval.

    Examples
    --------
    >>> one = np.ones((1, 1, 1))
    >>> score_edges(one, 0 * one, 2 * one)
    IntervalScore(coverage=1.0, width=2.0, forecasts=1)
    """
    return _interval_score(*_sums(y, low, high))


def _sums(
    y: FloatArray, low: FloatArray, high: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Count of values inside, sum of widths, and count of values, of each series, (N,)."""
    known = np.isfinite(y) & np.isfinite(high - low)
    inside = (known & (low <= y) & (y <= high)).sum(axis=(1, 2))
    width = np.where(known, high - low, 0.0).sum(axis=(1, 2))
    return inside.astype(np.float64), width, known.sum(axis=(1, 2)).astype(np.float64)


def _interval_score(inside: FloatArray, width: FloatArray, count: FloatArray) -> IntervalScore:
    """Average what was summed up for each series, shape (N,)."""
    there = count > 0
    if not there.any():
        return IntervalScore(None, None, 0)
    shares = inside[there] / count[there], width[there] / count[there]
    return IntervalScore(float(shares[0].mean()), float(shares[1].mean()), int(count.sum()))


def untested_notes(scores: Mapping[float, IntervalScore], folds: int) -> list[str]:
    """Say which levels no fold has an interval of, and why.

    Parameters
    ----------
    scores : mapping of float to IntervalScore
        By level.
    folds : int
        How many there are.
    """
    levels = [f"{level:g} %" for level, score in scores.items() if not score.forecasts]
    if not levels:
        return []
    if folds == 0:
        return ["no intervals: they are made from the errors in folds, and there is no fold"]
    if folds == 1:
        return ["coverage of the intervals is unknown: one fold has none before it to learn from"]
    which = f"{' and '.join(levels)} interval{'s' if len(levels) > 1 else ''}"
    return [f"coverage of the {which} is unknown: too few errors in the folds before the last"]


def interval_notes(
    intervals: ConformalIntervals, levels: Sequence[float], horizon: int
) -> list[str]:
    """Say which intervals are missing at ``levels`` for forecasts of ``horizon`` steps, and why."""
    notes = []
    for level in levels:
        empty = np.flatnonzero(np.isnan(intervals.half_width(level, horizon)))
        if len(empty):
            step = int(empty[0])
            has = int(intervals.counts[step]) if step < intervals.steps else 0
            notes.append(
                f"too few residuals for {level:g} %: {has}, needs {needed(level)} (no interval "
                f"from step {step + 1} on)"
            )
    return notes


def _pool(folds: Sequence[FoldResult], name: str, *, beyond: bool) -> ConformalIntervals:
    """Pool the residuals of ``folds``, those ``beyond`` the trained horizon only if asked."""
    parts = []
    for result in folds:
        parts.append(result.spreads[name].residuals(result.y, result.forecasts[name]))
        if beyond and name in result.recursive:
            further = result.recursive[name].residuals.copy()
            further[:, :, : result.y.shape[2]] = np.nan  # counted above already, at every cutoff
            parts.append(further)
    reach = max((part.shape[2] for part in parts), default=0)
    padded = [
        np.pad(
            part.reshape(-1, part.shape[2]),
            ((0, 0), (0, reach - part.shape[2])),
            constant_values=np.nan,
        )
        for part in parts
    ]
    return ConformalIntervals.from_residuals(np.concatenate(padded) if padded else np.empty((0, 0)))
