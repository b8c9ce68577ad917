"""neuralforecast's RNN, LSTM and GRU on the same work.

    .peers/neuralforecast/bin/python -m benchmarks.speed.nixtla     answers, see `worker`

Its decoder is left as small as it goes. Of 100 series it draws 32 a step, as it does by default,
and from their windows as many as a batch has.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from neuralforecast import NeuralForecast
from neuralforecast.losses.pytorch import MAE
from neuralforecast.models import GRU, LSTM, RNN

from benchmarks.speed.cells import CONTEXT, HORIZON, WARM, Cell
from benchmarks.speed.worker import serve

if TYPE_CHECKING:
    import pandas as pd

MODELS = {"rnn": RNN, "lstm": LSTM, "gru": GRU}


def fit(cell: Cell, table: pd.DataFrame) -> None:
    """Train without validation, with nothing that only logs or draws."""
    model = MODELS[cell.cell](
        h=HORIZON,
        input_size=CONTEXT,
        encoder_n_layers=1,
        encoder_hidden_size=cell.hidden,
        decoder_layers=1,
        decoder_hidden_size=cell.hidden,
        loss=MAE(),
        max_steps=WARM + cell.timed,
        learning_rate=1e-3,
        num_lr_decays=0,
        batch_size=32,
        windows_batch_size=cell.batch,
        accelerator="cpu",
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    NeuralForecast(models=[model], freq="h", local_scaler_type="standard").fit(table, val_size=0)


if __name__ == "__main__":
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    serve(fit)
