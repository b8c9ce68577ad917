"""The folds of a run as plain data, before anything is trained: what ``--dry-run`` shows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from forecast.data.load import Reading
from forecast.data.panel import Panel
from forecast.validation.folds import draw_folds
from forecast.workflows.notes import Notes, notes_before
from forecast.workflows.resolving.automatic import Plan
from forecast.workflows.results import SCHEMA

CHART_WIDTH = 60


@dataclass(frozen=True)
class Stretch:
    """Rows in a row: the first and the last as the data name them, and how many there are.

    Without time stamps the first series names them. ``first`` and ``last`` are None of no row.
    """

    first: str | None
    last: str | None
    rows: int


@dataclass(frozen=True)
class PlannedFold:
    """One fold to come.

    Parameters
    ----------
    fold : int
        From 0.
    fit : int
        The fold whose model is judged: this one where a model is trained for it.
    train, validation, test : Stretch
        Rows to learn from, to stop early by, and to be judged on.
    gap : int
        Steps that are asked to lie between what is learnt from and the first cutoff.
    cutoff : str
        The first, as the data name it.
    cutoffs : int
        How many there are.
    """

    fold: int
    fit: int
    train: Stretch
    validation: Stretch
    test: Stretch
    gap: int
    cutoff: str
    cutoffs: int


@dataclass(frozen=True)
class PlannedRun:
    """What a run would do.

    Parameters
    ----------
    command : str
        ``train`` or ``compare``.
    models : tuple of str
        Those that would be judged.
    horizon, context_length : int, in steps
    folds : tuple of PlannedFold
    chart : tuple of str
        The folds on the time axis, a line each.
    final_fit : bool
        Whether the bundle would be trained on all rows.
    notes : Notes
    factors : mapping of str to int
        What the number of trainings of a comparison is the product of: networks, settings, seeds,
        folds.
    """

    command: str
    models: tuple[str, ...]
    horizon: int
    context_length: int
    folds: tuple[PlannedFold, ...]
    chart: tuple[str, ...]
    final_fit: bool
    notes: Notes
    factors: Mapping[str, int] = field(default_factory=dict)

    @property
    def trainings(self) -> int:
        """How many networks would be trained for the folds of a comparison."""
        return math.prod(self.factors.values()) if self.factors else 0

    def document(self) -> dict[str, object]:
        """Return the JSON document of ``--dry-run --json``."""
        counted = {"trainings": self.trainings} if self.command == "compare" else {}
        return {
            "schema": SCHEMA,
            "command": self.command,
            "dry_run": True,
            "models": list(self.models),
            **counted,
            "horizon": self.horizon,
            "context_length": self.context_length,
            "folds": [asdict(fold) for fold in self.folds],
            "final_fit": self.final_fit,
            "notes": list(self.notes),
        }


def planned_run(
    command: str,
    reading: Reading,
    plan: Plan,
    models: Sequence[str],
    *,
    factors: Mapping[str, int] | None = None,
) -> PlannedRun:
    """Say what a run would do.

    Parameters
    ----------
    command : str
        ``train`` or ``compare``.
    reading : Reading
    plan : Plan
        With nothing left open.
    models : sequence of str
    factors : mapping of str to int, optional
        Of a comparison; see `PlannedRun`.
    """
    panel, schedule = reading.panel, plan.schedule
    folds = tuple(
        PlannedFold(
            fold=fold.index,
            fit=fit,
            train=_stretch(panel, fold.span.start, fold.span.train_stop),
            validation=_stretch(panel, fold.span.train_stop, fold.span.stop),
            test=_stretch(panel, fold.cutoffs[0] + 1, fold.test_stop),
            gap=plan.config.validation.gap,
            cutoff=panel.clock.label(0, fold.cutoffs[0]),
            cutoffs=len(fold.cutoffs),
        )
        for fold, fit in zip(schedule.folds, schedule.fits, strict=True)
    )
    return PlannedRun(
        command=command,
        models=tuple(models),
        horizon=int(plan.config.model.horizon),
        context_length=int(plan.config.model.context_length),
        folds=folds,
        chart=tuple(draw_folds(schedule, panel.length, CHART_WIDTH)),
        final_fit=bool(plan.config.validation.final_fit) or not folds,
        notes=notes_before(reading, plan),
        factors=factors or {},
    )


def _stretch(panel: Panel, start: int, stop: int) -> Stretch:
    if stop <= start:
        return Stretch(None, None, 0)
    return Stretch(panel.clock.label(0, start), panel.clock.label(0, stop - 1), stop - start)
