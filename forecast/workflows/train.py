"""``train``: read, judge, fit, and leave a run folder that holds everything."""

from __future__ import annotations

import shlex
import time
from dataclasses import replace
from pathlib import Path

from forecast.config.schema import Config
from forecast.data.load import Reading
from forecast.errors import NotEnoughDataError, UsageError
from forecast.report.table import ScoreRow
from forecast.storage.run_folder import BUNDLE_NAME, RunFolder, open_run
from forecast.training.monitor import SILENT, Monitor
from forecast.validation.verdict import reach_verdict
from forecast.validation.walk_forward import Evaluation
from forecast.workflows.artefacts import write_document, write_run
from forecast.workflows.automatic import Plan, resolve
from forecast.workflows.beside import without_future_rows
from forecast.workflows.fitting import (
    fit_kept,
    judge,
)
from forecast.workflows.interruption import leave
from forecast.workflows.reading import Source, read_data, source_name
from forecast.workflows.record import Kept, RunRecord
from forecast.workflows.recording import RecordingMonitor
from forecast.workflows.results import Metrics, Seconds, TrainResult, fold_summaries, in_place

BESIDE = ("naive", "seasonal_naive")
"""Baselines that stand beside every model."""


def train(data: Source, config: Config | None = None, *, monitor: Monitor = SILENT) -> TrainResult:
    """Train one model on a file, judge it by walk-forward validation, keep it as a bundle.

    Parameters
    ----------
    data : path, text stream or DataFrame
        One or many series; see the data contract in the README.
    config : Config, optional
        What to do; every automatic value is resolved and said.
    monitor : Monitor
        Hears what is decided and how training goes, and may ask to stop.

    Returns
    -------
    TrainResult
        With the run folder, which holds the bundle, the resolved configuration, scores,
        forecasts, history and report.

    Raises
    ------
    ForecastError
        Any of the tree in `forecast.errors`; nothing half-written stays behind.
    Interrupted
        If the monitor asked to stop; the best weights so far are in a run folder.

    Examples
    --------
    >>> import forecast
    >>> result = forecast.train("data/pedestrians_hourly.csv")  # doctest: +SKIP
    >>> result.verdict.words  # doctest: +SKIP
    'gru beats seasonal naive by 41 % (MASE 0.68 against 1.15)'
    """
    begun = time.perf_counter()
    config = config or Config()
    reading, plan = prepare(data, config, monitor=monitor)
    name = plan.config.model.name
    with open_folder(reading, config, name) as folder:
        recorder = RecordingMonitor(monitor, folder.path / "history.jsonl")
        models = (name, *(baseline for baseline in BESIDE if baseline != name))
        command = f"forecast train {shlex.quote(source_name(data, reading))}"
        judged = judge(plan, reading.panel, models=models, keepable=(name,), monitor=recorder)
        attempts = judged.attempts.get(name, ())
        if recorder.should_stop():
            leave(folder, plan, reading, attempts, recorder, command=command)
        validated = time.perf_counter()
        kept = fit_kept(plan, reading.panel, judged, name, recorder)
        fitted = time.perf_counter()
        if kept.attempt.cut_short:
            leave(folder, plan, reading, (*attempts, kept.attempt), recorder, command=command)
        record = _record(reading, plan, kept, recorder, source=source_name(data, reading))
        notes = write_run(folder.path, record)
        scores = None if kept.evaluation is None else kept.evaluation.scores(name)
        result = TrainResult(
            run=folder.target,
            bundle=folder.target / BUNDLE_NAME,
            config=plan.config,
            reading=reading,
            evaluation=kept.evaluation,
            metrics={} if scores is None else scores.metrics,
            metrics_standardised={} if scores is None else scores.standardised,
            baselines=baselines(kept.evaluation),
            folds=fold_summaries(kept.evaluation, reading.panel, name),
            verdict=record.verdict,
            history=tuple(record.history),
            parameters=kept.forecaster.parameters,
            seconds=Seconds(fitted - validated, judged.seconds, time.perf_counter() - begun),
            notes=notes,
        )
        write_document(folder.path, result.document())
        return in_place(result, folder.commit())


def baselines(evaluation: Evaluation | None) -> dict[str, Metrics]:
    """Return the scores of the baselines that stand beside every model."""
    if evaluation is None:
        return {}
    return {name: evaluation.scores(name).metrics for name in BESIDE}


def _record(
    reading: Reading, plan: Plan, kept: Kept, recorder: RecordingMonitor, *, source: str
) -> RunRecord:
    """Gather what the files of the run are made of."""
    verdict, rows, notes = None, [], tuple(recorder.notes)
    if kept.evaluation is not None:
        verdict = reach_verdict(kept.evaluation, kept.name, source=source)
        scores = kept.evaluation.scores(kept.name)
        beside = {kept.name: scores.metrics, **baselines(kept.evaluation)}
        rows = [
            ScoreRow(name, metrics, skill=verdict.skill if name == kept.name else None)
            for name, metrics in beside.items()
        ]
        notes = (*notes, *scores.notes)
    return RunRecord(
        title=f"{kept.name} on {reading.name}",
        config=plan.config,
        reading=reading,
        kept=kept,
        verdict=verdict,
        rows=rows,
        history=tuple(recorder.records),
        decided=(*reading.notes, *plan.notes),
        notes=notes,
    )


def prepare(data: Source, config: Config, *, monitor: Monitor) -> tuple[Reading, Plan]:
    """Read the data and resolve the configuration on them, saying both aloud."""
    reading = read_data(data, config.data)
    panel, set_aside = without_future_rows(reading.panel)
    reading = replace(reading, panel=panel, notes=(*reading.notes, *set_aside))
    try:
        plan = resolve(reading, config)
    except NotEnoughDataError as error:
        error.location = error.location or source_name(data, reading)
        raise
    for note in (*reading.notes, *plan.notes):
        monitor.say(note)
    return replace(reading, panel=plan.panel), plan


def open_folder(reading: Reading, config: Config, model: str) -> RunFolder:
    """Open the run folder that the configuration names, or the next free automatic one."""
    asked = config.run
    if asked.force and asked.output is None:
        raise UsageError(
            "--force without --output: an automatic name is never taken",
            location="flag --force",
            fix="leave out --force, or name the folder with --output",
        )
    output = None if asked.output is None else Path(asked.output)
    stem = reading.name.split(".")[0] or "data"
    return open_run(output, stem=stem, model=model, force=asked.force)
