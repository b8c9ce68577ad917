"""``forecast evaluate BUNDLE_OR_RUN DATA``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from forecast.cli import console
from forecast.cli.inputs import file_to_write, numbers, source, sources
from forecast.cli.options import (
    FLAGS,
    DebugFlag,
    JsonFlag,
    QuietFlag,
)
from forecast.cli.request import Request, takes_configuration
from forecast.errors import UsageError

if TYPE_CHECKING:
    from forecast.models.intervals import IntervalKind
    from forecast.workflows.evaluating.judge_bands import Adaptive
    from forecast.workflows.evaluating.trial import EvaluateResult

EPILOG = (
    "Examples:\n\n[bold]forecast evaluate runs/sales-gru newer.csv[/bold]\n\n"
    "[bold]forecast evaluate runs/sales-gru --actuals held_out.csv[/bold]\n\n"
    "[bold]forecast evaluate --forecasts forecast.csv --actuals happened.csv[/bold]"
)
READ = ("data.target", "data.time", "data.id", "data.layout")
"""Keys that have a flag here: how actual values are read where no bundle says it."""
OTHERS = tuple(flag.key for flag in FLAGS if flag.key not in READ)


@takes_configuration(without=OTHERS)
def evaluate(
    bundle: Annotated[
        str | None,
        typer.Argument(
            metavar="BUNDLE_OR_RUN", help="Run folder or bundle file.", show_default=False
        ),
    ] = None,
    data: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="DATA",
            help="Rows that the model has not seen, as the training file has them; - for standard "
            "input.",
            show_default=False,
        ),
    ] = None,
    *,
    request: Request,
    actuals: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            rich_help_panel="Data",
            show_default=False,
            help="Instead of DATA: what happened after the stored rows, against the one forecast "
            "from their end.",
        ),
    ] = None,
    forecasts: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            rich_help_panel="Data",
            show_default=False,
            help="Score this file of forecasts, as predict wrote it, against --actuals; needs no "
            "bundle.",
        ),
    ] = None,
    seen_rows: Annotated[
        bool,
        typer.Option(
            "--seen-rows",
            rich_help_panel="Validation",
            help="Judge rows that the model was trained on, too.",
        ),
    ] = False,
    horizon: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            rich_help_panel="Model",
            show_default=False,
            help="Steps ahead; by default as trained.",
        ),
    ] = None,
    step_size: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            rich_help_panel="Validation",
            show_default=False,
            help="Steps between the cutoffs (default 1).",
        ),
    ] = None,
    level: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PERCENT",
            rich_help_panel="Validation",
            show_default=False,
            help="Level of the intervals; repeatable (default as trained).",
        ),
    ] = None,
    intervals: Annotated[
        str | None,
        typer.Option(
            metavar="SOURCE",
            rich_help_panel="Validation",
            show_default=False,
            help="Made of past errors: conformal; of the model's own head: head; or none. By "
            "default as trained.",
        ),
    ] = None,
    adaptive: Annotated[
        bool,
        typer.Option(
            "--adaptive",
            rich_help_panel="Validation",
            help="Judge intervals, too, whose level follows how often they missed.",
        ),
    ] = False,
    gamma: Annotated[
        float | None,
        typer.Option(
            metavar="RATE",
            rich_help_panel="Validation",
            show_default=False,
            help="How far one error moves the level of --adaptive (default 0.05).",
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            rich_help_panel="Output",
            show_default=False,
            help="CSV file of all forecasts beside what happened.",
        ),
    ] = None,
    force: Annotated[
        bool,
        typer.Option("--force", "-f", rich_help_panel="Output", help="Replace an existing file."),
    ] = False,
    as_json: JsonFlag = False,
    quiet: QuietFlag = False,
    debug: DebugFlag = False,  # noqa: ARG001 - read where errors end
) -> None:
    """Judge a finished model on data that it has not seen; nothing is trained."""
    asked: dict[str, object] = {
        "--horizon": horizon,
        "--step-size": step_size,
        "--level": level,
        "--intervals": intervals,
        "--adaptive": adaptive or None,
        "--gamma": gamma,
        "--seen-rows": seen_rows or None,
    }
    _check(bundle, data, actuals, forecasts)
    target = None
    if output is not None:
        target = file_to_write(output, flag="--output", force=force)
    if forecasts is not None:
        _refuse(asked, tuple(asked), "the file holds the forecasts as they are")
        result = _of_file(forecasts, actuals, bundle, request)
    else:
        _refuse_reading(request)
        from forecast.workflows.evaluate import evaluate as run
        from forecast.workflows.evaluate import evaluate_actuals

        levels = numbers(level, flag="--level", example="80,95")
        kind = cast("IntervalKind | None", intervals)
        if not adaptive:
            _refuse(asked, ("--gamma",), "it is that of --adaptive")
        if actuals is not None:
            one = "there is one cutoff, the end of the stored rows"
            _refuse(asked, ("--step-size", "--seen-rows", "--adaptive"), one)
            held = source(actuals)
            result = evaluate_actuals(
                Path(bundle or ""), held, horizon=horizon, levels=levels, intervals=kind
            )
        else:
            result = run(
                Path(bundle or ""),
                sources(data or []),
                horizon=horizon,
                step_size=1 if step_size is None else step_size,
                levels=levels,
                intervals=_adaptive(gamma, kind) if adaptive else kind,
                seen_rows=seen_rows,
            )
    if target is not None:
        _write(result, target)
    _say(result, target, as_json=as_json, quiet=quiet)


def _adaptive(gamma: float | None, plain: IntervalKind | None) -> Adaptive:
    from forecast.workflows.evaluating.judge_bands import Adaptive

    return Adaptive(plain=plain) if gamma is None else Adaptive(gamma, plain)


def _check(
    bundle: str | None, data: list[str] | None, actuals: str | None, forecasts: str | None
) -> None:
    """Refuse what leaves open which forecasts are judged, and on what."""
    fix = "forecast evaluate BUNDLE_OR_RUN DATA, or --actuals FILE in place of DATA"
    if forecasts is not None and actuals is None:
        raise UsageError(
            "--forecasts without --actuals: there is nothing to score them against",
            location="flag --forecasts",
            fix="add --actuals FILE with what happened",
        )
    if bundle is None and forecasts is None:
        raise UsageError("no bundle is named", location="forecast evaluate", fix=fix)
    if data and actuals is not None:
        raise UsageError(
            "DATA and --actuals are both given", location="flag --actuals", fix="name one of them"
        )
    if not data and actuals is None:
        raise UsageError("no data are named", location="forecast evaluate", fix=fix)


def _refuse(asked: dict[str, object], flags: tuple[str, ...], why: str) -> None:
    for name in flags:
        if asked[name] is not None:
            raise UsageError(
                f"{name} changes nothing here: {why}",
                location=f"flag {name}",
                fix=f"leave out {name}",
            )


def _refuse_reading(request: Request) -> None:
    given = [key for key, value in request.flags.items() if value]
    if not given and not request.sets and request.file is None:
        return
    names = {flag.key: flag.declared[0] for flag in FLAGS}
    name = names[given[0]] if given else ("--set" if request.sets else "--config")
    raise UsageError(
        f"{name} changes nothing here: data are read as the bundle says",
        location=f"flag {name}",
        fix=f"leave out {name}",
    )


def _of_file(
    forecasts: str, actuals: str | None, bundle: str | None, request: Request
) -> EvaluateResult:
    config = None
    if bundle is None:
        config = request.resolve(os.environ).config
    else:
        _refuse_reading(request)
    from forecast.workflows.evaluate_file import evaluate_forecasts

    if forecasts == actuals:
        raise UsageError(
            f"--forecasts and --actuals both name {forecasts!r}",
            location="flag --actuals",
            fix="name two files",
        )
    return evaluate_forecasts(
        source(forecasts),
        source(actuals or ""),
        bundle=None if bundle is None else Path(bundle),
        config=config,
    )


def _write(result: EvaluateResult, path: Path) -> None:
    from forecast.storage.write import write_text

    write_text(path, result.table.to_csv(index=False, lineterminator="\n"))


def _say(result: EvaluateResult, target: Path | None, *, as_json: bool, quiet: bool) -> None:
    from forecast.cli.render import interval_line, note_lines, score_table

    if as_json:
        console.write_json(result.document())
    else:
        table = {result.model: result.metrics, **result.baselines}
        console.write_lines(score_table(table, result.skills))
        console.write_lines(f"\n{line}" for line in interval_line(result.intervals))
        if result.adaptive is not None:
            lines = interval_line(result.adaptive.intervals)
            console.write_lines(f"adaptive: {line}" for line in lines)
    if quiet:
        return
    cutoffs = result.fold.cutoffs
    judged = "1 cutoff" if cutoffs == 1 else f"{cutoffs:,} cutoffs"
    console.say(f"judged at {judged}, the first {result.fold.cutoff}")
    console.say_lines(note_lines(result.notes))
    if target is not None:
        console.say(f"wrote {target}")
