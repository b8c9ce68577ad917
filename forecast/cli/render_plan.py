"""The folds of a run to come as text: a table and a chart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from forecast.cli import console
from forecast.cli.render import NONE, align, count, note_block

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from forecast.workflows.running.planned import PlannedRun

LEGEND: Final = "= trained on   - validated on   . not learnt from   # judged on"


def show_plan(planned: PlannedRun, *, as_json: bool, quiet: bool, said: Container[str]) -> None:
    """Print the folds, or their document, and then the notes that were not ``said`` before."""
    if as_json:
        console.write_json(planned.document())
    else:
        console.write_lines(plan_report(planned))
    if not quiet:
        console.say_lines(note_block(planned.notes, said=said))


def plan_report(planned: PlannedRun) -> Iterator[str]:
    """Say which rows each fold would learn from and be judged on."""
    judged = ", ".join(planned.models)
    steps = count(planned.horizon, "step")
    does = f"{planned.command} would do with {judged}"
    yield f"nothing was trained: this is what {does}, {steps} ahead"
    yield ""
    if planned.folds:
        yield from _table(planned)
        yield ""
        yield from planned.chart
        yield LEGEND
    else:
        yield "no folds: nothing would be judged"
    yield ""
    kept = "then one more fit, on all rows" if planned.final_fit else "no fit on all rows"
    each = " of each model that learns" if planned.command == "compare" else ""
    if planned.factors:
        parts = [count(number, noun) for noun, number in planned.factors.items()]
        shown = [part for part in parts if not part.startswith("1 ")] or parts[-1:]
        yield f"{count(planned.trainings, 'training')}: {' x '.join(shown)}"
    fits = count(sum(fold.fit == fold.fold for fold in planned.folds), "fit")
    yield f"{fits} for folds{each}, {kept}"


def _table(planned: PlannedRun) -> Iterator[str]:
    folds = planned.folds
    yield from align(
        [
            ["fold", *(str(fold.fold + 1) for fold in folds)],
            ["model of", *(f"fold {fold.fit + 1}" for fold in folds)],
            ["train from", *(fold.train.first or NONE for fold in folds)],
            ["rows", *(f"{fold.train.rows:,}" for fold in folds)],
            ["validate from", *(fold.validation.first or NONE for fold in folds)],
            ["rows", *(f"{fold.validation.rows:,}" for fold in folds)],
            ["first cutoff", *(fold.cutoff for fold in folds)],
            ["test to", *(fold.test.last or NONE for fold in folds)],
            ["rows", *(f"{fold.test.rows:,}" for fold in folds)],
            ["cutoffs", *(f"{fold.cutoffs:,}" for fold in folds)],
        ]
    )
