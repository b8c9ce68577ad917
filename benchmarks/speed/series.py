"""The made data: hourly series with a day, a week, a level of their own, and noise. Seeded."""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks.speed.cells import ROWS


def made_series(count: int, rows: int = ROWS) -> pd.DataFrame:
    """Return ``count`` series under each other, columns ``unique_id``, ``ds`` and ``y``."""
    rng = np.random.default_rng(0)
    hours = np.arange(rows) * 2 * np.pi
    level, day, week = (rng.uniform(low, 2 * low, (count, 1)) for low in (50.0, 5.0, 2.0))
    noise = rng.normal(size=(count, rows))
    values = level + day * np.sin(hours / 24) + week * np.sin(hours / 168) + noise
    stamps = pd.date_range("2016-07-01", periods=rows, freq="h").to_numpy()
    return pd.DataFrame(
        {
            "unique_id": np.repeat([f"series_{number:06d}" for number in range(count)], rows),
            "ds": np.tile(stamps, count),
            "y": values.ravel(),
        }
    )
