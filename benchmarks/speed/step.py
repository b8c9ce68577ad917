"""Where the time of a training step goes, and what was tried to shorten it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial

from benchmarks.accuracy.figures import NOT_RUN, table
from benchmarks.speed.asking import MEASURING, Ask, Job
from benchmarks.speed.cells import Cell
from benchmarks.speed.pairs import Turn
from benchmarks.speed.process import ROOT, ContenderError, environment

SECTION = "step"
CELLS = (
    Cell(1, "gru", 64, 32, 1, steps=60),
    Cell(1, "gru", 256, 512, 1, steps=3),
    Cell(1, "lstm", 64, 512, 1, steps=8),
)
SHOWN = 8
HEAD = """## One step

Where the time of a fit goes, by operator of torch, each without what it calls, as the profiler of
torch tells it; the profiler itself takes time, most where operators are short.

"""
TRIED = """
Tried, and left out for it did not pay: what docs/speed.md lists.
"""


def section(ask: Ask, cells: Sequence[Cell]) -> str:
    """Return the section."""
    rows = [row for cell in cells for row in lines(cell, ask)]
    return HEAD + table(("cell", "hidden", "batch", "operator", "share"), rows) + TRIED


def job(cell: Cell) -> Job:
    """Return the job of a cell."""

    @contextmanager
    def begin() -> Iterator[Mapping[str, Turn]]:
        yield {"ours": partial(shares, cell)}

    return Job(SECTION, cell.words, ("ours",), 0, begin, (*MEASURING, "profiling.py"))


def shares(cell: Cell) -> dict[str, float]:
    """Profile in a process of its own.

    Raises
    ------
    ContenderError
        If it fails.
    """
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.speed.profiling"],
        input=json.dumps(asdict(cell)),
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=environment(cell.threads),
    )
    if done.returncode:
        raise ContenderError((done.stderr.strip().splitlines() or ["nothing was said"])[-1])
    found: dict[str, float] = json.loads(done.stdout)
    return found


def lines(cell: Cell, ask: Ask) -> Iterator[list[object]]:
    """Yield the rows of a cell: its largest operators, and the rest together."""
    sizes: list[object] = [cell.cell, cell.hidden, cell.batch]
    entry = ask(job(cell))
    found = None if entry is None else entry.said[0].get("ours")
    if found is None:
        yield [*sizes, NOT_RUN if entry is None else "failed", ""]
        return
    shown = list(found.items())[:SHOWN]
    for name, share in shown:
        yield [*sizes, f"`{name}`", f"{share:.0%}"]
    yield [*sizes, f"{len(found) - len(shown)} others", f"{1 - sum(s for _, s in shown):.0%}"]
