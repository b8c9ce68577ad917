"""``forecast audit DATA``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from forecast.cli import console
from forecast.cli.inputs import sources
from forecast.cli.options import (
    DataArgument,
    DebugFlag,
    JsonFlag,
    QuietFlag,
)
from forecast.cli.request import Request, takes_configuration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forecast.validation.audit import Finding
    from forecast.workflows.audit import AuditResult

EPILOG = (
    "Examples:\n\n[bold]forecast audit sales.csv[/bold]\n\n"
    "[bold]forecast audit sales.csv --config run.yaml --folds 8 --json[/bold]"
)


@takes_configuration(without=("run.output", "run.force", "run.jobs"))
def audit(
    data: DataArgument,
    *,
    request: Request,
    as_json: JsonFlag = False,
    quiet: QuietFlag = False,
    debug: DebugFlag = False,  # noqa: ARG001 - read where errors end
) -> None:
    """Prove that no fold sees its future: replace that by noise, and compare every bit."""
    config = request.resolve(os.environ).config
    from forecast.cli.progress import watching
    from forecast.cli.render import note_lines
    from forecast.workflows.audit import audit as run

    with watching(quiet=quiet) as monitor:
        result = run(sources(data), config, monitor=monitor)
    if as_json:
        console.write_json(result.document())
    else:
        console.write_lines([*_table(result), "", result.words])
    if not quiet:
        console.say_lines(note_lines(result.notes))
    result.refuse_reactions()


def _table(result: AuditResult) -> Iterator[str]:
    """Give one row a fold and one column a part."""
    from forecast.cli.render import align

    folds = result.folds
    yield from align(
        [
            ["fold", *(str(fold.fold.index + 1) for fold in folds)],
            ["first cutoff", *(result.stamp(fold) for fold in folds)],
            ["cutoffs", *(str(len(fold.fold.cutoffs)) for fold in folds)],
            *([part, *(_cell(fold.parts[part]) for fold in folds)] for part in folds[0].parts),
        ]
    )


def _cell(finding: Finding) -> str:
    if not finding.compared:
        return "-"
    return "REACTS" if finding.reacting else "same"
