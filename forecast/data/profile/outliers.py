"""Single values far from those of the same phase one season before and after.

A value is an outlier when it differs from both in the same direction, by more than five robust
deviations of such differences. A level shift or the edge of a holiday differs on one side only.
Near the ends of a series the two nearest seasons on the one side are taken.

References
----------
Iglewicz & Hoaglin (1993), How to Detect and Handle Outliers: deviations from the median in units
of the median absolute deviation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.data.arrays import BoolArray, FloatArray, IntArray
from forecast.data.panel import Panel
from forecast.data.profile.segments import highest, means, middles, place

DEVIATIONS = 5.0
NORMAL = 1.4826
"""Median absolute deviation to standard deviation, for normal values."""


LEAST_SHARE = 0.5
ROUNDING = 1e-10


@dataclass(frozen=True, eq=False)
class Outliers:
    """Outliers of a panel.

    Parameters
    ----------
    rows : array of shape (any,)
        Packed rows, the furthest first.
    scores : array of the same shape
        In robust deviations.
    counts : array of shape (N,)
        Outliers of each series.
    """

    rows: IntArray
    scores: FloatArray
    counts: IntArray


def find_outliers(panel: Panel, season: int) -> Outliers:
    """Find the outliers of each series.

    Parameters
    ----------
    panel : Panel
        N series. One whose seasonal differences are mostly zero has no scale to judge by.
    season : int, in steps
        1 compares with the neighbours.
    """
    at, end = place(panel), np.repeat(panel.lengths, panel.lengths)
    before = _away(panel, -season, at >= season)
    after = _away(panel, season, at + season < end)
    middle = middles(panel, before)
    trend = np.repeat(middle, panel.lengths)
    scale = np.repeat(_scale(panel, before - trend), panel.lengths)
    with np.errstate(divide="ignore", invalid="ignore"):
        first = np.where(at < season, _away(panel, 2 * season, at + 2 * season < end), before)
        second = np.where(at + season >= end, _away(panel, -2 * season, at >= 2 * season), after)
        # What a steady trend adds in a season is no distance.
        first = (first + np.where(at < season, 2, -1) * trend) / scale
        second = (second + np.where(at + season >= end, -2, 1) * trend) / scale
    far = _agree(first, second)
    score = np.where(far, np.minimum(np.abs(first), np.abs(second)), 0.0)
    score[~np.isfinite(score)] = 0.0
    rows = np.flatnonzero(score > DEVIATIONS)
    rows = rows[np.argsort(-score[rows], kind="stable")]
    counts = np.bincount(panel.owners[rows], minlength=panel.n_series).astype(np.int64)
    return Outliers(rows, score[rows], counts)


def _scale(panel: Panel, differences: FloatArray) -> FloatArray:
    """Robust deviation of the differences of each series; nan where most of them are zero."""
    robust = NORMAL * middles(panel, np.abs(differences))
    # Where a few stretches vary much more than most, the whole deviation has a say, too.
    usual = np.sqrt(means(panel, differences**2))
    rounding = ROUNDING * highest(panel, np.abs(panel.values))
    return np.where(robust > rounding, np.maximum(robust, LEAST_SHARE * usual), np.nan)


def _away(panel: Panel, steps: int, inside: BoolArray) -> FloatArray:
    """Each value less the one so many rows later (earlier where negative), nan where outside."""
    source = np.where(inside, np.arange(len(panel.values)) + steps, 0)
    return np.where(inside, panel.values - panel.values[source], np.nan)


def _agree(first: FloatArray, second: FloatArray) -> BoolArray:
    same: BoolArray = np.sign(first) == np.sign(second)
    return np.isfinite(first) & np.isfinite(second) & same
