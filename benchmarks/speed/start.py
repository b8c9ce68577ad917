"""How long commands take before they do anything."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from benchmarks.accuracy.figures import NOT_RUN, table
from benchmarks.speed.asking import Ask, Job
from benchmarks.speed.pairs import Turn, median
from benchmarks.speed.process import ROOT, ContenderError

SECTION = "start"
DATA = "data/pedestrians_daily_long.csv"
TRAIN = ("--max-steps", "10", "--folds", "1", "--model", "gru", "--quiet")
TURNS = (
    "python -c pass",
    "forecast --help",
    "forecast train --help",
    "import torch, pandas",
    "forecast predict",
    "forecast train",
)
MOST_TIMES, MOST_BEYOND = 8, 0.3
HEAD = """## Start

Whole commands, from their start to their end, in turns; `forecast predict` has a bundle of `{data}`
that `forecast train {words}` left, and prints forecasts of one horizon; `forecast train` is that
very command. Processor seconds are what a command costs, whatever else the machine does.

"""


def section(ask: Ask, rounds: int) -> str:
    """Return the section."""
    entry = ask(Job(SECTION, DATA, TURNS, rounds, begin))
    head = HEAD.format(data=DATA, words=" ".join(TRAIN))
    if entry is None:
        return f"{head}{NOT_RUN}\n"
    found = {
        name: [median(entry.said, name, key) for key in ("seconds", "processor")] for name in TURNS
    }
    rows = [
        (f"`{name}`", *("failed" if value is None else f"{value:.3f}" for value in values))
        for name, values in found.items()
    ]
    columns = ("command", "seconds", "processor seconds")
    return head + table(columns, rows) + conclusions({name: found[name][1] for name in TURNS})


def conclusions(processor: Mapping[str, float | None]) -> str:
    """Say how processor seconds stand to the goals."""
    nothing, imports = processor["python -c pass"], processor["import torch, pandas"]
    text = ""
    if nothing and (helped := processor["forecast --help"]):
        text += (
            f"\n`forecast --help` takes {helped / nothing:.1f} times a bare `python -c pass` "
            f"(goal: at most {MOST_TIMES}).\n"
        )
    if imports and (predict := processor["forecast predict"]):
        text += (
            f"\n`forecast predict` takes {predict - imports:.2f} seconds beyond importing torch "
            f"and pandas (goal: at most {MOST_BEYOND}).\n"
        )
    return text


@contextmanager
def begin() -> Iterator[Mapping[str, Turn]]:
    """Train a small bundle, for as long as it is needed."""
    with tempfile.TemporaryDirectory() as folder:
        run = str(Path(folder) / "run")
        forecast = ("-m", "forecast")
        train = (*forecast, "train", DATA, "--output", run, "--force", *TRAIN)
        seconds(train)
        words: tuple[Sequence[str], ...] = (
            ("-c", "pass"),
            (*forecast, "--help"),
            (*forecast, "train", "--help"),
            ("-c", "import torch, pandas"),
            (*forecast, "predict", run),
            train,
        )
        yield {name: partial(seconds, asked) for name, asked in zip(TURNS, words, strict=True)}


def seconds(words: Sequence[str]) -> dict[str, float]:
    """Run Python with ``words`` in the repository; compiled files are kept, as installed ones are.

    Raises
    ------
    ContenderError
        If it fails.
    """
    other = ("FORECAST_", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(other)}
    before, begun = processor_seconds(), time.perf_counter()
    done = subprocess.run(
        [sys.executable, *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**kept, "PYTHONPATH": str(ROOT)},
    )
    if done.returncode:
        raise ContenderError((done.stderr.strip().splitlines() or ["nothing was said"])[-1])
    return {
        "seconds": time.perf_counter() - begun,
        "processor": processor_seconds() - before,
    }


def processor_seconds() -> float:
    """Return what all processes that this one waited for have cost."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
