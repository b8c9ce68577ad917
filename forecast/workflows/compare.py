"""``compare``: several models on the same folds and seeds, ranked; the best one is kept."""

from __future__ import annotations

import dataclasses
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from forecast.config.differences import with_settings
from forecast.config.schema import Config
from forecast.data.load import Reading
from forecast.errors import ConfigError, UsageError
from forecast.models.registry import GROUPS, MODELS, NETWORKS
from forecast.storage.run_folder import BUNDLE_NAME
from forecast.training.monitor import SILENT, Monitor
from forecast.validation.evaluation import Evaluation, Seconds
from forecast.validation.verdict import BASELINES, REFERENCE
from forecast.workflows.again import again, data_words
from forecast.workflows.architecture import check_architecture
from forecast.workflows.artefacts import write_document, write_run
from forecast.workflows.automatic import Plan
from forecast.workflows.configure import Asked, as_config
from forecast.workflows.fitting import Judged, fit_kept, judge
from forecast.workflows.idle import idle_notes
from forecast.workflows.interruption import leave
from forecast.workflows.leaderboard import leaderboard, ranked
from forecast.workflows.planned import PlannedRun, planned_run
from forecast.workflows.reading import Source
from forecast.workflows.recording import RecordingMonitor
from forecast.workflows.results import CompareResult, in_place
from forecast.workflows.resume import (
    Resumed,
    begin,
    beginning,
    forget_checkpoints,
    keep_checkpoints,
)
from forecast.workflows.train import gather, open_folder, prepare
from forecast.workflows.warm import warm_up

COMPARED = ("rnn", "lstm", "gru", *BASELINES)
NETWORK = re.compile(rf"\b(?:{'|'.join(NETWORKS)})\b")
OTHER_MODEL = re.compile(rf"use model ({NETWORK.pattern}(?:(?:, | or ){NETWORK.pattern})*)")


def compare(
    data: Source | None = None,
    config: Asked = None,
    *,
    models: Sequence[str] | None = None,
    monitor: Monitor = SILENT,
    resume: str | Path | None = None,
) -> CompareResult:
    """Judge ``models`` on identical folds and seeds, rank them, and keep the best as a bundle.

    Parameters
    ----------
    data : path, stream, DataFrame, Series or list of paths
        As for `train`.
    config : Config or mapping, optional
        As for `train`; shared by all models, but for `model.name`, which is not looked at.
    models : sequence of str
        Names of the registry, or ``all``, ``recurrent``, ``comparators``, ``rules`` or
        ``statistical``; seasonal naive is added where it is missing. By default the recurrent ones
        and the baselines of every verdict.
    monitor : Monitor
        As for `train`.
    resume : path, optional
        As for `train`; the models, too, are those of that run.

    Raises
    ------
    ForecastError
        Any of the tree in `forecast.errors`.
    """
    config, data, resumed = begin("compare", as_config(config), data, resume)
    names = _checked(_models_asked(models, resumed))
    leader = _leader(names)
    config = with_settings(config, {"model.name": leader})
    reading, plan = _prepared(data, config, names, monitor, resumed)
    with open_folder(reading, config, "compare", monitor=monitor, resumed=resumed) as folder:
        words, mark = ("compare", *data_words(data)), reading.fingerprint
        told = beginning(words, config, plan.config, fingerprint=mark, models=names)
        checkpoints = keep_checkpoints(folder.path, told, resumed)
        recorder = RecordingMonitor(monitor, folder.path / "history.jsonl")
        if leader in NETWORKS:
            warm_up(plan.config.training.device)
        judged = judge(
            plan,
            reading.panel,
            models=names,
            keepable=names,
            monitor=recorder,
            checkpoints=checkpoints,
        )
        if recorder.should_stop():
            attempts = judged.attempts.get(leader, ())
            leave(folder, plan, reading, attempts, recorder, verb="compare")
        evaluation = _finished(judged)
        parameters = judged.parameters
        name = ranked(evaluation, parameters)[0]
        best = _named(plan, name)
        begun = time.perf_counter()
        kept = fit_kept(best, reading.panel, judged, name, recorder, checkpoints=checkpoints)
        final = Seconds(time.perf_counter() - begun, 0.0)
        if kept.attempt.cut_short:
            leave(
                folder,
                best,
                reading,
                (*judged.attempts[name], kept.attempt),
                recorder,
                verb="compare",
            )
        recorder.say_all(idle_notes(best.config, kept, names))
        board = leaderboard(evaluation, parameters, final=final)
        record = gather(
            reading,
            best,
            kept,
            recorder,
            title=f"comparison on {reading.name}",
            rows=[row.in_report() for row in board],
            command=again(data_words(data), folder.target),
        )
        notes = write_run(folder.path, record)
        result = CompareResult(
            run=folder.target,
            bundle=folder.target / BUNDLE_NAME,
            config=best.config,
            data=data_words(data),
            reading=reading,
            evaluation=evaluation,
            leaderboard=board,
            intervals=record.intervals,
            verdict=record.verdict,
            history=record.history,
            seconds=sum((row.seconds for row in board), Seconds(0.0, 0.0)),
            notes=notes,
        )
        write_document(folder.path, result.document())
        forget_checkpoints(folder.path, checkpoints)
        return in_place(result, folder.commit())


def plan_comparison(
    data: Source | None = None,
    config: Asked = None,
    *,
    models: Sequence[str] | None = None,
    monitor: Monitor = SILENT,
    resume: str | Path | None = None,
) -> PlannedRun:
    """Say what `compare` would do, and train nothing; the parameters are those of `compare`."""
    config, data, resumed = begin("compare", as_config(config), data, resume)
    names = _checked(_models_asked(models, resumed))
    config = with_settings(config, {"model.name": _leader(names)})
    reading, plan = _prepared(data, config, names, monitor, resumed)
    return planned_run("compare", reading, plan, names)


def _models_asked(models: Sequence[str] | None, resumed: Resumed | None) -> Sequence[str]:
    if resumed is not None:
        return resumed.models(models)
    return COMPARED if models is None else models


def _checked(models: Sequence[str]) -> tuple[str, ...]:
    """Return the models to judge, seasonal naive among them."""
    names: object = [models] if isinstance(models, str) else models
    if not isinstance(names, Sequence):
        raise UsageError(
            f"models is {names!r}, and must be a list of names",
            location="models",
            fix=f"for example models={list(COMPARED[:3])}",
        )
    known = {**{name: (name,) for name in MODELS}, **GROUPS}
    unknown = [name for name in names if not isinstance(name, str) or name not in known]
    if unknown or not names:
        raise UsageError(
            f"no model is called {unknown[0]!r}" if unknown else "no model is named",
            location="models",
            fix=f"choose from {', '.join(known)}",
        )
    every = [model for name in names for model in known[name]]
    return tuple(dict.fromkeys((*every, REFERENCE)))


def _leader(names: Sequence[str]) -> str:
    """Return the model that the configuration is resolved for."""
    return next((name for name in names if name in NETWORKS), names[0])


def _insist_comparable(plan: Plan, names: Sequence[str]) -> None:
    """Refuse a comparison without folds, and options that one of the models lacks."""
    if not plan.schedule.folds:
        raise UsageError(
            "compare needs folds, and --folds is 0",
            location="validation.folds",
            fix="pass --folds 1 or more",
        )
    for name in names:
        check_architecture(plan.config, name, plan.beside, series=plan.panel.n_series)


def _prepared(
    data: Source,
    config: Config,
    names: Sequence[str],
    monitor: Monitor,
    resumed: Resumed | None,
) -> tuple[Reading, Plan]:
    """Read the data, plan the folds, and refuse what one of the models cannot be built with."""
    with _many_models():
        reading, plan = prepare(data, config, monitor=monitor, resumed=resumed)
        _insist_comparable(plan, names)
    return reading, plan


@contextmanager
def _many_models() -> Iterator[None]:
    """Let a refusal that proposes another model do so in the words of a comparison."""
    try:
        yield
    except ConfigError as error:

        def chosen(match: re.Match[str]) -> str:
            return f"compare with --models {','.join(NETWORK.findall(match[1]))}"

        fix = OTHER_MODEL.sub(chosen, error.fix or "")
        fix = fix.replace("use another model", "compare other --models")
        raise ConfigError(
            error.message, location=error.location, fix=fix, mend=error.mend
        ) from error


def _finished(judged: Judged) -> Evaluation:
    """Return the evaluation of at least one fold."""
    if judged.evaluation is None or not judged.evaluation.folds:
        raise UsageError("no fold was finished")
    return judged.evaluation


def _named(plan: Plan, name: str) -> Plan:
    """Return the plan with the best model's name in its configuration."""
    settings: dict[str, object] = {"model.name": name}
    if name == "linear":
        settings["model.segment_length"] = 1
    return dataclasses.replace(plan, config=with_settings(plan.config, settings))
