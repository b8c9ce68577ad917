from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from forecast.errors import UsageError
from forecast.report.draw import draw_forecast

MakeFrames = Callable[..., tuple[pd.DataFrame, pd.DataFrame]]


def size(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def test_draw_forecast_makes_a_png_with_room_for_each_series(make_frames: MakeFrames) -> None:
    names = [f"s{n}" for n in range(12)]
    sizes = [
        size(draw_forecast(*make_frames(names[:count]), model="gru", levels=(80, 95)))
        for count in (1, 4, 12)
    ]
    assert [width for width, _ in sizes] == [1296] * 3
    assert sizes[0][1] < sizes[1][1] < sizes[2][1] < 1296


def test_draw_forecast_twice_is_equal_bytes(make_frames: MakeFrames) -> None:
    frames = make_frames()
    first = draw_forecast(*frames, model="gru", levels=(80.0, 95.0))
    assert draw_forecast(*frames, model="gru", levels=(80.0, 95.0)) == first
    assert b"Software" not in first


def test_draw_forecast_shows_intervals(make_frames: MakeFrames) -> None:
    frames = make_frames()
    with_levels = draw_forecast(*frames, model="gru", levels=(80,))
    assert draw_forecast(*frames, model="gru", levels=()) != with_levels


@pytest.mark.parametrize("kind", ["naive", "aware", "integer"])
def test_draw_forecast_of_one_step_without_history(make_frames: MakeFrames, kind: str) -> None:
    frame, recent = make_frames(horizon=1, kind=kind)
    frame["gru-hi-80"] = np.nan
    assert size(draw_forecast(frame, recent.iloc[:0], model="gru", levels=(80, 95)))


def test_draw_forecast_of_nothing_is_refused(make_frames: MakeFrames) -> None:
    frame, recent = make_frames()
    with pytest.raises(UsageError, match="0 rows"):
        draw_forecast(frame.iloc[:0], recent, model="gru", levels=(80,))
