"""``forecast train DATA``."""

from __future__ import annotations

import os

from forecast.cli import console
from forecast.cli.inputs import next_steps, wanted
from forecast.cli.options import (
    DebugFlag,
    DryRunFlag,
    GateFlag,
    JsonFlag,
    OptionalDataArgument,
    QuietFlag,
    ResumeFlag,
)
from forecast.cli.render_plan import show_plan
from forecast.cli.request import Request, takes_configuration

EPILOG = (
    "Examples:\n\n[bold]forecast train sales.csv[/bold]\n\n"
    "[bold]forecast train sales.csv --target sales --horizon 28 --model lstm[/bold]\n\n"
    "[bold]forecast train --resume runs/sales-gru[/bold]"
)


@takes_configuration()
def train(
    data: OptionalDataArgument = None,
    *,
    request: Request,
    resume: ResumeFlag = None,
    dry_run: DryRunFlag = False,
    fail_if_worse_than: GateFlag = None,
    as_json: JsonFlag = False,
    quiet: QuietFlag = False,
    debug: DebugFlag = False,  # noqa: ARG001 - read where errors end
) -> None:
    """Validate a model against simple rules, fit it on all the data and write a run folder."""
    # A run goes on with its own configuration, whatever the environment says by now.
    config = request.resolve(os.environ if resume is None else {}).config
    from forecast.cli.progress import watching
    from forecast.cli.render import note_block, train_report
    from forecast.workflows.gate import apply_gate, check_gate

    if fail_if_worse_than is not None:
        check_gate(fail_if_worse_than, config)

    if dry_run:
        from forecast.workflows.train import plan_training

        with watching(quiet=quiet) as monitor:
            planned = plan_training(
                wanted(data, resume, "train"), config, monitor=monitor, resume=resume
            )
        show_plan(planned, as_json=as_json, quiet=quiet, said=monitor.said)
        return
    from forecast.workflows.train import train as run
    from forecast.workflows.unread import unread_note

    with watching(quiet=quiet) as monitor:
        if unread := unread_note(request.keys, config.model.name):
            monitor.say(unread)
        result = run(wanted(data, resume, "train"), config, monitor=monitor, resume=resume)
    if as_json:
        console.write_json(result.document())
    else:
        console.write_lines(train_report(result))
    if not quiet:
        console.say_lines(note_block(result.notes, said=monitor.said))
        next_steps(result.run, result.bundle)
    if fail_if_worse_than is not None:
        apply_gate(fail_if_worse_than, result)
