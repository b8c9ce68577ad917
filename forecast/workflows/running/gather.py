"""All that the files of a finished run are made of, brought together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from forecast.data.load import Reading
from forecast.report.table import ScoreRow
from forecast.validation.verdict import reach_verdict
from forecast.workflows.again import command_instead
from forecast.workflows.forecasting.bands import bands_notes, bands_of
from forecast.workflows.notes import notes_before
from forecast.workflows.resolving.automatic import Plan
from forecast.workflows.running.record import Kept, RunRecord, interval_findings
from forecast.workflows.running.recording import RecordingMonitor


def gather(
    reading: Reading,
    plan: Plan,
    kept: Kept,
    recorder: RecordingMonitor,
    *,
    title: str,
    rows: Sequence[ScoreRow],
    command: Sequence[str],
) -> RunRecord:
    """Gather what the files of a run are made of.

    Parameters
    ----------
    title, rows
        Of the report.
    command : sequence of str
        Words that train again on the same data, up to the model; see `again`.
    """
    verdict, before = None, notes_before(reading, plan)
    judged, about = interval_findings(kept, bands_of(plan.config, plan.config.model.name))
    about = (*bands_notes(plan.config, plan.config.model.name), *about)
    if kept.evaluation is not None:
        verdict = reach_verdict(kept.evaluation, kept.name)
        about = (*kept.evaluation.scores(kept.name).notes, *about)
    return RunRecord(
        title=title,
        config=plan.config,
        reading=reading,
        kept=kept,
        verdict=verdict,
        command=command_instead(verdict, command),
        rows=rows,
        judged=judged,
        history=tuple(recorder.records),
        notes=replace(before, training=(*before.training, *recorder.notes), scores=about),
    )
