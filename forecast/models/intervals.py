"""Conformal intervals: how far past forecasts were off, step by step.

Residuals of finished folds, absolute and divided by the scale of their series, are sorted for each
horizon step. The half-width at a level is the value that this share of them did not exceed, with
the finite-sample rank ``ceil((n + 1) level / 100)``; no distribution is assumed.

References
----------
Lei, G'Sell, Rinaldo, Tibshirani & Wasserman (2018), Distribution-free predictive inference for
regression, section 2.2 (split conformal). Forecast errors of overlapping windows are not
exchangeable, so that the level is approximate.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from forecast.metrics.scaled import training_moments

if TYPE_CHECKING:
    from forecast.data.arrays import FloatArray, IntArray
    from forecast.data.panel import Panel, Span

KEPT_SCORES = 999  # with 999, each level in tenths of a percent keeps its exact rank
DECIMALS = 9  # (n + 1) level / 100 is rounded here before the ceiling: 99.00000000000001 is 99


@dataclass(frozen=True, eq=False)
class ConformalIntervals:
    """Sorted scores of each horizon step.

    Parameters
    ----------
    scores : array of shape (R, n), in scales of the series
        Ascending along the second axis, padded with +inf.
    counts : array of shape (R,)
        How many scores of each step are real.
    """

    scores: FloatArray
    counts: IntArray

    @classmethod
    def from_residuals(cls, residuals: FloatArray) -> Self:
        """Sort the residuals of each step; keep at most 999 of them.

        Parameters
        ----------
        residuals : array of shape (M, R), in scales of the series
            ``(y - y_hat) / scale``; nan is ignored.

        Examples
        --------
        >>> pool = ConformalIntervals.from_residuals(np.array([[1.0], [-4.0], [2.0], [3.0]]))
        >>> pool.half_width(80.0, 2)
        array([ 4., nan])
        """
        scores = np.sort(np.ascontiguousarray(np.abs(residuals).T), axis=1)  # (R, M), nan last
        counts = np.isfinite(scores).sum(axis=1)
        kept = np.minimum(counts, KEPT_SCORES)
        width = int(kept.max(initial=0))
        wanted = np.arange(1, width + 1)[None, :]
        # The j-th of the kept stands for level j / (kept + 1): its rank among all, rounded up.
        rank = -(-(counts[:, None] + 1) * wanted // np.maximum(kept[:, None] + 1, 1))
        real = wanted <= kept[:, None]
        picked = np.take_along_axis(scores, np.where(real, rank - 1, 0), axis=1)
        return cls(np.where(real, picked, np.inf), kept.astype(np.int64))

    @property
    def steps(self) -> int:
        """R, the number of horizon steps that have scores or could have had them."""
        return len(self.counts)

    def half_width(self, level: float, horizon: int) -> FloatArray:
        """Half of the interval's width at each step ahead.

        Parameters
        ----------
        level : float, in percent
            Above 0 and below 100.
        horizon : int, in steps

        Returns
        -------
        array of shape (horizon,), in scales of the series
            nan where there are too few scores for the level, or none so far ahead.
        """
        widths = np.full(horizon, np.nan)
        steps = min(horizon, self.steps)
        counts = self.counts[:steps]
        rank = np.ceil(np.round((counts + 1) * level / 100, DECIMALS)).astype(np.int64)
        enough = np.flatnonzero((rank <= counts) & (counts > 0))
        widths[enough] = self.scores[enough, np.maximum(rank[enough], 1) - 1]
        return widths


def needed(level: float) -> int:
    """Fewest residuals from which an interval at ``level`` percent can be made.

    Examples
    --------
    >>> needed(80.0), needed(95.0)
    (4, 19)
    """
    return math.ceil(round(level / (100 - level), DECIMALS))


def interval_scale(panel: Panel, span: Span) -> FloatArray:
    """Scale of every series: the population deviation of its training rows.

    Returns
    -------
    array of shape (N,), in units of each series
        1 where the deviation is 0 or undefined.
    """
    return usable_scale(training_moments(panel, span.start, span.train_stop)[1])


def usable_scale(deviation: FloatArray) -> FloatArray:
    """Replace a deviation that is 0 or undefined by 1."""
    return np.where(np.nan_to_num(deviation) > 0, deviation, 1.0)


def interval_columns(model: str, level: float) -> tuple[str, str]:
    """Names of the two columns of an interval.

    Examples
    --------
    >>> interval_columns("gru", 80.0)
    ('gru-lo-80', 'gru-hi-80')
    """
    return f"{model}-lo-{level:g}", f"{model}-hi-{level:g}"
