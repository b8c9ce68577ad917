"""The twelve promises P1 to P12: every test of one carries its number in its name.

P1  the first step sees the newest observation        P7  metrics are in units of the file
P2  nothing after a cutoff changes what came before   P8  every option changes something
P3  every fold starts afresh, and alike each time     P9  a year with two changes of clocks
P4  calibration data are no training data             P10 a bundle forecasts what was saved
P5  no window crosses a border                        P11 3 h steps are three times h steps
P6  batches change no metric                          P12 a season keeps to the calendar

Those with much around them stand with it (``pytest -k test_p2_``); the others are here.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd
import pytest

import forecast
from forecast.data.arrays import FloatArray, IntArray
from forecast.data.panel import Panel, Span
from forecast.models import rollout
from forecast.models.forecaster import FitContext, Forecaster
from forecast.models.naive import Naive
from forecast.testing.conformance import fitted
from forecast.testing.panels import HORIZON, ROWS, make_panel, usual_panel
from forecast.training.monitor import SILENT
from forecast.validation.conformal import calibrate, intervals_for_folds
from forecast.validation.evaluation import Evaluation
from forecast.validation.folds import FoldPlan, FoldSchedule, make_folds
from forecast.validation.walk_forward import Candidate, walk_forward

Build = Callable[[], Forecaster]
TESTS = Path(__file__).resolve().parents[1]
SEASON, H = 4, 3


def test_each_promise_has_a_test_of_its_name() -> None:
    named = {
        int(number)
        for path in TESTS.rglob("test_*.py")
        for number in re.findall(r"^def test_p([0-9]+)_", path.read_text("utf-8"), re.MULTILINE)
    }
    assert named == set(range(1, 13))


def long_panel(rows: int = 120) -> Panel:
    rng = np.random.default_rng(0)
    wave = 5 * np.sin(np.arange(rows) * np.pi / 2)
    return make_panel(20 + wave + rng.normal(size=rows), wave[9:] + rng.normal(size=rows - 9))


def schedule_of(panel: Panel, plan: FoldPlan) -> FoldSchedule:
    return make_folds(panel.length, plan=plan, horizon=H, context_length=6)


def walk(
    panel: Panel, schedule: FoldSchedule, build: Build
) -> tuple[Evaluation, list[dict[str, bytes]]]:
    """Walk a model through folds; its evaluation and what it learnt in each."""
    made: list[Forecaster] = []

    def make(_: object) -> Forecaster:
        made.append(build())
        return made[-1]

    candidate = Candidate("model", make, intervals=True, trained=True)
    evaluation = walk_forward(
        panel,
        schedule,
        candidates=[candidate],
        horizon=H,
        season_length=SEASON,
        seed=3,
        monitor=SILENT,
    )
    states = [
        {key: value.numpy().tobytes() for key, value in model.state().items()} for model in made
    ]
    return evaluation, states


def test_p3_fold_learns_the_same_whatever_folds_came_before(build_network: Build) -> None:
    panel = long_panel()
    schedule = schedule_of(panel, FoldPlan(folds=2))
    _, learnt = walk(panel, schedule, build_network)
    alone = replace(schedule, folds=schedule.folds[1:])
    assert walk(panel, alone, build_network)[1] == learnt[1:]
    same_rows = replace(schedule.folds[1], index=0)
    other_seed = replace(schedule, folds=(same_rows,))
    assert walk(panel, other_seed, build_network)[1] != learnt[1:]


class KnowsByHeart(Naive):
    """Forecasts the rows of its fit exactly, and all others with an error of 1."""

    def fit(self, panel: Panel, *, span: Span, context: FitContext) -> Self:  # noqa: ARG002
        """Remember which rows those are."""
        self.span = span
        return self

    def predict(self, panel: Panel, cutoffs: IntArray, *, horizon: int) -> FloatArray:
        """Look up the values to come."""
        steps = cutoffs[:, None] + 1 + np.arange(horizon)
        rows = np.minimum(steps, panel.length - 1)
        learnt = (self.span.start <= steps) & (steps < self.span.stop)
        truth: FloatArray = panel.at(rows.reshape(-1)).reshape(panel.n_series, *rows.shape)
        return np.where(learnt, truth, truth + 1.0)


@pytest.mark.parametrize(
    "plan",
    [
        FoldPlan(folds=3),
        FoldPlan(folds=3, gap=4),
        FoldPlan(folds=2, window="blocked"),
        FoldPlan(folds=3, refit=None),
        FoldPlan(folds=3, refit=2, max_train_size=40),
    ],
    ids=str,
)
def test_p4_no_interval_comes_from_an_error_on_rows_of_the_fit(plan: FoldPlan) -> None:
    panel = long_panel(240)
    evaluation, _ = walk(panel, schedule_of(panel, plan), KnowsByHeart)
    least = intervals_for_folds(evaluation, "model", (1.0,))[-1]  # the smallest of the errors
    spread = evaluation.folds[-1].deviation.max()
    assert (least[0] * spread > 0.5).all()
    pooled = calibrate(evaluation, "model")
    assert (pooled.half_width(1.0, 4 * H) * spread > 0.5).all()


def test_p6_size_of_the_batches_changes_no_metric(
    build_network: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = long_panel()
    schedule = schedule_of(panel, FoldPlan(folds=2))
    whole = walk(panel, schedule, build_network)[0].scores("model").metrics
    monkeypatch.setattr(rollout, "PREDICT_CELLS", 1)
    alone = walk(panel, schedule, build_network)[0].scores("model").metrics
    assert None not in whole.values()
    assert alone == pytest.approx(whole, rel=1e-5)


@pytest.mark.parametrize("scaler", ["standard", "minmax"])
def test_p7_metrics_are_in_units_of_the_file_and_count_what_they_leave_out(
    scaler: str, tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    y = np.round(5000 + 900 * np.sin(np.arange(120) * np.pi / 2) + 99 * rng.normal(size=120))
    y[[100, 110, 119]] = 0
    frame = pd.DataFrame({"ds": pd.date_range("2024-01-01", periods=120), "y": y})
    model = {"horizon": 2, "context_length": 8, "hidden_size": 4, "scaler": scaler}
    config = {
        "model": model,
        "training": {"max_steps": 2, "threads": 1},
        "validation": {"folds": 2, "final_fit": False},
        "run": {"output": str(tmp_path / "run")},
    }
    found = forecast.train(frame, config)
    said = pd.read_csv(found.run / "forecasts.csv")
    error = (said["gru"] - said["y"]).abs()
    assert set(said["y"]) <= set(y)
    assert found.metrics["mae"] == pytest.approx(error.mean(), rel=1e-6)
    assert found.metrics["rmse"] == pytest.approx(math.sqrt((error**2).mean()), rel=1e-6)
    counted = said["y"] != 0
    share = (error[counted] / said["y"][counted]).mean()
    assert found.metrics["mape"] == pytest.approx(100 * share, rel=1e-6)
    zero = int((~counted).sum())
    assert zero > 0
    note = f"mape over {len(said) - zero} of {len(said)} points: {zero} actual values are 0"
    assert note in json.loads((found.run / "metrics.json").read_text("utf-8"))["notes"]


@pytest.mark.parametrize(("month", "day", "hours"), [(3, 30, 23), (10, 26, 25)])
def test_p9_hours_of_a_year_are_forecast_across_a_change_of_clocks(
    month: int, day: int, hours: int, tmp_path: Path
) -> None:
    zone = "Europe/Berlin"
    end = pd.Timestamp(2024, month, day, 23, tz=zone)
    stamps = pd.date_range(end - pd.DateOffset(years=1), end, freq="h")
    assert len({stamp.utcoffset() for stamp in stamps}) == 2
    lines = [f"{stamp:%Y-%m-%d %H:%M},{place % 24}" for place, stamp in enumerate(stamps)]
    (tmp_path / "hours.csv").write_text("\n".join(["ds,y", *lines]) + "\n", encoding="utf-8")
    config = {
        "data.time_zone": zone,
        "model.name": "seasonal_naive",
        "model.horizon": hours,
        "validation.folds": 0,
        "run.output": str(tmp_path / "run"),
    }
    run = forecast.train(tmp_path / "hours.csv", config).run
    found = forecast.predict(run).frame
    ahead = pd.date_range(end, periods=hours + 1, freq="h")[1:]
    assert {stamp.date() for stamp in ahead} == {(end + pd.DateOffset(days=1)).date()}
    assert (ahead[-1] + pd.Timedelta(hours=1)).hour == 0
    assert list(pd.to_datetime(found["ds"], utc=True)) == list(ahead.tz_convert("UTC"))
    last = len(stamps) - 1
    assert found["seasonal_naive"].tolist() == [(last + step) % 24 for step in range(1, hours + 1)]


def test_p11_forecast_of_three_horizons_equals_three_chained_calls_of_each_network(
    build_network: Build,
) -> None:
    panel = usual_panel().take(np.array([0]))
    forecaster = fitted(build_network, panel)
    last = np.array([ROWS - 1])
    whole = forecaster.predict(panel, last, horizon=3 * HORIZON)[0, 0]
    known = panel
    for block in range(3):
        cutoff = np.array([known.length - 1])
        following = forecaster.predict(known, cutoff, horizon=HORIZON)[0, 0]
        expected = whole[block * HORIZON : (block + 1) * HORIZON]
        np.testing.assert_allclose(following, expected, rtol=1e-5, atol=1e-5)
        known = make_panel(np.concatenate([known.values, following]))


@pytest.mark.parametrize("model", ["seasonal_naive", "naive2", "theta", "ets", "stl_ets", "gru"])
def test_p12_season_keeps_to_the_calendar_where_rows_are_absent(model: str, tmp_path: Path) -> None:
    stamps = pd.date_range("2024-01-01", periods=100)  # a Monday
    rng = np.random.default_rng(0)
    sundays = stamps.day_of_week == 6
    frame = pd.DataFrame({"ds": stamps, "y": 10 + 5 * sundays + 0.01 * rng.normal(size=100)})
    config = {
        "model.name": model,
        "model.horizon": 14,
        "validation.folds": 0,
        "run.output": str(tmp_path / "run"),
    }
    if model == "gru":  # as it begins
        config |= {
            "model.start": "season",
            "model.context_length": 21,
            "training.max_steps": 1,
            "training.threads": 1,
        }
    absent = [0, 1, 2, 30, 31, 60, 88, 95]  # counted by rows, the last week would have eight days
    run = forecast.train(frame.drop(index=absent), config).run
    found = forecast.predict(run).frame
    high = found[model] > 12.5
    assert set(found["ds"][high].dt.day_of_week) == {6}
    assert high.sum() == 2
