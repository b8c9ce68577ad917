"""Train on a file and forecast from the bundle in this process, and say what each took.

    python -m benchmarks.speed.growing ROWS SERIES CONTEXT HORIZON     prints one line of JSON

The file is written by a process of its own. A small fit comes first: what is imported when it is
first needed is neither time nor memory that grows.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from forecast.cli import environment

os.environ.update(environment.missing())  # as the command line does

import pandas as pd

from benchmarks.speed.series import made_series
from benchmarks.speed.worker import status
from forecast.workflows.predict import predict
from forecast.workflows.train import train

SMALL = (200, 1, 24, 18)
WRITE = "from benchmarks.speed.growing import write; write({file!r}, {rows}, {series})"


def settings(context: int, horizon: int, output: str) -> dict[str, object]:
    """One epoch of a small network over all windows, and no validation."""
    return {
        "data.calendar_features": ("none",),
        "model.horizon": horizon,
        "model.context_length": context,
        "model.segment_length": 1,
        "model.hidden_size": 16,
        "training.batch_size": 1024,
        "training.epochs": 1,
        "validation.folds": 0,
        "run.output": output,
    }


def write(file: str, rows: int, series: int) -> None:
    """Write made series of ``rows / series`` values each."""
    made_series(series, rows // series).to_csv(file, index=False)


def measure(rows: int, series: int, context: int, horizon: int) -> dict[str, float]:
    """Seconds and most bytes of training on a file of so many rows, and of forecasting all."""
    with tempfile.TemporaryDirectory() as folder:
        file, run = str(Path(folder) / "series.csv"), str(Path(folder) / "run")
        asked = WRITE.format(file=file, rows=rows, series=series)
        subprocess.run([sys.executable, "-c", asked], check=True)
        chosen = settings(context, horizon, run)
        trained = taken(lambda: train(file, chosen))

        def forecasts() -> None:
            predict(run).written.to_csv(Path(folder) / "forecasts.csv", index=False)

        told = taken(forecasts)
    return {
        "train": trained[0],
        "train peak": trained[1],
        "predict": told[0],
        "predict peak": told[1],
        "columns": column_bytes(rows, series),
    }


def taken(work: Callable[[], object]) -> tuple[float, int]:
    """Seconds of a piece of work, and the most bytes above what the process had before."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak begins anew
    held, begun = status("VmRSS"), time.perf_counter()
    work()
    return time.perf_counter() - begun, status("VmHWM") - held


def column_bytes(rows: int, series: int) -> int:
    """Bytes of an id as a category, a time and a value, for all rows."""
    codes = pd.Categorical.from_codes([0], dtype=pd.CategoricalDtype(range(series))).codes
    return rows * (codes.dtype.itemsize + 8 + 8)


if __name__ == "__main__":
    measure(*SMALL)
    print(json.dumps(measure(*(int(word) for word in sys.argv[1:]))))
