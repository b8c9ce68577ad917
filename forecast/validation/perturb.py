"""Another future for a panel: noise in place of all that nobody could have known at a cutoff."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from forecast.data.arrays import BoolArray, FloatArray
from forecast.data.covariates import Covariates
from forecast.data.packing import runs
from forecast.data.panel import Panel

MISSING = 0.1
"""Share of the cells that the noise leaves empty."""
FACTOR, OFFSET = 50, 1000


def altered_after(panel: Panel, cutoff: int, *, known: int, stop: int, seed: int) -> Panel:
    """Return the panel with another future after grid row ``cutoff``.

    Noise is drawn from the values of the panel, far enlarged: whole numbers stay whole, and none is
    negative, so that what a transform or a head takes it takes of the noise, too.

    Parameters
    ----------
    known : int
        Steps after the cutoff for which future covariates are known: those stay.
    stop : int
        One past the last grid row that is altered; that row keeps a value of each series.
    seed : int
        Of the noise.
    """
    rows = runs(panel.first, panel.lengths)
    rng = np.random.default_rng(seed)
    unseen = (rows > cutoff) & (rows < stop)
    values = _noise(panel.values, unseen, rows < stop - 1, rng)
    covariates = panel.covariates
    if covariates is not None:
        beyond = (rows > cutoff + known) & (rows < stop)
        covariates = _altered(covariates, unseen, beyond, rng)
    return replace(panel, values=values, covariates=covariates)


def _altered(
    covariates: Covariates, unseen: BoolArray, beyond: BoolArray, rng: np.random.Generator
) -> Covariates:
    values = covariates.values.copy()
    for place, column in enumerate(covariates.columns):
        which = beyond if column.role == "future" else unseen
        if column.words is None:
            values[:, place] = _noise(values[:, place], which, which, rng)
            continue
        codes = rng.integers(0, max(1, len(column.words)), len(values)).astype(np.float64)
        holes = rng.random(len(values)) < MISSING
        values[:, place] = np.where(which, np.where(holes, np.nan, codes), values[:, place])
    return replace(covariates, values=values)


def _noise(
    values: FloatArray, which: BoolArray, may_miss: BoolArray, rng: np.random.Generator
) -> FloatArray:
    """Replace the cells ``which`` (R,) of ``values`` (R,); some of ``may_miss`` become empty."""
    seen = values[np.isfinite(values)]
    if not len(seen):
        return values
    count = len(values)
    drawn = np.abs(rng.choice(seen, count)) * rng.integers(2, FACTOR, count)
    drawn += rng.integers(1, OFFSET, count)
    empty = may_miss & (rng.random(count) < MISSING)
    return np.where(which, np.where(empty, np.nan, drawn), values)
