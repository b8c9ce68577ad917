"""``forecast compare DATA``."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from forecast.cli import console
from forecast.cli.inputs import next_steps, wanted
from forecast.cli.options import (
    BudgetFlag,
    DebugFlag,
    DryRunFlag,
    JsonFlag,
    OptionalDataArgument,
    QuietFlag,
    ResumeFlag,
    SeedsFlag,
    VaryFlag,
)
from forecast.cli.render_plan import show_plan
from forecast.cli.request import Request, takes_configuration

EPILOG = (
    "Examples:\n\n[bold]forecast compare sales.csv[/bold]\n\n"
    "[bold]forecast compare sales.csv --horizon 24 --folds 5 --json[/bold]\n\n"
    "[bold]forecast compare sales.csv --models gru,linear,transformer,seasonal_naive[/bold]\n\n"
    "[bold]forecast compare sales.csv --models gru --seeds 3 --vary hidden_size=32,128[/bold]"
)


@takes_configuration(without=("model.name",))
def compare(
    data: OptionalDataArgument = None,
    *,
    request: Request,
    models: Annotated[
        str | None,
        typer.Option(
            metavar="NAME,...",
            rich_help_panel="Model",
            show_default=False,
            help="Models, or all, recurrent, comparators, rules (default recurrent,rules).",
        ),
    ] = None,
    seeds: SeedsFlag = 1,
    vary: VaryFlag = None,
    budget: BudgetFlag = None,
    resume: ResumeFlag = None,
    dry_run: DryRunFlag = False,
    as_json: JsonFlag = False,
    quiet: QuietFlag = False,
    debug: DebugFlag = False,  # noqa: ARG001 - read where errors end
) -> None:
    """Judge models on the same folds, rank them, and keep the best."""
    config = request.resolve(os.environ if resume is None else {}).config
    names = None if models is None else [name.strip() for name in models.split(",")]
    from forecast.cli.progress import watching
    from forecast.cli.render import compare_report, note_block

    if dry_run:
        from forecast.workflows.compare import plan_comparison

        with watching(quiet=quiet) as monitor:
            planned = plan_comparison(
                wanted(data, resume, "compare"),
                config,
                models=names,
                seeds=seeds,
                vary=vary,
                budget=budget,
                monitor=monitor,
                resume=resume,
            )
        show_plan(planned, as_json=as_json, quiet=quiet, said=monitor.said)
        return
    from forecast.workflows.compare import compare as run

    with watching(quiet=quiet) as monitor:
        result = run(
            wanted(data, resume, "compare"),
            config,
            models=names,
            seeds=seeds,
            vary=vary,
            budget=budget,
            monitor=monitor,
            resume=resume,
        )
    if as_json:
        console.write_json(result.document())
    else:
        console.write_lines(compare_report(result))
    if not quiet:
        console.say_lines(note_block(result.notes, said=monitor.said))
        next_steps(result.run, result.bundle)
