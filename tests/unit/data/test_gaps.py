from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from forecast.data.arrays import FloatArray
from forecast.data.gaps import FillKind, Gaps, build_inputs, rows_needed, split_notes
from forecast.data.panel import Panel
from forecast.data.times.clock import CalendarClock
from forecast.data.windows import (
    gather_context,
    gather_inside,
    gather_target,
    pack,
    training_windows,
)

NAN = np.nan
CPU = torch.device("cpu")
FILLS: tuple[FillKind, ...] = ("none", "interpolate", "forward", "seasonal", "zero")


def panel_of(*series: list[float]) -> Panel:
    lengths = np.array([len(values) for values in series], dtype=np.int64)
    return Panel(
        tuple(f"s{index}" for index in range(len(series))),
        np.concatenate([np.array(values, dtype=np.float64) for values in series]),
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        np.zeros(len(series), dtype=np.int64),
        CalendarClock(pd.Timestamp("2024-01-01"), "D"),
    )


def context(panel: Panel, gaps: Gaps, row: int, length: int, series: int = 0) -> list[float]:
    """What a network sees of the rows up to ``row``; nan where it is told that they are missing."""
    inputs = build_inputs(panel, panel.values, np.zeros(panel.n_series), gaps)
    packed = pack(panel, panel.values, device=CPU, inputs=inputs)
    seen = gather_context(
        packed, torch.tensor([row]), torch.tensor([series]), context_length=length
    )
    values: FloatArray = np.where(seen.missing[0].numpy() > 0, NAN, seen.values[0].numpy())
    return [float(value) for value in values]


ONE = panel_of([1.0, 4.0, NAN, NAN, 10.0, NAN])


@pytest.mark.parametrize(
    ("fill", "expected"),
    [
        ("none", [1, 4, NAN, NAN, 10, NAN]),
        ("forward", [1, 4, 4, 4, 10, 10]),
        ("interpolate", [1, 4, 6, 8, 10, 10]),
        ("zero", [1, 4, 0, 0, 10, 0]),
        ("seasonal", [1, 4, 1, 4, 10, 4]),
    ],
)
def test_a_network_sees_gaps_filled_as_asked(fill: FillKind, expected: list[float]) -> None:
    gaps = Gaps(fill, 2)
    np.testing.assert_allclose(context(ONE, gaps, 5, 6), expected)


@pytest.mark.parametrize("fill", FILLS)
def test_a_context_inside_its_series_is_the_same_where_that_is_known(fill: FillKind) -> None:
    panel = panel_of([1.0, 4.0, NAN, NAN, 10.0, NAN, 7.0], [3.0, NAN, 5.0])
    inputs = build_inputs(panel, panel.values, np.zeros(panel.n_series), Gaps(fill, 2))
    packed = pack(panel, panel.values, device=CPU, inputs=inputs)
    row, series = torch.tensor([3, 5, 6, 9]), torch.tensor([0, 0, 0, 1])
    values, missing = gather_inside(packed, row, context_length=3)
    whole = gather_context(packed, row, series, context_length=3)
    assert torch.equal(values, whole.values)
    assert torch.equal(missing, whole.missing)


@pytest.mark.parametrize("row", [2, 3])
def test_a_line_waits_for_its_end(row: int) -> None:
    found = context(ONE, Gaps("interpolate"), row, row + 1)
    assert found == [1.0, 4.0, 4.0, 4.0][: row + 1]


@pytest.mark.parametrize("fill", FILLS)
def test_p5_a_filled_value_is_never_a_target(fill: FillKind) -> None:
    inputs = build_inputs(ONE, ONE.values, np.zeros(1), Gaps(fill, 2))
    packed = pack(ONE, ONE.values, device=CPU, inputs=inputs)
    windows = training_windows(ONE, ONE.values, context_length=2, stop=6)
    for place, row in enumerate(windows.row.tolist()):
        _, counts = gather_target(packed, windows.pick(torch.tensor([place])), horizon=3)
        wanted = [row + step in (0, 1, 4) for step in (1, 2, 3)]
        assert counts[0].tolist() == wanted


@pytest.mark.parametrize("fill", FILLS)
def test_rows_before_the_first_value_and_other_series_are_not_filled_from(fill: FillKind) -> None:
    panel = panel_of([7.0, 8.0], [NAN, NAN, 3.0, NAN])
    found = context(panel, Gaps(fill, 2), 5, 4, series=1)
    assert np.isnan(found[:2]).all()
    assert found[2] == 3.0


cells = st.one_of(st.just(NAN), st.floats(-100, 100, width=16))


@given(
    values=st.lists(cells, min_size=4, max_size=30),
    fill=st.sampled_from(FILLS),
    max_gap=st.one_of(st.none(), st.integers(1, 4)),
    season=st.integers(1, 5),
    data=st.data(),
)
def test_nothing_after_a_window_changes_what_it_shows(
    values: list[float], fill: FillKind, max_gap: int | None, season: int, data: st.DataObject
) -> None:
    row = data.draw(st.integers(0, len(values) - 1))
    if np.isnan(values[: row + 1]).all():
        values[row] = 1.0
    future = data.draw(st.lists(cells, min_size=len(values), max_size=len(values)))
    gaps = Gaps(fill, season, max_gap)
    other = [*values[: row + 1], *future[row + 1 :]]
    known, altered, alone = (
        context(panel_of(one), gaps, row, 8) for one in (values, other, values[: row + 1])
    )
    np.testing.assert_array_equal(known, altered)
    np.testing.assert_array_equal(known, alone)


@given(
    values=st.lists(cells, min_size=6, max_size=40),
    newer=st.lists(cells, max_size=6),
    fill=st.sampled_from(FILLS),
    season=st.integers(1, 9),
    max_gap=st.one_of(st.none(), st.integers(1, 4)),
)
def test_the_rows_that_are_needed_show_what_the_whole_shows_now_and_later(
    values: list[float], newer: list[float], fill: FillKind, season: int, max_gap: int | None
) -> None:
    gaps = Gaps(fill, season, max_gap)
    needed = int(rows_needed(panel_of(values, [1.0]), 5, gaps)[0])
    whole, kept = panel_of([*values, *newer]), panel_of([*values[-needed:], *newer])
    if np.isnan(whole.values).all():
        return
    np.testing.assert_array_equal(
        context(kept, gaps, kept.length - 1, 5), context(whole, gaps, whole.length - 1, 5)
    )


@pytest.mark.parametrize("fill", FILLS)
def test_no_more_rows_are_needed_than_are_read_where_nothing_is_missing(fill: FillKind) -> None:
    panel = panel_of(list(range(50)), list(range(3)))
    assert rows_needed(panel, 7, Gaps(fill, 5)).tolist() == [7, 7]


LONG_GAP = panel_of([1.0, 2.0, 3.0, NAN, NAN, NAN, 7.0, NAN, 9.0, 10.0])


def test_p5_no_window_reaches_across_a_long_gap() -> None:
    gaps = Gaps(max_gap=2)
    np.testing.assert_array_equal(context(LONG_GAP, gaps, 8, 6), [NAN, NAN, NAN, 7, NAN, 9])
    np.testing.assert_array_equal(
        context(LONG_GAP, Gaps(max_gap=3), 8, 6), [NAN, NAN, NAN, 7, NAN, 9]
    )
    assert context(LONG_GAP, Gaps("forward", max_gap=3), 8, 6) == [3, 3, 3, 7, 7, 9]
    np.testing.assert_array_equal(
        context(LONG_GAP, Gaps("forward", max_gap=2), 8, 6), [NAN, NAN, NAN, 7, 7, 9]
    )


def test_p5_training_windows_lie_in_one_part() -> None:
    inputs = build_inputs(LONG_GAP, LONG_GAP.values, np.zeros(1), Gaps(max_gap=2))
    places = training_windows(
        LONG_GAP, LONG_GAP.values, context_length=2, stop=10, part=inputs.part
    )
    windows = places.pick(torch.arange(len(places)))
    assert dict(zip(windows.row.tolist(), windows.stop.tolist(), strict=True)) == {
        1: 6,
        7: 10,
        8: 10,
    }
    bridging = training_windows(LONG_GAP, LONG_GAP.values, context_length=2, stop=10)
    assert bridging.row.tolist() == [1, 2, 3, 4, 5, 6, 7, 8]


@given(
    first=st.lists(cells, min_size=1, max_size=25),
    second=st.lists(cells, min_size=1, max_size=25),
    max_gap=st.integers(1, 4),
    length=st.integers(1, 6),
    stop=st.integers(1, 26),
)
def test_p5_windows_of_parts_are_those_that_are_found_row_by_row(
    first: list[float], second: list[float], max_gap: int, length: int, stop: int
) -> None:
    panel = panel_of(first, second)
    part = build_inputs(panel, panel.values, np.zeros(2), Gaps(max_gap=max_gap)).part
    expected, known = [], np.isfinite(panel.values)
    for series in range(2):
        begin, end = panel.offsets[series : series + 2].tolist()
        end = min(end, begin + max(0, stop - int(panel.first[series])))
        for row in range(begin, end):
            same = [other for other in range(row, end) if part[other] == part[row]]
            until = same[-1] + 1
            whole = row + 1 - part[row] >= length or until - part[row] <= length
            if whole and known[begin : row + 1].any() and known[row + 1 : until].any():
                expected.append((row, series, until))
    places = training_windows(panel, panel.values, context_length=length, stop=stop, part=part)
    found = places.pick(torch.arange(len(places)))
    columns = (found.row.tolist(), found.series.tolist(), found.stop.tolist())
    assert list(zip(*columns, strict=True)) == expected


def test_a_split_is_said_with_the_stamp_at_which_the_series_goes_on() -> None:
    (note,) = split_notes(LONG_GAP, 2)
    assert note.startswith("1 gap is longer than 2 steps: series 's0' is split there")
    assert "'s0' goes on at 2024-01-07" in note
    assert split_notes(LONG_GAP, 3) == ("no gap is longer than 3 steps: no series is split",)


@pytest.mark.parametrize(
    "gaps",
    [Gaps(fill="magic"), Gaps(season_length=0), Gaps(max_gap=0), Gaps(max_gap=True)],  # type: ignore[arg-type]
)
def test_a_forged_policy_is_refused(gaps: Gaps) -> None:
    with pytest.raises(ValueError, match=r"fill is|a length of gaps"):
        gaps.check()
