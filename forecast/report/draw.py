"""A forecast as a picture file, for ``predict --plot``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from forecast.errors import UsageError
from forecast.report.canvas import to_png
from forecast.report.charts import VALUE
from forecast.report.panels import ForecastPlot

if TYPE_CHECKING:
    import pandas as pd

MOST_SERIES = 9


def draw_forecast(
    frame: pd.DataFrame,
    recent: pd.DataFrame,
    *,
    model: str,
    levels: Sequence[float],
    unit: str = VALUE,
) -> bytes:
    """Draw up to nine series, one panel each, as the bytes of a PNG file.

    Parameters
    ----------
    frame, recent : DataFrame
        Those of a ``PredictResult``.
    model : str
        Name of the model and of its column.
    levels : sequence of float
        In percent.
    unit : str
        Name of the vertical axis.

    Raises
    ------
    UsageError
        If ``frame`` has no row.
    """
    if frame.empty:
        raise UsageError(
            "there is no forecast to draw (0 rows)", fix="ask for a horizon of at least 1"
        )
    return to_png(ForecastPlot(frame, recent, model, tuple(levels), unit, MOST_SERIES, None).figure)
