"""Forecasts of a fitted network at many cutoffs, by darts.

.peers/darts/bin/python -m benchmarks.speed.walking_darts     answers, see `walks`
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from darts import TimeSeries
from darts.dataprocessing.transformers import Scaler
from darts.models import BlockRNNModel
from sklearn.preprocessing import StandardScaler

from benchmarks.speed.cells import CONTEXT, HORIZON, WARM, Cell
from benchmarks.speed.walks import cutoffs, serve

if TYPE_CHECKING:
    import pandas as pd


def fitted(cell: Cell, table: pd.DataFrame) -> Callable[[Cell], int]:
    """Fit for a step or two; return what walks and says how many forecasts it made."""
    series = TimeSeries.from_dataframe(table, time_col="ds", value_cols="y", freq="h")
    scaled = Scaler(StandardScaler()).fit_transform(series.astype(np.float32))
    model = BlockRNNModel(
        input_chunk_length=CONTEXT,
        output_chunk_length=HORIZON,
        model=cell.cell.upper(),
        hidden_dim=cell.hidden,
        n_rnn_layers=1,
        random_state=0,
        pl_trainer_kwargs={
            "max_steps": WARM,
            "accelerator": "cpu",
            "logger": False,
            "enable_progress_bar": False,
            "enable_model_summary": False,
            "enable_checkpointing": False,
        },
    )
    model.fit(scaled)

    def walk(asked: Cell) -> int:
        places = cutoffs(asked.timed)
        found = model.historical_forecasts(
            scaled[: places[-1] + 1 + HORIZON],
            start=places[0] + 1,
            start_format="position",
            forecast_horizon=HORIZON,
            retrain=False,
            last_points_only=False,
        )
        return sum(len(part) for part in found)

    return walk


if __name__ == "__main__":
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    serve(fitted)
