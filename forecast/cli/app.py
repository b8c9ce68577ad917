"""The command ``forecast``: its verbs, and the one place where errors become exit codes."""

from __future__ import annotations

import errno
import gc
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer
from typer.main import get_command

from forecast import __version__
from forecast.cli import console, environment
from forecast.cli.overview import CONTEXT, Later, Overview
from forecast.cli.streams import prepare_streams
from forecast.cli.usage import usage_refusal
from forecast.errors import ForecastError, WriteError
from forecast.storage.write import write_error

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

BUG, HUNG_UP, INTERRUPTED, CLOSED_PIPE, TERMINATED = 1, 129, 130, 141, 143
FULL = (errno.ENOSPC, errno.EDQUOT)
VERBS = (
    "train",
    "predict",
    "compare",
    "evaluate",
    "check",
    "audit",
    "init",
    "inspect",
    "models",
    "config",
)

app = typer.Typer(
    name="forecast",
    cls=Overview,
    no_args_is_help=True,
    context_settings=CONTEXT,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    pretty_exceptions_show_locals=False,
    epilog="Exit codes: 0 done, 1 a bug, 2 usage or configuration, 3 data, 4 bundle, 5 check, "
    "6 could not write, 7 training failed, 130 interrupted.",
)


def _version(*, wanted: bool) -> None:
    if wanted:
        console.write(f"forecast {__version__}\n")
        raise typer.Exit


@app.callback()
def forecast(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=lambda value: _version(wanted=value),
            is_eager=True,
            help="Print the version.",
        ),
    ] = False,
) -> None:
    """Train, validate and use recurrent forecasters of time series."""


group = cast("Overview", get_command(app))
for name in VERBS:
    group.add_command(Later(name))


def main() -> None:
    """Run the command line and exit with its code."""
    os.environ.update(environment.missing())
    prepare_streams()
    signal.signal(signal.SIGTERM, _terminate)
    if signal.getsignal(signal.SIGHUP) == signal.SIG_DFL:  # nohup has it ignored
        signal.signal(signal.SIGHUP, _hang_up)
    # Libraries make a million objects that stay: looking for garbage among them after every 700 is
    # a tenth of the time that they take to load.
    gc.set_threshold(10_000)
    try:
        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # while an error was being said
        code = INTERRUPTED
    for end in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # the rest is clean-up, and short
        signal.signal(end, signal.SIG_IGN)
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code. Every error ends here."""
    debug = "--debug" in arguments or os.environ.get("FORECAST_DEBUG", "") not in {"", "0"}
    try:
        return _invoke(arguments)
    except ForecastError as error:
        console.say_error(error)
        return _traced(error.exit_code, debug=debug)
    except typer.TyperException as error:
        return _usage(error, arguments)
    except OSError as error:
        if error.errno not in FULL:
            return _bug(error, debug=debug)
        console.say_error(write_error(Path("standard output"), error))
        _forget_output()
        return _traced(WriteError.exit_code, debug=debug)
    except Exception as error:  # noqa: BLE001 - the one error boundary
        return _bug(error, debug=debug)


def _invoke(arguments: Sequence[str]) -> int:
    """Run a command; turn what ended it from outside into an exit code."""
    try:
        code = group(args=list(arguments), prog_name="forecast", standalone_mode=False)
        sys.stdout.flush()
    except KeyboardInterrupt:
        code = INTERRUPTED
    except BrokenPipeError:
        return _closed_pipe()
    except SystemExit as leaving:
        # Typer and Rich turn a closed pipe into an exit with 1.
        if isinstance(leaving.__context__, BrokenPipeError):
            return _closed_pipe()
        return leaving.code if isinstance(leaving.code, int) else BUG
    return _said("interrupted", code) if code == INTERRUPTED else int(code or 0)


class _Terminated(SystemExit):
    """A signal to end, raised so that what is open closes, and what is staged goes or is kept."""


def _terminate(signum: int, frame: FrameType | None) -> None:  # noqa: ARG001 - a handler's form
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # `timeout` sends two, and the rest is short
    raise _Terminated(TERMINATED)


def _hang_up(signum: int, frame: FrameType | None) -> None:  # noqa: ARG001 - a handler's form
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    if os.isatty(1):  # it is gone, and writing to it would be an error
        _forget_output()
    raise _Terminated(HUNG_UP)


def _said(text: str, code: int) -> int:
    console.say(text)
    return code


def _closed_pipe() -> int:
    _forget_output()
    return CLOSED_PIPE


def _forget_output() -> None:
    """Leave standard output alone, so that the interpreter has nothing to complain of."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _usage(error: typer.TyperException, arguments: Sequence[str]) -> int:
    if error.format_message().strip():  # empty where a command without arguments printed its help
        console.say_error(usage_refusal(error, arguments))
    return error.exit_code


def _traced(code: int, *, debug: bool) -> int:
    if debug:
        console.say(traceback.format_exc())
    return code


def _bug(error: Exception, *, debug: bool) -> int:
    """Say a bug as any error, and keep its traceback in a file."""
    if debug:
        return _traced(BUG, debug=True)
    first = (str(error).splitlines() or [""])[0]
    what = f"this is a bug: {type(error).__name__}{': ' if first else ''}{first}"
    import tempfile  # slow to load, and hopefully never wanted

    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="forecast-traceback-", suffix=".txt", delete=False, encoding="utf-8"
        ) as file:
            file.write(traceback.format_exc())
        where, fix = file.name, "report it with that file; --debug prints the traceback"
    except OSError:
        where, fix = "forecast", "run it again with --debug, and report the traceback"
    console.say_error(ForecastError(what, location=where, fix=fix))
    return BUG
