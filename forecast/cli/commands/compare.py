"""``forecast compare DATA``, and ``forecast compare RUN RUN...``."""

from __future__ import annotations

import os

from forecast.cli import console
from forecast.cli.comparing import BudgetFlag, ModelsFlag, SeedsFlag, TopFlag, VaryFlag
from forecast.cli.inputs import next_steps, wanted
from forecast.cli.options import (
    DebugFlag,
    DryRunFlag,
    JsonFlag,
    OptionalDataArgument,
    QuietFlag,
    ResumeFlag,
)
from forecast.cli.render_plan import show_plan
from forecast.cli.request import Request, takes_configuration
from forecast.cli.runs import finished_runs, refuse_flags, show_runs

EPILOG = (
    "Examples:\n\n[bold]forecast compare sales.csv[/bold]\n\n"
    "[bold]forecast compare sales.csv --horizon 24 --folds 5 --json[/bold]\n\n"
    "[bold]forecast compare sales.csv --models gru,linear,transformer,seasonal_naive[/bold]\n\n"
    "[bold]forecast compare sales.csv --models gru --seeds 3 --vary hidden_size=32,128[/bold]\n\n"
    "[bold]forecast compare runs/sales-gru runs/sales-lstm[/bold]"
)


@takes_configuration(without=("model.name",))
def compare(
    data: OptionalDataArgument = None,
    *,
    request: Request,
    models: ModelsFlag = None,
    seeds: SeedsFlag = 1,
    vary: VaryFlag = None,
    budget: BudgetFlag = None,
    top: TopFlag = None,
    resume: ResumeFlag = None,
    dry_run: DryRunFlag = False,
    as_json: JsonFlag = False,
    quiet: QuietFlag = False,
    debug: DebugFlag = False,  # noqa: ARG001 - read where errors end
) -> None:
    """Judge models on the same folds, rank them, and keep the best.

    Finished runs in place of DATA are set side by side, where their folds agree.
    """
    if runs := finished_runs(data):
        own = {
            "--models": models,
            "--seeds": seeds > 1,
            "--vary": vary or None,
            "--budget": budget,
            "--top": top,
            "--resume": resume,
            "--dry-run": dry_run,
        }
        refuse_flags(request, own)
        show_runs(runs, as_json=as_json, quiet=quiet)
        return
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
                top=top,
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
            top=top,
            monitor=monitor,
            resume=resume,
        )
    if as_json:
        console.write_json(result.document())
    else:
        console.write_lines(compare_report(result))
    if not quiet:
        console.say_lines(note_block(result.notes, said={*monitor.said, result.standing or ""}))
        next_steps(result.run, result.bundle)
