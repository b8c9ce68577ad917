"""``forecast predict BUNDLE_OR_RUN``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.cli import console
from forecast.cli.inputs import STREAM, refuse_existing, source
from forecast.cli.options import DebugFlag, JsonFlag, QuietFlag
from forecast.errors import UsageError

if TYPE_CHECKING:
    from forecast.workflows.results import PredictResult

EPILOG = (
    "Examples:\n\n[bold]forecast predict runs/sales-gru --horizon 28[/bold]\n\n"
    "[bold]forecast predict runs/sales-gru --input new.csv --output forecast.csv[/bold]"
)
MOST_LEVEL = 100


def predict(
    bundle: Annotated[
        str, typer.Argument(metavar="BUNDLE_OR_RUN", help="Run folder or bundle file.")
    ],
    *,
    horizon: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            rich_help_panel="Model",
            show_default=False,
            help="Steps ahead; by default as trained. More is fed back block by block.",
        ),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(
            "--input",
            metavar="DATA",
            rich_help_panel="Data",
            show_default=False,
            help="Newer rows, or other series: a CSV file, or - for standard input.",
        ),
    ] = None,
    cutoff: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            rich_help_panel="Data",
            show_default=False,
            help="Forecast as of then: rows after it are not seen.",
        ),
    ] = None,
    level: Annotated[
        list[float] | None,
        typer.Option(
            metavar="PERCENT",
            rich_help_panel="Output",
            show_default=False,
            help="Level of the intervals; repeatable (default 80 and 95).",
        ),
    ] = None,
    names: Annotated[
        str,
        typer.Option(
            metavar="standard|input",
            rich_help_panel="Output",
            help="input: the columns, layout and time format of the training file.",
        ),
    ] = "standard",
    output: Annotated[
        str,
        typer.Option(
            "--output", "-o", metavar="FILE", rich_help_panel="Output", help="CSV file; - prints."
        ),
    ] = STREAM,
    plot: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.png", rich_help_panel="Output", show_default=False, help="Draw it."
        ),
    ] = None,
    force: Annotated[
        bool,
        typer.Option("--force", "-f", rich_help_panel="Output", help="Replace existing files."),
    ] = False,
    as_json: JsonFlag = False,
    quiet: QuietFlag = False,
    debug: DebugFlag = False,  # noqa: ARG001 - read where errors end
) -> None:
    """Forecast with a trained model; nothing is trained."""
    _check_horizon(horizon)
    levels = _levels(level)
    _check_names(names)
    target = None if output == STREAM else Path(output)
    for path, flag in ((target, "--output"), (plot, "--plot")):
        if path is not None:
            refuse_existing(path, flag=flag, force=force)
    from forecast.workflows.predict import predict as run

    result = run(
        Path(bundle),
        horizon=horizon,
        data=None if data is None else source(data),
        cutoff=cutoff,
        levels=levels,
        names="input" if names == "input" else "standard",
    )
    if plot is not None:
        _draw(result, plot)
    if target is not None:
        _write(result, target)
    if as_json:
        console.write_json(result.document())
    elif target is None:
        console.write(_csv(result))
    if not quiet:
        _talk(result, target, plot)


def _check_horizon(horizon: int | None) -> None:
    if horizon is not None and horizon < 1:
        raise UsageError(
            f"horizon {horizon} must be at least 1",
            location="flag --horizon",
            fix="for example --horizon 24",
        )


def _check_names(names: str) -> None:
    if names not in ("standard", "input"):
        raise UsageError(
            f"names are 'standard' or 'input', not {names!r}",
            location="flag --names",
            fix="pass --names input for the columns of the training file",
        )


def _levels(given: list[float] | None) -> tuple[float, ...] | None:
    """Check the levels asked for; None leaves the choice to the bundle."""
    levels = tuple(given) if given else ()
    for position, level in enumerate(levels):
        if not 0 < level < MOST_LEVEL or level in levels[:position]:
            raise UsageError(
                f"level {level:g} must be above 0, below {MOST_LEVEL} and given once",
                location="flag --level",
                fix="for example --level 80 --level 95",
            )
    return levels or None


def _csv(result: PredictResult) -> str:
    return result.written.to_csv(index=False, lineterminator="\n")


def _write(result: PredictResult, path: Path) -> None:
    from forecast.storage.write import write_text

    write_text(path, _csv(result))


def _draw(result: PredictResult, path: Path) -> None:
    from forecast.report.draw import draw_forecast
    from forecast.storage.write import write_bytes

    write_bytes(
        path, draw_forecast(result.frame, result.recent, model=result.model, levels=result.levels)
    )


def _talk(result: PredictResult, target: Path | None, plot: Path | None) -> None:
    from forecast.cli.render import forecast_chart, note_lines

    if console.talk().is_terminal and len(result.frame):
        for line in forecast_chart(result):
            console.say(line)
    for line in note_lines(result.notes):
        console.say(line)
    written = [str(path) for path in (target, plot) if path is not None]
    if written:
        console.say(f"wrote {', '.join(written)}")
