"""What holds for any file: the order of rows, the round trip of values and ids, no mutation."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from forecast.data.file.dialect import SEPARATORS, Dialect
from forecast.data.load import read_panel
from forecast.data.table.columns import ColumnChoice

LONG = ColumnChoice(target=("y",), time=("ds",), id=("unique_id",))
NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Z"]), min_size=1, max_size=6
) | st.sampled_from(["001", "1", "NA", "null", "-", "?", "a,b", 'a"b', "#1", "🚲", "1,5", "2024"])
WESTERN = st.text(st.characters(codec="latin-1", exclude_categories=["Cc", "Z"]), min_size=1)
VALUES = st.floats(-1e99, 1e99) | st.just(float("nan")) | st.integers(-9999, 9999).map(float)
FREQS = st.sampled_from(["h", "15min", "D", "W-SAT", "MS", "ME", "QS", "B", "YS", "2h"])
ZONES = st.sampled_from([None, "UTC", "Europe/Paris", "America/New_York", "America/Sao_Paulo"])
STARTS = st.sampled_from(["2020-02-29", "2018-03-24", "2018-10-26", "2018-10-31"])


@st.composite
def frames(draw: st.DrawFn, names: st.SearchStrategy[str] = NAMES) -> tuple[pd.DataFrame, str]:
    freq, zone = draw(FREQS), draw(ZONES)
    ids = draw(st.lists(names, min_size=1, max_size=4, unique=True))
    start = pd.Timestamp(draw(STARTS))
    if zone is not None and freq in ("h", "15min", "2h"):
        grid = pd.date_range(start, periods=90, freq=freq, tz=zone)[-40:]
    else:
        local = pd.date_range(start, periods=12, freq=freq)
        grid = local if zone is None else local.tz_localize(zone, nonexistent="shift_forward")
    parts = []
    for name in ids:
        first = draw(st.integers(0, len(grid) - 4))
        count = draw(st.integers(3, min(12, len(grid) - first)))
        values = draw(st.lists(VALUES, min_size=count, max_size=count))
        stamps = grid[first : first + count]
        parts.append(pd.DataFrame({"unique_id": name, "ds": stamps, "y": values}))
    frame = pd.concat(parts, ignore_index=True)
    frame.loc[0, "y"] = 1.0
    return frame, freq


@settings(max_examples=40, deadline=None)
@given(frames(), st.randoms(use_true_random=False))
def test_rows_in_any_order_give_the_same_panel(
    drawn: tuple[pd.DataFrame, str], random: object
) -> None:
    frame, freq = drawn
    order = np.random.default_rng(hash(str(random)) % 2**32).permutation(len(frame))
    one = read_panel(frame, columns=LONG, freq=freq)
    other = read_panel(frame.iloc[order], columns=LONG, freq=freq)
    assert one.fingerprint == other.fingerprint


def written(frame: pd.DataFrame, separator: str, decimal: str) -> str:
    texts = frame.assign(ds=[stamp.isoformat() for stamp in frame["ds"]])
    return texts.to_csv(index=False, sep=separator, decimal=decimal)


@settings(max_examples=50, deadline=None)
@given(
    drawn=frames(),
    separator=st.sampled_from(sorted(SEPARATORS)),
    decimal=st.sampled_from(".,"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32"]),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_a_written_frame_is_read_back(
    drawn: tuple[pd.DataFrame, str], separator: str, decimal: str, encoding: str, end: str
) -> None:
    frame, freq = drawn
    before = frame.copy(deep=True)
    text = written(frame, SEPARATORS[separator], decimal).replace("\n", end)
    words = {"utf-16-be": "utf-16-be"}.get(encoding, "auto")
    # A reader cannot know that 1,234 alone is meant as a decimal: that much is said.
    mark = "comma" if decimal == "," else "point"
    zone = "auto" if frame["ds"].dt.tz is None else str(frame["ds"].dt.tz)
    dialect = Dialect(
        separator=separator, decimal=mark, thousands="none", encoding=words, time_zone=zone
    )
    data = io.BytesIO(text.encode(encoding))
    from_text = read_panel(data, columns=LONG, freq=freq, dialect=dialect)
    from_frame = read_panel(frame, columns=LONG, freq=freq)
    pd.testing.assert_frame_equal(frame, before)
    assert from_text.panel.unique_ids == from_frame.panel.unique_ids
    np.testing.assert_array_equal(from_text.panel.values, from_frame.panel.values)
    assert from_text.fingerprint == from_frame.fingerprint
    known = frame.groupby("unique_id")["y"].apply(lambda y: y.notna().any())
    assert list(from_text.panel.unique_ids) == sorted(known[known].index)


@settings(max_examples=40, deadline=None)
@given(frames(), st.sampled_from(sorted(SEPARATORS)))
def test_a_written_frame_is_read_back_without_a_word(
    drawn: tuple[pd.DataFrame, str], separator: str
) -> None:
    frame, freq = drawn
    # Where a day begins an hour late, one offset alone does not tell the calendar.
    assume(str(frame["ds"].dt.tz) != "America/Sao_Paulo")
    data = io.BytesIO(written(frame, SEPARATORS[separator], ".").encode())
    found = read_panel(data, columns=LONG, freq=freq)
    expected = read_panel(frame, columns=LONG, freq=freq)
    assert found.panel.unique_ids == expected.panel.unique_ids
    np.testing.assert_array_equal(found.panel.values, expected.panel.values)


@settings(max_examples=40, deadline=None)
@given(frames(WESTERN), st.sampled_from(["latin-1", "cp1252"]))
def test_western_encodings_are_read_back(drawn: tuple[pd.DataFrame, str], encoding: str) -> None:
    frame, freq = drawn
    data = written(frame, ",", ".").encode(encoding, errors="ignore")
    frame["unique_id"] = [
        name.encode(encoding, errors="ignore").decode(encoding) for name in frame["unique_id"]
    ]
    found = read_panel(
        io.BytesIO(data), columns=LONG, freq=freq, dialect=Dialect(encoding=encoding)
    )
    assert set(found.panel.unique_ids) <= set(frame["unique_id"])
