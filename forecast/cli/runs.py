"""``forecast compare RUN RUN...``: which arguments are runs, and how they are shown."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from forecast.cli import console
from forecast.cli.options import FLAGS
from forecast.cli.request import Request
from forecast.errors import UsageError

if TYPE_CHECKING:
    from forecast.workflows.side_by_side import SideBySide


def finished_runs(data: Sequence[str] | None) -> list[Path]:
    """Return the arguments where they are finished runs; none where they are data.

    Raises
    ------
    UsageError
        If some are runs and some are not.
    """
    runs: list[str] = []
    others: list[str] = []
    for item in data or ():
        finished = os.path.isfile(os.path.join(item, "metrics.json"))  # noqa: PTH113, PTH118 - never raises
        (runs if finished else others).append(item)
    if runs and others:
        raise UsageError(
            f"{runs[0]!r} is a finished run, and {others[0]!r} is not",
            location="argument DATA",
            fix="name runs alone to set them side by side, or data alone to compare models on",
        )
    return [Path(run) for run in runs]


def refuse_flags(request: Request, own: Mapping[str, object]) -> None:
    """Refuse what only says how a new comparison is to be made.

    Parameters
    ----------
    own : mapping of str to object
        Flags of the command beside those of the configuration; None and False were not given.

    Raises
    ------
    UsageError
        Naming the first such flag.
    """
    names = {flag.key: flag.declared[0] for flag in FLAGS}
    given = [names[key] for key, value in request.flags.items() if value is not None]
    given += [name for name, value in own.items() if value is not None and value is not False]
    given += [*(["--config"] if request.file else []), *(["--set"] if request.sets else [])]
    if given:
        raise UsageError(
            f"{given[0]} is of a new comparison, and finished runs are named",
            location=f"flag {given[0]}",
            fix=f"leave out {', '.join(given)}: finished runs are set side by side as they are",
        )


def show_runs(runs: Sequence[Path], *, as_json: bool, quiet: bool) -> None:
    """Print finished runs side by side, or their document."""
    from forecast.cli.render import note_lines
    from forecast.workflows.side_by_side import side_by_side

    result = side_by_side(runs)
    if as_json:
        console.write_json(result.document())
    else:
        console.write_lines(runs_report(result))
    if not quiet:
        console.say_lines(note_lines(result.notes))


def runs_report(result: SideBySide) -> Iterator[str]:
    """Say how the runs compare; those of different names by their names alone."""
    from forecast.cli.render import leaderboard

    names = [Path(row.run).name for row in result.rows]
    if len(set(names)) < len(names):
        names = [row.run for row in result.rows]
    yield from leaderboard([row.row for row in result.rows], before=[["run", *names]])
    if result.standing is not None:
        yield ""
        yield result.standing
