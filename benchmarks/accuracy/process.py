"""Run the command line as a user does, in a process of its own."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATASETS = Path(os.environ.get("FORECAST_DATASETS") or ROOT.parent / "shared" / "datasets")
OVERDUE = 124


@dataclass(frozen=True)
class Finished:
    """What became of a command: its exit code, both streams, and wall seconds."""

    code: int
    out: str
    err: str
    seconds: float

    @property
    def error(self) -> str:
        """What an error says, without its label."""
        lines = [line for line in self.err.splitlines() if line.startswith("error: ")]
        last = self.err.splitlines()[-1:]
        return (lines or last or ["nothing was said"])[0].removeprefix("error: ")


def forecast(words: Sequence[str], *, longest: float) -> Finished:
    """Run ``forecast`` in the repository, with no variable of its own set, so many seconds at most.

    Parameters
    ----------
    words : sequence of str
        What follows ``forecast``.
    longest : float, in seconds
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FORECAST_")}
    begun = time.perf_counter()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "forecast", *words],
            capture_output=True,
            text=True,
            check=False,
            timeout=longest,
            cwd=ROOT,
            env={**kept, "PYTHONPATH": str(ROOT)},
        )
    except subprocess.TimeoutExpired:
        return Finished(OVERDUE, "", f"not done after {longest:.0f} seconds", longest)
    return Finished(done.returncode, done.stdout, done.stderr, time.perf_counter() - begun)


def machine() -> str:
    """Say on what seconds are measured."""
    return f"{os.cpu_count()} shared cores ({platform.machine()})"
