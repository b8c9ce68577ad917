"""``compare RUN RUN...``: finished runs side by side, where they were judged alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from forecast.bundle.load import load_bundle
from forecast.data.arrays import FloatArray
from forecast.errors import UsageError
from forecast.validation.evaluation import Seconds
from forecast.validation.significance import Difference, compare_losses
from forecast.validation.verdict import REFERENCE, skills_among
from forecast.workflows.arguments import as_path
from forecast.workflows.comparing.finished import KEYS, FinishedRun, read_run, refuse_different
from forecast.workflows.comparing.leaderboard import LeaderboardRow, standing
from forecast.workflows.results import SCHEMA


@dataclass(frozen=True)
class SideBySideRow:
    """One run: its path as it was given, and its model as a leaderboard has it."""

    run: str
    row: LeaderboardRow

    def document(self) -> dict[str, object]:
        """Return the row's JSON."""
        return {"run": self.run, **self.row.document()}


@dataclass(frozen=True)
class SideBySide:
    """Finished runs, best first.

    Parameters
    ----------
    rows : tuple of SideBySideRow
    standing : str or None
        How sure the first is of its place.
    notes : tuple of str
    """

    rows: tuple[SideBySideRow, ...]
    standing: str | None
    notes: tuple[str, ...]

    def document(self) -> dict[str, object]:
        """Return the JSON document of ``compare RUN RUN... --json``."""
        return {
            "schema": SCHEMA,
            "command": "compare",
            "runs": [row.document() for row in self.rows],
            "standing": self.standing,
            "notes": list(self.notes),
        }


def side_by_side(runs: Sequence[str | Path]) -> SideBySide:
    """Set finished runs side by side; nothing is trained and nothing written.

    Parameters
    ----------
    runs : sequence of path
        Run folders of ``train`` or ``compare``, two at least.

    Raises
    ------
    UsageError
        If one is no finished run with folds, or they differ in data, season, horizon, series or
        folds; the message names the run and what it differs in.
    """
    if not isinstance(runs, (list, tuple)):
        raise UsageError(
            f"runs is {runs!r}, and must be a list of run folders",
            location="argument runs",
            fix="for example runs=['runs/sales-gru', 'runs/sales-lstm']",
        )
    found = [read_run(as_path(run, name="run")) for run in runs]
    if len(found) < 2:  # noqa: PLR2004
        raise UsageError(
            f"{'one run is' if found else 'no runs are'} named, and two are set side by side",
            location="argument RUN",
            fix="name another run: forecast compare runs/sales-gru runs/sales-lstm",
        )
    for place, run in enumerate(found[1:], 1):
        same = [other.path for other in found[:place] if Path(other.path).samefile(run.path)]
        if same:
            raise UsageError(
                f"{same[0]} and {run.path} are one run",
                location=run.path,
                fix="name each run once",
            )
        refuse_different(run, found[0])
    measure, notes = _measure(found)
    ordered = sorted(found, key=lambda run: _error(run, measure))
    losses = _Losses(found[0], measure)
    rows = []
    for index, run in enumerate(ordered):
        above = ordered[index - 1] if index else None
        against = None if above is None else losses.between(run, above, column=above.column)
        naive = losses.between(run, run, column=REFERENCE) if run.model != REFERENCE else None
        row = _row(run, index + 1)
        if against is not None and above is not None:
            against = replace(against, model=above.path)
        rows.append(replace(row, against_reference=naive, against_above=against))
    places = standing(
        [replace(row, model=run.path) for row, run in zip(rows, ordered, strict=True)]
    )
    pairs = zip(ordered, rows, strict=True)
    return SideBySide(tuple(SideBySideRow(run.path, row) for run, row in pairs), places, notes)


def _measure(runs: Sequence[FinishedRun]) -> tuple[str, tuple[str, ...]]:
    """Return what runs are ranked by, and why where that is not MASE."""
    if all(run.metrics.get("mase") is None for run in runs):
        return "mae", ("MASE is undefined, so MAE is compared",)
    scales = [run.manifest.scores.get(REFERENCE, {}).get("mase") for run in runs]
    if any(scale != scales[0] for scale in scales):
        why = "the runs learnt from other rows, so their MASE are relative to other scales: MAE is "
        return "mae", (why + "compared",)
    return "mase", ()


def _error(run: FinishedRun, measure: str) -> tuple[bool, float, str]:
    error = run.metrics.get(measure)
    return error is None, 0.0 if error is None else error, run.path


def _row(run: FinishedRun, rank: int) -> LeaderboardRow:
    return LeaderboardRow(
        rank=rank,
        model=run.model,
        metrics=run.metrics,
        metrics_standardised=run.cost.metrics_standardised,
        skill=skills_among(run.manifest.scores).get(run.column),
        parameters=run.cost.parameters,
        seconds=Seconds(run.cost.seconds["fit"], run.cost.seconds["validate"]),
        peak_memory=run.cost.peak_memory,
    )


class _Losses:
    """Losses at the cutoffs, of forecasts as the runs have written them.

    Errors are divided by the scales that the bundle of the first run keeps, alike for all runs and
    folds; of one series none is needed. A comparison divides those of each fold by the scale of its
    own training rows, so its p may differ a little.
    """

    def __init__(self, first: FinishedRun, measure: str) -> None:
        self.scales: dict[str, float] = {}
        self.horizon = first.manifest.horizon
        names = first.manifest.unique_ids
        if measure == "mase" and len(names) > 1:
            kept = load_bundle(Path(first.path)).error_scales
            if kept is not None:
                self.scales = dict(zip(names, kept.seasonal.tolist(), strict=True))

    def between(self, run: FinishedRun, other: FinishedRun, *, column: str) -> Difference:
        """Compare the model of ``run`` with a column of the forecasts of ``other``."""
        theirs = other.forecasts[[*KEYS, column]].rename(columns={column: "other"})
        mine = run.forecasts[[*KEYS, "y", run.column]].rename(columns={run.column: "own"})
        both = mine.merge(theirs, on=list(KEYS))
        points = (both["y"] - both["own"]).abs() - (both["y"] - both["other"]).abs()
        if self.scales:
            scale = both["unique_id"].map(self.scales)
            points = points / scale.where(scale > 0)
        loss = points.groupby(both["cutoff"]).mean()  # leaves out what is not known
        rows = np.unique(np.concatenate([both["cutoff"], both["ds"]]))
        at = np.searchsorted(rows, loss.index.to_numpy())
        values: FloatArray = loss.to_numpy(dtype=np.float64)
        return compare_losses(values, at, horizon=self.horizon, model=column)
