from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from forecast.data.panel import Panel
from forecast.data.times.clock import CalendarClock, Clock, CountClock
from forecast.metrics.aggregate import POINT_METRICS
from forecast.models.naive import Naive, SeasonalNaive
from forecast.training.monitor import SILENT
from forecast.validation.bands import Bands
from forecast.validation.evaluation import Evaluation
from forecast.validation.folds import FoldPlan, make_folds
from forecast.validation.frames import forecasts_frame, metrics_frame
from forecast.validation.walk_forward import Candidate, walk_forward

H, LENGTH = 4, 100
CALENDAR = CalendarClock(pd.Timestamp("2024-01-01"), "D")


def make_panel(clock: Clock = CALENDAR) -> Panel:
    lengths = np.array([LENGTH, LENGTH, 2], dtype=np.int64)
    return Panel(
        ("b", "a", "late"),
        np.random.default_rng(0).normal(size=lengths.sum()),
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        LENGTH - lengths,
        clock,
    )


def walk(panel: Panel, plan: FoldPlan | None = None) -> Evaluation:
    return walk_forward(
        panel,
        make_folds(panel.length, plan=plan or FoldPlan(), horizon=H, context_length=8),
        candidates=[
            Candidate("seasonal_naive", lambda _: SeasonalNaive(7)),
            Candidate("naive", lambda _: Naive()),
        ],
        horizon=H,
        season_length=7,
        seed=0,
        monitor=SILENT,
    )


def test_forecasts_frame_has_one_row_per_series_cutoff_and_step() -> None:
    panel = make_panel()
    evaluation = walk(panel)
    frame, notes = forecasts_frame(evaluation, panel, Bands("conformal", (80.0,)))
    assert list(frame.columns) == [
        "unique_id",
        "ds",
        "cutoff",
        "y",
        "seasonal_naive",
        "naive",
        "seasonal_naive-lo-80",
        "seasonal_naive-hi-80",
    ]
    cutoffs = sum(len(result.fold.cutoffs) for result in evaluation.folds)
    assert (frame["unique_id"].value_counts()[["a", "b"]] == cutoffs * H).all()
    assert frame["unique_id"].drop_duplicates().tolist() == ["b", "a", "late"]
    assert not frame.duplicated(["unique_id", "cutoff", "ds"]).any()
    assert notes == ()


def test_forecasts_frame_rows_agree_with_the_panel() -> None:
    panel = make_panel()
    frame, _ = forecasts_frame(walk(panel), panel, Bands("none", ()))
    days = pd.Timestamp("2024-01-01")
    rows, cutoffs = (frame["ds"] - days).dt.days, (frame["cutoff"] - days).dt.days
    assert (rows - cutoffs).between(1, H).all()
    for place, name in enumerate(("b", "a")):
        mine = frame["unique_id"] == name
        values = panel.series(place)
        np.testing.assert_array_equal(frame.loc[mine, "y"], values[rows[mine]])
        np.testing.assert_array_equal(frame.loc[mine, "naive"], values[cutoffs[mine]])


def test_forecasts_frame_leaves_out_rows_with_neither_value_nor_forecast() -> None:
    panel = make_panel()
    frame, _ = forecasts_frame(walk(panel), panel, Bands("none", ()))
    late = frame[frame["unique_id"] == "late"]
    assert len(late) > 0
    assert late["ds"].min() == pd.Timestamp("2024-01-01") + pd.Timedelta(days=LENGTH - 2)


def test_forecasts_frame_intervals_are_around_the_main_model_and_empty_in_the_first_fold() -> None:
    panel = make_panel()
    evaluation = walk(panel)
    frame, _ = forecasts_frame(evaluation, panel, Bands("conformal", (50.0, 80.0)), main="naive")
    middle = (frame["naive-lo-80"] + frame["naive-hi-80"]) / 2
    given = frame["naive-lo-80"].notna()
    np.testing.assert_allclose(middle[given], frame.loc[given, "naive"], atol=1e-12)
    assert (frame.loc[given, "naive-lo-50"] >= frame.loc[given, "naive-lo-80"]).all()
    second = CALENDAR.stamps(np.array([0]), np.array([evaluation.folds[1].fold.cutoffs[0]]))[0]
    assert (given == ((frame["cutoff"] >= second) & frame["naive"].notna())).all()


def test_forecasts_frame_without_stamps_counts_from_each_end() -> None:
    clock = CountClock(np.array([99, 199, 1], dtype=np.int64), 1, LENGTH)
    panel = make_panel(clock)
    frame, _ = forecasts_frame(walk(panel), panel, Bands("none", ()))
    assert frame.groupby("unique_id")["ds"].max().to_dict() == {"a": 199, "b": 99, "late": 1}


@pytest.mark.parametrize("most", [24, 100, 150])
def test_forecasts_frame_big_run_is_thinned_evenly_and_says_so(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forecast.validation.frames.MAX_ROWS", most)
    panel = make_panel()
    frame, notes = forecasts_frame(walk(panel), panel, Bands("none", ()))
    assert 0 < len(frame) <= most
    assert "evenly spaced" in notes[0]
    assert str(most) in notes[0]
    assert frame.groupby("unique_id")["cutoff"].nunique()["b"] >= 2


def test_forecasts_frame_without_folds_is_empty_with_its_columns() -> None:
    panel = make_panel()
    frame, notes = forecasts_frame(
        walk(panel, FoldPlan(folds=0)), panel, Bands("conformal", (80.0,))
    )
    assert list(frame.columns) == ["unique_id", "ds", "cutoff", "y", "seasonal_naive", "naive"]
    assert len(frame) == 0
    assert notes == ()


def test_metrics_frame_has_one_row_per_model_fold_and_step() -> None:
    panel = make_panel()
    evaluation = walk(panel)
    frame = metrics_frame(evaluation)
    assert list(frame.columns) == ["model", "fold", "step", *POINT_METRICS]
    assert len(frame) == 2 * 3 * H
    chosen = frame.query("model == 'naive' and fold == 1 and step == 2").iloc[0]
    assert chosen["mae"] == evaluation.steps("naive", 1)[1]["mae"]
    assert set(frame.dtypes[list(POINT_METRICS)].astype(str)) == {"float64"}


def test_metrics_frame_without_folds_is_empty() -> None:
    assert len(metrics_frame(walk(make_panel(), FoldPlan(folds=0)))) == 0
