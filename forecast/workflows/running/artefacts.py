"""The files of a run folder: bundle, configuration, scores, forecasts, report."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from forecast.bundle.bundle import Origin
from forecast.bundle.describe import describe
from forecast.bundle.manifest import ColumnNames
from forecast.bundle.save import save_bundle
from forecast.config.schema import Config
from forecast.config.yaml import dump_yaml
from forecast.data.load import Reading
from forecast.models.registry import NETWORKS
from forecast.report.page import render_page
from forecast.storage.run_folder import BUNDLE_NAME, CONFIG_NAME
from forecast.storage.write import write_text
from forecast.validation.evaluation import Evaluation
from forecast.validation.frames import forecasts_frame, metrics_frame, series_frame
from forecast.validation.verdict import REFERENCE
from forecast.workflows.forecasting.bands import bands_of
from forecast.workflows.notes import Notes
from forecast.workflows.resolving.build import target_of
from forecast.workflows.running.page import build_page
from forecast.workflows.running.record import Kept, RunRecord

if TYPE_CHECKING:
    import pandas as pd

TAIL_SEASONS = 2
"""Seasons of each series that a bundle keeps at least, for charts."""


def write_run(folder: Path, record: RunRecord) -> Notes:
    """Write every file of a run but ``metrics.json``.

    Returns
    -------
    notes : Notes
        The notes of the record and those that writing added.
    """
    config, kept = record.config, record.kept
    text = write_config(folder, config)
    write_bundle(folder, config, record.reading, kept, notes=record.notes.of_model)
    forecasts, notes = None, record.notes
    if kept.evaluation is not None:
        forecasts, more = _write_tables(folder, record, kept.evaluation)
        notes = notes.about_scores(more)
    page = build_page(record, notes=notes, forecasts=forecasts, config_text=text)
    write_text(folder / "report.html", render_page(page))
    return notes


def write_config(folder: Path, config: Config) -> str:
    """Write ``config.yaml``, enough to run again, and return its text."""
    text = dump_yaml(config)
    write_text(folder / CONFIG_NAME, text)
    return text


def write_bundle(
    folder: Path, config: Config, reading: Reading, kept: Kept, *, notes: Sequence[str]
) -> None:
    """Write ``bundle.safetensors``: the same bytes for the same training."""
    panel, season = reading.panel, int(config.data.season_length)
    context = int(config.model.context_length) if config.model.name in NETWORKS else None
    target = target_of(config, season)
    spread = kept.spread(panel, target)
    scores = {}
    if kept.evaluation is not None:
        models = kept.evaluation.models
        scores = {name: dict(kept.evaluation.scores(name).metrics) for name in models}
    columns = reading.columns
    origin = Origin(
        config=config.model_dump(mode="json", exclude={"run": True, "training": {"threads"}}),
        horizon=int(config.model.horizon),
        context_length=context,
        season_length=season,
        scaler=config.model.scaler if context is not None else None,
        fingerprint=reading.fingerprint,
        rows=reading.rows,
        columns=ColumnNames(
            time=columns.time,
            target=columns.target,
            id=columns.id,
            layout=columns.layout,
            time_format=columns.time_format,
            order=columns.order,
            decimal=columns.decimal,
        ),
        levels=config.validation.level,
        intervals=bands_of(config, config.model.name).kind,
        scores=scores,
        notes=tuple(notes),
        interrupted=kept.interrupted,
        target=target,
    )
    bundle = describe(
        origin,
        kept.forecaster,
        panel,
        tail_rows=max(TAIL_SEASONS * season, int(config.model.horizon)),
        intervals=kept.intervals if config.validation.intervals != "none" else None,
        interval_scale=spread.scale,
        transform=spread.transform,
    )
    bundle = replace(bundle, error_scales=kept.error_scales(panel, season))
    save_bundle(folder / BUNDLE_NAME, bundle)


def _write_tables(
    folder: Path, record: RunRecord, evaluation: Evaluation
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Write the tables of the walk; return the forecasts and notes about them."""
    panel, bands = record.reading.panel, record.judged.bands
    forecasts, notes = forecasts_frame(evaluation, panel, bands, main=record.kept.name)
    write_text(folder / "forecasts.csv", forecasts.to_csv(index=False))
    write_text(folder / "metrics.csv", metrics_frame(evaluation).to_csv(index=False))
    if evaluation.folds:
        models = tuple(dict.fromkeys((record.kept.name, REFERENCE)))
        known = [name for name in models if name in evaluation.models]
        each = series_frame(evaluation, panel.unique_ids, known)
        write_text(folder / "series.csv", each.to_csv(index=False))
    return forecasts, notes


def write_document(folder: Path, document: dict[str, object]) -> None:
    """Write ``metrics.json``: what ``--json`` prints."""
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    write_text(folder / "metrics.json", text + "\n")
