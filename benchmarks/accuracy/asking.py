"""Where the tables have their figures from: the journal, and commands that it does not have yet."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.accuracy.journal import DATA, RUN, Entry, Journal, Task, digests
from benchmarks.accuracy.process import DATASETS, ROOT, Finished, forecast, machine

Ask = Callable[[Task], Entry | None]
"""Gives the entry of a task, or None where it was not run."""

LONGEST = 4 * 3600
"""Seconds of one command."""
WRITERS = ("train", "compare")
"""Commands that write a run folder."""


def in_journal(journal: Journal) -> Ask:
    """Look tasks up, and run none."""
    return journal.find


def run_missing(journal: Journal, *, code: str) -> Ask:
    """Look tasks up, and run those that are absent or failed."""
    told = set[str]()

    def ask(task: Task) -> Entry | None:
        found = journal.find(task)
        if found is not None and found.failed is None:
            return found
        absent = missing(task)
        if absent:
            for name in sorted({*absent} - told):
                print(f"left out: no {name}", flush=True)
            told.update(absent)
            return None
        print(" && ".join(task.commands), flush=True)
        entry = run(task, code=code)
        seconds = f"  {sum(entry.seconds):.0f} seconds"
        print(seconds if entry.failed is None else f"{seconds}, failed: {entry.failed}", flush=True)
        journal.add(entry)
        return entry

    return ask


def missing(task: Task) -> list[str]:
    """Files that a task needs and that are not there."""
    data = [str(DATASETS / name) for name in task.files if not (DATASETS / name).exists()]
    return data + [name for name in task.configs if not (ROOT / name).exists()]


def run(task: Task, *, code: str) -> Entry:
    """Run the commands of a task until one fails."""
    configs = digests(ROOT, task.configs)  # as they are before the run
    entry = Entry(list(task.commands), configs, code, machine(), [], [])
    with tempfile.TemporaryDirectory() as folder:
        for step in task.steps:
            done = forecast(words(step, Path(folder) / "run"), longest=LONGEST)
            entry.seconds.append(done.seconds)
            if done.code:
                return Entry(**{**vars(entry), "failed": _why(done)})
            document = json.loads(done.out)
            document.pop("series", None)  # a row a series, and no table needs it
            entry.said.append(document)
    return entry


def words(step: tuple[str, ...], folder: Path) -> list[str]:
    """Words of a command with its files and its run folder in place."""
    placed = [
        str(folder)
        if word == RUN
        else str(DATASETS / word.removeprefix(DATA))
        if word.startswith(DATA)
        else word
        for word in step
    ]
    output = ["--output", str(folder)] if step[0] in WRITERS and RUN not in step else []
    quiet = [] if step[0] == "check" else ["--quiet"]
    return [*placed, *output, *quiet, "--json"]


def _why(done: Finished) -> str:
    return f"exit {done.code}: {done.error}"
