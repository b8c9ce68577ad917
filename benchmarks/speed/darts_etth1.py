"""The BlockRNNModel of darts on ETTh1, an LSTM, the rest by default; see `etth1`.

It has the context that neuralforecast takes, standardised values in 32 bits as its manual advises,
and as many of its default 100 epochs as fit into the minutes that it is given.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
from darts import TimeSeries
from darts.dataprocessing.transformers import Scaler
from darts.models import BlockRNNModel
from sklearn.preprocessing import StandardScaler

from benchmarks.speed.etth1 import (
    CONTEXT,
    HORIZON,
    TRAIN,
    VALIDATION,
    Array,
    Forecasts,
    Told,
    answer,
    test_windows,
)

if TYPE_CHECKING:
    import pandas as pd


def channels(table: pd.DataFrame) -> list[TimeSeries]:
    """Return a series for each channel."""
    narrow = table.astype(np.float32)
    return [TimeSeries.from_series(narrow[name], freq="h") for name in table]


def train(told: Told) -> Forecasts:
    """Train until the time is up."""
    model = BlockRNNModel(
        input_chunk_length=CONTEXT,
        output_chunk_length=HORIZON,
        model="LSTM",
        random_state=0,
        pl_trainer_kwargs={
            "max_time": timedelta(minutes=told.minutes),
            "accelerator": "cpu",
            "enable_progress_bar": False,
        },
    )
    scaler = Scaler(StandardScaler())
    model.fit(scaler.fit_transform(channels(told.table.iloc[:TRAIN])))

    def judge() -> tuple[Array, Array]:
        start = TRAIN + VALIDATION
        recent = channels(told.table.iloc[start - CONTEXT :])
        found = model.historical_forecasts(
            scaler.transform(recent),
            start=CONTEXT,
            start_format="position",
            forecast_horizon=HORIZON,
            retrain=False,
            last_points_only=False,
        )
        back = zip(*(scaler.inverse_transform(windows) for windows in _turned(found)), strict=True)
        values = [[window.values()[:, 0] for window in channel] for channel in back]
        return test_windows(told.table), np.swapaxes(np.array(values, dtype=np.float64), 0, 1)

    return judge


def _turned(found: list[list[TimeSeries]]) -> list[list[TimeSeries]]:
    """All channels of each window: a scaler goes by the place in its list."""
    return [list(windows) for windows in zip(*found, strict=True)]


if __name__ == "__main__":
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    answer(train)
