"""From the residuals of finished folds to intervals.

A fold's forecasts get intervals from finished folds only: those whose test block ends at or before
its first cutoff. Every horizon ends inside its block, so each of their residuals has a target row
that had come by then; the first fold has none. The bundle's intervals pool every fold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecast.models.intervals import ConformalIntervals, needed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecast.data.arrays import FloatArray
    from forecast.validation.evaluation import Evaluation, FoldResult


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
    return ConformalIntervals.from_residuals(*(part.reshape(-1, part.shape[2]) for part in parts))
