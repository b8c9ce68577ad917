from __future__ import annotations

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from forecast.report.charts import (
    folds_chart,
    forecast_chart,
    loss_chart,
    steps_chart,
    walk_forward_chart,
)
from forecast.report.diagnostics import FoldRow
from forecast.training.monitor import EpochRecord

pytestmark = pytest.mark.charts
Frames = tuple[pd.DataFrame, pd.DataFrame]
MakeFrames = Callable[..., Frames]


def texts(svg: str) -> list[str]:
    """The words on a chart, which must also be well-formed XML."""
    root = ET.fromstring(svg)  # noqa: S314 - our own text
    return ["".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text")]


def assert_drawn(svg: str) -> None:
    assert texts(svg)
    assert not re.search(r"\b(nan|inf)\b", svg, flags=re.IGNORECASE)


def day(number: int) -> pd.Timestamp:
    return pd.Timestamp("2024-01-01") + pd.Timedelta(days=number)


def test_forecast_chart_names_axes_series_and_intervals(make_frames: MakeFrames) -> None:
    svg = forecast_chart(*make_frames(["north"]), model="gru", unit="load (MW)")
    shown = ["north", "observed", "gru forecast", "80 % interval", "95 % interval", "load (MW)"]
    assert {*shown, "time"} <= set(texts(svg))


@pytest.mark.parametrize(
    ("kind", "label"),
    [("naive", "time"), ("aware", "time (Europe/Berlin)"), ("integer", "time (steps)")],
)
def test_forecast_chart_labels_its_kind_of_time(
    make_frames: MakeFrames, kind: str, label: str
) -> None:
    assert label in texts(forecast_chart(*make_frames(kind=kind), model="gru"))


def test_aware_stamps_are_shown_in_their_own_zone() -> None:
    ds = pd.date_range("2024-06-01 12:00", periods=3, freq="h", tz="Asia/Tokyo")
    frame = pd.DataFrame({"unique_id": "a", "ds": ds, "gru": [1.0, 2.0, 3.0]})
    recent = pd.DataFrame({"unique_id": [], "ds": ds[:0], "y": []})
    assert "12:00" in texts(forecast_chart(frame, recent, model="gru"))


def test_charts_twice_are_equal_bytes_whatever_the_settings(
    make_frames: MakeFrames, judged: pd.DataFrame
) -> None:
    def draw() -> list[str]:
        return [
            forecast_chart(*make_frames(), model="gru"),
            walk_forward_chart(judged, models=("gru", "naive"), main="gru"),
            steps_chart({"gru": [1.0, 2.0]}, main="gru"),
        ]

    first = draw()
    with mpl.rc_context({"lines.linewidth": 9.0, "font.size": 30.0, "svg.fonttype": "path"}):
        assert draw() == first
        assert mpl.rcParams["lines.linewidth"] == 9.0


@pytest.mark.parametrize("seed", ["1", "2"])
def test_chart_bytes_do_not_depend_on_the_process(seed: str) -> None:
    script = (
        "from forecast.report.charts import steps_chart\n"
        "import sys; sys.stdout.write(steps_chart({'gru': [1.0, 2.0], 'naive': [2.0, 3.0]}, "
        "main='gru'))"
    )
    there = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
    )
    assert there.stdout == steps_chart({"gru": [1.0, 2.0], "naive": [2.0, 3.0]}, main="gru")


def test_importing_the_room_loads_neither_matplotlib_nor_torch() -> None:
    script = (
        "import sys, forecast.report.charts, forecast.report.draw, forecast.report.page\n"
        "print({'matplotlib', 'torch', 'rich', 'typer'} & set(sys.modules))"
    )
    there = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert there.stdout.strip() == "set()"


def test_drawing_never_loads_pyplot() -> None:
    script = (
        "import sys; from forecast.report.charts import steps_chart\n"
        "steps_chart({'gru': [1.0, 2.0]}, main='gru')\n"
        "print('matplotlib.figure' in sys.modules, 'matplotlib.pyplot' in sys.modules)"
    )
    there = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert there.stdout.strip() == "True False"


def test_series_that_the_frame_leaves_out_are_counted(make_frames: MakeFrames) -> None:
    svg = forecast_chart(*make_frames(["a", "b"]), model="gru", total=7)
    assert "2 of 7 series shown; 5 are left out" in texts(svg)


def test_a_hundred_series_are_thinned_to_four_and_counted(make_frames: MakeFrames) -> None:
    svg = forecast_chart(*make_frames([f"s{n}" for n in range(100)]), model="gru")
    assert "4 of 100 series shown; 96 are left out" in texts(svg)
    assert len([text for text in texts(svg) if re.fullmatch(r"s\d+", text)]) == 4


def test_a_long_forecast_stays_small(make_frames: MakeFrames) -> None:
    frames = make_frames(["a", "b", "c", "d"], horizon=5_000, history=40_000)
    assert len(forecast_chart(*frames, model="gru")) < 250_000


def test_a_constant_series_is_drawn_with_its_value_on_the_axis(make_frames: MakeFrames) -> None:
    frame, recent = make_frames()
    recent["y"] = 42.0
    for column in frame.columns[2:]:
        frame[column] = 42.0
    svg = forecast_chart(frame, recent, model="gru")
    assert_drawn(svg)
    assert "42" in texts(svg)


@pytest.mark.parametrize("kind", ["naive", "integer"])
def test_a_single_point_becomes_a_dot(make_frames: MakeFrames, kind: str) -> None:
    frame, recent = make_frames(horizon=1, history=1, kind=kind)
    dot = r"<use [^>]*fill: var\(--{}"
    svg = forecast_chart(frame, recent, model="gru")
    assert_drawn(svg)
    assert re.search(dot.format("ink"), svg)
    assert re.search(dot.format("blue"), svg)
    bare = forecast_chart(frame, recent.iloc[:0], model="gru")
    assert_drawn(bare)
    assert not re.search(dot.format("ink"), bare)


def test_missing_values_leave_gaps(make_frames: MakeFrames) -> None:
    frame, recent = make_frames()
    whole = forecast_chart(frame, recent, model="gru")
    recent.loc[recent.index[-30:-10], "y"] = np.nan
    holed = forecast_chart(frame, recent, model="gru")
    assert_drawn(holed)
    path = r'<path d="M[^"]*" clip-path[^>]*--ink'
    assert max(found.count("M ") for found in re.findall(path, whole)) == 1
    assert max(found.count("M ") for found in re.findall(path, holed)) == 2


def test_nothing_but_missing_values_and_infinities_is_drawn_empty(make_frames: MakeFrames) -> None:
    frame, recent = make_frames()
    recent["y"] = np.nan
    frame["gru"] = np.inf
    frame["gru-hi-80"] = 1e308
    assert_drawn(forecast_chart(frame, recent, model="gru"))


def test_intervals_without_values_are_not_named(make_frames: MakeFrames) -> None:
    frame, recent = make_frames()
    frame[["gru-lo-95", "gru-hi-95"]] = np.nan
    shown = texts(forecast_chart(frame, recent, model="gru"))
    assert "80 % interval" in shown
    assert "95 % interval" not in shown


def test_names_are_text_and_not_markup_or_mathematics(make_frames: MakeFrames) -> None:
    name = "<script>alert('$x^2$')</script>&\n"
    svg = forecast_chart(*make_frames([name]), model="gru")
    assert "<script" not in svg
    assert name.strip() in texts(svg)


def test_a_name_in_another_script_is_drawn_without_a_warning(make_frames: MakeFrames) -> None:
    assert "売上" in texts(forecast_chart(*make_frames(["売上"]), model="gru"))


def test_walk_forward_chart_shows_each_step_once_and_from_the_last_fold(
    judged: pd.DataFrame,
) -> None:
    svg = walk_forward_chart(judged, models=("gru", "naive", "absent"), main="gru")
    assert {"observed", "gru", "naive"} <= set(texts(svg))
    assert "absent" not in texts(svg)
    blue = r'<path d="([^"]*)" clip-path[^>]*--blue'
    assert [path.count("M ") for path in re.findall(blue, svg)] == [3]
    since = pd.Timestamp("2024-05-02 12:00")
    late = walk_forward_chart(judged, models=("gru",), main="gru", since=since)
    assert [path.count("M ") for path in re.findall(blue, late)] == [1]


def test_walk_forward_chart_ends_with_the_newest_forecast(judged: pd.DataFrame) -> None:
    few = judged[judged["cutoff"] < pd.Timestamp("2024-05-02 12:00")]  # six cutoffs, 30 hours
    svg = walk_forward_chart(few, models=("gru",), main="gru")
    (model,), (actual,) = (
        re.findall(rf'<path d="([^"]*)" clip-path[^>]*--{colour}', svg)
        for colour in ("blue", "ink")
    )
    ends = [[point.split()[-2] for point in re.split("[ML]", path)[1:]] for path in (model, actual)]
    assert ends[0][-1] == ends[1][-1]
    assert ends[0][0] == ends[1][0]  # nothing is shown without a forecast beside it


@pytest.mark.parametrize(
    ("days", "expected"),
    [(3, "02 Jan"), (700, "Jul"), (2000, "2026")],
    ids=["days", "months", "years"],
)
def test_dates_are_marked_often_and_with_their_month(days: int, expected: str) -> None:
    folds = [("fold 1", day(0), day(days - 2), day(days - 1), day(days))]
    marks = texts(folds_chart(folds))
    assert expected in marks
    assert len([mark for mark in marks if re.fullmatch(r"\d\d \w{3}|\w{3}|\d{4}", mark)]) >= 3


def test_walk_forward_chart_draws_integer_time(judged: pd.DataFrame) -> None:
    origin = judged["cutoff"].min()
    hours = {
        c: ((judged[c] - origin) / pd.Timedelta(hours=1)).astype(int) for c in ("ds", "cutoff")
    }
    svg = walk_forward_chart(judged.assign(**hours), models=("gru",), main="gru", since=0)
    assert "time (steps)" in texts(svg)


def test_steps_chart_says_which_model_has_no_error() -> None:
    svg = steps_chart({"gru": [1.0, None, 3.0], "drift": [None, None, None]}, main="gru")
    assert "no step with a defined MAE: drift" in texts(svg)
    assert {"steps ahead", "MAE (units of the file)", "gru"} <= set(texts(svg))


def test_steps_chart_of_one_step_has_a_mark() -> None:
    svg = steps_chart({"gru": [1.5]}, main="gru")
    assert "1" in texts(svg)
    assert_drawn(svg)


def test_counts_of_four_digits_are_written_like_years() -> None:
    assert "1950" in texts(folds_chart([("fold 1", 1900, 1950, 1960, 2000)]))
    assert "30,000" in texts(folds_chart([("fold 1", 0, 20_000, 30_000, 40_000)]))


def test_folds_chart_draws_each_band_in_its_place() -> None:
    folds = [("fold 1", 0, 60, 80, 100), ("fold 2", 0, 80, 100, 120)]
    svg = folds_chart(folds)
    assert {"fold 1", "fold 2", "train", "validation", "test", "time (steps)"} <= set(texts(svg))
    assert "gap" not in texts(svg)
    gapped = folds_chart([FoldRow("fold 1", day(0), day(60), day(85), day(100), gap_start=day(80))])
    assert {"gap", "time"} <= set(texts(gapped))


def test_folds_chart_without_a_tail_and_with_many_folds() -> None:
    folds = [(f"fold {n}", day(0), day(50 + n), day(50 + n), day(60 + n)) for n in range(40)]
    shown = texts(folds_chart(folds))
    assert "validation" not in shown
    assert "24 of 40 folds shown; 16 are left out" in shown


def test_loss_chart_has_a_panel_for_each_fit(records: list[EpochRecord]) -> None:
    shown = texts(loss_chart(records))
    assert {record.fit for record in records} <= set(shown)
    assert {"train", "validation", "kept", "epoch", "loss (scaled units)"} <= set(shown)


def test_loss_chart_marks_epoch_0_where_no_epoch_was_best(records: list[EpochRecord]) -> None:
    worse = [replace(record, best=False) for record in records]
    shown = texts(loss_chart(worse))
    assert "kept: untrained (epoch 0)" in shown
    assert "kept" not in shown
    assert "0" in shown
    both = texts(loss_chart([*records[:5], *worse[5:]]))
    assert {"kept", "kept: untrained (epoch 0)"} <= set(both)
    assert "kept: untrained (epoch 0)" not in texts(loss_chart(records))


def test_loss_chart_gathers_the_fits_of_a_model(records: list[EpochRecord]) -> None:
    names = [f"{model}, fold {fold} of 2" for fold in (1, 2) for model in ("rnn", "gru")]
    shown = texts(loss_chart([replace(records[0], fit=name) for name in names]))
    titles = [text for text in shown if "fold" in text]
    assert titles == [
        "rnn, fold 1 of 2",
        "rnn, fold 2 of 2",
        "gru, fold 1 of 2",
        "gru, fold 2 of 2",
    ]


def test_loss_chart_of_one_epoch_and_of_losses_that_are_not_finite(
    records: list[EpochRecord],
) -> None:
    assert_drawn(loss_chart(records[:1]))
    wild = [replace(record, train_loss=float("nan")) for record in records]
    assert_drawn(loss_chart(wild))
    assert_drawn(loss_chart([replace(record, validation_loss=np.inf) for record in wild]))


def test_loss_chart_counts_the_fits_it_leaves_out(records: list[EpochRecord]) -> None:
    many = [replace(records[0], fit=f"fit {n}") for n in range(15)]
    assert "12 of 15 fits shown; 3 are left out" in texts(loss_chart(many))


def test_charts_of_nothing_are_empty(make_frames: MakeFrames, judged: pd.DataFrame) -> None:
    frame, recent = make_frames()
    assert forecast_chart(frame.iloc[:0], recent, model="gru") == ""
    assert walk_forward_chart(judged.iloc[:0], models=("gru",), main="gru") == ""
    assert steps_chart({}, main="gru") == ""
    assert folds_chart([]) == ""
    assert loss_chart([]) == ""
