"""Our own training, through the library: read, resolved, built and fitted as a command does.

    python -m benchmarks.speed.ours     answers on its streams, see `worker`

The same work as the others: one layer that reads values one by one, a linear layer to the horizon,
absolute error, Adam without decay or clipping at a constant rate, no validation, no linear path.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from forecast.cli import environment

os.environ.update(environment.missing())  # as the command line does

from benchmarks.speed.cells import CONTEXT, HORIZON, ROWS, WARM, Cell
from benchmarks.speed.worker import serve, tick
from forecast.config.differences import with_settings
from forecast.config.schema import Config
from forecast.data.panel import Span
from forecast.models.forecaster import FitContext
from forecast.training.adamw import AdamW
from forecast.training.monitor import SILENT
from forecast.workflows.reading import read_data
from forecast.workflows.resolving.automatic import resolve
from forecast.workflows.resolving.build import build

if TYPE_CHECKING:
    import pandas as pd


def settings(cell: Cell) -> dict[str, object]:
    """Return what the configuration of a fit says."""
    return {
        "data.calendar_features": ("none",),
        "model.horizon": HORIZON,
        "model.context_length": CONTEXT,
        "model.segment_length": 1,
        "model.hidden_size": cell.hidden,
        "model.decoder": "direct",
        "model.loss": "mae",
        "model.supervision": "last",
        "model.window_normalisation": "none",
        "model.skip": "none",
        "training.batch_size": cell.batch,
        "training.epochs": 100_000,
        "training.max_steps": WARM + cell.timed,
        "training.weight_decay": 0.0,
        "training.gradient_clip": 0.0,
        "training.schedule": "constant",
        "training.warmup": 0,
        "training.precision": cell.precision,
        "training.threads": cell.threads or "auto",
        "training.device": "cpu",
    }


def fit(cell: Cell, table: pd.DataFrame) -> None:
    """Train on all rows, with no tail held back."""
    reading = read_data(table, Config().data)
    plan = resolve(reading, with_settings(Config(), settings(cell)))
    forecaster = build(plan.config, cell.cell)
    context = FitContext(name="fit", index=0, total=1, seed=0, monitor=SILENT)
    forecaster.fit(reading.panel, span=Span(0, ROWS, ROWS), context=context)


def watch() -> None:
    """Let the clock tick after each step: our optimiser is none of torch's, which calls a hook."""
    step = AdamW.step

    def ticking(optimiser: AdamW, rate: float) -> None:
        step(optimiser, rate)
        tick()

    AdamW.step = ticking  # type: ignore[method-assign]


if __name__ == "__main__":
    watch()
    serve(fit)
