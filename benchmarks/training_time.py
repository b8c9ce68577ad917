"""How long does an optimiser step take? The constants of the estimate of ``forecast check``.

    python benchmarks/training_time.py

A step is taken to cost a fixed time and a time per cell: windows x recurrent steps x hidden units.
Both are fitted to a few shapes, each trained on made-up hours, and belong into
forecast/workflows/checking/estimate.py. Run it on an idle machine.
"""

from __future__ import annotations

import os
import time

from forecast.cli import environment

os.environ.update(environment.missing())  # as the command line does

import numpy as np
import pandas as pd

from forecast.config.differences import with_settings
from forecast.config.schema import Config
from forecast.data.panel import Span
from forecast.models.forecaster import FitContext
from forecast.training.monitor import SILENT
from forecast.workflows.checking.estimate import SECONDS_PER_CELL, SECONDS_PER_STEP
from forecast.workflows.reading import read_data
from forecast.workflows.resolving.automatic import resolve
from forecast.workflows.resolving.build import build

ROWS, FEW, MANY = 4_000, 20, 120
SHAPES = (  # context, segment, hidden, batch
    (36, 4, 64, 16),
    (168, 24, 64, 16),
    (168, 24, 64, 256),
    (168, 12, 64, 256),
    (168, 1, 64, 64),
    (168, 1, 64, 256),
    (168, 24, 256, 64),
)


def seconds(context: int, segment: int, hidden: int, batch: int) -> float:
    """Return the time of one step: that of many less that of few."""
    stamps = pd.date_range("2024-01-01", periods=ROWS, freq="h")
    y = np.sin(np.arange(ROWS) * 2 * np.pi / 24) + np.random.default_rng(0).normal(size=ROWS)
    reading = read_data(pd.DataFrame({"ds": stamps, "y": y}), Config().data)
    taken = []
    for steps in (FEW, FEW, MANY):  # the first warms up
        config = with_settings(
            Config(),
            {
                "model.context_length": context,
                "model.segment_length": segment,
                "model.hidden_size": hidden,
                "training.batch_size": batch,
                "training.epochs": 1000,
                "training.max_steps": steps,
            },
        )
        forecaster = build(resolve(reading, config).config, "gru")
        begun = time.perf_counter()
        fit = FitContext(name="fit", index=0, total=1, seed=0, monitor=SILENT)
        forecaster.fit(reading.panel, span=Span(0, ROWS, ROWS), context=fit)
        taken.append(time.perf_counter() - begun)
    return (taken[2] - taken[1]) / (MANY - FEW)


def main() -> None:
    """Print each shape and the fitted constants beside those in use."""
    found = []
    for context, segment, hidden, batch in SHAPES:
        cells = batch * -(-context // segment) * hidden
        found.append((cells, seconds(context, segment, hidden, batch)))
        print(f"{cells:>9,} cells {1e3 * found[-1][1]:8.2f} ms a step", flush=True)
    cells, times = np.array(found).T
    weight = 1 / times  # relative errors count
    design = np.stack([np.ones_like(cells), cells], axis=1)
    fixed, each = np.linalg.lstsq(design * weight[:, None], times * weight, rcond=None)[0]
    print(f"fitted: {1e3 * fixed:.1f} ms a step and {1e9 * each:.0f} ns a cell")
    print(f"in use: {1e3 * SECONDS_PER_STEP:.1f} ms and {1e9 * SECONDS_PER_CELL:.0f} ns")


if __name__ == "__main__":
    main()
