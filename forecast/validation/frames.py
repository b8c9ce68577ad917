"""An evaluation as tables: each forecast, and each measure by model, fold and step."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd

from forecast.models.intervals import interval_columns
from forecast.validation.bands import FoldBands

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecast.data.arrays import FloatArray, IntArray
    from forecast.data.panel import Panel
    from forecast.validation.bands import Bands
    from forecast.validation.evaluation import Evaluation, FoldResult

MAX_ROWS = 500_000

Columns: TypeAlias = "dict[str, FloatArray]"


def forecasts_frame(
    evaluation: Evaluation, panel: Panel, bands: Bands, *, main: str | None = None
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Every walk-forward forecast in the long layout.

    Parameters
    ----------
    evaluation : Evaluation
    panel : Panel
        The one that was walked; tells names and stamps.
    bands : Bands
        Intervals of the main model.
    main : str, optional
        The model that gets intervals; the first one when not given.

    Returns
    -------
    frame : DataFrame
        ``unique_id``, ``ds``, ``cutoff``, ``y``, one column per model, then the intervals of the
        main model, by series, cutoff and step. At most 500,000 rows.
    notes : tuple of str
        Says so when cutoffs or series were left out to keep to that.
    """
    main = evaluation.models[0] if main is None else main
    made = FoldBands(evaluation, main, bands)
    series, keep = _thin(evaluation, panel.n_series)
    parts = []
    for index, (result, cutoffs) in enumerate(zip(evaluation.folds, keep, strict=True)):
        columns = _columns(result, series, cutoffs)
        for level, edges in made.edges(index, series, cutoffs).items():
            columns |= dict(zip(interval_columns(main, level), edges, strict=True))
        parts.append(_long(panel, result, (series, cutoffs), columns))
    if not parts:
        return pd.DataFrame(columns=["unique_id", "ds", "cutoff", "y", *evaluation.models]), ()
    order = np.argsort(np.concatenate([place for place, _ in parts]), kind="stable")
    frame = pd.concat([part for _, part in parts], ignore_index=True).iloc[order]
    return frame.reset_index(drop=True), _notes(evaluation, panel.n_series, series, keep)


def series_frame(
    evaluation: Evaluation, unique_ids: Sequence[str], models: Sequence[str]
) -> pd.DataFrame:
    """Every measure of each series over all folds.

    Returns
    -------
    DataFrame
        ``model``, ``unique_id``, then the measures; nan where undefined.
    """
    parts = [
        pd.DataFrame({"model": name, "unique_id": list(unique_ids), **evaluation.series(name)})
        for name in models
    ]
    return pd.concat(parts, ignore_index=True)


def metrics_frame(evaluation: Evaluation) -> pd.DataFrame:
    """Every measure in parts: one row per model, fold and horizon step.

    Returns
    -------
    DataFrame
        ``model``, ``fold`` (from 0), ``step`` (from 1), then the measures; nan where undefined.
    """
    rows = [
        {"model": name, "fold": index, "step": step + 1, **scores}
        for name in evaluation.models
        for index in range(len(evaluation.folds))
        for step, scores in enumerate(evaluation.steps(name, index))
    ]
    frame = pd.DataFrame(rows, columns=None if rows else ["model", "fold", "step"])
    measures = frame.columns.drop(["model", "fold", "step"])
    return frame.astype(dict.fromkeys(measures, "float64"))


def _thin(evaluation: Evaluation, n_series: int) -> tuple[IntArray, list[IntArray]]:
    """Pick the series, and the cutoffs of each fold, that fit into the most rows allowed."""
    counts = [len(result.fold.cutoffs) for result in evaluation.folds]
    per_cutoff = n_series * evaluation.horizon
    share = min(1.0, MAX_ROWS / max(1, per_cutoff * sum(counts)))
    kept = [max(1, int(count * share)) for count in counts]
    most = MAX_ROWS // max(1, evaluation.horizon * sum(kept))
    return _spread(n_series, most), [
        _spread(count, few) for count, few in zip(counts, kept, strict=True)
    ]


def _spread(count: int, most: int) -> IntArray:
    """Positions of at most ``most`` of ``count``, evenly spaced."""
    if count <= most:
        return np.arange(count, dtype=np.int64)
    return np.linspace(0, count - 1, max(1, most)).round().astype(np.int64)


def _columns(result: FoldResult, series: IntArray, cutoffs: IntArray) -> Columns:
    pick = np.ix_(series, cutoffs)
    return {"y": result.y[pick], **{name: found[pick] for name, found in result.forecasts.items()}}


def _long(
    panel: Panel, result: FoldResult, chosen: tuple[IntArray, IntArray], columns: Columns
) -> tuple[IntArray, pd.DataFrame]:
    """Series number of each row, and the rows; those with neither value nor forecast go."""
    series, cutoffs = chosen
    shape = columns["y"].shape
    rows = np.array(result.fold.cutoffs, dtype=np.int64)[cutoffs]
    place = np.broadcast_to(series[:, None, None], shape).reshape(-1)
    cutoff = np.broadcast_to(rows[None, :, None], shape).reshape(-1)
    target = cutoff + np.tile(np.arange(1, shape[2] + 1), shape[0] * shape[1])
    alive = ~np.all([np.isnan(values).reshape(-1) for values in columns.values()], axis=0)
    place, cutoff, target = place[alive], cutoff[alive], target[alive]
    frame = pd.DataFrame(
        {
            "unique_id": np.array(panel.unique_ids, dtype=object)[place],
            "ds": panel.clock.stamps(place, target),
            "cutoff": panel.clock.stamps(place, cutoff),
            **{name: values.reshape(-1)[alive] for name, values in columns.items()},
        }
    )
    return place, frame


def _notes(
    evaluation: Evaluation, n_series: int, series: IntArray, keep: list[IntArray]
) -> tuple[str, ...]:
    cutoffs = sum(len(result.fold.cutoffs) for result in evaluation.folds)
    kept = sum(len(part) for part in keep)
    if kept == cutoffs and len(series) == n_series:
        return ()
    some = "" if len(series) == n_series else f" and {len(series)} of {n_series} series"
    note = (
        f"the table of forecasts has {kept} of {cutoffs} cutoffs{some}, evenly spaced, to stay "
        f"within {MAX_ROWS:,} rows; the scores use all"
    )
    return (note,)
