"""``forecast inspect BUNDLE_OR_RUN``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.cli import console
from forecast.cli.options import DebugFlag, JsonFlag
from forecast.cli.render import count, score_table
from forecast.errors import CheckFailed

if TYPE_CHECKING:
    from forecast.bundle.manifest import Manifest
    from forecast.workflows.results import InspectResult

MOST_NAMED = 3
EPILOG = (
    "Examples:\n\n[bold]forecast inspect runs/sales-gru[/bold]\n\n"
    "[bold]forecast inspect runs/sales-gru/bundle.safetensors --verify[/bold]"
)


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
        console.write_lines(map(console.printable, _report(result)))
    if result.verified is False:
        raise CheckFailed(
            "the worked example in the bundle came out different",
            location=str(result.path),
            fix="compare the versions of torch that made it and that read it",
        )


def _intervals(manifest: Manifest) -> str:
    if manifest.intervals == "none" or not manifest.levels:
        return "none"
    levels = ", ".join(f"{level:g} %" for level in manifest.levels)
    return f"{levels}, of its own head" if manifest.intervals == "head" else levels


def _report(result: InspectResult) -> Iterator[str]:
    """Say on one screen what the bundle is: what it forecasts, from what, how well, how large."""
    manifest = result.manifest
    yield f"{result.path} ({result.size / 1e6:.2f} MB)"
    facts = {
        "forecasts": _forecasts(manifest),
        "model": _model(result),
        "trained on": _data(manifest),
        "intervals": _intervals(manifest),
        "written by": f"forecast {manifest.forecast_version}, torch {manifest.versions.torch}",
    }
    for name, text in facts.items():
        yield f"  {name:<10}  {text}"
    yield ""
    if manifest.scores:
        best_first = sorted(manifest.scores.items(), key=_error)
        yield from score_table(dict(best_first), result.skills)
    else:
        yield "not validated"
    yield ""
    if result.verified is not None:
        yield f"worked example: {'equal' if result.verified else 'DIFFERENT'}"
    yield f"{count(len(manifest.notes), 'note')}, every setting and tensor: --json"


def _error(scored: tuple[str, Mapping[str, float | None]]) -> tuple[bool, float]:
    error = scored[1].get("mase")
    return error is None, error or 0.0


def _forecasts(manifest: Manifest) -> str:
    step = f", step {manifest.freq}" if manifest.freq else ""
    return f"{_listed(manifest.unique_ids)}, {count(manifest.horizon, 'step')} ahead{step}"


def _model(result: InspectResult) -> str:
    manifest = result.manifest
    parts = [manifest.model, count(manifest.parameters, "parameter")]
    if manifest.context_length is not None:
        length = manifest.context_length
        parts.append("reads the last value" if length == 1 else f"reads the last {length:,} values")
    return ", ".join([*parts, f"season of {count(manifest.season_length, 'step')}"])


def _data(manifest: Manifest) -> str:
    columns = {
        "time": manifest.columns.time,
        "id": manifest.columns.id,
        "target": manifest.columns.target,
    }
    named = [f"{kind} {_listed(names)}" for kind, names in columns.items() if names]
    return ", ".join([count(manifest.rows, "row"), *named])


def _listed(names: Sequence[str]) -> str:
    """Name a few, and count many."""
    few = ", ".join(names[:MOST_NAMED])
    return few if len(names) <= MOST_NAMED else f"{few} and {len(names) - MOST_NAMED:,} more"
