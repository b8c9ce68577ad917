"""Jobs whose turns are fits of contenders, by processes that live as long as they are of use."""

from __future__ import annotations

import atexit
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import torch

from benchmarks.speed.asking import Job
from benchmarks.speed.cells import FEWEST, PEERS_SHARE, Cell
from benchmarks.speed.pairs import Turn
from benchmarks.speed.process import AS_IT_COMES, CONTENDERS, PEER_NAMES, Worker
from forecast.training.precision import Precision, choose_precision


def fitting_job(section: str, cell: Cell, names: Sequence[str], rounds: int) -> Job:
    """Return the job in which contenders fit ``cell`` in turn, each in its process."""

    @contextmanager
    def begin() -> Iterator[Mapping[str, Turn]]:
        yield {name: partial(_worker(name, cell.threads).ask, _share(cell, name)) for name in names}

    return Job(section, cell.words, tuple(names), rounds, begin)


def _share(cell: Cell, name: str) -> Cell:
    """Return the cell with the precision and the steps of a contender."""
    if name == AS_IT_COMES:
        return replace(cell, precision=chosen_precision(cell))
    if name not in PEER_NAMES:
        return cell
    return replace(cell, steps=max(FEWEST, cell.timed // PEERS_SHARE))


def chosen_precision(cell: Cell) -> Precision:
    """Return the precision that ``auto`` stands for on this processor."""
    chosen, _ = choose_precision(torch.device("cpu"), hidden_size=cell.hidden)
    return chosen


_ALIVE: dict[tuple[str, int], Worker] = {}


def _worker(name: str, threads: int) -> Worker:
    """Return the process of a contender with so many threads, those with others being ended."""
    if any(count != threads for _, count in _ALIVE):
        end_workers()
    return _ALIVE.setdefault((name, threads), Worker(CONTENDERS[name], threads=threads))


def end_workers() -> None:
    """End all processes; they are started again where they are asked."""
    while _ALIVE:
        _, worker = _ALIVE.popitem()
        worker.close()


atexit.register(end_workers)
