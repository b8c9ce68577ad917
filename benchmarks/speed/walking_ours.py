"""Forecasts of a fitted network at many cutoffs, by this package.

    python -m benchmarks.speed.walking_ours     answers on its streams, see `walks`

What `forecast train --refit never` does at its cutoffs: one question for all of them; or one each.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from forecast.cli import environment

os.environ.update(environment.missing())  # as the command line does

import numpy as np

from benchmarks.speed.cells import HORIZON, ROWS, Cell
from benchmarks.speed.ours import settings
from benchmarks.speed.walks import AT_ONCE, cutoffs, serve
from forecast.config.differences import with_settings
from forecast.config.schema import Config
from forecast.data.panel import Span
from forecast.models.forecaster import FitContext
from forecast.training.monitor import SILENT
from forecast.workflows.reading import read_data
from forecast.workflows.resolving.automatic import resolve
from forecast.workflows.resolving.build import build

if TYPE_CHECKING:
    import pandas as pd


def fitted(cell: Cell, table: pd.DataFrame) -> Callable[[Cell], int]:
    """Fit for a step or two; return what walks and says how many forecasts it made."""
    reading = read_data(table, Config().data)
    plan = resolve(reading, with_settings(Config(), settings(cell)))
    context = FitContext(name="fit", index=0, total=1, seed=0, monitor=SILENT)
    untrained = build(plan.config, cell.cell)
    model = untrained.fit(reading.panel, span=Span(0, ROWS, ROWS), context=context)

    def walk(asked: Cell) -> int:
        places = np.array(cutoffs(asked.timed), dtype=np.int64)
        parts = [places] if asked.batch == AT_ONCE else np.array_split(places, len(places))
        found = [model.predict(reading.panel, part, horizon=HORIZON) for part in parts]
        return sum(part.size for part in found)

    return walk


if __name__ == "__main__":
    serve(fitted)
