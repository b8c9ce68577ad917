"""Jobs whose turns are fits of contenders."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial

from benchmarks.speed.asking import Job
from benchmarks.speed.cells import Cell
from benchmarks.speed.pairs import Turn
from benchmarks.speed.process import CONTENDERS, Worker


def fitting_job(section: str, cell: Cell, names: Sequence[str], rounds: int) -> Job:
    """Return the job in which contenders fit ``cell`` in turn, each in its process."""

    @contextmanager
    def begin() -> Iterator[Mapping[str, Turn]]:
        with ExitStack() as stack:
            started = {
                name: stack.enter_context(Worker(CONTENDERS[name], threads=cell.threads))
                for name in names
            }
            yield {name: partial(worker.ask, cell) for name, worker in started.items()}

    return Job(section, cell.words, tuple(names), rounds, begin)
