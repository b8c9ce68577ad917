"""``predict``: load a bundle and forecast, without training."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from forecast.bundle.bundle import Bundle
from forecast.bundle.load import load_bundle
from forecast.config.schema import Config, DataConfig
from forecast.data.arrays import FloatArray
from forecast.data.join import join_panels
from forecast.data.observed import ObservedClock
from forecast.data.panel import Panel, Span
from forecast.errors import CorruptBundleError, DataError, UsageError
from forecast.models.intervals import ConformalIntervals, interval_scale
from forecast.validation.conformal import interval_notes
from forecast.workflows.ahead import add_intervals, forecast_after, forecast_frame, recent_frame
from forecast.workflows.naming import Names, as_input
from forecast.workflows.reading import Source, read_data
from forecast.workflows.results import PredictResult

RECENT_HORIZONS = 6
"""Horizons of recent rows that come with a forecast, for a chart."""


def predict(
    bundle: str | Path,
    *,
    horizon: int | None = None,
    data: Source | None = None,
    cutoff: str | None = None,
    levels: Sequence[float] | None = None,
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
        Newer rows, or series never seen, in the columns that the model was trained on. Only the
        series of this file are forecast.
    cutoff : str, optional
        A date, or a count where rows are counted: forecast as of then, seeing nothing later.
    levels : sequence of float, optional
        Interval levels in percent; those of the bundle when not given.
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
    loaded = load_bundle(Path(bundle))
    manifest = loaded.manifest
    steps = manifest.horizon if horizon is None else horizon
    if steps < 1:
        raise UsageError(f"horizon {steps} is below 1", fix="pass --horizon 1 or more")
    panel, scale, notes = _panel_of(loaded, data)
    position = _position(panel, cutoff)
    if position is not None and data is None:
        notes.append(f"forecast as of {cutoff}: later rows of the stored tail are not looked at")
    forecasts, rows = forecast_after(panel, loaded.forecaster, cutoff=position, horizon=steps)
    frame = forecast_frame(panel, forecasts, rows, model=manifest.model)
    asked = tuple(manifest.levels if levels is None else levels)
    intervals = loaded.intervals
    if intervals is None:
        intervals = ConformalIntervals.from_residuals(np.empty((0, 0)))
        notes.append("no intervals: the model was trained without folds")
    elif asked:
        notes.extend(interval_notes(intervals, asked, steps))
    if steps > manifest.horizon and loaded.forecaster.parameters:
        notes.append(
            f"steps {manifest.horizon + 1} to {steps} are beyond the trained horizon: forecasts "
            "are fed back as if observed"
        )
    empty = [panel.unique_ids[index] for index in np.flatnonzero(np.isnan(forecasts[:, 0]))]
    if empty:
        notes.append(f"{_named(empty)} without a value at or before the cutoff: not forecast")
    frame = add_intervals(frame, intervals, scale, model=manifest.model, levels=asked)
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


def _panel_of(loaded: Bundle, data: Source | None) -> tuple[Panel, FloatArray, list[str]]:
    """Series to forecast, the scale of their intervals, and what to say of both."""
    manifest = loaded.manifest
    if data is None:
        return loaded.tail, loaded.interval_scale, []
    clock = loaded.tail.clock
    kinds = clock.kinds if isinstance(clock, ObservedClock) else ()
    reading = read_data(data, _data_section(manifest.config), kinds=kinds)
    joined = join_panels(loaded.tail, reading.panel)
    notes = list(reading.notes)
    if joined.replaced:
        notes.append(f"{joined.replaced} stored values are replaced by those of the new file")
    if joined.new_ids:
        notes.append(f"{_named(joined.new_ids)} not trained on: scaled by the rows given")
    place = {name: index for index, name in enumerate(joined.panel.unique_ids)}
    chosen = np.array([place[name] for name in reading.panel.unique_ids], dtype=np.int64)
    panel = joined.panel.take(chosen)
    own = interval_scale(panel, Span(0, panel.length, panel.length))
    known = {
        name: float(scale)
        for name, scale in zip(loaded.tail.unique_ids, loaded.interval_scale, strict=True)
    }
    scale = np.array(
        [known.get(name, float(own[index])) for index, name in enumerate(panel.unique_ids)]
    )
    return panel, scale, notes


def _data_section(config: Mapping[str, object]) -> DataConfig:
    """Return how the training file was read, but for the choice of its rows and series."""
    try:
        asked = Config.model_validate_json(json.dumps(config)).data
        return asked.model_copy(update={"since": None, "until": None, "series": (), "exclude": ()})
    except ValidationError as error:
        raise CorruptBundleError(
            f"the configuration in the bundle is refused: {error.errors()[0]['msg']}"
        ) from error


def _position(panel: Panel, cutoff: str | None) -> int | None:
    """Grid row of the cutoff; None when each series is forecast from its end."""
    if cutoff is None:
        return None
    position = panel.clock.position(cutoff)
    if position < 0:
        raise DataError(
            f"cutoff {cutoff!r} lies before the first row that is at hand",
            location="flag --cutoff",
            fix="pass --input with the rows up to the cutoff, or a later --cutoff",
        )
    beyond = position - (panel.length - 1)
    if beyond > 0:
        raise DataError(
            f"cutoff {cutoff!r} lies {beyond} steps after the last row that is at hand",
            location="flag --cutoff",
            fix="leave it out and ask for more steps (--horizon), or pass newer rows with --input",
        )
    return position


def _named(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:3])
    more = len(names) - 3
    counted = "series" if len(names) > 1 else "is series"
    return f"{counted} {shown}{f' and {more} more' if more > 0 else ''}".removeprefix("is ")
