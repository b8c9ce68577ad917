"""Published scores of rules and statistical methods, reproduced from the original files."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forecast.data.panel import Panel
from forecast.data.times.clock import CalendarClock, CountClock
from forecast.metrics.aggregate import Scores
from forecast.models.naive import Naive
from forecast.models.registry import build_classic
from forecast.training.monitor import SILENT
from forecast.validation.folds import FoldPlan, make_folds
from forecast.validation.walk_forward import Candidate, walk_forward

BESIDE_THE_REPOSITORY = Path(__file__).parents[4] / "shared" / "datasets"
DATASETS = Path(os.environ.get("FORECAST_DATASETS", BESIDE_THE_REPOSITORY))


def data_set(name: str) -> Path:
    path = DATASETS / name
    if not path.exists():
        pytest.skip(f"{name} is not in {DATASETS}; FORECAST_DATASETS names its folder")
    return path


def competition(train: str, test: str) -> Panel:
    """Series of a wide M3 or M4 file, aligned at their ends, the hold-out last."""
    parts = [pd.read_csv(data_set(name), index_col=0) for name in (train, test)]
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


def competition_scores(
    panel: Panel, *models: str, horizon: int, season_length: int
) -> dict[str, Scores]:
    schedule = make_folds(
        panel.length, plan=FoldPlan(test_size=horizon), horizon=horizon, context_length=1
    )
    evaluation = walk_forward(
        panel,
        schedule,
        candidates=[candidate(name, season_length) for name in models],
        horizon=horizon,
        season_length=season_length,
        seed=0,
        monitor=SILENT,
    )
    return {name: evaluation.scores(name) for name in models}


def candidate(name: str, season_length: int) -> Candidate:
    return Candidate(name, lambda _: build_classic(name, season_length=season_length))


def test_rules_reproduce_m4_hourly() -> None:
    panel = competition("m4/Hourly-train.csv", "m4/Hourly-test.csv")
    found = competition_scores(panel, "seasonal_naive", "naive2", horizon=48, season_length=24)
    published = {"seasonal_naive": (13.912, 1.193, 0.627), "naive2": (18.383, 2.395, 1.0)}
    for name, (smape, mase, owa) in published.items():
        metrics = found[name].metrics
        assert metrics["smape"] == pytest.approx(smape, abs=5e-4)
        assert metrics["mase"] == pytest.approx(mase, abs=5e-4)
        assert metrics["owa"] == pytest.approx(owa, abs=1e-3)  # published: cut, not rounded


def test_seasonal_naive_reproduces_m3_monthly() -> None:
    panel = competition("m3/M3-Monthly-train.csv", "m3/M3-Monthly-test.csv")
    names = ("seasonal_naive",)
    scores = competition_scores(panel, *names, horizon=18, season_length=12)["seasonal_naive"]
    assert scores.metrics["smape"] == pytest.approx(17.234, abs=5e-4)
    assert scores.metrics["mase"] == pytest.approx(1.146, abs=5e-4)


def test_theta_scores_on_m3_monthly_what_it_did_in_the_competition() -> None:
    panel = competition("m3/M3-Monthly-train.csv", "m3/M3-Monthly-test.csv")
    found = competition_scores(panel, "theta", horizon=18, season_length=12)["theta"]
    # 13.85 in Makridakis & Hibon (2000), The M3-Competition; 13.94 as recomputed from the
    # submitted forecasts by Automatic Forecasting Systems (autobox.com, tag m3-competition)
    assert found.metrics["smape"] == pytest.approx(13.85, rel=0.01)


@pytest.mark.parametrize(
    ("horizon", "mse", "mae"),
    [(96, 1.294, 0.713), (192, 1.325, 0.733), (336, 1.330, 0.746), (720, 1.335, 0.755)],
)
def test_naive_reproduces_etth1_with_every_test_window(
    horizon: int, mse: float, mae: float
) -> None:
    table = pd.read_csv(data_set("ltsf/ETTh1.csv"), index_col=0)
    size, channels = table.shape
    panel = Panel(
        unique_ids=tuple(table.columns),
        values=table.to_numpy(np.float64).T.reshape(-1),
        offsets=np.arange(channels + 1, dtype=np.int64) * size,
        first=np.zeros(channels, dtype=np.int64),
        clock=CalendarClock(pd.Timestamp(table.index[0]), "h"),
    )
    plan = FoldPlan(train_size=8640, validation_size=2880, test_size=2880)
    schedule = make_folds(panel.length, plan=plan, horizon=horizon, context_length=720)
    assert len(schedule.folds[0].cutoffs) == 2880 - horizon + 1
    evaluation = walk_forward(
        panel,
        schedule,
        candidates=[Candidate("naive", lambda _: Naive())],
        horizon=horizon,
        season_length=24,
        seed=0,
        monitor=SILENT,
    )
    scores = evaluation.scores("naive")
    assert scores.standardised["mse"] == pytest.approx(mse, abs=6e-4)
    assert scores.standardised["mae"] == pytest.approx(mae, abs=6e-4)
