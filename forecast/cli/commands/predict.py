"""``forecast predict BUNDLE_OR_RUN``."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from forecast.cli import console
from forecast.cli.inputs import STREAM, file_to_write, numbers, source
from forecast.cli.options import DebugFlag, JsonFlag, QuietFlag
from forecast.errors import UsageError

if TYPE_CHECKING:
    from forecast.models.intervals import IntervalKind
    from forecast.workflows.results import PredictResult

EPILOG = (
    "Examples:\n\n[bold]forecast predict runs/sales-gru --horizon 28[/bold]\n\n"
    "[bold]forecast predict runs/sales-gru --input new.csv --output forecast.csv[/bold]"
)
PICTURE = ".png"


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
    future: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            rich_help_panel="Data",
            show_default=False,
            help="Future covariates of every series and step ahead: a CSV file, or -.",
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
        list[str] | None,
        typer.Option(
            metavar="PERCENT",
            rich_help_panel="Output",
            show_default=False,
            help="Level of the intervals; repeatable (default as trained).",
        ),
    ] = None,
    intervals: Annotated[
        str | None,
        typer.Option(
            metavar="SOURCE",
            rich_help_panel="Output",
            show_default=False,
            help="Made of past errors: conformal; of the model's own head: head; or none. By "
            "default as trained.",
        ),
    ] = None,
    quantiles: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SHARE",
            rich_help_panel="Output",
            show_default=False,
            help="Quantile such as 0.1, of a model trained with such a --head; repeatable.",
        ),
    ] = None,
    samples: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            rich_help_panel="Output",
            show_default=False,
            help="Write N possible futures in place of the forecast.",
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            rich_help_panel="Output",
            show_default=False,
            help="Draws the samples (default 0).",
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
        str | None,
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
    _check_names(names)
    _check_samples(samples)
    levels = numbers(level, flag="--level", example="80,95")
    shares = numbers(quantiles, flag="--quantiles", example="0.1,0.9")
    target = None if output == STREAM else file_to_write(output, flag="--output", force=force)
    drawn = None if plot is None else _picture(plot, force=force)
    if target is not None and target == drawn:
        raise UsageError(
            f"--output and --plot both name {output!r}",
            location="flag --plot",
            fix="name two files",
        )
    from forecast.workflows.forecasting.chances import Chances
    from forecast.workflows.predict import predict_chances

    chances = Chances(
        levels, shares or (), samples or 0, seed, cast("IntervalKind | None", intervals)
    )
    result = predict_chances(
        Path(bundle),
        chances,
        horizon=horizon,
        data=None if data is None else source(data),
        future=None if future is None else source(future),
        cutoff=cutoff,
        names="input" if names == "input" else "standard",
    )
    if drawn is not None:
        _draw(result, drawn)
    if target is not None:
        _write(result, target)
    if as_json:
        console.write_json(result.document())
    elif target is None:
        console.write(_csv(result))
    if not quiet:
        _talk(result, target, drawn)


def _check_names(names: str) -> None:
    if names not in ("standard", "input"):
        raise UsageError(
            f"names are 'standard' or 'input', not {names!r}",
            location="flag --names",
            fix="pass --names input for the columns of the training file",
        )


def _check_samples(samples: int | None) -> None:
    if samples is not None and samples < 1:
        raise UsageError(
            f"--samples is {samples}, and must be at least 1",
            location="flag --samples",
            fix="such as --samples 100, or leave it out",
        )


def _picture(name: str, *, force: bool) -> Path:
    if name and Path(name).suffix.lower() != PICTURE:
        raise UsageError(
            f"a plot is a {PICTURE} file, and {name!r} is not named like one",
            location="flag --plot",
            fix=f"pass --plot {shlex.quote(str(Path(name).with_suffix(PICTURE)))}",
        )
    return file_to_write(name, flag="--plot", force=force)


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

    if console.is_watched() and len(result.frame):
        for line in forecast_chart(result):
            console.say(line)
    for line in note_lines(result.notes):
        console.say(line)
    written = [str(path) for path in (target, plot) if path is not None]
    if written:
        console.say(f"wrote {', '.join(written)}")
