"""Do the statistical methods score on M3 monthly what was published? All 1,428 series.

    python benchmarks/m3_statistical.py [theta ets naive2 seasonal_naive arima stl_ets]

Each is fitted to the training part of a series and forecasts the 18 months held out; sMAPE
is averaged over series. The files are looked for in the folder that FORECAST_DATASETS names, else
in ../shared/datasets.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from forecast.data.panel import Panel, Span
from forecast.data.times.clock import CountClock
from forecast.metrics.aggregate import aggregate
from forecast.metrics.scaled import owa, seasonal_scales
from forecast.metrics.sums import Outcome
from forecast.models.forecaster import FitContext
from forecast.models.registry import build_classic
from forecast.training.monitor import SILENT

ROOT = Path(__file__).parents[1]
DATASETS = Path(os.environ.get("FORECAST_DATASETS") or ROOT.parent / "shared" / "datasets")
SEASON, HORIZON = 12, 18
MODELS = ("theta", "ets", "naive2", "seasonal_naive", "arima", "stl_ets")
# Makridakis & Hibon (2000), The M3-Competition, Int. J. of Forecasting 16: monthly, 1 to 18; and
# the check of the data set itself
PUBLISHED = {"theta": 13.85, "seasonal_naive": 17.234}


def m3_monthly() -> Panel:
    """Return the series with their hold-out last, aligned at their ends."""
    parts = [
        pd.read_csv(DATASETS / "m3" / f"M3-Monthly-{part}.csv", index_col=0)
        for part in ("train", "test")
    ]
    rows = [
        np.concatenate([part.loc[name].dropna().to_numpy(np.float64) for part in parts])
        for name in parts[0].index
    ]
    lengths = np.array([len(row) for row in rows], dtype=np.int64)
    longest = int(lengths.max())
    return Panel(
        unique_ids=tuple(parts[0].index),
        values=np.concatenate(rows),
        offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        first=longest - lengths,
        clock=CountClock(np.full(len(rows), longest - 1, dtype=np.int64), 1, longest),
    )


def main(models: list[str]) -> None:
    """Print one line a model."""
    if not (DATASETS / "m3").is_dir():
        print(f"no M3 files in {DATASETS}: set FORECAST_DATASETS")
        return
    panel = m3_monthly()
    rows = panel.length - HORIZON
    cutoff = np.array([rows - 1], dtype=np.int64)
    y = panel.horizon_after(cutoff, HORIZON)
    scale = seasonal_scales(panel, 0, rows, season_length=SEASON)
    scores = {}
    print(f"{'model':<15}{'sMAPE':>8}{'MASE':>8}{'published':>11}{'seconds':>9}")
    for name in models:
        begun = time.perf_counter()
        forecaster = build_classic(name, season_length=SEASON)
        context = FitContext(name, 0, 1, 0, SILENT)
        forecaster.fit(panel, span=Span(0, rows, rows), context=context)
        found = forecaster.predict(panel, cutoff, horizon=HORIZON)
        seconds = time.perf_counter() - begun
        metrics = aggregate([Outcome(y, found, scale, np.ones(len(y)))]).metrics
        smape, mase = metrics["smape"] or np.nan, metrics["mase"] or np.nan
        scores[name] = smape, mase
        published = f"{PUBLISHED[name]:g}" if name in PUBLISHED else "-"
        print(f"{name:<15}{smape:>8.3f}{mase:>8.3f}{published:>11}{seconds:>9.1f}", flush=True)
    if "naive2" in scores:
        reference_smape, reference_mase = scores["naive2"]
        for name, (smape, mase) in scores.items():
            ratio = owa(smape, mase, reference_smape=reference_smape, reference_mase=reference_mase)
            print(f"{name:<15}OWA {ratio:.3f}")


if __name__ == "__main__":
    main(sys.argv[1:] or list(MODELS))
