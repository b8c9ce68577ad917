"""``train``: read, judge, fit, and leave a run folder that holds everything."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from forecast.config.schema import Config
from forecast.data.load import Reading
from forecast.models.registry import NETWORKS
from forecast.report.table import ScoreRow
from forecast.storage.run_folder import BUNDLE_NAME
from forecast.training.monitor import SILENT, Monitor
from forecast.validation.evaluation import Evaluation, Seconds
from forecast.validation.verdict import skills_of
from forecast.workflows.again import again, data_words
from forecast.workflows.configure import Asked, as_config
from forecast.workflows.forecasting.bands import check_intervals
from forecast.workflows.notes import understood_lines
from forecast.workflows.reading import Source, source_name
from forecast.workflows.resolving.automatic import Plan
from forecast.workflows.resolving.settle import settle
from forecast.workflows.results import Metrics, TrainResult, fit_summaries, fold_summaries, in_place
from forecast.workflows.running.artefacts import write_document, write_run
from forecast.workflows.running.fitting import candidate, fit_kept, judge
from forecast.workflows.running.gather import gather
from forecast.workflows.running.idle import idle_notes
from forecast.workflows.running.interruption import leave
from forecast.workflows.running.planned import PlannedRun, planned_run
from forecast.workflows.running.recording import RecordingMonitor
from forecast.workflows.running.resume import (
    Resumed,
    begin,
    beginning,
    forget_checkpoints,
    keep_checkpoints,
    read_as_begun,
)
from forecast.workflows.running.staging import open_folder
from forecast.workflows.running.warm import warm_up

BESIDE = ("naive", "seasonal_naive")
"""Baselines that stand beside every model."""


def train(
    data: Source | None = None,
    config: Asked = None,
    *,
    monitor: Monitor = SILENT,
    resume: str | Path | None = None,
) -> TrainResult:
    """Train one model on a file, judge it by walk-forward validation, keep it as a bundle.

    Parameters
    ----------
    data : path, stream, DataFrame, Series or list of paths
        One or many series; see the data contract in the README.
    config : Config or mapping, optional
        What to do, such as ``{"model.horizon": 24}``; every automatic value is resolved and said.
    monitor : Monitor
        Hears what is decided and how training goes, and may ask to stop.
    resume : path, optional
        What is left of a run that was cut off: it goes on, and ends as it would have ended. Data
        and configuration are those of that run; data may be given where they lie elsewhere by now,
        and of the configuration the ``run`` section.

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
    >>> asked = {"model.name": "lstm", "model.horizon": 24}
    >>> result = forecast.train("data/pedestrians_hourly.csv", asked)  # doctest: +SKIP
    >>> result.verdict.words  # doctest: +SKIP
    'lstm beats seasonal naive by 41 % (MASE 0.68 against 1.15)'
    """
    config, data, resumed = begin("train", as_config(config), data, resume)
    reading, plan = prepare(data, config, monitor=monitor, resumed=resumed)
    name = plan.config.model.name
    with open_folder(reading, config, name, monitor=monitor, resumed=resumed) as folder:
        words = ("train", *data_words(data))
        told = beginning(words, config, [plan.config], fingerprint=reading.fingerprint)
        checkpoints = keep_checkpoints(folder.path, told, resumed)
        ended = () if checkpoints is None else checkpoints.ended()
        recorder = RecordingMonitor(monitor, folder.path / "history.jsonl", ended=ended)
        models = (name, *(baseline for baseline in BESIDE if baseline != name))
        if name in NETWORKS:
            warm_up(plan.config.training.device)
        entries = [
            candidate(plan, model, keepable=model == name, checkpoints=checkpoints)
            for model in models
        ]
        judged = judge(plan, reading.panel, candidates=entries, monitor=recorder)
        attempts = judged.attempts.get(name, ())
        if recorder.should_stop():
            leave(folder, plan, reading, attempts, recorder, verb="train")
        begun = time.perf_counter()
        kept = fit_kept(plan, reading.panel, judged, name, recorder, checkpoints=checkpoints)
        final = Seconds(time.perf_counter() - begun, 0.0)
        if kept.attempt.cut_short:
            leave(folder, plan, reading, (*attempts, kept.attempt), recorder, verb="train")
        recorder.say_all(idle_notes(plan.config, kept, (name,)))
        evaluation = kept.evaluation
        record = gather(
            reading,
            plan,
            kept,
            recorder,
            title=f"{name} on {reading.name}",
            rows=score_rows(evaluation, name),
            command=again(data_words(data), folder.target),
        )
        notes = write_run(folder.path, record)
        scores = None if evaluation is None else evaluation.scores(name)
        result = TrainResult(
            run=folder.target,
            bundle=folder.target / BUNDLE_NAME,
            config=plan.config,
            data=data_words(data),
            reading=reading,
            evaluation=evaluation,
            metrics={} if scores is None else scores.metrics,
            metrics_standardised={} if scores is None else scores.standardised,
            baselines=baselines(evaluation),
            skills={} if evaluation is None else skills_of(evaluation),
            intervals=record.judged.intervals,
            quantiles=record.judged.quantiles,
            folds=fold_summaries(evaluation, reading.panel, name),
            fits=fit_summaries(evaluation, name),
            verdict=record.verdict,
            history=record.history,
            parameters=kept.forecaster.parameters,
            seconds=final if evaluation is None else evaluation.seconds(name) + final,
            notes=notes,
        )
        write_document(folder.path, result.document())
        forget_checkpoints(folder.path, checkpoints)
        return in_place(result, folder.commit())


def plan_training(
    data: Source | None = None,
    config: Asked = None,
    *,
    monitor: Monitor = SILENT,
    resume: str | Path | None = None,
) -> PlannedRun:
    """Say what `train` would do, and train nothing; the parameters are those of `train`."""
    config, data, resumed = begin("train", as_config(config), data, resume)
    reading, plan = prepare(data, config, monitor=monitor, resumed=resumed)
    name = plan.config.model.name
    models = (name, *(baseline for baseline in BESIDE if baseline != name))
    return planned_run("train", reading, plan, models)


def baselines(evaluation: Evaluation | None) -> dict[str, Metrics]:
    """Return the scores of the baselines that stand beside every model."""
    if evaluation is None:
        return {}
    return {name: evaluation.scores(name).metrics for name in BESIDE}


def score_rows(evaluation: Evaluation | None, name: str) -> list[ScoreRow]:
    """Return the table of the report: the model, then the baselines that stand beside it."""
    if evaluation is None:
        return []
    beside = {name: evaluation.scores(name).metrics, **baselines(evaluation)}
    skills = skills_of(evaluation)
    return [ScoreRow(model, metrics, skill=skills[model]) for model, metrics in beside.items()]


def prepare(
    data: Source, config: Config, *, monitor: Monitor, resumed: Resumed | None = None
) -> tuple[Reading, Plan]:
    """Read the data, resolve the configuration on them, and say what was understood."""
    check_intervals(config)
    reading = read_as_begun(data, config, resumed)
    plan = settle(reading, config, where=source_name(data, reading), resumed=resumed)
    for line in understood_lines(reading, plan):
        monitor.say(line)
    return replace(reading, panel=plan.panel), plan
