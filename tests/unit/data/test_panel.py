from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.data.panel import Panel
from forecast.data.times.clock import CalendarClock, Clock, CountClock

DAYS = CalendarClock(pd.Timestamp("2024-01-30"), "D")
COUNTS = CountClock(np.array([5, 50, 500], dtype=np.int64), 1, 6)


def make_panel(clock: Clock = DAYS) -> Panel:
    """Three series on rows 0 to 5: whole, from row 2, and of rows 1 and 2 only."""
    return Panel(
        ("a", "b", "c"),
        np.array([1, 2, 3, 4, 5, 6, 7, np.nan, 9, 10, 20, 21], dtype=np.float64),
        np.array([0, 6, 10, 12], dtype=np.int64),
        np.array([0, 2, 1], dtype=np.int64),
        clock,
    )


def rows_of(panel: Panel) -> dict[tuple[str, object], float]:
    """Every row by name and stamp."""
    found: dict[tuple[str, object], float] = {}
    for index, name in enumerate(panel.unique_ids):
        rows = np.arange(panel.lengths[index]) + panel.first[index]
        stamps = panel.clock.stamps(np.array(index), rows)
        found |= {
            (name, stamp): value for stamp, value in zip(stamps, panel.series(index), strict=True)
        }
    return found


@pytest.mark.parametrize("clock", [DAYS, COUNTS], ids=["stamps", "counts"])
@given(order=st.permutations(range(3)), count=st.integers(0, 3))
def test_take_keeps_rows_and_stamps_of_the_chosen_series(
    clock: Clock, order: list[int], count: int
) -> None:
    panel = make_panel(clock)
    chosen = np.array(order[:count], dtype=np.int64)
    taken = panel.take(chosen)
    assert taken.unique_ids == tuple("abc"[index] for index in chosen)
    expected = {key: value for key, value in rows_of(panel).items() if key[0] in taken.unique_ids}
    np.testing.assert_equal(rows_of(taken), expected)
    positions = np.arange(6)
    np.testing.assert_array_equal(taken.at(positions), panel.at(positions)[chosen])


@pytest.mark.parametrize("clock", [DAYS, COUNTS], ids=["stamps", "counts"])
@given(rows=st.integers(1, 8))
def test_tail_keeps_the_last_rows_of_every_series_where_they_are(clock: Clock, rows: int) -> None:
    panel = make_panel(clock)
    tail = panel.tail(rows)
    assert tail.lengths.tolist() == np.minimum(panel.lengths, rows).tolist()
    for index in range(3):
        np.testing.assert_array_equal(tail.series(index), panel.series(index)[-rows:])
    assert int(tail.first.min()) == 0
    everything = rows_of(panel)
    np.testing.assert_equal(rows_of(tail), {key: everything[key] for key in rows_of(tail)})


@pytest.mark.parametrize("clock", [DAYS, COUNTS], ids=["stamps", "counts"])
@given(start=st.integers(0, 6), size=st.integers(0, 8))
def test_slice_holds_the_rows_of_the_stretch_and_no_other(
    clock: Clock, start: int, size: int
) -> None:
    panel = make_panel(clock)
    part = panel.slice(start, start + size)
    assert part.unique_ids == panel.unique_ids
    positions = np.arange(-2, 12)
    inside = (positions >= 0) & (positions < size)
    expected = np.where(inside, panel.at(positions + start), np.nan)
    np.testing.assert_array_equal(part.at(positions), expected)
    everything = rows_of(panel)
    np.testing.assert_equal(rows_of(part), {key: everything[key] for key in rows_of(part)})


def test_at_gives_nan_outside_a_series_and_never_its_neighbour() -> None:
    found = make_panel().at(np.array([-1, 1, 2, 3, 6]))
    nan = np.nan
    np.testing.assert_array_equal(
        found, [[nan, 2, 3, 4, nan], [nan, nan, 7, nan, nan], [nan, 20, 21, nan, nan]]
    )


def test_horizon_after_holds_the_rows_after_each_cutoff() -> None:
    found = make_panel().horizon_after(np.array([2, 4]), 2)
    assert found.shape == (3, 2, 2)
    np.testing.assert_array_equal(found[0], [[4, 5], [6, np.nan]])
