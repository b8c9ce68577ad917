"""``forecast inspect BUNDLE_OR_RUN``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.cli import console
from forecast.cli.options import DebugFlag, JsonFlag
from forecast.errors import CheckFailed

if TYPE_CHECKING:
    from forecast.workflows.results import InspectResult

EPILOG = (
    "Examples:\n\n[bold]forecast inspect runs/sales-gru[/bold]\n\n"
    "[bold]forecast inspect runs/sales-gru/bundle.safetensors --verify[/bold]"
)
MOST_SHOWN = 100  # characters of a value; --json has all


def inspect(
    bundle: Annotated[
        str, typer.Argument(metavar="BUNDLE_OR_RUN", help="Run folder or bundle file.")
    ],
    *,
    verify: Annotated[
        bool,
        typer.Option(
            "--verify", rich_help_panel="Validation", help="Recompute the worked example inside."
        ),
    ] = False,
    as_json: JsonFlag = False,
    debug: DebugFlag = False,  # noqa: ARG001 - read where errors end
) -> None:
    """Say what a bundle holds and, on request, whether it still computes the same."""
    from forecast.workflows.inspect import inspect as run

    result = run(Path(bundle), verify=verify)
    if as_json:
        console.write_json(result.document())
    else:
        console.write_lines(_report(result))
    if result.verified is False:
        raise CheckFailed(
            "the worked example in the bundle came out different",
            location=str(result.path),
            fix="compare the versions of torch that made it and that read it",
        )


def _report(result: InspectResult) -> Iterator[str]:
    yield f"{result.path} ({result.size / 1e6:.2f} MB)"
    manifest = result.document()["manifest"]
    rows = dict(_flat(manifest)) if isinstance(manifest, Mapping) else {}
    tensors = [key for key in rows if key.startswith("tensors.")]
    rows = {key: value for key, value in rows.items() if key not in tensors}
    rows["tensors"] = f"{len(tensors)} (--json lists them)"
    width = max(map(len, rows), default=0)
    for key, value in rows.items():
        yield f"  {key:<{width}}  {value}"
    if result.verified is not None:
        yield f"worked example: {'equal' if result.verified else 'DIFFERENT'}"


def _flat(values: Mapping[str, object], path: str = "") -> Iterator[tuple[str, str]]:
    """Give each leaf its dotted name; long lists are counted rather than shown."""
    for key, value in values.items():
        name = f"{path}.{key}" if path else str(key)
        if isinstance(value, Mapping):
            yield from _flat(value, name)
            continue
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        if len(text) > MOST_SHOWN:
            text = f"{len(value)} values" if isinstance(value, list) else text[:MOST_SHOWN] + "..."
        yield name, text
