"""``forecast check DATA``."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from forecast.cli import console
from forecast.cli.inputs import sources
from forecast.cli.options import (
    DataArgument,
    DebugFlag,
    JsonFlag,
)
from forecast.cli.request import Request, takes_configuration
from forecast.errors import CheckFailed

EPILOG = (
    "Examples:\n\n[bold]forecast check sales.csv[/bold]\n\n"
    "[bold]forecast check sales.csv --horizon 28 --strict --json[/bold]"
)


@takes_configuration(without=("run.output", "run.force", "run.jobs"))
def check(
    data: DataArgument,
    *,
    request: Request,
    strict: Annotated[
        bool,
        typer.Option(
            "--strict",
            rich_help_panel="Validation",
            help="Exit with 5 when something must be mended.",
        ),
    ] = False,
    as_json: JsonFlag = False,
    debug: DebugFlag = False,  # noqa: ARG001 - read where errors end
) -> None:
    """Say what is in the data, what to mend, and the line that trains on them."""
    config = request.resolve(os.environ).config
    from forecast.cli.train_line import train_line
    from forecast.workflows.check import check as run

    result = run(sources(data), config)
    explicit = train_line(data, result.explicit)
    line = None if result.plan is None else train_line(data, result.settings)
    if as_json:
        lines = {"train": line, "explicit_train": explicit}
        console.write_json({**result.document(), **lines})
    else:
        from forecast.cli.render_check import check_report

        console.write_lines(check_report(result, line=line, explicit=explicit))
    if strict and result.to_mend:
        first = result.to_mend[0]
        raise CheckFailed(
            f"{len(result.to_mend)} of {len(result.findings)} findings must be mended (first: "
            f"{first.message})",
            location=result.reading.name,
            fix=line or first.fix,
        )
