"""Forecasts after the end of the data as a long frame: for predict and reports."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from forecast.data.arrays import FloatArray, IntArray
from forecast.data.panel import Panel
from forecast.models.forecaster import Forecaster
from forecast.report.series import Stamp

RECENT_HORIZONS = 6
"""Horizons of recent rows that come with a forecast, for a chart."""


def stamp_at(panel: Panel, row: int) -> Stamp:
    """Stamp of a grid row, or the count of the first series there."""
    rows = np.array([row], dtype=np.int64)
    stamp: Stamp = panel.clock.stamps(np.zeros(1, dtype=np.int64), rows)[0]
    return stamp


def last_rows(panel: Panel) -> IntArray:
    """Grid row of the last row of each series, shape (N,)."""
    return panel.first + panel.lengths - 1


def each_after(
    panel: Panel, rows: IntArray, ask: Callable[[Panel, IntArray], FloatArray]
) -> FloatArray:
    """Ask for something of each series after a row of its own.

    Parameters
    ----------
    rows : array of shape (N,)
        The grid row that each forecast follows.
    ask : callable
        From a panel and cutoffs (1,) to (N, 1, ...).

    Returns
    -------
    array of shape (N, ...)
    """
    found: FloatArray | None = None
    for row in np.unique(rows):
        places = np.flatnonzero(rows == row)
        some = panel if len(places) == panel.n_series else panel.take(places)
        part = ask(some, np.array([row]))[:, 0]
        if found is None:
            found = np.full((panel.n_series, *part.shape[1:]), np.nan)
        found[places] = part
    return np.empty((0, 0)) if found is None else found


def each_at(
    panel: Panel, cutoffs: IntArray, ask: Callable[[Panel, IntArray], FloatArray]
) -> FloatArray:
    """Ask for something of each series at cutoffs of its own.

    Parameters
    ----------
    cutoffs : array of shape (N, K)
        Grid rows: the same of all series, or one of each.
    ask : callable
        From a panel and cutoffs (K,) to (N, K, ...).

    Returns
    -------
    array of shape (N, K, ...)
    """
    if bool((cutoffs == cutoffs[:1]).all()):
        return ask(panel, cutoffs[0])
    found = each_after(panel, cutoffs[:, 0], ask)
    return found[:, None]


def forecast_after(
    panel: Panel, forecaster: Forecaster, *, rows: IntArray, horizon: int
) -> FloatArray:
    """Forecast each series from a row (N,) of its own, shape (N, horizon), in units of the file."""
    return each_after(
        panel, rows, lambda some, cutoffs: forecaster.predict(some, cutoffs, horizon=horizon)
    )


def forecast_frame(
    panel: Panel, forecasts: FloatArray, rows: IntArray, *, model: str
) -> pd.DataFrame:
    """Lay forecasts (N, horizon) after grid ``rows`` out as ``unique_id, ds, <model>``."""
    horizon = forecasts.shape[1]
    series = np.repeat(np.arange(panel.n_series, dtype=np.int64), horizon)
    positions = (rows[:, None] + np.arange(1, horizon + 1, dtype=np.int64)).reshape(-1)
    return pd.DataFrame(
        {
            "unique_id": np.array(panel.unique_ids, dtype=object)[series],
            "ds": panel.clock.stamps(series, positions),
            model: forecasts.reshape(-1),
        }
    )


def recent_frame(panel: Panel, rows: IntArray, *, steps: int) -> pd.DataFrame:
    """Lay the ``steps`` rows up to grid ``rows`` out as ``unique_id, ds, y``."""
    start = np.maximum(rows - steps + 1, panel.first)
    counts = np.maximum(np.minimum(rows, panel.first + panel.lengths - 1) - start + 1, 0)
    series = np.repeat(np.arange(panel.n_series, dtype=np.int64), counts)
    begun = np.cumsum(counts) - counts
    positions = np.arange(len(series), dtype=np.int64) - np.repeat(begun - start, counts)
    values = panel.values[panel.offsets[series] + positions - panel.first[series]]
    return pd.DataFrame(
        {
            "unique_id": np.array(panel.unique_ids, dtype=object)[series],
            "ds": panel.clock.stamps(series, positions),
            "y": values,
        }
    )
