"""What can be counted in each series: rows, gaps, constants, zeros, and how demand comes.

Intermittency is that of Syntetos & Boylan: the average interval between demands (ADI) and the
squared coefficient of variation of their sizes (CV2) tell four kinds apart.

                CV2 < 0.49      CV2 >= 0.49
    ADI < 1.32  smooth          erratic
    ADI >= 1.32 intermittent    lumpy

References
----------
Syntetos, Boylan & Croston (2005), On the categorization of demand patterns, J. Oper. Res. Soc. 56.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.data.arrays import BoolArray, FloatArray, IntArray
from forecast.data.panel import Panel
from forecast.data.profile.segments import (
    divided,
    highest,
    lowest,
    means,
    runs,
    totals,
)

INTERVAL, VARIATION = 1.32, 0.49
DEMANDS = ("smooth", "erratic", "intermittent", "lumpy")
NO_PERCENTAGES = ("values are zero", "values change their sign", "values come near zero")
NEAR_ZERO = 0.01
"""A value below this share of the mean size makes a percentage error explode."""


@dataclass(frozen=True, eq=False)
class Basics:
    """Counts and sizes of N series; all arrays have shape (N,).

    Parameters
    ----------
    rows, observed : int arrays
        Rows on the grid from the first to the last of the series, and those with a value.
    gaps, longest_gap : int arrays
        Stretches of rows without a value, and the rows of the longest.
    open_end : int array
        Rows without a value at the end of the series.
    zeros, negatives : int arrays
        Values of zero and below.
    lowest, highest, mean, deviation : float arrays
        In units of the series; the deviation is that of the population.
    constant : bool array
        Whether all values are equal.
    interval, variation : float arrays
        ADI and CV2; nan where a value is negative or none is above zero.
    """

    rows: IntArray
    observed: IntArray
    gaps: IntArray
    longest_gap: IntArray
    open_end: IntArray
    zeros: IntArray
    negatives: IntArray
    lowest: FloatArray
    highest: FloatArray
    mean: FloatArray
    deviation: FloatArray
    constant: BoolArray
    interval: FloatArray
    variation: FloatArray

    @property
    def demand(self) -> IntArray:
        """Kind of demand of each series, as a place in ``DEMANDS``; -1 without zeros.

        Where a value is negative there is no demand, and -1, too.
        """
        rare = self.interval >= INTERVAL
        uneven = self.variation >= VARIATION
        known = (self.zeros > 0) & np.isfinite(self.interval)
        return np.where(known, 2 * rare.astype(np.int64) + uneven, -1)

    @property
    def percentages(self) -> IntArray:
        """Why percentage errors mean little, as a place in ``NO_PERCENTAGES``; -1 where not."""
        smallest = np.minimum(np.abs(self.lowest), np.abs(self.highest))
        reasons = (
            self.zeros > 0,
            (self.negatives > 0) & (self.highest > 0),
            smallest < NEAR_ZERO * np.abs(self.mean),
        )
        return np.select(reasons, range(len(reasons)), -1).astype(np.int64)


def count_basics(panel: Panel) -> Basics:
    """Count what there is in each series of a panel."""
    values = panel.values
    seen = np.isfinite(values)
    observed = totals(panel, seen).astype(np.int64)
    starts, lengths = runs(panel, ~seen)
    series = panel.owners
    gaps = np.bincount(series[starts], minlength=panel.n_series)
    longest = np.zeros(panel.n_series, dtype=np.int64)
    np.maximum.at(longest, series[starts], lengths)
    last = starts + lengths == panel.offsets[1:][series[starts]]
    open_end = np.zeros(panel.n_series, dtype=np.int64)
    open_end[series[starts[last]]] = lengths[last]
    low, high, mean = lowest(panel, values), highest(panel, values), means(panel, values)
    spread = np.where(seen, values - np.repeat(mean, panel.lengths), 0.0)
    zeros = totals(panel, values == 0)
    negatives = totals(panel, values < 0)
    interval, variation = _demand(panel, observed - zeros)
    known = (negatives == 0) & (observed > zeros)
    return Basics(
        rows=panel.lengths,
        observed=observed,
        gaps=gaps.astype(np.int64),
        longest_gap=longest,
        open_end=open_end,
        zeros=zeros.astype(np.int64),
        negatives=negatives.astype(np.int64),
        lowest=low,
        highest=high,
        mean=mean,
        deviation=np.sqrt(divided(totals(panel, spread**2), observed.astype(np.float64))),
        constant=low == high,
        interval=np.where(known, divided(observed.astype(np.float64), interval), np.nan),
        variation=np.where(known, variation, np.nan),
    )


def _demand(panel: Panel, demands: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Count of the values that are not zero, and their squared coefficient of variation."""
    sizes = np.where(panel.values != 0, panel.values, np.nan)
    mean = means(panel, sizes)
    rest = sizes - np.repeat(mean, panel.lengths)
    variance = divided(totals(panel, np.where(np.isnan(rest), 0.0, rest**2)), demands)
    with np.errstate(divide="ignore", invalid="ignore"):
        return demands, variance / mean**2
