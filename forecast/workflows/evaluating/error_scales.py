"""Scales of errors from rows at hand, where the bundle keeps none of a series."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from forecast.bundle.bundle import ErrorScales
from forecast.data.arrays import IntArray
from forecast.data.packing import runs
from forecast.data.panel import Panel
from forecast.metrics.scaled import seasonal_scales, seasonal_square_scales, training_deviation


def until(panel: Panel, rows: IntArray) -> Panel:
    """Return the panel with each value after grid row ``rows`` (N,) of its series missing."""
    at = runs(panel.first, panel.lengths)
    last = np.repeat(rows, panel.lengths)
    return replace(panel, values=np.where(at > last, np.nan, panel.values))


def scales_of(panel: Panel, season_length: int) -> ErrorScales:
    """Return the scales of the errors by all rows of a panel."""
    return ErrorScales(
        seasonal_scales(panel, 0, panel.length, season_length=season_length),
        seasonal_square_scales(panel, 0, panel.length, season_length=season_length),
        training_deviation(panel, 0, panel.length),
    )
