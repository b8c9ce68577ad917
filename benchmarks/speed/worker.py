"""One contender in a process of its own: it is asked for fits, and says what each took.

A cell comes in as a line of JSON and what was measured goes out as one. The clock is the same for
all: torch calls a hook after each step of any optimiser. Whatever a library prints goes to stderr.
"""

from __future__ import annotations

import ctypes
import json
import os
import re
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path

import pandas as pd
from torch.optim.optimizer import register_optimizer_step_post_hook

from benchmarks.speed.cells import WARM, Cell
from benchmarks.speed.series import made_series

Fit = Callable[[Cell, pd.DataFrame], None]
"""Trains for ``WARM + cell.timed`` optimiser steps on a table of ids, times and values."""

ENDS: list[float] = []
"""When each step of the present fit ended."""


@dataclass(frozen=True)
class Taken:
    """What a fit took.

    Parameters
    ----------
    step : float, in seconds
        Mean of the timed steps.
    before, after : float, in seconds
        From the table in memory to the first step; from the last step to the fitted model.
    peak : int, in bytes
        Most that the process took, above what it took before the fit.
    """

    step: float
    before: float
    after: float
    peak: int


def tick() -> None:
    """Note that a step has ended."""
    ENDS.append(time.perf_counter())


def serve(fit: Fit) -> None:
    """Answer for as long as there are questions.

    A small fit comes first. Torch and the libraries load much when it is first needed, which is to
    count in no later fit; how long the process took up to there is part of each answer.
    """
    register_optimizer_step_post_hook(lambda *_: tick())
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    ready = None
    for line in sys.stdin:
        cell = Cell(**json.loads(line))
        if ready is None:
            measure(fit, replace(cell, series=1, hidden=4, batch=4, steps=2))
            ready = age() - (time.perf_counter() - ENDS[0])
        answers.write(json.dumps({"ready": ready, **asdict(measure(fit, cell))}) + "\n")
        answers.flush()


def age() -> float:
    """Seconds since this process was started."""
    fields = Path("/proc/self/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    started = int(fields[19]) / os.sysconf("SC_CLK_TCK")
    return time.clock_gettime(time.CLOCK_BOOTTIME) - started


def measure(fit: Fit, cell: Cell) -> Taken:
    """Fit once."""
    table = _table(cell.series)
    ENDS.clear()
    ctypes.CDLL(None).malloc_trim(0)  # what earlier fits left unused is no part of the process
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak begins anew
    held = status("VmRSS")
    begun = time.perf_counter()
    fit(cell, table)
    done = time.perf_counter()
    return taken(ENDS, begun, done, asked=WARM + cell.timed, peak=status("VmHWM") - held)


@cache
def _table(series: int) -> pd.DataFrame:
    return made_series(series)


def taken(ends: list[float], begun: float, done: float, *, asked: int, peak: int) -> Taken:
    """Say what a fit took, from the ends of its steps.

    Raises
    ------
    RuntimeError
        If there were not as many steps as were asked for.
    """
    if len(ends) != asked:
        raise RuntimeError(f"{len(ends)} steps were taken where {asked} were asked for")
    step = (ends[-1] - ends[WARM - 1]) / (asked - WARM)
    return Taken(step, max(0.0, ends[0] - begun - step), done - ends[-1], peak)


def status(key: str) -> int:
    """Bytes that Linux says of this process."""
    found = re.search(rf"{key}:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    if found is None:
        raise RuntimeError("memory is measured on Linux only")
    return 1024 * int(found[1])
