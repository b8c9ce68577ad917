"""neuralforecast's LSTM on ETTh1, everything by default; see `etth1`.

It learns from the training rows without validation, which has no use at a fixed number of steps.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from neuralforecast import NeuralForecast
from neuralforecast.models import LSTM

from benchmarks.speed.etth1 import (
    HORIZON,
    TEST,
    TRAIN,
    Array,
    Forecasts,
    Told,
    answer,
)

if TYPE_CHECKING:
    import pandas as pd


def long(table: pd.DataFrame) -> pd.DataFrame:
    """Put the channels under each other."""
    named = table.rename_axis(index="ds").reset_index()
    found = named.melt("ds", var_name="unique_id", value_name="y")
    return found.sort_values(["unique_id", "ds"], ignore_index=True)


def train(told: Told) -> Forecasts:
    """Train; the default is 1,000 steps."""
    model = LSTM(h=HORIZON, max_steps=told.steps, accelerator="cpu", logger=False)
    program = NeuralForecast(models=[model], freq="h")
    program.fit(long(told.table.iloc[:TRAIN]), val_size=0)

    def judge() -> tuple[Array, Array]:
        rows = program.cross_validation(
            long(told.table), n_windows=None, test_size=TEST, step_size=1, use_fitted=True
        )
        rows = rows.sort_values(["cutoff", "unique_id", "ds"], kind="stable")
        actual, found = (
            rows[name].to_numpy(dtype="float64").reshape(-1, told.table.shape[1], HORIZON)
            for name in ("y", "LSTM")
        )
        back = told.table.columns.argsort().argsort()  # rows have the channels by name
        return actual[:, back], found[:, back]

    return judge


if __name__ == "__main__":
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    answer(train)
