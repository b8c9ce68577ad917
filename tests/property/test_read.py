"""What holds for any file: the order of rows, the round trip of values and ids, no mutation."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.data.columns import ColumnChoice
from forecast.data.load import read_panel

LONG = ColumnChoice(target=("y",), time=("ds",), id=("unique_id",))
NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Z"]), min_size=1, max_size=6
)
VALUES = st.floats(allow_nan=True, allow_infinity=False)
FREQS = st.sampled_from(["h", "15min", "D", "W-SAT", "MS", "ME", "QS", "B", "YS"])


@st.composite
def frames(draw: st.DrawFn) -> tuple[pd.DataFrame, str]:
    freq = draw(FREQS)
    names = draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))
    zone = draw(st.sampled_from([None, "UTC"]))
    grid = pd.date_range("2020-02-29", periods=12, freq=freq, tz=zone)
    parts = []
    for name in names:
        first = draw(st.integers(0, 8))
        count = draw(st.integers(3, 12 - first)) if first < 9 else 3
        values = draw(st.lists(VALUES, min_size=count, max_size=count))
        stamps = grid[first : first + count]
        parts.append(pd.DataFrame({"unique_id": name, "ds": stamps, "y": values}))
    frame = pd.concat(parts, ignore_index=True)
    frame.loc[0, "y"] = 1.0
    return frame, freq


@settings(max_examples=60, deadline=None)
@given(frames(), st.randoms(use_true_random=False))
def test_rows_in_any_order_give_the_same_panel(
    drawn: tuple[pd.DataFrame, str], random: object
) -> None:
    frame, freq = drawn
    order = np.random.default_rng(hash(str(random)) % 2**32).permutation(len(frame))
    one = read_panel(frame, columns=LONG, freq=freq)
    other = read_panel(frame.iloc[order], columns=LONG, freq=freq)
    assert one.fingerprint == other.fingerprint


@settings(max_examples=60, deadline=None)
@given(frames(), st.sampled_from(",;\t|"))
def test_a_written_frame_is_read_back(drawn: tuple[pd.DataFrame, str], separator: str) -> None:
    frame, freq = drawn
    before = frame.copy(deep=True)
    text = frame.to_csv(index=False, sep=separator)
    from_text = read_panel(io.StringIO(text), columns=LONG, freq=freq)
    from_frame = read_panel(frame, columns=LONG, freq=freq)
    pd.testing.assert_frame_equal(frame, before)
    assert from_text.panel.unique_ids == from_frame.panel.unique_ids
    np.testing.assert_array_equal(from_text.panel.values, from_frame.panel.values)
    assert from_text.fingerprint == from_frame.fingerprint
    known = frame.groupby("unique_id")["y"].apply(lambda y: y.notna().any())
    assert list(from_text.panel.unique_ids) == sorted(known[known].index)
