"""From what a run found to the page of its report."""

from __future__ import annotations

from collections.abc import Sequence
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
from forecast.report.series import Stamp
from forecast.workflows.ahead import (
    add_intervals,
    forecast_after,
    forecast_frame,
    last_rows,
    recent_frame,
)
from forecast.workflows.record import Kept, RunRecord

if TYPE_CHECKING:
    import pandas as pd

DRAWN_SERIES = 4
"""Series in a chart of the report."""
RECENT_HORIZONS = 6


def build_page(
    record: RunRecord, *, notes: Sequence[str], forecasts: pd.DataFrame | None, config_text: str
) -> Page:
    """Draw everything that the report of a run shows.

    Parameters
    ----------
    record : RunRecord
    notes : sequence of str
        All notes, those of the record included.
    forecasts : DataFrame or None
        Walk-forward forecasts; None without folds.
    config_text : str
        The resolved configuration as YAML.
    """
    config, reading, kept, verdict = record.config, record.reading, record.kept, record.verdict
    evaluation, walked, steps = kept.evaluation, "", ""
    if evaluation is not None and forecasts is not None:
        since = _stamp(reading, evaluation.folds[-1].fold.cutoffs[0])
        walked = walk_forward_chart(
            forecasts, models=evaluation.models, main=kept.name, since=since
        )
        steps = steps_chart(
            {name: [step["mae"] for step in evaluation.steps(name)] for name in evaluation.models},
            main=kept.name,
        )
    first, last = reading.span
    return Page(
        title=record.title,
        verdict="" if verdict is None else verdict.words,
        better=None if verdict is None else verdict.better,
        command="" if verdict is None or verdict.command is None else verdict.command,
        facts=(
            ("rows", f"{reading.rows:,}"),
            ("series", f"{reading.panel.n_series:,}"),
            ("span", f"{first} to {last}"),
            ("step", reading.freq or "counted rows"),
            ("season", f"{config.data.season_length} steps"),
            ("horizon", f"{config.model.horizon} steps"),
        ),
        rows=record.rows,
        main=kept.name,
        forecast=_ahead(config, reading, kept),
        walk_forward=walked,
        steps=steps,
        folds=folds_chart(_fold_rows(reading, kept)),
        losses=loss_chart(record.history),
        notes=notes,
        config=config_text,
    )


def _ahead(config: Config, reading: Reading, kept: Kept) -> str:
    """Draw the forecast of the first series with its intervals.

    There is none where it would need covariates of the steps ahead.
    """
    covariates = reading.panel.covariates
    if kept.forecaster.parameters and covariates is not None and covariates.names("future"):
        return ""
    horizon, levels = int(config.model.horizon), config.validation.level
    panel = reading.panel.take(np.arange(min(DRAWN_SERIES, reading.panel.n_series)))
    rows = last_rows(panel)
    forecasts = forecast_after(panel, kept.forecaster, rows=rows, horizon=horizon)
    frame = forecast_frame(panel, forecasts, rows, model=kept.name)
    intervals = kept.intervals()
    if intervals is not None:
        scale = kept.interval_scale(panel)
        frame = add_intervals(frame, intervals, scale, model=kept.name, levels=levels)
    recent = recent_frame(panel, rows, steps=RECENT_HORIZONS * horizon)
    return forecast_chart(frame, recent, model=kept.name, levels=levels)


def _fold_rows(reading: Reading, kept: Kept) -> list[FoldRow]:
    rows = []
    for fold in kept.schedule.folds:
        gap = fold.span.stop if fold.span.stop <= fold.cutoffs[0] else None
        rows.append(
            FoldRow(
                label=f"fold {fold.index + 1}",
                train_start=_stamp(reading, fold.span.start),
                validation_start=_stamp(reading, fold.span.train_stop),
                test_start=_stamp(reading, fold.cutoffs[0] + 1),
                test_stop=_stamp(reading, fold.test_stop),
                gap_start=None if gap is None else _stamp(reading, gap),
            )
        )
    return rows


def _stamp(reading: Reading, position: int) -> Stamp:
    """Stamp of a grid row, or the count of the first series."""
    clock = reading.panel.clock
    stamp: Stamp = clock.stamps(np.zeros(1, np.int64), np.array([position], np.int64))[0]
    return stamp
