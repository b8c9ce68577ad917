"""``forecast compare DATA``."""

from __future__ import annotations

import os

from forecast.cli import console
from forecast.cli.inputs import next_steps, wanted
from forecast.cli.options import (
    DebugFlag,
    JsonFlag,
    OptionalDataArgument,
    QuietFlag,
    Request,
    ResumeFlag,
    takes_configuration,
)

EPILOG = (
    "Examples:\n\n[bold]forecast compare sales.csv[/bold]\n\n"
    "[bold]forecast compare sales.csv --horizon 24 --folds 5 --json[/bold]"
)


@takes_configuration(without=("model.name",))
def compare(
    data: OptionalDataArgument = None,
    *,
    request: Request,
    resume: ResumeFlag = None,
    as_json: JsonFlag = False,
    quiet: QuietFlag = False,
    debug: DebugFlag = False,  # noqa: ARG001 - read where errors end
) -> None:
    """Judge rnn, lstm, gru and the simple rules on the same folds and keep the best model."""
    config = request.resolve(os.environ if resume is None else {}).config
    from forecast.cli.progress import watching
    from forecast.cli.render import compare_report, note_block
    from forecast.workflows.compare import compare as run

    with watching(quiet=quiet) as monitor:
        result = run(wanted(data, resume, "compare"), config, monitor=monitor, resume=resume)
    if as_json:
        console.write_json(result.document())
    else:
        console.write_lines(compare_report(result))
    if not quiet:
        console.say_lines(note_block(result.notes, said=monitor.said))
        next_steps(result.run, result.bundle)
