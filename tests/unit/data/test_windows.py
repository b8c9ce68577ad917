from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils._python_dispatch import TorchDispatchMode

from forecast.data.panel import Panel
from forecast.data.times.clock import CalendarClock
from forecast.data.windows import (
    PackedSeries,
    Places,
    evenly,
    gather_context,
    gather_target,
    pack,
    training_windows,
    validation_windows,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecast.data.arrays import FloatArray

CPU = torch.device("cpu")


@dataclass(frozen=True)
class Seen:
    """A window written out: what it shows and what it asks, one entry per step."""

    context: tuple[float, ...]
    missing: tuple[bool, ...]
    target: tuple[float | None, ...]


def make_panel(series: list[FloatArray], first: list[int]) -> Panel:
    lengths = np.array([len(values) for values in series], dtype=np.int64)
    return Panel(
        tuple(f"s{index}" for index in range(len(series))),
        np.concatenate(series).astype(np.float64),
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        np.array(first, dtype=np.int64),
        CalendarClock(pd.Timestamp("2024-01-01"), "D"),
    )


def written_out(
    packed: PackedSeries, places: Places, *, context_length: int, horizon: int
) -> dict[tuple[int, int], Seen]:
    """The windows by series and packed row."""
    windows = places.pick(torch.arange(len(places)))
    context = gather_context(packed, windows.row, windows.series, context_length=context_length)
    target, counts = gather_target(packed, windows, horizon=horizon)
    found = {}
    for place in range(len(windows)):
        key = (int(windows.series[place]), int(windows.row[place]))
        asked = zip(target[place].tolist(), counts[place].tolist(), strict=True)
        found[key] = Seen(
            tuple(context.values[place].tolist()),
            tuple(bool(mark) for mark in context.missing[place]),
            tuple(value if count else None for value, count in asked),
        )
    assert len(found) == len(windows)
    return found


def slow_window(
    values: FloatArray, place: int, stop: int, *, context_length: int, horizon: int
) -> Seen:
    """The window after row ``place`` of one series, in words: the past, repeated where missing."""
    past = [value for value in values[: place + 1] if np.isfinite(value)]
    oldest = past[0]
    context, missing = [], []
    for row in range(place - context_length + 1, place + 1):
        before = [value for value in values[: max(row + 1, 0)] if np.isfinite(value)]
        context.append(float(before[-1] if before else oldest))
        missing.append(row < 0 or not np.isfinite(values[row]))
    target = [
        float(values[row]) if row < stop and np.isfinite(values[row]) else None
        for row in range(place + 1, place + 1 + horizon)
    ]
    return Seen(tuple(context), tuple(missing), tuple(target))


def slow_windows(
    panel: Panel, span: tuple[int, int], *, context_length: int, horizon: int, training: bool
) -> dict[tuple[int, int], Seen]:
    start, stop = span
    found = {}
    for index in range(panel.n_series):
        values, first = panel.series(index), int(panel.first[index])
        low, high = max(start - first, 0), min(len(values), stop - first)
        if training:
            whole = high - low > context_length
            places = range(low + context_length - 1 if whole else low, high - 1)
        else:
            places = range(max(start - first - 1, 0), high - horizon)
        for place in places:
            reach = high if training else place + 1 + horizon
            past, future = values[: place + 1], values[place + 1 : high]
            if np.isfinite(past).any() and np.isfinite(future).any() and place + 1 < high:
                seen = slow_window(
                    values, place, reach, context_length=context_length, horizon=horizon
                )
                found[index, int(panel.offsets[index]) + place] = seen
    return found


@st.composite
def panels(draw: st.DrawFn) -> Panel:
    """One to four series of 0 to 14 rows, whole numbers and gaps, anywhere on a grid."""
    value = st.one_of(st.integers(-99, 99), st.just(float("nan")))
    series = draw(st.lists(st.lists(value, max_size=14), min_size=1, max_size=4))
    first = [draw(st.integers(0, 6)) for _ in series]
    return make_panel([np.array(values, dtype=np.float64) for values in series], first)


@given(
    panel=panels(),
    context_length=st.integers(1, 6),
    horizon=st.integers(1, 4),
    start=st.integers(0, 8),
    rows=st.integers(0, 20),
    training=st.booleans(),
)
def test_p5_windows_and_targets_equal_a_slow_reference(
    panel: Panel, context_length: int, horizon: int, start: int, rows: int, training: bool
) -> None:
    start = 0 if training else start
    stop = start + rows
    values = panel.values
    if training:
        windows = training_windows(panel, values, context_length=context_length, stop=stop)
    else:
        windows = validation_windows(panel, values, horizon=horizon, start=start, stop=stop)
    packed = pack(panel, values, device=CPU)
    found = written_out(packed, windows, context_length=context_length, horizon=horizon)
    expected = slow_windows(
        panel, (start, stop), context_length=context_length, horizon=horizon, training=training
    )
    assert found == expected


@given(
    panel=panels(),
    context_length=st.integers(1, 6),
    seed=st.integers(0, 9),
    cut=st.integers(0, 14),
)
def test_p5_context_sees_only_its_own_series_up_to_its_row(
    panel: Panel, context_length: int, seed: int, cut: int
) -> None:
    row = panel.offsets[:-1] + cut - panel.first
    inside = (row >= panel.offsets[:-1]) & (row < panel.offsets[1:])
    for index in np.flatnonzero(inside):
        begin, newest = panel.offsets[index], row[index]
        if not np.isfinite(panel.values[begin : newest + 1]).any():
            continue
        other = panel.values.copy()
        mine = np.zeros(len(other), dtype=bool)
        mine[begin : newest + 1] = True
        other[~mine] = np.random.default_rng(seed).choice([np.nan, 1e6], (~mine).sum())
        contexts = [
            gather_context(
                pack(panel, values, device=CPU),
                torch.tensor([newest]),
                torch.tensor([index]),
                context_length=context_length,
            )
            for values in (panel.values, other)
        ]
        assert torch.equal(contexts[0].values, contexts[1].values)
        assert torch.equal(contexts[0].missing, contexts[1].missing)


def test_leading_rows_without_value_are_marked_missing() -> None:
    panel = make_panel([np.array([np.nan, np.nan, 5.0, 6.0])], [0])
    packed = pack(panel, panel.values, device=CPU)
    context = gather_context(packed, torch.tensor([3]), torch.tensor([0]), context_length=6)
    assert context.values.tolist() == [[5, 5, 5, 5, 5, 6]]
    assert context.missing.tolist() == [[1, 1, 1, 1, 0, 0]]


def test_context_beyond_the_end_of_a_series_repeats_its_last_value_as_missing() -> None:
    panel = make_panel([np.array([1.0, 2.0, 3.0]), np.array([70.0, 80.0, 90.0])], [0, 3])
    packed = pack(panel, panel.values, device=CPU)
    context = gather_context(packed, torch.tensor([4]), torch.tensor([0]), context_length=4)
    assert context.values.tolist() == [[2, 3, 3, 3]]
    assert context.missing.tolist() == [[0, 0, 1, 1]]


def test_p5_training_targets_end_where_the_span_ends() -> None:
    values = np.arange(20.0)
    panel = make_panel([values], [0])
    packed = pack(panel, values, device=CPU)
    train = training_windows(panel, values, context_length=3, stop=12)
    seen = written_out(packed, train, context_length=3, horizon=4)
    assert min(seen) == (0, 2)  # rows 0, 1, 2 are the first whole context
    asked = [value for window in seen.values() for value in window.target if value is not None]
    assert min(asked) == 3.0
    assert max(asked) == 11.0
    tail = validation_windows(panel, values, horizon=4, start=12, stop=18)
    judged = written_out(packed, tail, context_length=3, horizon=4)
    assert sorted(row for _, row in judged) == [11, 12, 13]  # the whole horizon lies in 12 to 17
    assert judged[0, 11].context == (9, 10, 11)
    assert judged[0, 11].target == (12, 13, 14, 15)


def test_windows_take_one_integer_each_and_a_batch_is_the_largest_tensor() -> None:
    rows, context_length, horizon, batch = 4_000, 500, 20, 4
    values = np.arange(rows, dtype=np.float64)
    panel = make_panel([values], [0])
    with _Largest() as largest:
        packed = pack(panel, values, device=CPU)
        windows = training_windows(panel, values, context_length=context_length, stop=rows)
        picked = windows.pick(torch.arange(batch))
        gather_context(packed, picked.row, picked.series, context_length=context_length)
        gather_target(packed, picked, horizon=horizon)
    assert len(windows) == rows - context_length
    held = [windows.row, windows.ends, windows.owners, windows.stops]
    assert [tensor.untyped_storage().nbytes() for tensor in held] == [8 * len(windows), 8, 8, 8]
    assert largest.cells <= max(rows, batch * context_length)


class _Largest(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Remembers the cells of the largest tensor that any operation gave."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.cells = 0

    def __torch_dispatch__(  # type: ignore[no-untyped-def]
        self, func: Callable[..., object], types, args=(), kwargs=None
    ) -> object:
        result = func(*args, **(kwargs or {}))
        if isinstance(result, torch.Tensor):
            self.cells = max(self.cells, result.numel())
        return result


def test_even_spacing_goes_from_the_first_to_the_last_of_many_million_windows() -> None:
    count = (1 << 24) + 4  # single precision would round its last place to one past the end
    picks = torch.arange(1).expand(count)
    assert len(evenly(picks, 3)) == 3
    small = torch.arange(10)
    assert evenly(small, 4).tolist() == [0, 3, 6, 9]
    assert evenly(small, 10) is small
