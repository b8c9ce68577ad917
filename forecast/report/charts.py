"""Charts as SVG text: pure functions of frames and numbers, the same bytes each time.

Each returns one ``<svg>`` element that stands in a page or a file of its own, or the empty text
when there is nothing to draw. Colours are CSS variables with a fallback (see `palette`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from forecast.report.canvas import to_svg
from forecast.report.diagnostics import FoldRow, FoldsPlot, LossPlot, StepsPlot
from forecast.report.panels import ForecastPlot, WalkForwardPlot, ordered_models

if TYPE_CHECKING:
    import pandas as pd

    from forecast.report.series import Stamp
    from forecast.training.monitor import EpochRecord

VALUE = "value (units of the file)"
MOST_SERIES = 4


def forecast_chart(
    frame: pd.DataFrame,
    recent: pd.DataFrame,
    *,
    model: str,
    levels: Sequence[float] = (80.0, 95.0),
    unit: str = VALUE,
    total: int | None = None,
) -> str:
    """Draw recent history, then the forecast with its shaded intervals.

    Parameters
    ----------
    frame : DataFrame
        ``unique_id``, ``ds``, ``<model>``, and ``<model>-lo-80``, ``<model>-hi-80`` for each level
        that it has.
    recent : DataFrame
        ``unique_id``, ``ds``, ``y``: what came before. Only its end is drawn.
    model : str
        Name of the model and of its column.
    levels : sequence of float
        In percent; at most four are drawn, and those without values are not.
    unit : str
        Name of the vertical axis.
    total : int, optional
        How many series there are, where ``frame`` has only some; the chart, which has at most
        four, says how many it leaves out.
    """
    if frame.empty:
        return ""
    plot = ForecastPlot(frame, recent, model, tuple(levels), unit, MOST_SERIES, total)
    return to_svg(plot.figure, name="forecast", label=f"Recent history and forecast of {model}")


def walk_forward_chart(
    frame: pd.DataFrame,
    *,
    models: Sequence[str],
    main: str,
    since: Stamp | None = None,
    unit: str = VALUE,
) -> str:
    """Draw the forecasts of the last fold beside what happened, of at most four series.

    Of cutoffs whose forecasts overlap only the last is drawn, so that each step is shown once.

    Parameters
    ----------
    frame : DataFrame
        ``unique_id``, ``ds``, ``cutoff``, ``y`` and one column a model.
    models : sequence of str
        Which columns to draw; those that the frame lacks are passed over.
    main : str
        The model that stands out.
    since : stamp or int, optional
        First cutoff of the last fold; earlier rows are not drawn.
    unit : str
        Name of the vertical axis.
    """
    judged = frame if since is None else frame[frame["cutoff"] >= since]
    if judged.empty:
        return ""
    plot = WalkForwardPlot(judged, ordered_models(judged, models), main, unit, MOST_SERIES)
    return to_svg(plot.figure, name="walk", label="Walk-forward forecasts beside actual values")


def steps_chart(
    steps: Mapping[str, Sequence[float | None]],
    *,
    main: str,
    metric: str = "MAE",
    unit: str = "units of the file",
) -> str:
    """Draw the error of each model by horizon step.

    Parameters
    ----------
    steps : mapping of str to sequence of float or None
        For each model, the error of step 1, 2, ...; None where it is undefined.
    main : str
        The model that stands out.
    metric, unit : str
        Name and unit of the error.
    """
    if not any(len(errors) for errors in steps.values()):
        return ""
    plot = StepsPlot(steps, main, metric, unit)
    return to_svg(plot.figure, name="steps", label=f"{metric} by horizon step")


def folds_chart(folds: Sequence[FoldRow | tuple[str, Stamp, Stamp, Stamp, Stamp]]) -> str:
    """Draw where each fold trains, validates and tests on the time axis.

    Parameters
    ----------
    folds : sequence of FoldRow
        Plain tuples of (label, train_start, validation_start, test_start, test_stop) will do; all
        stamps or all whole steps.
    """
    if not folds:
        return ""
    plot = FoldsPlot(tuple(FoldRow(*fold) for fold in folds))
    return to_svg(plot.figure, name="folds", label="Train, validation and test rows of each fold")


def loss_chart(records: Sequence[EpochRecord]) -> str:
    """Draw training and validation loss by epoch, a panel for each fit.

    Parameters
    ----------
    records : sequence of EpochRecord
        Of any number of fits, in order of epoch.
    """
    if not records:
        return ""
    plot = LossPlot(tuple(records))
    return to_svg(plot.figure, name="losses", label="Training and validation loss by epoch")
