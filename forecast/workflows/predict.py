"""``predict``: load a bundle and forecast, without training."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from forecast.bundle.bundle import Bundle
from forecast.bundle.load import load_bundle
from forecast.data.arrays import FloatArray
from forecast.data.times.written import OTHER
from forecast.errors import UsageError
from forecast.models.intervals import ConformalIntervals, interval_columns
from forecast.validation.bands import Bands
from forecast.validation.conformal import interval_notes
from forecast.workflows.arguments import (
    as_cutoff,
    as_horizon,
    as_levels,
    as_path,
    as_source,
    check_horizon,
    check_names,
)
from forecast.workflows.forecasting.ahead import (
    RECENT_HORIZONS,
    forecast_after,
    forecast_frame,
    recent_frame,
)
from forecast.workflows.forecasting.bands import add_edges, bands_asked, conformal_edges, head_edges
from forecast.workflows.forecasting.chances import (
    Chances,
    add_quantiles,
    quantile_column,
    sample_frame,
)
from forecast.workflows.forecasting.future import Ahead, look_ahead
from forecast.workflows.forecasting.history import History, gather
from forecast.workflows.forecasting.naming import Names, as_input
from forecast.workflows.forecasting.remarks import named
from forecast.workflows.results import PredictResult

if TYPE_CHECKING:
    import pandas as pd

    from forecast.validation.quantiles import Edges
    from forecast.workflows.reading import Source

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
        ``input``: a table in the columns, layout and time format of the training file, too.

    Returns
    -------
    PredictResult

    Raises
    ------
    BundleError, DataError, UsageError
        See `forecast.errors`.
    """
    return predict_chances(
        bundle,
        Chances(as_levels(levels)),
        horizon=horizon,
        data=data,
        future=future,
        cutoff=cutoff,
        names=names,
    )


def predict_chances(
    bundle: str | Path,
    chances: Chances,
    *,
    horizon: int | None = None,
    data: Source | None = None,
    future: Source | None = None,
    cutoff: str | date | int | None = None,
    names: Names = "standard",
) -> PredictResult:
    """Forecast with a bundle, with quantiles or sample paths where they are asked for.

    Parameters
    ----------
    chances : Chances
    bundle, horizon, data, future, cutoff, names
        See `predict`.

    Raises
    ------
    BundleError, DataError, UsageError
        See `forecast.errors`.
    """
    if not isinstance(chances, Chances):
        raise UsageError(
            f"chances is of type {type(chances).__name__}, and must be Chances",
            location="argument chances",
            fix="for example chances=Chances(quantiles=(0.1, 0.9))",
        )
    horizon, chances, cutoff = as_horizon(horizon), chances.checked(), as_cutoff(cutoff)
    _check(horizon, chances, names)
    data = None if data is None else as_source(data)
    future = None if future is None else as_source(future)
    loaded = load_bundle(as_path(bundle, name="bundle"))
    manifest = loaded.manifest
    steps = manifest.horizon if horizon is None else horizon
    history = gather(loaded, data, cutoff)
    panel, rows = history.panel, history.rows
    known = look_ahead(loaded, panel, rows, steps, future)
    forecasts = forecast_after(known.panel, loaded.forecaster, rows=known.rows, horizon=steps)
    bands = Bands("none", ())
    if not chances.samples:
        bands = bands_asked(loaded, chances.intervals, chances.levels)
    frame = add_edges(
        forecast_frame(panel, forecasts, rows, model=manifest.model),
        _edges(loaded, history, known, forecasts, bands),
        model=manifest.model,
    )
    frame = add_quantiles(frame, loaded, known, chances, horizon=steps)
    samples = sample_frame(frame, loaded, known, chances, horizon=steps)
    notes = [*history.notes, *known.notes, *_notes(loaded, steps, bands)]
    made = bands.kind == "conformal" and loaded.intervals is not None
    notes += _gaps(history, forecasts, levels=bands.levels if made else ())
    table = None
    if names == "input":
        table, more = _as_input(frame, loaded, chances, bands.levels)
        notes += more
    return PredictResult(
        frame=frame,
        recent=recent_frame(panel, rows, steps=RECENT_HORIZONS * min(steps, manifest.horizon)),
        model=manifest.model,
        levels=bands.levels,
        notes=(*notes, *chances.notes(trained=manifest.horizon, horizon=steps)),
        table=table,
        samples=samples,
    )


def _check(horizon: int | None, chances: Chances, names: Names) -> None:
    """Refuse what no bundle can answer."""
    check_horizon(horizon)
    check_names(names)
    if names == "input" and chances.samples:
        raise UsageError(
            "sample paths have no place in the columns of the training file",
            location="flag --names",
            fix="pass --samples or --names input, not both",
        )


def _edges(
    bundle: Bundle, history: History, known: Ahead, forecasts: FloatArray, bands: Bands
) -> Edges:
    """Ends of the intervals of N series, (N, H) each, by level."""
    if bands.kind == "head":
        horizon = forecasts.shape[1]
        return head_edges(
            known.panel, bundle.forecaster, known.rows, horizon=horizon, levels=bands.levels
        )
    intervals = bundle.intervals or NO_INTERVALS
    return conformal_edges(forecasts, intervals, history.spread, bands.levels)


def _as_input(
    frame: pd.DataFrame, bundle: Bundle, chances: Chances, levels: Sequence[float]
) -> tuple[pd.DataFrame, list[str]]:
    """The table in the columns of the training file, and what it has no place for."""
    columns, model = bundle.manifest.columns, bundle.manifest.model
    whole, notes = columns.layout == "rows", []
    asked = {"quantiles": chances.quantiles, "level": chances.levels}
    flag = next((name for name, given in asked.items() if given), None)
    if whole and flag is not None:
        what = "quantiles" if flag == "quantiles" else "intervals"
        raise UsageError(
            f"the training file has one row for each series, with no place for {what}",
            location="flag --names",
            fix=f"pass --{flag} or --names input, not both",
        )
    if whole and levels:
        notes.append("no intervals: a file of one row for each series has no place for them")
        levels = ()
    if OTHER in columns.time_format:
        label = columns.time[columns.time_format.index(OTHER)]
        notes.append(
            f"column {label!r} is written in ISO 8601: how the training file writes it is not known"
        )
    beside = [name for level in levels for name in interval_columns(model, level)]
    beside += [quantile_column(model, level) for level in chances.quantiles]
    return as_input(frame, columns, model=model, beside=beside), notes


def _gaps(history: History, forecasts: FloatArray, *, levels: Sequence[float]) -> Iterator[str]:
    """Say which series have no forecast, and which forecasts no interval."""
    empty = np.flatnonzero(np.isnan(forecasts[:, 0]))
    if len(empty):
        names = [history.panel.unique_ids[index] for index in empty]
        yield f"{named(names)} without a value at or before the cutoff: not forecast"
    if levels:
        yield from history.spread.notes(forecasts)


def _notes(bundle: Bundle, steps: int, bands: Bands) -> list[str]:
    """Say what there is to know of the model, which intervals are missing, which steps fed back."""
    notes, manifest = [], bundle.manifest
    if manifest.interrupted:
        notes.append(" ".join(manifest.interrupted.split()))
    if bands.kind == "head" and steps > manifest.horizon:
        notes.append(f"intervals beyond step {manifest.horizon} are those of paths drawn, fed back")
    if bands.kind == "conformal" and bundle.intervals is None:
        why = "was not judged" if manifest.interrupted else "was trained without folds"
        notes.append(f"no intervals: the model {why}")
    elif bands.kind == "conformal" and bundle.intervals is not None:
        notes.extend(interval_notes(bundle.intervals, bands.levels, steps))
    if steps > manifest.horizon and bundle.forecaster.parameters:
        notes.append(
            f"steps {manifest.horizon + 1} to {steps} are beyond the trained horizon: forecasts "
            "are fed back as if observed"
        )
    return notes
