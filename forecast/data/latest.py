"""The last observed value before each packed row, as it is or of the same phase of a season."""

from __future__ import annotations

import numpy as np

from forecast.data.arrays import BoolArray, IntArray
from forecast.data.packing import runs
from forecast.data.panel import Panel


def latest_observed(panel: Panel, observed: BoolArray) -> IntArray:
    """Packed row of the last observed value at or before each row, -1 where there is none.

    Parameters
    ----------
    panel : Panel
        Of R packed rows.
    observed : array of shape (R,)
        Which rows count.
    """
    rows = np.arange(len(observed), dtype=np.int64)
    if not len(rows):
        return rows
    latest = np.maximum.accumulate(np.where(observed, rows, -1))
    return np.where(latest >= np.repeat(panel.offsets[:-1], panel.lengths), latest, -1)


def latest_in_phase(panel: Panel, observed: BoolArray, season_length: int) -> IntArray:
    """Packed row of the last observed value at or before each row, whole seasons back; or -1.

    The rows are sorted by series and phase, which keeps time in order within each, so that one
    running maximum finds the last observed value of every phase.
    """
    size = len(observed)
    if not size:
        return np.arange(0, dtype=np.int64)
    series = panel.owners
    local = runs(np.zeros_like(panel.lengths), panel.lengths)
    key = series * season_length + local % season_length
    order = np.argsort(key, kind="stable")
    place = np.maximum.accumulate(np.where(observed[order], np.arange(size), -1))
    previous = order[np.maximum(place, 0)]
    latest = np.full(size, -1, dtype=np.int64)
    latest[order] = np.where((place >= 0) & (key[previous] == key[order]), previous, -1)
    return latest
