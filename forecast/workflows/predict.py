"""``predict``: load a bundle and forecast, without training."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np

from forecast.bundle.bundle import Bundle
from forecast.bundle.load import load_bundle
from forecast.errors import UsageError
from forecast.models.intervals import ConformalIntervals
from forecast.validation.conformal import interval_notes
from forecast.workflows.ahead import (
    RECENT_HORIZONS,
    add_intervals,
    forecast_after,
    forecast_frame,
    recent_frame,
)
from forecast.workflows.arguments import (
    as_cutoff,
    as_horizon,
    as_levels,
    as_path,
    as_source,
    check_names,
)
from forecast.workflows.future import look_ahead
from forecast.workflows.history import gather
from forecast.workflows.naming import Names, as_input
from forecast.workflows.reading import Source
from forecast.workflows.remarks import named
from forecast.workflows.results import PredictResult

MOST_LEVEL = 100
NO_INTERVALS = ConformalIntervals.from_residuals(np.empty((0, 0)))


def predict(
    bundle: str | Path,
    *,
    horizon: int | None = None,
    data: Source | None = None,
    future: Source | None = None,
    cutoff: str | date | int | None = None,
    levels: Sequence[float] | float | None = None,
    names: Names = "standard",
) -> PredictResult:
    """Forecast with a bundle.

    Parameters
    ----------
    bundle : path
        A run folder or a bundle file.
    horizon : int, optional
        Steps ahead; the trained horizon when not given. Beyond it, whole blocks are fed back.
    data : path, text stream or DataFrame, optional
        Newer rows, or series never seen, in the columns that the model was trained on. Where it
        has none of the series trained on, only its own are forecast.
    future : path, text stream or DataFrame, optional
        What is known of the steps ahead: the future covariates, where the model was trained on
        some. It must cover every series and step.
    cutoff : str, date or int, optional
        A date, or a count where rows are counted: forecast as of then, seeing nothing later.
    levels : float or sequence of float, optional
        Interval levels in percent, from 1 on; those of the bundle when not given.
    names : str
        ``input``: a table in the columns, layout and time format of the training file, too, with
        intervals only where ``levels`` are given.

    Returns
    -------
    PredictResult

    Raises
    ------
    BundleError, DataError, UsageError
        See `forecast.errors`.
    """
    horizon, levels, cutoff = as_horizon(horizon), as_levels(levels), as_cutoff(cutoff)
    _check(horizon, levels)
    check_names(names)
    data = None if data is None else as_source(data)
    future = None if future is None else as_source(future)
    loaded = load_bundle(as_path(bundle, name="bundle"))
    manifest = loaded.manifest
    steps = manifest.horizon if horizon is None else horizon
    history = gather(loaded, data, cutoff)
    panel, notes = history.panel, list(history.notes)
    rows = history.rows
    known = look_ahead(loaded, panel, rows, steps, future)
    forecasts = forecast_after(known.panel, loaded.forecaster, rows=known.rows, horizon=steps)
    notes += known.notes
    asked = tuple(manifest.levels if levels is None else levels)
    notes += _notes(loaded, steps, asked)
    empty = [panel.unique_ids[index] for index in np.flatnonzero(np.isnan(forecasts[:, 0]))]
    if empty:
        notes.append(f"{named(empty)} without a value at or before the cutoff: not forecast")
    if asked and loaded.intervals is not None:
        notes += history.spread.notes(forecasts)
    frame = add_intervals(
        forecast_frame(panel, forecasts, rows, model=manifest.model),
        loaded.intervals or NO_INTERVALS,
        history.spread,
        model=manifest.model,
        levels=asked,
    )
    table = None
    if names == "input":
        shown = () if levels is None else asked
        table = as_input(frame, manifest.columns, model=manifest.model, levels=shown)
    return PredictResult(
        frame=frame,
        recent=recent_frame(panel, rows, steps=RECENT_HORIZONS * min(steps, manifest.horizon)),
        model=manifest.model,
        levels=asked,
        notes=tuple(notes),
        table=table,
    )


def _check(horizon: int | None, levels: Sequence[float] | None) -> None:
    """Refuse numbers that no bundle can answer."""
    if horizon is not None and horizon < 1:
        raise UsageError(
            f"horizon {horizon} is below 1", location="flag --horizon", fix="such as --horizon 24"
        )
    for place, level in enumerate(levels or ()):
        if not 1 <= level < MOST_LEVEL:
            meant = f"{100 * level:g}" if 0 < level < 1 else "80"
            raise UsageError(
                f"level {level:g} is not from 1 to below {MOST_LEVEL}: levels are in percent",
                location="flag --level",
                fix=f"such as --level {meant}",
            )
        if level in (levels or ())[:place]:
            raise UsageError(
                f"level {level:g} is given twice", location="flag --level", fix="give it once"
            )


def _notes(bundle: Bundle, steps: int, levels: Sequence[float]) -> list[str]:
    """Say what there is to know of the model, which intervals are missing, which steps fed back."""
    notes, manifest = [], bundle.manifest
    if manifest.interrupted:
        notes += [manifest.interrupted, "no intervals: the model was not judged"]
    elif bundle.intervals is None:
        notes.append("no intervals: the model was trained without folds")
    else:
        notes.extend(interval_notes(bundle.intervals, levels, steps))
    if steps > manifest.horizon and bundle.forecaster.parameters:
        notes.append(
            f"steps {manifest.horizon + 1} to {steps} are beyond the trained horizon: forecasts "
            "are fed back as if observed"
        )
    return notes
