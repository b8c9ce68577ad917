"""Sums, extremes and middles of every series of a panel at once, without a loop over series.

Values are packed as those of the panel are: series i is ``values[offsets[i]:offsets[i + 1]]``.
"""

from __future__ import annotations

import numpy as np

from forecast.data.arrays import BoolArray, FloatArray, IntArray
from forecast.data.panel import Panel


def place(panel: Panel) -> IntArray:
    """Number of each packed row within its series, from 0, shape (R,)."""
    return np.arange(len(panel.values), dtype=np.int64) - np.repeat(
        panel.offsets[:-1], panel.lengths
    )


def totals(panel: Panel, values: FloatArray | BoolArray) -> FloatArray:
    """Sum over each series, shape (N,); the values hold no nan."""
    return _reduced(np.add, panel, values.astype(np.float64), 0.0)


def lowest(panel: Panel, values: FloatArray) -> FloatArray:
    """Least value of each series that is not nan, shape (N,); nan where there is none."""
    return _reduced(np.fmin, panel, values, np.nan)


def highest(panel: Panel, values: FloatArray) -> FloatArray:
    """Greatest value of each series that is not nan, shape (N,); nan where there is none."""
    return _reduced(np.fmax, panel, values, np.nan)


def means(panel: Panel, values: FloatArray) -> FloatArray:
    """Mean over the values of each series that are not nan, shape (N,); nan where there is none."""
    seen = ~np.isnan(values)
    return divided(totals(panel, np.where(seen, values, 0.0)), totals(panel, seen))


def middles(panel: Panel, values: FloatArray) -> FloatArray:
    """Median over the values of each series that are not nan, shape (N,); nan where none."""
    counts = totals(panel, ~np.isnan(values)).astype(np.int64)
    if not len(values):
        return np.full(panel.n_series, np.nan)
    lengths = panel.lengths
    if (lengths == lengths[0]).all():
        ordered = np.sort(values.reshape(panel.n_series, -1), axis=1).reshape(-1)  # nan comes last
    else:
        ordered = values[np.lexsort((values, panel.owners))]
    start = np.minimum(panel.offsets[:-1], len(values) - 1)
    low = ordered[np.where(counts > 0, start + (counts - 1) // 2, start)]
    high = ordered[np.where(counts > 0, start + counts // 2, start)]
    return np.where(counts > 0, (low + high) / 2, np.nan)


def runs(panel: Panel, marked: BoolArray) -> tuple[IntArray, IntArray]:
    """Stretches of marked rows that do not leave their series.

    Returns
    -------
    starts, lengths : arrays of equal shape
        Packed row of the first of each stretch, and its rows.
    """
    if not len(marked):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    begins, ends = marked.copy(), marked.copy()
    begins[1:] &= ~marked[:-1]
    ends[:-1] &= ~marked[1:]
    filled = panel.lengths > 0
    begins[panel.offsets[:-1][filled]] = marked[panel.offsets[:-1][filled]]
    ends[panel.offsets[1:][filled] - 1] = marked[panel.offsets[1:][filled] - 1]
    starts = np.flatnonzero(begins)
    return starts, np.flatnonzero(ends) - starts + 1


def divided(above: FloatArray, below: FloatArray) -> FloatArray:
    """Quotient, nan where the divisor is not above zero."""
    known = below > 0
    return np.where(known, above / np.where(known, below, 1.0), np.nan)


def _reduced(how: np.ufunc, panel: Panel, values: FloatArray, empty: float) -> FloatArray:
    found = np.full(panel.n_series, empty)
    filled = np.flatnonzero(panel.lengths > 0)
    if len(filled):
        found[filled] = how.reduceat(values, panel.offsets[:-1][filled])
    return found
