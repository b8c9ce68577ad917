from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from forecast.report.terminal import score_bars, sparkline, terminal_chart

MakeFrames = Callable[..., tuple[pd.DataFrame, pd.DataFrame]]


def test_sparkline_rises_with_the_numbers_and_leaves_gaps() -> None:
    assert sparkline([0, 1, None, 2, float("nan"), 7]) == "▁▂ ▃ █"


def test_sparkline_of_many_numbers_fits_its_width() -> None:
    assert sparkline(list(range(1_000)), width=8) == "▁▂▃▄▅▆▇█"


def test_sparkline_of_a_constant_of_nothing_and_of_gaps() -> None:
    assert len(set(sparkline([3.0] * 5))) == 1
    assert sparkline([]) == ""
    assert sparkline([None, None]) == "  "


def test_score_bars_are_in_proportion_and_undefined_scores_a_dash() -> None:
    gru, naive, drift = score_bars({"gru": 1.0, "naive": 2.0, "drift": None}, width=10)
    assert gru == "gru    █████ 1.000"
    assert naive.count("█") == 10
    assert drift == "drift  \N{EN DASH}"
    assert score_bars({}) == []


def test_terminal_chart_has_the_size_asked_for_and_says_from_when_to_when(
    make_frames: MakeFrames,
) -> None:
    lines = terminal_chart(*make_frames(), model="gru", width=60, height=6)
    assert len(lines) == 7
    assert {len(line) for line in lines} == {60}
    assert "2024-03-28 00:00" in lines[-1]
    assert lines[-1].endswith("2024-04-02 23:00")
    assert any("│" in line for line in lines)


def test_terminal_chart_draws_a_constant_one_point_and_integer_time(
    make_frames: MakeFrames,
) -> None:
    frame, recent = make_frames(horizon=1, history=1, kind="integer")
    frame["gru"], recent["y"] = 5.0, 5.0
    assert terminal_chart(frame, recent, model="gru")[-1].split() == ["0", "1"]
    alone = terminal_chart(frame, recent.iloc[:0], model="gru")
    assert sum(0x2800 < ord(char) < 0x2900 for char in "".join(alone)) == 1


def test_terminal_chart_of_nothing_is_empty(make_frames: MakeFrames) -> None:
    frame, recent = make_frames()
    assert terminal_chart(frame.iloc[:0], recent, model="gru") == []
    frame["gru"], recent["y"] = np.nan, np.nan
    assert terminal_chart(frame, recent, model="gru") == []
