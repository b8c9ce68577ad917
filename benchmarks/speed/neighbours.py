"""How much slower training is while another process takes one of two cores."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from benchmarks.accuracy.figures import NOT_RUN, table
from benchmarks.accuracy.journal import Entry
from benchmarks.speed.asking import Ask, Job
from benchmarks.speed.cells import AS_CHOSEN, Cell
from benchmarks.speed.pairs import Turn, median, median_ratio
from benchmarks.speed.process import CONTENDERS, Worker
from benchmarks.speed.training import rate

SECTION = "neighbours"
WHO = ("ours", "bare")
CELLS = tuple(
    Cell(1, "gru", hidden, batch, AS_CHOSEN) for hidden, batch in ((64, 32), (64, 512), (256, 512))
)
COLUMNS = ("cell", "hidden", "batch", "who", "steps/s alone", "beside another", "times slower")
HEAD = """## Beside a neighbour

On two cores, with as many threads as the program takes by itself: training alone, and while another
process computes without end on one of the two; in turns.

"""


def section(ask: Ask, cells: Iterable[Cell], rounds: int) -> str:
    """Return the section, asking for all cells."""
    if len(os.sched_getaffinity(0)) < 2:
        return f"{HEAD}{NOT_RUN}: there is one core.\n"
    rows = []
    for cell in cells:
        entry = ask(job(cell, rounds))
        rows += [line(cell, who, entry) for who in WHO]
    return HEAD + table(COLUMNS, rows)


def job(cell: Cell, rounds: int) -> Job:
    """Return the job of a cell."""

    @contextmanager
    def begin() -> Iterator[Mapping[str, Turn]]:
        with two_cores() as (first, _):
            ours, bare = (Worker(CONTENDERS[name], threads=AS_CHOSEN) for name in WHO)
            with ours, bare:
                turns: dict[str, Turn] = {}
                for name, worker in (("ours", ours), ("bare", bare)):
                    turns[f"{name} alone"] = _turn(worker, cell, None)
                    turns[f"{name} beside"] = _turn(worker, cell, first)
                yield turns

    names = tuple(f"{name} {how}" for name in WHO for how in ("alone", "beside"))
    return Job(SECTION, cell.words, names, rounds, begin)


def _turn(worker: Worker, cell: Cell, core: int | None) -> Turn:
    def turn() -> Mapping[str, Any]:
        if core is None:
            return worker.ask(cell)
        with neighbour(core):
            return worker.ask(cell)

    return turn


@contextmanager
def two_cores() -> Iterator[tuple[int, int]]:
    """Keep this process, and those that it starts, to two cores for a block."""
    before = os.sched_getaffinity(0)
    first, second = sorted(before)[:2]
    os.sched_setaffinity(0, {first, second})
    try:
        yield first, second
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def neighbour(core: int) -> Iterator[None]:
    """Keep a core busy for a block."""
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        os.sched_setaffinity(process.pid, {core})
        yield
    finally:
        process.kill()
        process.wait()


def line(cell: Cell, who: str, entry: Entry | None) -> list[object]:
    """Return a row of the table."""
    sizes: list[object] = [cell.cell, cell.hidden, cell.batch, who]
    if entry is None:
        return [*sizes, NOT_RUN, "", ""]
    alone, beside = f"{who} alone", f"{who} beside"
    slower = median_ratio(entry.said, beside, alone, "step")
    steps = [median(entry.said, name, "step") for name in (alone, beside)]
    if slower is None:
        return [*sizes, "failed", "", ""]
    return [*sizes, *(rate(1 / step) for step in steps if step), f"{slower:.2f}"]
