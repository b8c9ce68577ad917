"""``compare``: several models on the same folds and seeds, ranked; the best one is kept."""

from __future__ import annotations

import dataclasses
import math
import shlex
import time
from collections.abc import Sequence

from forecast.config.schema import Config
from forecast.errors import UsageError
from forecast.metrics.scaled import skill
from forecast.models.registry import MODELS, RECURRENT, RULES
from forecast.storage.run_folder import BUNDLE_NAME
from forecast.training.monitor import SILENT, Monitor
from forecast.validation.verdict import reach_verdict
from forecast.validation.walk_forward import Evaluation
from forecast.workflows.artefacts import write_document, write_run
from forecast.workflows.automatic import Plan
from forecast.workflows.fitting import Judged, fit_kept, judge
from forecast.workflows.interruption import leave
from forecast.workflows.reading import Source, source_name
from forecast.workflows.record import RunRecord
from forecast.workflows.recording import RecordingMonitor
from forecast.workflows.results import CompareResult, LeaderboardRow, Seconds, in_place
from forecast.workflows.train import open_folder, prepare

COMPARED = ("rnn", "lstm", "gru", *RULES)
REFERENCE = "seasonal_naive"


def compare(
    data: Source,
    config: Config | None = None,
    *,
    models: Sequence[str] = COMPARED,
    monitor: Monitor = SILENT,
) -> CompareResult:
    """Judge ``models`` on identical folds and seeds, rank them, and keep the best as a bundle.

    Parameters
    ----------
    data : path, text stream or DataFrame
        As for `train`.
    config : Config, optional
        Shared by all models, but for `model.name`, which is not looked at.
    models : sequence of str
        Names of the registry; seasonal naive is added where it is missing.
    monitor : Monitor
        As for `train`.

    Raises
    ------
    ForecastError
        Any of the tree in `forecast.errors`.
    """
    begun = time.perf_counter()
    _check(models)
    config = config or Config()
    names = tuple(dict.fromkeys((*models, REFERENCE)))
    leader = next((name for name in names if name in RECURRENT), names[0])
    config = config.model_copy(update={"model": config.model.model_copy(update={"name": leader})})
    reading, plan = prepare(data, config, monitor=monitor)
    if not plan.schedule.folds:
        raise UsageError("compare needs folds, and --folds is 0", fix="pass --folds 1 or more")
    with open_folder(reading, config, "compare") as folder:
        recorder = RecordingMonitor(monitor, folder.path / "history.jsonl")
        command = f"forecast compare {shlex.quote(source_name(data, reading))}"
        judged = judge(plan, reading.panel, models=names, keepable=names, monitor=recorder)
        if recorder.should_stop():
            attempts = judged.attempts.get(leader, ())
            leave(folder, plan, reading, attempts, recorder, command=command)
        evaluation = judged.evaluation
        if evaluation is None or not evaluation.folds:
            raise UsageError("no fold was finished")
        board = leaderboard(evaluation, judged)
        best = _named(plan, board[0].model)
        kept = fit_kept(best, reading.panel, judged, board[0].model, recorder)
        if kept.attempt.cut_short:
            attempts = (*judged.attempts[kept.name], kept.attempt)
            leave(folder, best, reading, attempts, recorder, command=command)
        record = RunRecord(
            title=f"comparison on {reading.name}",
            config=best.config,
            reading=reading,
            kept=kept,
            verdict=reach_verdict(evaluation, kept.name, source=source_name(data, reading)),
            rows=[row.in_report() for row in board],
            history=tuple(recorder.records),
            decided=(*reading.notes, *plan.notes),
            notes=(*recorder.notes, *evaluation.scores(kept.name).notes),
        )
        notes = write_run(folder.path, record)
        result = CompareResult(
            run=folder.target,
            bundle=folder.target / BUNDLE_NAME,
            config=best.config,
            reading=reading,
            evaluation=evaluation,
            leaderboard=board,
            verdict=record.verdict,
            history=record.history,
            seconds=time.perf_counter() - begun,
            notes=notes,
        )
        write_document(folder.path, result.document())
        return in_place(result, folder.commit())


def leaderboard(evaluation: Evaluation, judged: Judged) -> tuple[LeaderboardRow, ...]:
    """Rank the models by MASE, by MAE where MASE is undefined; best first."""
    scores = {name: evaluation.scores(name) for name in evaluation.models}
    defined = all(found.metrics["mase"] is not None for found in scores.values())
    measure = "mase" if defined else "mae"

    def error(name: str) -> float:
        value = scores[name].metrics[measure]
        return math.inf if value is None else value

    reference = error(REFERENCE)
    rows = []
    for place, name in enumerate(sorted(evaluation.models, key=error)):
        fit = sum(result.seconds[name].fit for result in evaluation.folds)
        forecast = sum(result.seconds[name].predict for result in evaluation.folds)
        beaten = skill(error(name), reference) if reference > 0 else math.nan
        rows.append(
            LeaderboardRow(
                rank=place + 1,
                model=name,
                metrics=scores[name].metrics,
                metrics_standardised=scores[name].standardised,
                skill=beaten if math.isfinite(beaten) else None,
                parameters=judged.attempts[name][-1].forecaster.parameters,
                seconds=Seconds(fit, forecast, fit + forecast),
            )
        )
    return tuple(rows)


def _check(models: Sequence[str]) -> None:
    unknown = [name for name in models if name not in MODELS]
    if unknown or not models:
        raise UsageError(
            f"no model is called {unknown[0]!r}" if unknown else "no model is named",
            fix=f"choose from {', '.join(MODELS)}",
        )


def _named(plan: Plan, name: str) -> Plan:
    """Return the plan with the best model's name in its configuration."""
    model = plan.config.model.model_copy(update={"name": name})
    return dataclasses.replace(plan, config=plan.config.model_copy(update={"model": model}))
