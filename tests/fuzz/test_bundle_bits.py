"""Bits flipped, bytes cut and put in: a bundle that is not as it was written is refused by name."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from forecast.bundle.bundle import Bundle, Origin
from forecast.bundle.describe import describe
from forecast.bundle.load import load_bundle
from forecast.bundle.save import serialise
from forecast.data.panel import Panel
from forecast.data.times.clock import CalendarClock
from forecast.errors import BundleError
from forecast.models.naive import SeasonalNaive

REUSED_FOLDER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


def _build() -> Bundle:
    panel = Panel(
        unique_ids=("a",),
        values=np.arange(20.0),
        offsets=np.array([0, 20]),
        first=np.array([0]),
        clock=CalendarClock(pd.Timestamp("2024-01-01"), "D"),
    )
    origin = Origin(
        config={}, horizon=3, context_length=None, season_length=7, scaler=None,
        fingerprint="f", rows=20,
    )  # fmt: skip
    return describe(
        origin, SeasonalNaive(7), panel, tail_rows=14, intervals=None, interval_scale=np.ones(1)
    )


BUNDLE = _build()
CONTENT = serialise(BUNDLE)[1]
HEADER = 8 + int.from_bytes(CONTENT[:8], "little")


def _brief(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def assert_refused_or_same(path: Path) -> None:
    """Load; nothing but a `BundleError` may come out, unless every byte is as it was."""
    if path.read_bytes() == CONTENT:
        assert serialise(load_bundle(path)) == serialise(BUNDLE)
        return
    with pytest.raises(BundleError):
        load_bundle(path)


@REUSED_FOLDER
@given(bits=st.lists(st.integers(0, 8 * len(CONTENT) - 1), min_size=1, max_size=4))
def test_flipped_bits(tmp_path: Path, bits: list[int]) -> None:
    altered = bytearray(CONTENT)
    for bit in bits:
        altered[bit // 8] ^= 1 << (bit % 8)
    (tmp_path / "a").write_bytes(altered)

    assert_refused_or_same(tmp_path / "a")


@REUSED_FOLDER
@given(start=st.integers(0, len(CONTENT)), cut=st.integers(0, 64), put=st.binary(max_size=64))
@example(start=0, cut=64, put=b"")
def test_cut_and_put_bytes(tmp_path: Path, start: int, cut: int, put: bytes) -> None:
    (tmp_path / "a").write_bytes(CONTENT[:start] + put + CONTENT[start + cut :])

    assert_refused_or_same(tmp_path / "a")


@REUSED_FOLDER
@given(content=st.binary(max_size=300))
def test_any_bytes_at_all(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a").write_bytes(content)

    with pytest.raises(BundleError):
        load_bundle(tmp_path / "a")


@REUSED_FOLDER
@given(
    key=st.sampled_from([*BUNDLE.manifest.structure(), "further"]),
    value=JSON,
    outside=st.booleans(),
)
def test_other_values_in_the_header(tmp_path: Path, key: str, value: object, outside: bool) -> None:
    header = json.loads(CONTENT[8:HEADER])
    if outside:
        header[key] = value
    else:
        manifest = json.loads(header["__metadata__"]["forecast"])
        manifest[key] = value
        header["__metadata__"]["forecast"] = _brief(manifest)
    text = _brief(header).encode()
    text = text.ljust(-(-len(text) // 8) * 8)
    (tmp_path / "a").write_bytes(len(text).to_bytes(8, "little") + text + CONTENT[HEADER:])

    assert_refused_or_same(tmp_path / "a")
