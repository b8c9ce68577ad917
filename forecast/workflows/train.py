"""``train``: read, judge, fit, and leave a run folder that holds everything."""

from __future__ import annotations

import time
from pathlib import Path

from forecast.config.schema import Config
from forecast.data.load import Reading
from forecast.errors import Interrupted, NotEnoughDataError, UsageError
from forecast.models.forecaster import Forecaster
from forecast.models.registry import RECURRENT
from forecast.report.table import ScoreRow
from forecast.storage.run_folder import BUNDLE_NAME, RunFolder, open_run
from forecast.training.monitor import SILENT, Monitor
from forecast.validation.verdict import reach_verdict
from forecast.validation.walk_forward import Evaluation
from forecast.workflows.artefacts import write_bundle, write_config, write_document, write_run
from forecast.workflows.automatic import Plan, resolve
from forecast.workflows.fitting import Judged, fit_all, judge, settled_epochs, wants_final_fit
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
        judged = judge(plan, reading.panel, models=models, monitor=recorder)
        stop_if_asked(folder, plan, reading, judged.last.get(name), recorder)
        validated = time.perf_counter()
        kept = fit_kept(plan, reading, judged, name, recorder)
        fitted = time.perf_counter()
        stop_if_asked(folder, plan, reading, kept.forecaster, recorder)
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
    verdict, rows, notes = None, [], (*reading.notes, *plan.notes, *recorder.notes)
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
        notes=notes,
    )


def prepare(data: Source, config: Config, *, monitor: Monitor) -> tuple[Reading, Plan]:
    """Read the data and resolve the configuration on them, saying both aloud."""
    reading = read_data(data, config.data)
    try:
        plan = resolve(reading, config)
    except NotEnoughDataError as error:
        error.location = error.location or source_name(data, reading)
        raise
    for note in (*reading.notes, *plan.notes):
        monitor.say(note)
    return reading, plan


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


def fit_kept(
    plan: Plan, reading: Reading, judged: Judged, name: str, recorder: RecordingMonitor
) -> Kept:
    """Fit the model to keep on all rows, or keep the last fold's where that was asked."""
    epochs = settled_epochs(judged.evaluation, name)
    if wants_final_fit(plan) or name not in judged.last:
        if epochs is not None:
            recorder.say(_final_words(epochs))
        fits = len(plan.schedule.folds) if name in RECURRENT else 0
        fitted = fit_all(plan, reading.panel, name, epochs=epochs, fits=fits, monitor=recorder)
        return Kept(fitted, judged.evaluation, name, plan.schedule)
    recorder.say("no final fit: the bundle holds the model of the last fold")
    return Kept(judged.last[name], judged.evaluation, name, plan.schedule)


def _final_words(epochs: int) -> str:
    if epochs == 0:
        return "final fit without training: in the folds no epoch improved on repeating the past"
    counted = "epoch" if epochs == 1 else "epochs"
    return f"final fit on all rows for {epochs} {counted}, as the folds settled on"


def stop_if_asked(
    folder: RunFolder,
    plan: Plan,
    reading: Reading,
    forecaster: Forecaster | None,
    recorder: RecordingMonitor,
) -> None:
    """After a request to stop: keep the best weights so far in the run folder and leave.

    Raises
    ------
    Interrupted
        Always, when the monitor asks to stop.
    """
    if not recorder.should_stop():
        return
    if forecaster is None or forecaster.report is None or not recorder.records:
        raise Interrupted("interrupted before the first epoch ended: nothing was kept")
    last = recorder.records[-1]
    name = plan.config.model.name
    write_config(folder.path, plan.config)
    kept = Kept(forecaster, None, name, plan.schedule)
    note = f"interrupted in {last.fit}, epoch {last.epoch}: best weights so far, not judged"
    write_bundle(folder.path, plan.config, reading, kept, notes=(note,))
    where = folder.commit()
    raise Interrupted(
        f"interrupted in {last.fit}, epoch {last.epoch}: the best weights so far are kept",
        location=str(where),
        fix=f"forecast predict {where} uses them; the same command trains again",
    )
