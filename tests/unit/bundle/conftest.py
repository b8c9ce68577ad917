"""A small fitted bundle of each kind, and the means to forge one."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import load, save

from forecast.bundle.bundle import Bundle, Origin
from forecast.bundle.checksum import checksum
from forecast.bundle.describe import describe
from forecast.bundle.manifest import ColumnNames
from forecast.bundle.save import serialise
from forecast.bundle.tensors import specs_of
from forecast.data.panel import Panel
from forecast.data.times.clock import CalendarClock, Clock, CountClock
from forecast.models.intervals import ConformalIntervals
from forecast.models.naive import SeasonalNaive
from forecast.storage.hashing import canonical_json

HORIZON, SEASON = 4, 7


def make_panel(clock: Clock | None = None, n_series: int = 4) -> Panel:
    """Series of 40, 39, ... rows that end together, one value missing."""
    lengths = 40 - np.arange(n_series)
    values = np.random.default_rng(0).normal(100.0, 10.0, int(lengths.sum()))
    values[3] = np.nan
    return Panel(
        unique_ids=tuple(f"série {number}/{'x' * number}" for number in range(n_series)),
        values=values,
        offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        first=np.arange(n_series, dtype=np.int64),
        clock=clock or CalendarClock(pd.Timestamp("2024-03-30", tz="Europe/Paris"), "h"),
    )


def make_bundle(clock: Clock | None = None, n_series: int = 4) -> Bundle:
    """Seasonal naive with intervals, on the tail of `make_panel`."""
    panel = make_panel(clock, n_series)
    origin = Origin(
        config={"model": {"horizon": HORIZON}, "run": {"output": "/home/me"}},
        horizon=HORIZON,
        context_length=None,
        season_length=SEASON,
        scaler=None,
        fingerprint="0" * 64,
        rows=len(panel.values),
        columns=ColumnNames(time=("date",), target=("y",), id=("store",)),
        levels=(80.0, 95.0),
        scores={"seasonal_naive": {"mae": 1.25, "mape": None}},
        notes=("one value is missing",),
    )
    residuals = np.random.default_rng(1).normal(size=(30, HORIZON))
    residuals[:5, -1] = np.nan
    return describe(
        origin,
        SeasonalNaive(SEASON),
        panel,
        tail_rows=2 * SEASON,
        intervals=ConformalIntervals.from_residuals(residuals),
        interval_scale=np.linspace(1.0, 2.0, n_series),
    )


def count_clock(n_series: int = 4) -> CountClock:
    """Counts that end at 99 in steps of 3."""
    return CountClock(last=np.full(n_series, 99, dtype=np.int64), step=3, length=40)


@dataclass
class Forge:
    """A file taken apart, to be put together wrongly; ``write`` makes the checksum right again."""

    path: Path
    manifest: dict[str, Any]
    tensors: dict[str, np.ndarray[Any, Any]]

    def write(self, *, listed: Mapping[str, object] | None = None) -> Path:
        """Write the forged parts with a manifest that fits them (``listed``: its tensor list)."""
        specs = {name: list(spec) for name, spec in specs_of(self.tensors).items()}
        manifest = {**self.manifest, "tensors": specs if listed is None else dict(listed)}
        contents = {name: value.tobytes() for name, value in self.tensors.items()}
        manifest["sha256"] = checksum(manifest, contents)
        self.path.write_bytes(save(self.tensors, metadata={"forecast": canonical_json(manifest)}))
        return self.path


def split(content: bytes) -> tuple[dict[str, Any], bytes]:
    """Header and data of a file."""
    size = int.from_bytes(content[:8], "little")
    return json.loads(content[8 : 8 + size]), content[8 + size :]


def join(header: Mapping[str, object] | str, data: bytes) -> bytes:
    """File of a header and data."""
    text = header if isinstance(header, str) else json.dumps(header)
    return len(text.encode()).to_bytes(8, "little") + text.encode() + data


class Kit:
    """What tests build bundles with and take files apart with."""

    make_bundle = staticmethod(make_bundle)
    count_clock = staticmethod(count_clock)
    split = staticmethod(split)
    join = staticmethod(join)


@pytest.fixture(scope="session")
def kit() -> type[Kit]:
    """Return the kit."""
    return Kit


@pytest.fixture(scope="session")
def bundle() -> Bundle:
    """Return a bundle with stamps."""
    return make_bundle()


@pytest.fixture(scope="session")
def content(bundle: Bundle) -> bytes:
    """Return the bytes of that bundle."""
    return serialise(bundle)[1]


@pytest.fixture
def forge(tmp_path: Path) -> Callable[[Bundle], Forge]:
    """Take a bundle apart."""

    def apart(bundle: Bundle) -> Forge:
        raw = serialise(bundle)[1]
        manifest = json.loads(split(raw)[0]["__metadata__"]["forecast"])
        return Forge(tmp_path / "forged.safetensors", manifest, dict(load(raw)))

    return apart
