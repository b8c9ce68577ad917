"""The largest level shift of each series: where its mean steps to another level and stays.

Each series is cut into forty blocks of whole seasons. A shift is the boundary that splits the block
means best into two levels, when the two explain nearly all that the blocks differ by (a trend or a
random walk is not explained so) and the step happens within a few blocks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.data.arrays import FloatArray, IntArray
from forecast.data.panel import Panel
from forecast.data.profile.segments import divided, place

BLOCKS = 40
LEAST_BLOCKS = 10
LEAST_SIDE = 3
"""Blocks on either side, so that a level is more than an excursion."""
EXPLAINED = 0.9
SUDDEN = 0.75
"""Share of the step that the two blocks on either side of it show."""


@dataclass(frozen=True, eq=False)
class Shifts:
    """Largest level shift of each series; all arrays have shape (N,).

    Parameters
    ----------
    row : int array
        Packed row near which the new level begins, to within a block; -1 where there is none.
    block : int array
        Rows of a block.
    before, after : float arrays
        Mean levels in units of the series; nan where there is no shift.
    """

    row: IntArray
    block: IntArray
    before: FloatArray
    after: FloatArray


def find_shifts(panel: Panel, season: int) -> Shifts:
    """Find the largest level shift of each series.

    Parameters
    ----------
    panel : Panel
        N series; those too short for ten blocks of a season have none.
    season : int, in steps
        Blocks hold whole seasons.
    """
    whole = panel.lengths // season
    size = season * np.maximum(1, -(-whole // BLOCKS))  # rows of a block, (N,)
    number = np.minimum(place(panel) // np.repeat(size, panel.lengths), BLOCKS - 1)
    seen = np.isfinite(panel.values)
    key = panel.owners[seen] * BLOCKS + number[seen]
    shape = (panel.n_series, BLOCKS)
    ones = np.ones(len(key))
    sums, counts = (
        np.bincount(key, weights, panel.n_series * BLOCKS).astype(np.float64).reshape(shape)
        for weights in (panel.values[seen], ones)
    )
    means = divided(sums, counts)
    known = np.isfinite(means)
    order = np.argsort(~known, axis=1, kind="stable")  # blocks that have values come first
    means = np.take_along_axis(means, order, axis=1)
    split, before, after, explained = _best_split(means)
    found = (known.sum(axis=1) >= LEAST_BLOCKS) & (explained > EXPLAINED)
    found &= _step(means, split) > SUDDEN * np.abs(after - before)
    block = np.take_along_axis(order, np.minimum(split, BLOCKS - 1)[:, None], axis=1)[:, 0]
    row = np.where(found, panel.offsets[:-1] + np.minimum(block * size, panel.lengths - 1), -1)
    return Shifts(row, size, np.where(found, before, np.nan), np.where(found, after, np.nan))


def exact_row(panel: Panel, shifts: Shifts, index: int) -> int:
    """Packed row at which the new level of series ``index`` begins: the best within a block."""
    start, stop = int(panel.offsets[index]), int(panel.offsets[index + 1])
    about, block = int(shifts.row[index]), int(shifts.block[index])
    begin, end = max(start, about - 2 * block), min(stop, about + 2 * block)
    near = panel.values[begin:end]
    seen = np.isfinite(near)
    middle = (shifts.before[index] + shifts.after[index]) / 2
    rise = np.sign(shifts.after[index] - shifts.before[index])
    # Rows on the side of their level count for a boundary, the others against it.
    above = np.where(seen, np.sign(near - middle) * rise, 0.0)
    votes = np.concatenate([[0.0], -np.cumsum(above)])
    return begin + int(np.argmax(votes))


def _best_split(means: FloatArray) -> tuple[IntArray, FloatArray, FloatArray, FloatArray]:
    """Boundary of the best two levels, the levels, and the share of variance they explain."""
    known = np.isfinite(means)
    filled = np.where(known, means, 0.0)
    overall = divided(filled.sum(axis=1), known.sum(axis=1).astype(np.float64))[:, None]
    centred = np.where(known, means - overall, 0.0)
    size = known.cumsum(axis=1).astype(np.float64)  # blocks up to each boundary, (N, BLOCKS)
    left = centred.cumsum(axis=1)
    rest = size[:, -1:] - size
    allowed = (size >= LEAST_SIDE) & (rest >= LEAST_SIDE)
    with np.errstate(divide="ignore", invalid="ignore"):
        between = np.where(allowed, left**2 / size + left**2 / rest, -1.0)  # sum over blocks is 0
        at = np.argmax(between, axis=1)
        best = np.take_along_axis(between, at[:, None], axis=1)[:, 0]
        total = (centred**2).sum(axis=1)
        share = np.where((best > 0) & (total > 0), best / total, 0.0)
        here = np.take_along_axis(left, at[:, None], axis=1)[:, 0]
        size_at = np.take_along_axis(size, at[:, None], axis=1)[:, 0]
        before = overall[:, 0] + here / size_at
        after = overall[:, 0] - here / (size[:, -1] - size_at)
    return (at + 1).astype(np.int64), before, after, share


def _step(means: FloatArray, split: IntArray) -> FloatArray:
    """Distance between the means of the two blocks before and after each split."""
    columns = np.clip(split[:, None] + np.array([-2, -1, 0, 1]), 0, means.shape[1] - 1)
    near = np.take_along_axis(means, columns, axis=1)
    known = np.isfinite(near)
    parts = [
        divided(
            np.where(known[:, part], near[:, part], 0.0).sum(axis=1),
            known[:, part].sum(axis=1).astype(np.float64),
        )
        for part in (slice(0, 2), slice(2, 4))
    ]
    step: FloatArray = np.abs(parts[1] - parts[0])
    return np.where(np.isnan(step), 0.0, step)
