"""``compare``: several models on the same folds and seeds, ranked; the best one is kept."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from forecast.config.differences import with_settings
from forecast.config.schema import Config
from forecast.data.load import Reading
from forecast.errors import UsageError
from forecast.storage.run_folder import BUNDLE_NAME
from forecast.training.monitor import SILENT, Monitor
from forecast.validation.evaluation import Evaluation, Seconds
from forecast.validation.top import Top, best_of_earlier
from forecast.workflows.again import again, data_words
from forecast.workflows.comparing.budget import budget_note
from forecast.workflows.comparing.contenders import Field, gather_field
from forecast.workflows.comparing.leaderboard import leaderboard, ranked, standing
from forecast.workflows.configure import Asked, as_config
from forecast.workflows.notes import understood_lines
from forecast.workflows.reading import Source, source_name
from forecast.workflows.results import CompareResult, in_place
from forecast.workflows.running.artefacts import write_document, write_run
from forecast.workflows.running.fitting import Judged, fit_kept, judge
from forecast.workflows.running.gather import gather
from forecast.workflows.running.idle import idle_notes
from forecast.workflows.running.interruption import leave
from forecast.workflows.running.planned import PlannedRun, planned_run
from forecast.workflows.running.record import Kept, RunRecord
from forecast.workflows.running.recording import RecordingMonitor
from forecast.workflows.running.resume import (
    Beginning,
    Resumed,
    begin,
    beginning,
    forget_checkpoints,
    keep_checkpoints,
    read_as_begun,
)
from forecast.workflows.running.staging import open_folder
from forecast.workflows.running.warm import warm_up
from forecast.workflows.terms import Terms, agree

Vary: TypeAlias = Mapping[str, Sequence[object]] | Sequence[str]


def compare(  # noqa: PLR0913 - the flags of the verb
    data: Source | None = None,
    config: Asked = None,
    *,
    models: Sequence[str] | None = None,
    seeds: int = 1,
    vary: Vary | None = None,
    budget: float | str | None = None,
    top: int | None = None,
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
    seeds : int
        How many run seeds each network is trained with: that of ``config`` and those after it. A
        row has the means over them; the model that is kept has the first.
    vary : mapping of str to sequence, optional
        Values to try for keys of the sections model and training, such as
        ``{"hidden_size": [32, 128]}``; each network is judged under each combination.
    budget : float or str, optional
        Seconds, or a time such as ``10m``, shared out equally over all fits of networks.
    top : int, optional
        How many models the ensemble of the best has; 3 where nothing is said, 0 for none.
    monitor : Monitor
        As for `train`.
    resume : path, optional
        As for `train`; what is compared, too, is that of that run.

    Raises
    ------
    ForecastError
        Any of the tree in `forecast.errors`.

    Examples
    --------
    >>> import forecast
    >>> done = forecast.compare(
    ...     "data/pedestrians_hourly.csv", models=["gru"], seeds=3, vary={"hidden_size": [32, 128]}
    ... )  # doctest: +SKIP
    >>> [(row.model, row.metrics["mase"], row.spread["mase"]) for row in done.leaderboard][:1]
    ... # doctest: +SKIP
    [('gru hidden_size=32', 0.712, 0.012)]
    """
    config, data, resumed = begin("compare", as_config(config), data, resume)
    before = None if resumed is None else resumed.begun.terms
    terms = agree(config, before, models=models, seeds=seeds, vary=vary, budget=budget, top=top)
    reading, field = _prepared(data, config, terms, monitor, resumed)
    with open_folder(reading, config, "compare", monitor=monitor, resumed=resumed) as folder:
        told = _beginning(data, config, terms, reading, field)
        checkpoints = keep_checkpoints(folder.path, told, resumed)
        ended = () if checkpoints is None else checkpoints.ended()
        recorder = RecordingMonitor(monitor, folder.path / "history.jsonl", ended=ended)
        recorder.say_all(field.notes())
        if terms.networks:
            warm_up(field.plan.config.training.device)
        entries = [entry for each in field.contenders for entry in each.candidates(checkpoints)]
        judged = judge(field.plan, reading.panel, candidates=entries, monitor=recorder)
        if recorder.should_stop():
            main = field.leader
            attempts = judged.attempts.get(main.entries[0], ())
            leave(folder, main.plan, reading, attempts, recorder, verb="compare")
        evaluation, parameters = _finished(judged), judged.parameters
        best = ranked(evaluation, parameters, field.contenders)[0]
        name, begun = best.entries[0], time.perf_counter()
        kept = fit_kept(best.plan, reading.panel, judged, name, recorder, checkpoints=checkpoints)
        final = Seconds(time.perf_counter() - begun, 0.0)
        if kept.attempt.cut_short:
            attempts = (*judged.attempts[name], kept.attempt)
            leave(folder, best.plan, reading, attempts, recorder, verb="compare")
        recorder.say_all(_notes(terms, field, kept))
        ensemble, why = _ensemble(evaluation, terms.top)
        board = leaderboard(evaluation, parameters, field.contenders, final=final, top=ensemble)
        record = gather(
            reading,
            best.plan,
            kept,
            recorder,
            title=f"comparison on {reading.name}",
            rows=[row.in_report() for row in board],
            command=again(data_words(data), folder.target),
        )
        notes = write_run(folder.path, _saying(record, standing(board), why))
        result = CompareResult(
            run=folder.target,
            bundle=folder.target / BUNDLE_NAME,
            config=best.plan.config,
            data=data_words(data),
            reading=reading,
            evaluation=evaluation,
            leaderboard=board,
            standing=standing(board),
            top=ensemble,
            intervals=record.judged.intervals,
            quantiles=record.judged.quantiles,
            verdict=record.verdict,
            history=record.history,
            seconds=sum((row.seconds for row in board if row.seconds), Seconds(0.0, 0.0)),
            notes=notes,
        )
        write_document(folder.path, result.document())
        forget_checkpoints(folder.path, checkpoints)
        return in_place(result, folder.commit())


def plan_comparison(  # noqa: PLR0913 - the flags of the verb
    data: Source | None = None,
    config: Asked = None,
    *,
    models: Sequence[str] | None = None,
    seeds: int = 1,
    vary: Vary | None = None,
    budget: float | str | None = None,
    top: int | None = None,
    monitor: Monitor = SILENT,
    resume: str | Path | None = None,
) -> PlannedRun:
    """Say what `compare` would do, and train nothing; the parameters are those of `compare`."""
    config, data, resumed = begin("compare", as_config(config), data, resume)
    before = None if resumed is None else resumed.begun.terms
    terms = agree(config, before, models=models, seeds=seeds, vary=vary, budget=budget, top=top)
    reading, field = _prepared(data, config, terms, monitor, resumed)
    for sentence in field.notes():
        monitor.say(sentence)
    names = [contender.name for contender in field.contenders]
    return planned_run("compare", reading, field.plan, names, factors=field.factors)


def _prepared(
    data: Source, config: Config, terms: Terms, monitor: Monitor, resumed: Resumed | None
) -> tuple[Reading, Field]:
    """Read the data, and plan the folds of every setting."""
    config = with_settings(config, {"model.name": terms.leader})
    reading = read_as_begun(data, config, resumed)
    where = source_name(data, reading)
    field = gather_field(terms, reading, config, where=where, resumed=resumed)
    for line in understood_lines(reading, field.plan):
        monitor.say(line)
    return replace(reading, panel=field.plan.panel), field


def _beginning(
    data: Source, config: Config, terms: Terms, reading: Reading, field: Field
) -> Beginning:
    """Say what the comparison is begun with."""
    return beginning(
        ("compare", *data_words(data)),
        with_settings(config, {"model.name": terms.leader}),
        [plan.config for plan in field.plans],
        fingerprint=reading.fingerprint,
        terms=terms,
    )


def _notes(terms: Terms, field: Field, kept: Kept) -> Iterator[str]:
    """Say what became of the budget, and which networks never left their start."""
    if terms.budget is not None:
        yield budget_note(terms.budget, field.plan.config, kept)
    for words, plan in zip(field.words, field.plans, strict=True):
        alike = [each for each in field.contenders if each.seeds and each.setting == words]
        names = [name for each in alike for name in each.entries]
        yield from idle_notes(plan.config, kept, names)


def _ensemble(evaluation: Evaluation, size: int) -> tuple[Top | None, str | None]:
    """Return the ensemble of the best, and what is to be said of it."""
    if size == 0:
        return None, None
    found = best_of_earlier(evaluation, size)
    if found is None:
        few = "there is one fold" if len(evaluation.folds) == 1 else "there is one model"
        if len(evaluation.folds) > 1 and len(evaluation.models) > 1:
            few = "none was over before another began"
        return None, f"no ensemble of the best: it is chosen on earlier folds, and {few}"
    return found, found.words


def _saying(record: RunRecord, *sentences: str | None) -> RunRecord:
    """Return the record with more notes about scores."""
    said = tuple(sentence for sentence in sentences if sentence is not None)
    return replace(record, notes=record.notes.about_scores(said))


def _finished(judged: Judged) -> Evaluation:
    """Return the evaluation of at least one fold."""
    if judged.evaluation is None or not judged.evaluation.folds:
        raise UsageError("no fold was finished")
    return judged.evaluation
