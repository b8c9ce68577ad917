"""How long commands take before they do anything."""

from __future__ import annotations

import os
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
TURNS = ("python -c pass", "forecast --help", "import torch, pandas", "forecast predict")
HEAD = """## Start

Whole commands, from their start to their end, in turns; `forecast predict` has a bundle of `{data}`
that `forecast train {words}` left, and prints forecasts of one horizon.

"""


def section(ask: Ask, rounds: int) -> str:
    """Return the section."""
    entry = ask(Job(SECTION, DATA, TURNS, rounds, begin))
    head = HEAD.format(data=DATA, words=" ".join(TRAIN))
    said = None if entry is None else [median(entry.said, name, "seconds") for name in TURNS]
    if said is None:
        return f"{head}{NOT_RUN}\n"
    rows = [
        (f"`{name}`", "failed" if value is None else f"{value:.3f}")
        for name, value in zip(TURNS, said, strict=True)
    ]
    return head + table(("command", "seconds"), rows) + conclusions(said)


def conclusions(said: Sequence[float | None]) -> str:
    """Say what the goals are held against."""
    nothing, helped, imports, predict = said
    text = ""
    if nothing and helped:
        text += f"\n`forecast --help` takes {helped / nothing:.1f} times a bare `python -c pass`.\n"
    if imports and predict:
        text += f"\n`forecast predict` takes {predict - imports:.2f} seconds beyond its imports.\n"
    return text


@contextmanager
def begin() -> Iterator[Mapping[str, Turn]]:
    """Train a small bundle, for as long as it is needed."""
    with tempfile.TemporaryDirectory() as folder:
        run = str(Path(folder) / "run")
        forecast = ("-m", "forecast")
        seconds([*forecast, "train", DATA, "--output", run, *TRAIN])
        words: tuple[Sequence[str], ...] = (
            ("-c", "pass"),
            (*forecast, "--help"),
            ("-c", "import torch, pandas"),
            (*forecast, "predict", run),
        )
        yield {name: partial(seconds, asked) for name, asked in zip(TURNS, words, strict=True)}


def seconds(words: Sequence[str]) -> dict[str, float]:
    """Run Python with ``words`` in the repository.

    Raises
    ------
    ContenderError
        If it fails.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FORECAST_")}
    begun = time.perf_counter()
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
    return {"seconds": time.perf_counter() - begun}
