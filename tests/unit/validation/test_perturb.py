"""The other future of an audit: different wherever nobody could know, equal everywhere else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from forecast.data.load import read_panel
from forecast.data.panel import Panel
from forecast.data.table.columns import ColumnChoice
from forecast.validation.perturb import altered_after

CUTOFF, KNOWN, STOP, ROWS = 30, 4, 58, 60


def a_panel() -> Panel:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "shop": ["a"] * ROWS + ["b"] * ROWS,
            "ds": [*pd.date_range("2024-01-01", periods=ROWS)] * 2,
            "y": rng.integers(0, 9, 2 * ROWS),
            "sensor": rng.normal(size=2 * ROWS),
            "price": rng.normal(size=2 * ROWS) + 5,
            "word": rng.choice(["x", "y", "z"], 2 * ROWS),
        }
    )
    columns = ColumnChoice(
        target=("y",), time=("ds",), id=("shop",), past=("sensor", "word"), future=("price",)
    )
    return read_panel(frame, columns=columns).panel


def test_only_what_nobody_could_know_is_altered() -> None:
    panel = a_panel()
    other = altered_after(panel, CUTOFF, known=KNOWN, stop=STOP, seed=0)
    assert panel.covariates is not None
    assert other.covariates is not None
    row = np.tile(np.arange(ROWS), 2)
    unseen = (row > CUTOFF) & (row < STOP)
    assert np.array_equal(other.values != panel.values, unseen)
    names = [column.name for column in panel.covariates.columns]
    for name in ("sensor", "price"):
        place = names.index(name)
        before, after = (some.covariates.values[:, place] for some in (panel, other))  # type: ignore[union-attr]
        which = (row > CUTOFF + KNOWN) & (row < STOP) if name == "price" else unseen
        assert np.array_equal(before != after, which)
    words = other.covariates.values[:, names.index("word")]
    before = panel.covariates.values[:, names.index("word")]
    assert np.array_equal(words[~unseen], before[~unseen])
    assert not np.array_equal(words[unseen], before[unseen], equal_nan=True)


def test_noise_is_of_the_kind_of_the_values_and_some_of_it_is_missing() -> None:
    panel = a_panel()
    other = altered_after(panel, CUTOFF, known=KNOWN, stop=STOP, seed=0)
    seen = other.values[np.isfinite(other.values)]
    assert bool((seen % 1 == 0).all())
    assert bool((seen >= 0).all())
    assert 0 < int(np.isnan(other.values).sum()) < 20
    assert bool(np.isfinite(other.at(np.array([STOP - 1]))).all())


def test_a_constant_is_altered_too_and_a_missing_value_gets_one() -> None:
    panel = a_panel()
    flat = replace(panel, values=np.where(np.arange(2 * ROWS) % 5, 0.0, np.nan))
    other = altered_after(flat, CUTOFF, known=KNOWN, stop=ROWS, seed=0)
    rows = np.tile(np.arange(ROWS), 2) > CUTOFF
    late = other.values[rows]
    assert bool((late[np.isfinite(late)] > 0).all())
    assert np.array_equal(other.values[~rows], flat.values[~rows], equal_nan=True)
