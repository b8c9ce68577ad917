"""``forecast train FILE`` with no flag but those that ``forecast check`` proposes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.accuracy.asking import Ask
from benchmarks.accuracy.figures import NOT_RUN, block, ratio, table
from benchmarks.accuracy.journal import DATA, Entry, Task
from benchmarks.accuracy.process import DATASETS
from benchmarks.accuracy.proposal import files, proposal

FOLDERS = ("classic", "real")
RIVALS, NAIVE = ("ets", "theta"), "seasonal_naive"
TIE = 0.01
"""A ratio that is nearer to 1 is a tie, as in the verdict of a report."""
COLUMNS = (
    "file",
    "what is forecast",
    "data flags",
    "measure",
    "network",
    "seasonal naive",
    "ratio",
    "best of ETS, Theta",
    "ratio",
    "verdict of the report",
    "seconds",
)
HEAD = """## Plain `forecast train`

For each file `forecast check FILE --json` proposes the data flags, and nothing else is set:

{commands}
The network and seasonal naive are those of the first command, ETS and Theta those of the second, on
the same folds. The measure is the one that reports rank by: MASE, or MAE where that is undefined.
Seconds are those of the first command: three folds and the fit on all rows.

"""


@dataclass
class Count:
    """Files by how the network stands beside a rival."""

    won: list[str] = field(default_factory=list)
    tied: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    def add(self, name: str, value: float) -> None:
        """Count a file by the ratio of the errors."""
        apart = value - 1
        (self.tied if abs(apart) < TIE else self.won if apart < 0 else self.lost).append(name)

    def words(self, rival: str) -> str:
        """Say in how many files the network wins, and name the others."""
        of = len(self.won) + len(self.tied) + len(self.lost)
        if not of:
            return f"The network beside {rival}: {NOT_RUN}.\n"
        said = f"The network beats {rival} in {len(self.won)} of {of} files"
        for verb, names in (("ties in", self.tied), ("loses in", self.lost)):
            if names:
                said += f"; {verb} " + ", ".join(f"`{name}`" for name in names)
        return f"{said}.\n"


def check_task(name: str) -> Task:
    """Return the command that proposes the flags of a file."""
    return Task(
        (
            (
                "check",
                DATA + name,
            ),
        )
    )


def tasks(name: str, flags: Sequence[str]) -> tuple[Task, Task]:
    """Return the plain training of a file, and the comparison of its rivals."""
    plain = ("train", DATA + name, *flags)
    beside = ("compare", DATA + name, *flags, "--models", ",".join(RIVALS))
    return Task((plain,)), Task((beside,))


def section(ask: Ask) -> str:
    """Return the section of the page."""
    naive, best = Count(), Count()
    rows = [_row(name, ask, naive, best) for name in files(DATASETS, FOLDERS)]
    shown = [command for task in tasks("FILE", ("FLAGS",)) for command in task.commands]
    head = HEAD.format(commands=block(line.replace(DATA, "") for line in shown))
    counts = naive.words("seasonal naive") + best.words("the best of ETS and Theta")
    return f"{head}{table(COLUMNS, rows)}\n{counts}"


def _row(name: str, ask: Ask, naive: Count, best: Count) -> list[object]:
    """Return the row of a file."""
    checked = ask(check_task(name))
    if checked is None:
        return _said(name, NOT_RUN)
    if checked.failed is not None:
        return _said(name, f"refused: {checked.failed}")
    found = proposal(checked.said[0])
    if found.refused is not None:
        return _said(name, f"refused: {found.refused}")
    plain, beside = (ask(task) for task in tasks(name, found.flags))
    if plain is None:
        return _said(name, NOT_RUN)
    if plain.failed is not None:
        return _said(name, f"failed: {plain.failed}")
    return _figures(name, found.flags, plain, beside, (naive, best))


def _figures(
    name: str,
    flags: Sequence[str],
    plain: Entry,
    beside: Entry | None,
    counts: tuple[Count, Count],
) -> list[object]:
    """Return the row of a file that was trained on."""
    said, cells = plain.said[0], list[str]()
    measure = "mae" if said["metrics"]["mase"] is None else "mase"
    network, rule = said["metrics"][measure], said["baselines"][NAIVE][measure]
    rival, error = _best(beside, measure)
    for count, other in zip(counts, (rule, error), strict=True):
        cells.append("" if other is None else ratio(network, other) if other else "infinite")
        if other:
            count.add(name, network / other)
    return [
        f"`{name}`",
        f"{said['horizon']} steps ahead from {said['context_length']}",
        f"`{' '.join(flags)}`" if flags else "none",
        measure.upper(),
        _number(network),
        _number(rule),
        cells[0],
        rival if error is None else f"{_number(error)} ({rival})",
        cells[1],
        said["verdict"],
        f"{plain.seconds[0]:.0f}",
    ]


def _best(beside: Entry | None, measure: str) -> tuple[str, float | None]:
    """Return name and error of the better rival, or why there is none."""
    if beside is None:
        return NOT_RUN, None
    if beside.failed is not None:
        return f"failed: {beside.failed}", None
    rows: list[dict[str, Any]] = beside.said[0]["leaderboard"]
    errors = {row["model"]: row["metrics"][measure] for row in rows if row["model"] in RIVALS}
    known = {model: error for model, error in errors.items() if error is not None}
    if not known:
        return "undefined", None
    first = min(known, key=known.__getitem__)
    return first, known[first]


def _number(value: float) -> str:
    return f"{value:.3f}" if value < 1000 else f"{value:,.0f}"


def _said(name: str, why: str) -> list[object]:
    """Return the row of a file without figures."""
    return [f"`{name}`", *[""] * (len(COLUMNS) - 3), why, ""]
