"""ETTh1 by the protocol of docs/accuracy.md, for programs of the peers' environments.

    PYTHON -m benchmarks.speed.nixtla_etth1 FILE [--steps N]
    PYTHON -m benchmarks.speed.darts_etth1 FILE [--minutes M]

Each trains once and prints one line of JSON: seconds from the start of its process to the fitted
model, optimiser steps, and MSE and MAE of all test windows on the scale of the training rows.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from torch.optim.optimizer import register_optimizer_step_post_hook

from benchmarks.speed.worker import age

TRAIN, VALIDATION, TEST = 8640, 2880, 2880
HORIZON = 96
CONTEXT = 3 * HORIZON
"""What neuralforecast takes by itself for this horizon; darts has no default."""
DEFAULT_STEPS, MINUTES = 1000, 20.0

Array = NDArray[np.float64]


class Told(NamedTuple):
    """What the program was told: the file, and how long to train."""

    table: pd.DataFrame
    steps: int
    minutes: float


Forecasts = Callable[[], tuple[Array, Array]]
"""Actual values and forecasts of all test windows, each (windows, channels, horizon)."""
Train = Callable[[Told], Forecasts]


def answer(train: Train) -> None:
    """Train as the command line says, judge, and print what came of it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    parser.add_argument("--steps", type=int, default=DEFAULT_STEPS)
    parser.add_argument("--minutes", type=float, default=MINUTES)
    asked = parser.parse_args()
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints goes to stderr
    steps = [0]

    def count(*_: object) -> None:
        steps[0] += 1

    register_optimizer_step_post_hook(count)
    told = Told(table_of(asked.file), asked.steps, asked.minutes)
    judge = train(told)
    seconds = age()
    found = errors(*judge(), told.table)
    answers.write(json.dumps({"seconds": seconds, "steps": steps[0], **found}) + "\n")
    answers.flush()


def table_of(file: str) -> pd.DataFrame:
    """Read the rows of the protocol; the index is the time."""
    return pd.read_csv(file, index_col=0, parse_dates=True).iloc[: TRAIN + VALIDATION + TEST]


def errors(actual: Array, found: Array, table: pd.DataFrame) -> dict[str, float]:
    """MSE and MAE, every channel on the scale of its training rows.

    Raises
    ------
    RuntimeError
        If it is not every channel at every stride-1 cutoff with a whole horizon.
    """
    known = test_windows(table)
    if actual.shape != known.shape or not np.allclose(actual, known, rtol=1e-4):
        raise RuntimeError(f"{actual.shape} values, not the {known.shape} of the test rows")
    if found.shape != known.shape or not np.isfinite(found).all():
        raise RuntimeError(f"{found.shape} forecasts where {known.shape} are to be judged")
    scale = table.iloc[:TRAIN].std(ddof=0).to_numpy()[:, None]
    error = (actual - found) / scale
    return {"mse": float(np.square(error).mean()), "mae": float(np.abs(error).mean())}


def test_windows(table: pd.DataFrame) -> Array:
    """Return the actual values of all test windows, (windows, channels, horizon)."""
    values: Array = table.to_numpy(dtype=np.float64)[TRAIN + VALIDATION :]
    return np.lib.stride_tricks.sliding_window_view(values, HORIZON, axis=0)
