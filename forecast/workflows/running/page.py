"""From what a run found to the page of its report."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from forecast.config.schema import Config
from forecast.data.load import Reading
from forecast.report.charts import (
    folds_chart,
    forecast_chart,
    loss_chart,
    steps_chart,
    walk_forward_chart,
)
from forecast.report.diagnostics import FoldRow
from forecast.report.page import Page
from forecast.report.table import IntervalRow
from forecast.validation.evaluation import Evaluation
from forecast.validation.verdict import REFERENCE, Verdict, errors_of, measure_of
from forecast.workflows.forecasting.ahead import (
    RECENT_HORIZONS,
    forecast_after,
    forecast_frame,
    last_rows,
    recent_frame,
    stamp_at,
)
from forecast.workflows.forecasting.bands import add_edges, conformal_edges, head_edges
from forecast.workflows.notes import Notes
from forecast.workflows.resolving.build import target_of
from forecast.workflows.running.record import Kept, RunRecord

if TYPE_CHECKING:
    import pandas as pd

    from forecast.validation.bands import Bands
    from forecast.validation.quantiles import Edges

DRAWN_SERIES = 4
"""Series in a chart of the report."""
DRAWN_MODELS = 3
"""Models in a chart of forecasts: the kept one, seasonal naive and the next best."""


def build_page(
    record: RunRecord, *, notes: Notes, forecasts: pd.DataFrame | None, config_text: str
) -> Page:
    """Draw everything that the report of a run shows.

    Parameters
    ----------
    record : RunRecord
    notes : Notes
        All notes, those of the record included.
    forecasts : DataFrame or None
        Walk-forward forecasts; None without folds.
    config_text : str
        The resolved configuration as YAML.
    """
    config, reading, kept, verdict = record.config, record.reading, record.kept, record.verdict
    evaluation, walked, steps = kept.evaluation, "", ""
    if evaluation is not None and forecasts is not None:
        since = stamp_at(reading.panel, evaluation.folds[-1].fold.cutoffs[0])
        models = _in_order(evaluation, kept.name)
        few = models[:DRAWN_MODELS]
        walked = walk_forward_chart(forecasts, models=few, main=kept.name, since=since)
        steps = steps_chart(
            {name: [step["mae"] for step in evaluation.steps(name)] for name in models},
            main=kept.name,
        )
    first, last = reading.span
    return Page(
        title=record.title,
        verdict="" if verdict is None else verdict.sentences,
        better=None if verdict is None else _colour(verdict),
        command=record.command or "",
        facts=(
            ("rows", f"{reading.rows:,}"),
            ("series", f"{reading.panel.n_series:,}"),
            ("span", f"{first} to {last}"),
            ("step", reading.freq or "counted rows"),
            ("season", _steps(config.data.season_length)),
            ("horizon", _steps(config.model.horizon)),
        ),
        rows=record.rows,
        main=kept.name,
        intervals=[
            IntervalRow(level, score.coverage, score.width, score.forecasts)
            for level, score in record.judged.intervals.items()
        ],
        source=record.judged.bands.kind,
        forecast=_ahead(config, reading, kept, record.judged.bands),
        walk_forward=walked,
        steps=steps,
        folds=folds_chart(_fold_rows(reading, kept)),
        losses=loss_chart(record.history),
        notes=notes.groups,
        config=config_text,
    )


def _ahead(config: Config, reading: Reading, kept: Kept, bands: Bands) -> str:
    """Draw the forecast of the first series with its intervals.

    There is none where it would need covariates of the steps ahead.
    """
    covariates = reading.panel.covariates
    if kept.forecaster.parameters and covariates is not None and covariates.names("future"):
        return ""
    horizon, levels = int(config.model.horizon), bands.levels
    panel = reading.panel.take(np.arange(min(DRAWN_SERIES, reading.panel.n_series)))
    rows = last_rows(panel)
    forecasts = forecast_after(panel, kept.forecaster, rows=rows, horizon=horizon)
    frame = forecast_frame(panel, forecasts, rows, model=kept.name)
    intervals = kept.intervals
    edges: Edges = {}
    if bands.kind == "head":
        edges = head_edges(panel, kept.forecaster, rows, horizon=horizon, levels=levels)
    elif bands.kind == "conformal" and intervals is not None:
        spread = kept.spread(panel, target_of(config, int(config.data.season_length)))
        edges = conformal_edges(forecasts, intervals, spread, levels)
    frame = add_edges(frame, edges, model=kept.name)
    recent = recent_frame(panel, rows, steps=RECENT_HORIZONS * horizon)
    return forecast_chart(
        frame, recent, model=kept.name, levels=levels, total=reading.panel.n_series
    )


def _in_order(evaluation: Evaluation, main: str) -> list[str]:
    """Put the kept model first, then seasonal naive, then the others, best first."""
    errors = errors_of(evaluation, measure_of(evaluation))

    def place(name: str) -> tuple[bool, bool, float]:
        error = errors[name]
        return name != main, name != REFERENCE, math.inf if error is None else error

    return sorted(evaluation.models, key=place)


def _colour(verdict: Verdict) -> bool | None:
    """Whether the model won; None for a tie."""
    return None if not verdict.better and verdict.instead is None else verdict.better


def _steps(count: int | str) -> str:
    return f"{count} step{'' if count == 1 else 's'}"


def _fold_rows(reading: Reading, kept: Kept) -> list[FoldRow]:
    rows, panel = [], reading.panel
    for fold in kept.schedule.folds:
        gap = fold.span.stop if fold.span.stop <= fold.cutoffs[0] else None
        rows.append(
            FoldRow(
                label=f"fold {fold.index + 1}",
                train_start=stamp_at(panel, fold.span.start),
                validation_start=stamp_at(panel, fold.span.train_stop),
                test_start=stamp_at(panel, fold.cutoffs[0] + 1),
                test_stop=stamp_at(panel, fold.test_stop),
                gap_start=None if gap is None else stamp_at(panel, gap),
            )
        )
    return rows
