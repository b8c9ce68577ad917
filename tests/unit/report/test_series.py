from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from forecast.report.series import clean, left_out, loners, positions, thin


@pytest.mark.parametrize("count", [3, 400, 401, 5_000, 100_000])
def test_thin_keeps_ends_and_extremes_within_the_limit(count: int) -> None:
    y = np.random.default_rng(1).normal(size=count)
    kept = thin(y, 400)
    assert len(kept) <= 400
    assert {0, count - 1, int(y.argmin()), int(y.argmax())} <= set(kept)
    assert (np.diff(kept) > 0).all()


def test_thin_keeps_a_long_gap() -> None:
    y = np.arange(10_000.0)
    y[4_000:6_000] = np.nan
    assert np.isnan(y[thin(y, 100)]).any()


def test_loners_are_points_without_neighbours() -> None:
    nan = np.nan
    assert loners(np.array([1, nan, 2, 3, nan, 4])).tolist() == [0, 5]


def test_positions_of_aware_stamps_do_not_repeat_when_the_clock_goes_back() -> None:
    ds = pd.Series(pd.date_range("2024-10-27", periods=5, freq="h", tz="Europe/Berlin"))
    np.testing.assert_allclose(np.diff(positions(ds)), 1 / 24)


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_positions_take_any_resolution_and_mark_missing_stamps(unit: str) -> None:
    ds = pd.Series(np.array(["1970-01-02", "NaT"], dtype=f"datetime64[{unit}]"))
    np.testing.assert_array_equal(positions(ds), [1.0, np.nan])


def test_clean_makes_one_short_printable_line() -> None:
    assert clean("a\nb\x00c") == "a b c"
    assert clean("x" * 50) == "x" * 39 + "…"


def test_left_out_counts() -> None:
    assert left_out(4, 0, "series") == ""
    assert left_out(4, 1, "series") == "4 of 5 series shown; 1 is left out"
