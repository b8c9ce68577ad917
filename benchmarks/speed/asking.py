"""Jobs that are measured once: found in the journal, else run and added to it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass

from benchmarks.accuracy.journal import Entry, Journal, digests
from benchmarks.speed.machine import machine
from benchmarks.speed.pairs import Turn, alternate
from benchmarks.speed.process import ROOT

MEASURING = (
    "bare.py",
    "blocks.py",
    "cells.py",
    "nixtla.py",
    "ours.py",
    "peers.txt",
    "products.py",
    "series.py",
    "worker.py",
)
PEERS_ALONE = "no code of ours"
"""Stands for the digest of the package where it takes no part."""


@dataclass(frozen=True)
class Job:
    """A row of a table.

    Parameters
    ----------
    section, words : str
        What is measured, and of what.
    turns : tuple of str
        Who takes part, in order.
    rounds : int
        That count; one more warms up.
    begin : callable
        Starts what the turns need, for as long as they last, and gives the turns by name.
    files : tuple of str
        Of this folder, on whose content the measurement rests beside the package.
    ours : bool
        Whether the package takes part: what a peer does alone stays known when the package changes.
    """

    section: str
    words: str
    turns: tuple[str, ...]
    rounds: int
    begin: Callable[[], AbstractContextManager[Mapping[str, Turn]]]
    files: tuple[str, ...] = MEASURING
    ours: bool = True

    @property
    def commands(self) -> tuple[str, ...]:
        """The job in words: what it is found by."""
        return (f"{self.section}: {self.words}; {', '.join(self.turns)}; {self.rounds} rounds",)

    @property
    def configs(self) -> tuple[str, ...]:
        """Files on whose content a measurement rests beside the package."""
        return tuple(f"benchmarks/speed/{name}" for name in self.files)


Ask = Callable[[Job], Entry | None]


def either(with_ours: Ask, peers_alone: Ask) -> Ask:
    """Ask for jobs of the package in one place, and for those of peers alone in another."""
    return lambda job: (with_ours if job.ours else peers_alone)(job)


def run_missing(journal: Journal, *, code: str, until: float | None = None) -> Ask:
    """Look jobs up, and run those that are absent or failed.

    Parameters
    ----------
    until : float, optional
        Of `time.monotonic`; no job begins after it.
    """

    def ask(job: Job) -> Entry | None:
        found = journal.find(job)
        if found is not None and found.failed is None:
            return found
        if until is not None and time.monotonic() > until:
            return None
        print(job.commands[0], flush=True)
        entry = run(job, code=code)
        failed = "" if entry.failed is None else f", failed: {entry.failed}"
        print(f"  {entry.seconds[0]:.0f} seconds{failed}", flush=True)
        journal.add(entry)
        return entry

    return ask


def run(job: Job, *, code: str) -> Entry:
    """Measure a job."""
    begun = time.monotonic()
    with job.begin() as turns:
        rounds, failed = alternate(turns, job.rounds)
    return Entry(
        commands=list(job.commands),
        configs=digests(ROOT, job.configs),
        code=code,
        machine=machine(),
        seconds=[time.monotonic() - begun],
        said=[dict(answers) for answers in rounds],
        failed="; ".join(f"{name}: {why}" for name, why in failed.items()) or None,
    )
