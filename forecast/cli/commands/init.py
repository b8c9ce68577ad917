"""``forecast init DATA``."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import Annotated

import typer

from forecast.cli import console
from forecast.cli.inputs import STREAM, file_to_write, sources
from forecast.cli.options import (
    DataArgument,
    DebugFlag,
    JsonFlag,
    QuietFlag,
)
from forecast.cli.request import Request, takes_configuration

EPILOG = (
    "Examples:\n\n[bold]forecast init sales.csv --output sales.yaml[/bold]\n\n"
    "[bold]forecast init sales.csv --target sold --horizon 28 > sales.yaml[/bold]"
)


@takes_configuration(without=("run.output", "run.force", "run.jobs"))
def init(
    data: DataArgument,
    *,
    request: Request,
    output: Annotated[
        str,
        typer.Option(
            "--output", "-o", metavar="FILE", rich_help_panel="Output", help="YAML file; - prints."
        ),
    ] = STREAM,
    force: Annotated[
        bool,
        typer.Option("--force", "-f", rich_help_panel="Output", help="Replace an existing file."),
    ] = False,
    as_json: JsonFlag = False,
    quiet: QuietFlag = False,
    debug: DebugFlag = False,  # noqa: ARG001 - read where errors end
) -> None:
    """Write what was understood of the data as a configuration with comments."""
    config = request.resolve(os.environ).config
    target = None if output == STREAM else file_to_write(output, flag="--output", force=force)
    from forecast.workflows.init import init as run

    name = output if target is not None else f"{Path(data[0]).name.split('.')[0] or 'data'}.yaml"
    command = shlex.join(["forecast", "train", *data, "--config", name])
    result = run(sources(data), config, command=command)
    if target is not None:
        from forecast.storage.write import write_text

        write_text(target, result.text)
    if as_json:
        console.write_json({**result.document(), "train": command})
    elif target is None:
        console.write(result.text)
    if target is not None and not quiet:
        console.say(f"wrote {target}; next: {command}")
