"""The BlockRNNModel of darts on the same work.

    .peers/darts/bin/python -m benchmarks.speed.blocks     answers, see `worker`

Values are given in 32 bits, which its manual advises for speed.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import numpy as np
from darts import TimeSeries
from darts.dataprocessing.transformers import Scaler
from darts.models import BlockRNNModel
from sklearn.preprocessing import StandardScaler
from torch import nn

from benchmarks.speed.cells import CONTEXT, HORIZON, WARM, Cell
from benchmarks.speed.worker import serve

if TYPE_CHECKING:
    import pandas as pd


def fit(cell: Cell, table: pd.DataFrame) -> None:
    """Train without validation, with nothing that only logs or draws."""
    series = TimeSeries.from_group_dataframe(
        table, group_cols="unique_id", time_col="ds", value_cols="y", freq="h"
    )
    model = BlockRNNModel(
        input_chunk_length=CONTEXT,
        output_chunk_length=HORIZON,
        model=cell.cell.upper(),
        hidden_dim=cell.hidden,
        n_rnn_layers=1,
        batch_size=cell.batch,
        n_epochs=100_000,
        loss_fn=nn.L1Loss(),
        optimizer_kwargs={"lr": 1e-3},
        random_state=0,
        use_static_covariates=False,
        pl_trainer_kwargs={
            "max_steps": WARM + cell.timed,
            "accelerator": "cpu",
            "logger": False,
            "enable_progress_bar": False,
            "enable_model_summary": False,
            "enable_checkpointing": False,
        },
    )
    scaled = Scaler(StandardScaler()).fit_transform(series)
    model.fit([part.astype(np.float32) for part in scaled])


if __name__ == "__main__":
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    serve(fit)
