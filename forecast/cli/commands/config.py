"""``forecast config show``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import typer

from forecast.cli import console
from forecast.cli.options import (
    DebugFlag,
    JsonFlag,
)
from forecast.cli.overview import CONTEXT
from forecast.cli.request import Request, takes_configuration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forecast.config.load import Resolved

EPILOG = (
    "Examples:\n\n[bold]forecast config show[/bold]\n\n"
    "[bold]forecast config show --config run.yaml --horizon 28 --json[/bold]"
)

app = typer.Typer(
    name="config",
    help="Show the configuration of a run.",
    epilog=EPILOG,
    add_completion=False,
    no_args_is_help=True,
    context_settings=CONTEXT,
)


@app.callback()
def config() -> None:
    """Show the configuration of a run."""


@app.command(epilog=EPILOG, context_settings=CONTEXT)
@takes_configuration()
def show(
    *,
    request: Request,
    as_json: JsonFlag = False,
    debug: DebugFlag = False,  # noqa: ARG001 - read where errors end
) -> None:
    """Print each key with its value and where that came from."""
    resolved = request.resolve(os.environ)
    if as_json:
        console.write_json(_document(resolved))
    else:
        console.write_lines(_table(resolved))


def _document(resolved: Resolved) -> dict[str, object]:
    from forecast.config.fields import fields

    values = _values(resolved)
    return {
        "schema": 1,
        "command": "config show",
        "values": {
            key: {
                "value": values[key],
                "origin": str(resolved.origins[key]),
                "allowed": facts.allowed,
                "description": facts.description,
            }
            for key, facts in fields().items()
        },
    }


def _table(resolved: Resolved) -> Iterator[str]:
    from forecast.config.yaml import write_value

    rows = [("key", "value", "origin")]
    rows += [
        (key, write_value(value), str(resolved.origins[key]))
        for key, value in _values(resolved).items()
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    for key, value, origin in rows:
        yield f"{key:<{widths[0]}}  {value:<{widths[1]}}  {origin}"


def _values(resolved: Resolved) -> dict[str, object]:
    sections = resolved.config.model_dump()
    return {
        f"{section}.{key}": value
        for section, values in sections.items()
        for key, value in values.items()
    }
