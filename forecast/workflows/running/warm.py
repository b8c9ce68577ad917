"""A first fit that costs what only a first fit costs, so that no model's clock pays for it."""

from __future__ import annotations

from functools import cache

import numpy as np

from forecast.config.data import DataConfig
from forecast.config.model import ModelConfig
from forecast.config.schema import Config
from forecast.config.training import TrainingConfig
from forecast.data.panel import Panel, Span
from forecast.data.times.clock import CountClock
from forecast.models.forecaster import FitContext
from forecast.training.monitor import SILENT
from forecast.workflows.resolving.architecture import resolve_architecture
from forecast.workflows.resolving.build import build

ROWS = 12


@cache
def warm_up(device: str) -> None:
    """Load torch and start ``device``, once a process, by fitting a network of a few weights.

    Raises
    ------
    UsageError
        If the device is not there.
    """
    model = ModelConfig(
        name="rnn",
        horizon=1,
        context_length=2,
        segment_length=1,
        hidden_size=2,
        initial_season=1,
        **resolve_architecture(ModelConfig()),  # type: ignore[arg-type]
    )
    training = TrainingConfig(
        epochs=1, batch_size=4, warmup=0, patience=1, device=device, threads=1
    )
    config = Config(data=DataConfig(season_length=1), model=model, training=training)
    panel = Panel(
        unique_ids=("warm",),
        values=np.tile([1.0, 3.0, 2.0], ROWS // 3),
        offsets=np.array([0, ROWS], dtype=np.int64),
        first=np.zeros(1, dtype=np.int64),
        clock=CountClock(np.array([ROWS - 1], dtype=np.int64), 1, ROWS),
    )
    context = FitContext("warm-up", 0, 1, seed=0, monitor=SILENT)
    fitted = build(config, "rnn").fit(panel, span=Span(0, ROWS - 2, ROWS), context=context)
    fitted.predict(panel, np.array([ROWS - 2], dtype=np.int64), horizon=1)
