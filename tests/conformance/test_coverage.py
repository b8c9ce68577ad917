"""That an 80 % interval holds 80 % of what happens, on series that go on as they were."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import forecast
from forecast.bundle.bundle import Bundle
from forecast.bundle.load import load_bundle
from forecast.data.arrays import FloatArray, IntArray
from forecast.data.panel import Panel
from forecast.data.times.clock import CalendarClock
from forecast.testing import generators

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
SERIES, TRAINED, HELD, HORIZON = 96, 700, 480, 24
START = pd.Timestamp("2024-01-01")
CUTOFFS = np.arange(TRAINED - 1, TRAINED + HELD - HORIZON, HORIZON, dtype=np.int64)
LEVELS = (80.0, 95.0)
WITHIN, PRECISELY = 0.03, 0.01
"""Of nominal, and the largest standard error of a coverage that is judged."""


def autoregression(seed: int) -> FloatArray:
    """AR(2) with a pseudo-cycle of 12 steps."""
    return generators.autoregression(TRAINED + HELD, n_series=SERIES, seed=seed).values


def two_seasons(seed: int) -> FloatArray:
    """Seasons of 24 and of 168 steps, and white noise."""
    return generators.two_seasons(TRAINED + HELD, n_series=SERIES, seed=seed).values


def counts(seed: int) -> FloatArray:
    """Negative binomial counts of mean 200 to 600 in a season of 24 steps, dispersion 0.05."""
    rng = np.random.default_rng(seed)
    wave = np.sin(2 * np.pi * np.arange(TRAINED + HELD) / 24 + rng.uniform(0, 6, (SERIES, 1)))
    mean = 400 + 200 * wave
    return rng.negative_binomial(20, 20 / (20 + mean)).astype(np.float64)


@dataclass(frozen=True)
class Coverage:
    """Share of what happened that an interval held, and how precisely that is known."""

    share: float
    error: float


def covered(low: FloatArray, high: FloatArray, actual: FloatArray) -> Coverage:
    """Judge intervals (N, K, H); series are independent of each other, their forecasts are not."""
    each = ((actual >= low) & (actual <= high)).mean(axis=(1, 2))
    return Coverage(float(each.mean()), float(each.std(ddof=1) / np.sqrt(len(each))))


def panel_of(values: FloatArray) -> Panel:
    count, rows = values.shape
    return Panel(
        tuple(f"s{place:03}" for place in range(count)),
        values.reshape(-1),
        rows * np.arange(count + 1, dtype=np.int64),
        np.zeros(count, dtype=np.int64),
        CalendarClock(START, "h"),
    )


def train(folder: Path, values: FloatArray, *, head: str = "point", folds: int = 1) -> Bundle:
    stamps = pd.date_range(START, periods=TRAINED, freq="h")
    frame = pd.DataFrame(
        {
            "unique_id": np.repeat(panel_of(values).unique_ids, TRAINED),
            "ds": np.tile(stamps, len(values)),
            "y": values[:, :TRAINED].reshape(-1),
        }
    )
    asked = {"model.horizon": HORIZON, "model.head": head, "validation.folds": folds}
    result = forecast.train(frame, {**asked, "run.output": str(folder / "run")})
    return load_bundle(result.run)


def happened(values: FloatArray) -> FloatArray:
    rows: IntArray = CUTOFFS[:, None] + np.arange(1, HORIZON + 1)
    return values[:, rows]


@pytest.mark.parametrize(
    ("head", "make"),
    [
        ("quantile", autoregression),
        ("quantile", two_seasons),
        ("gaussian", autoregression),
        ("gaussian", two_seasons),
        ("student-t", autoregression),
        ("student-t", two_seasons),
        ("negative-binomial", counts),
    ],
)
def test_intervals_of_a_head_hold_what_they_say(
    tmp_path: Path, head: str, make: Callable[[int], FloatArray]
) -> None:
    values = make(11)
    bundle = train(tmp_path, values, head=head)
    edges = [0.5 - level / 200 for level in LEVELS] + [0.5 + level / 200 for level in LEVELS]
    found = bundle.forecaster.predict_quantiles(
        panel_of(values), CUTOFFS, horizon=HORIZON, levels=edges
    )
    for place, level in enumerate(LEVELS):
        low, high = found[..., place], found[..., place + len(LEVELS)]
        coverage = covered(low, high, happened(values))
        assert coverage.error < PRECISELY
        assert coverage.share == pytest.approx(level / 100, abs=WITHIN), level


@pytest.mark.parametrize("make", [autoregression, two_seasons])
def test_conformal_intervals_hold_what_they_say(
    tmp_path: Path, make: Callable[[int], FloatArray]
) -> None:
    values = make(12)
    bundle = train(tmp_path, values, folds=3)
    assert bundle.intervals is not None
    points = bundle.forecaster.predict(panel_of(values), CUTOFFS, horizon=HORIZON)
    for level in LEVELS:
        low, high = bundle.spread.around(points, bundle.intervals.half_width(level, HORIZON))
        coverage = covered(low, high, happened(values))
        assert coverage.error < PRECISELY
        assert coverage.share == pytest.approx(level / 100, abs=WITHIN), level
