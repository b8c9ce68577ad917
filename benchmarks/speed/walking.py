"""Forecasts at 10,000 cutoffs of one fitted network: at once, one by one, and by darts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial

from benchmarks.accuracy.figures import NOT_RUN, table
from benchmarks.accuracy.journal import Entry
from benchmarks.speed.asking import MEASURING, Ask, Job
from benchmarks.speed.cells import Cell
from benchmarks.speed.pairs import Turn, median, median_ratio
from benchmarks.speed.process import Contender, Worker
from benchmarks.speed.walks import AT_ONCE

SECTION = "walking"
CUTOFFS, FEW = 10_000, 300
OURS, DARTS = Contender("walking_ours"), Contender("walking_darts", "darts")
TURNS = ("at once", "one by one", "darts")
CELLS = tuple(
    Cell(1, cell, 64, AT_ONCE, threads, steps=CUTOFFS)
    for cell in ("gru", "lstm")
    for threads in (1, 2)
)
COLUMNS = (
    "cell",
    "threads",
    "cutoffs at once, s",
    "one by one, s",
    "times faster",
    "darts, s",
    "times faster",
)
HEAD = f"""## Walking forward

One hourly series, a fitted network of 64 units, context 96, horizon 24: its forecasts at
{CUTOFFS:,} cutoffs, which is what a walk with `--refit never` asks for. *One by one* asks for one
cutoff at a time, without loading anything again ({FEW} of them are measured); darts is
`historical_forecasts` of an equal network with `retrain=False` and all points kept.

"""


def section(ask: Ask, cells: Sequence[Cell], rounds: int) -> str:
    """Return the section; darts takes part where it is built."""
    return HEAD + table(COLUMNS, (line(cell, ask(job(cell, rounds))) for cell in cells))


def job(cell: Cell, rounds: int) -> Job:
    """Return the job of a cell."""
    names = TURNS if DARTS.built else TURNS[:2]

    @contextmanager
    def begin() -> Iterator[Mapping[str, Turn]]:
        with ExitStack() as stack:
            ours, darts = (
                stack.enter_context(Worker(who, threads=cell.threads)) for who in (OURS, DARTS)
            )
            few = replace(cell, batch=1, steps=min(FEW, cell.timed))
            turns = (
                partial(ours.ask, cell),
                partial(ours.ask, few),
                partial(darts.ask, cell),
            )
            yield dict(zip(names, turns, strict=False))

    files = (*MEASURING, "walking_darts.py", "walking_ours.py", "walks.py")
    return Job(SECTION, cell.words, names, rounds, begin, files)


def line(cell: Cell, entry: Entry | None) -> list[object]:
    """Return a row of the table."""
    row: list[object] = [cell.cell, cell.threads]
    if entry is None:
        return [*row, NOT_RUN, "", "", "", ""]
    for name in TURNS:
        step = median(entry.said, name, "step")
        missing = "failed" if name in str(entry.failed) else "not built"
        row.append(missing if step is None else f"{step * cell.timed:.2f}")
        if name != TURNS[0]:
            times = median_ratio(entry.said, name, TURNS[0], "step")
            row.append("" if times is None else f"{times:.1f}")
    return row
