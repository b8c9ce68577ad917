"""Verbs that answer at once, so that what is tested is the command line."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from forecast.bundle.manifest import CalendarSpec, ColumnNames, Manifest, Versions
from forecast.config.schema import Config
from forecast.training.monitor import EpochRecord
from forecast.validation.bands import IntervalScore
from forecast.validation.evaluation import Seconds
from forecast.validation.quantiles import QuantileScore
from forecast.validation.significance import Difference
from forecast.validation.verdict import Verdict
from forecast.workflows.comparing.leaderboard import LeaderboardRow
from forecast.workflows.notes import Notes
from forecast.workflows.results import (
    CompareResult,
    FitSummary,
    FoldSummary,
    InspectResult,
    PredictResult,
    TrainResult,
)

METRICS: dict[str, float | None] = {
    "mae": 1.23456,
    "mse": 4.0,
    "rmse": 2.0,
    "mape": None,
    "smape": 9.0,
    "mase": 0.71,
}
WORSE: dict[str, float | None] = {
    "mae": 12.3456,
    "mse": 8.0,
    "rmse": 3.0,
    "mape": None,
    "smape": 12.0,
    "mase": 0.92,
}


INTERVALS = {80.0: IntervalScore(0.784, 12.34, 120), 95.0: IntervalScore(None, None, 0)}
NOTES = Notes(
    understood=("season 24 by the step h",),
    data=("2 values are empty", "1 stamp is absent"),
    training=("final fit for 3 epochs",),
    scores=("MAPE is undefined: zero actuals",),
)
MANIFEST = Manifest(
    forecast_version="0.1.0",
    versions=Versions(python="3.11", torch="2.6", numpy="2.0", pandas="3.0"),
    config={"model": {"horizon": 24}},
    model="gru",
    settings={},
    parameters=448,
    horizon=24,
    context_length=1,
    season_length=7,
    columns=ColumnNames(time=("date",), target=("sales",), id=("shop",)),
    clock=CalendarSpec(origin="2024-01-01", freq="D", time_zone=None),
    unique_ids=("north\x1b[2J", "south", "west", *map(str, range(96))),
    tail_rows=48,
    scaler="standard",
    fingerprint="0",
    rows=8760,
    levels=(80.0, 95.0),
    scores={"gru": METRICS, "naive": {**WORSE, "mase": None}, "seasonal_naive": WORSE},
    notes=("2 values are empty",),
    tensors={
        "model.network.decoder.output.weight": ("F32", (7, 64)),
        "model.scaler.scale": ("F64", (99,)),
    },
)


class Verbs:
    """Stand-ins for the workflows, and what each was called with."""

    def __init__(self, folder: Path) -> None:
        self.calls: dict[str, dict[str, Any]] = {}
        self.folder = folder
        self.error: BaseException | None = None
        self.verified: bool | None = None
        self.instead: str | None = None
        self.judged = True

    @property
    def config(self) -> Config:
        config = self.calls["train"]["config"]
        assert isinstance(config, Config)
        return config

    def _called(self, name: str, call: dict[str, Any]) -> None:
        self.calls[name] = call
        if self.error is not None:
            raise self.error

    def train(
        self, data: object, config: Config, *, monitor: Any, resume: object = None
    ) -> TrainResult:
        self._called("train", {"data": data, "config": config, "resume": resume})
        monitor.say("season 24 by the step h")
        monitor.start_fit("gru, fold 1 of 1", 0, 1, 2)
        monitor.end_epoch(EpochRecord("gru, fold 1 of 1", 1, 2, 9, 0.5, 0.25, 0.001, 1.0, True))
        monitor.end_fit("gru, fold 1 of 1")
        monitor.say("final fit for 3 epochs")
        return TrainResult(
            run=self.folder / "runs/sales-gru",
            bundle=self.folder / "runs/sales-gru/bundle.safetensors",
            config=config,
            data=("sales.csv",),
            reading=SimpleNamespace(),  # type: ignore[arg-type]
            evaluation=SimpleNamespace() if self.judged else None,  # type: ignore[arg-type]
            metrics=METRICS,
            metrics_standardised={"mae": 0.1, "mse": float("nan"), "rmse": 0.2},
            baselines={"naive": WORSE, "seasonal_naive": WORSE},
            skills={config.model.name: 0.228, "naive": -0.0001, "seasonal_naive": 0.0},
            intervals=INTERVALS,
            quantiles=QuantileScore(),
            folds=(FoldSummary(0, "2024-01-01", 64, METRICS, 0),),
            fits=(FitSummary(0, (0,), 1, 2),),
            verdict=Verdict(0.23, "gru beats seasonal naive by 23 %", True, self.instead),
            history=(),
            parameters=4321,
            seconds=Seconds(1.0, 2.0),
            notes=NOTES,
        )

    def compare(
        self, data: object, config: Config, *, monitor: Any, **given: object
    ) -> CompareResult:
        self._called("compare", {"data": data, "config": config, **given})
        monitor.say("season 24 by the step h")
        row = LeaderboardRow(1, "gru", METRICS, {}, 0.23, 4321, Seconds(1.0, 2.0))
        beside = Difference("seasonal_naive", 64, 0.0004, -3.9)
        row = replace(row, peak_memory=12_345_678, against_reference=beside)
        tie = Difference("gru", 64, 0.41, 0.83)
        rule = LeaderboardRow(2, "seasonal_naive", WORSE, {}, None, 0, Seconds(0.0, 0.1))
        rule = replace(rule, against_above=tie)
        best = LeaderboardRow(None, "top 2", METRICS, {}, 0.25, None, None)
        return CompareResult(
            run=self.folder / "runs/sales-compare",
            bundle=self.folder / "runs/sales-compare/bundle.safetensors",
            config=config,
            data=("sales.csv",),
            reading=SimpleNamespace(),  # type: ignore[arg-type]
            evaluation=SimpleNamespace(),  # type: ignore[arg-type]
            leaderboard=(row, rule, best),
            standing="gru and seasonal naive tie (p 0.410 over 64 cutoffs)",
            top=None,
            intervals={},
            quantiles=QuantileScore(),
            verdict=Verdict(0.23, "gru beats seasonal naive by 23 %", True, None),
            history=(),
            seconds=Seconds(1.0, 2.1),
            notes=Notes(),
        )

    def predict_chances(
        self,
        bundle: object,
        chances: object,
        *,
        horizon: object,
        data: object,
        future: object,
        cutoff: object,
        names: object,
    ) -> PredictResult:
        given = {"bundle": bundle, "horizon": horizon, "data": data, "cutoff": cutoff}
        given["future"] = future
        self._called("predict", {**given, "chances": chances, "names": names})
        stamps = pd.date_range("2024-01-01", periods=5, freq="D")
        frame = pd.DataFrame({"unique_id": "a", "ds": stamps[3:], "gru": [1.5, 2.5]})
        frame["gru-lo-80"] = [1.0, np.nan]
        frame["gru-hi-80"] = [2.0, np.nan]
        recent = pd.DataFrame({"unique_id": "a", "ds": stamps[:3], "y": [1.0, 2.0, np.nan]})
        return PredictResult(frame, recent, "gru", (80.0,), ("too few residuals",))

    def inspect(self, bundle: object, *, verify: bool) -> InspectResult:
        self._called("inspect", {"bundle": bundle, "verify": verify})
        return InspectResult(Path("a.safetensors"), MANIFEST, self.verified, 1234)


@pytest.fixture
def verbs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Verbs:
    fake = Verbs(tmp_path)
    verbs = {"train": "train", "compare": "compare", "inspect": "inspect"}
    for name, verb in {**verbs, "predict": "predict_chances"}.items():
        module = ModuleType(f"forecast.workflows.{name}")
        setattr(module, verb, getattr(fake, verb))
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.chdir(tmp_path)
    for variable in ("FORECAST_DEBUG", "FORECAST_MODEL_HORIZON", "FORCE_COLOR"):
        monkeypatch.delenv(variable, raising=False)
    return fake


@pytest.fixture
def forecast(verbs: Verbs) -> Callable[..., int]:
    """Run a command line in this process and return its exit code."""
    from forecast.cli.app import run

    def command(*arguments: str) -> int:
        return run(list(arguments))

    return command
