"""Panels of series whose truth is known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from forecast.data.arrays import FloatArray
from forecast.data.panel import Panel
from forecast.data.times.clock import CalendarClock


def panel(*series: Sequence[float] | FloatArray, freq: str = "D") -> Panel:
    """Series that end at the same row of a dated grid, called a, b, c, ..."""
    arrays = [np.asarray(values, dtype=np.float64) for values in series]
    lengths = np.array([len(values) for values in arrays], dtype=np.int64)
    return Panel(
        unique_ids=tuple(chr(ord("a") + index) for index in range(len(arrays))),
        values=np.concatenate(arrays),
        offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        first=lengths.max() - lengths,
        clock=CalendarClock(pd.Timestamp("2024-01-01"), freq),
    )


def noise(rows: int, *, seed: int = 0) -> FloatArray:
    return np.random.default_rng(seed).normal(size=rows)


def wave(rows: int, period: float) -> FloatArray:
    return np.asarray(np.sin(2 * np.pi * np.arange(rows) / period))
