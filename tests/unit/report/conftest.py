"""Small frames to draw from."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from forecast.training.monitor import EpochRecord

Frames = tuple[pd.DataFrame, pd.DataFrame]


def stamps(kind: str, rows: int) -> pd.Index:
    if kind == "integer":
        return pd.RangeIndex(rows)
    zone = "Europe/Berlin" if kind == "aware" else None
    return pd.date_range("2024-03-28", periods=rows, freq="h", tz=zone)


@pytest.fixture(scope="session")
def make_frames() -> Callable[..., Frames]:
    """A forecast frame and its history: a daily wave with noise."""

    def make(
        names: list[str] | None = None,
        *,
        horizon: int = 24,
        history: int = 120,
        kind: str = "naive",
    ) -> Frames:
        generator = np.random.default_rng(7)
        index = stamps(kind, history + horizon)
        wave = 100 + 20 * np.sin(np.arange(history + horizon) * 2 * np.pi / 24)
        past, ahead = [], []
        for name in names or ["a"]:
            y = wave[:history] + generator.normal(0, 3, history)
            past.append(pd.DataFrame({"unique_id": name, "ds": index[:history], "y": y}))
            table = pd.DataFrame({"unique_id": name, "ds": index[history:], "gru": wave[history:]})
            for level, half in ((80, 5.0), (95, 9.0)):
                table[f"gru-lo-{level}"] = table["gru"] - half
                table[f"gru-hi-{level}"] = table["gru"] + half
            ahead.append(table)
        return pd.concat(ahead, ignore_index=True), pd.concat(past, ignore_index=True)

    return make


@pytest.fixture(scope="session")
def judged() -> pd.DataFrame:
    """Walk-forward rows of one series: ten cutoffs, six hours apart, a day ahead each."""
    start = pd.Timestamp("2024-05-01")
    parts = []
    for step in range(10):
        cutoff = start + pd.Timedelta(hours=6 * step)
        ds = pd.date_range(cutoff + pd.Timedelta(hours=1), periods=24, freq="h")
        y = np.sin((ds - start) / pd.Timedelta(hours=24) * 2 * np.pi)
        parts.append(
            pd.DataFrame(
                {"unique_id": "a", "ds": ds, "cutoff": cutoff, "y": y, "gru": y + 0.1, "naive": 0.0}
            )
        )
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="session")
def records() -> list[EpochRecord]:
    """Two folds with a validation tail and a final fit without."""
    found = []
    for fit in ("gru, fold 1 of 2", "gru, fold 2 of 2", "gru, final fit"):
        for epoch in range(1, 6):
            tail = None if "final" in fit else 1.1 / epoch
            found.append(EpochRecord(fit, epoch, 5, epoch, 1 / epoch, tail, 1e-3, 1.0, True))
    return found
