"""Values that may stand for "missing": repeated often and far from all others. Only pointed out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.data.arrays import BoolArray, FloatArray, IntArray
from forecast.data.panel import Panel

FEWEST = 3
"""Repeats below which a far value is an outlier and no marker."""
SHOWN = 2
"""Values pointed out on either side."""
MOST_DECIMALS = 3
"""Behind the point of a marker such as -9.999."""
NINES, CLOSE = 2, 1e-9
"""Nines of the shortest marker; what tells a whole number from another after rounding."""
SHARE = 0.5
"""Of the values of a series: what stands more often is what the series is like."""


@dataclass(frozen=True)
class Sentinel:
    """A value that may stand for "missing".

    Parameters
    ----------
    value : float
        As it stands in the file.
    count, series : int
        How often it stands, and in how many series.
    first : str
        Name of the first of them.
    nearest : float
        The value that comes nearest to it.
    """

    value: float
    count: int
    series: int
    first: str
    nearest: float

    @property
    def cell(self) -> str:
        """The value as ``--missing-values`` takes it."""
        return f"{self.value:.15g}"

    @property
    def words(self) -> str:
        """Say where it stands, as the beginning of a sentence."""
        whose = f"in series {self.first!r}" if self.series == 1 else f"in {self.series} series"
        return (
            f"the value {self.cell} stands {self.count} times {whose}, far from all others (the "
            f"nearest is {self.nearest:g})"
        )


def find_sentinels(panel: Panel) -> tuple[Sentinel, ...]:
    """Find the lowest and highest values that look like markers of missing values.

    A value is suspicious in a series where it is the lowest or highest, is not zero, stands three
    times or more but in at most half of the rows, and is further from its neighbour in size than
    all the others are from each other; or is written in nines, as -999 is, and alone in its sign.

    Parameters
    ----------
    panel : Panel
        N series, missing values as nan.
    """
    suspects = []
    for sign in (1.0, -1.0):
        found, counts, near = _lowest(sign * panel.values, panel)
        values, times = np.unique(found[np.isfinite(found)], return_counts=True)
        for place in np.argsort(-times, kind="stable")[:SHOWN]:
            where = np.flatnonzero(found == values[place])
            suspects.append(
                Sentinel(
                    value=float(sign * values[place]),
                    count=int(counts[where].sum()),
                    series=len(where),
                    first=panel.unique_ids[int(where[0])],
                    nearest=float(sign * near[where].min()),
                )
            )
    return tuple(suspects)


def sentinel_notes(panel: Panel) -> tuple[str, ...]:
    """Point out the values that look like markers of missing values; see `find_sentinels`."""
    return tuple(
        f"{found.words}: if it means missing, pass --missing-values {found.cell}"
        for found in find_sentinels(panel)
    )


def _lowest(values: FloatArray, panel: Panel) -> tuple[FloatArray, IntArray, FloatArray]:
    """Suspicious lowest value of each series or nan, how often it stands, and the next above it."""
    low = np.full(panel.n_series, np.nan)
    counts = np.zeros(panel.n_series, dtype=np.int64)
    above = np.full(panel.n_series, np.nan)
    filled = np.flatnonzero(panel.lengths > 0)
    if not len(filled):
        return low, counts, above
    starts, lengths = panel.offsets[:-1][filled], panel.lengths[filled]
    least = np.fmin.reduceat(values, starts)
    times = np.add.reduceat(values == np.repeat(least, lengths), starts, dtype=np.int64)
    often = (times >= FEWEST) & (least != 0)  # in most files few series: only they are looked at
    rows = np.repeat(often, lengths)
    filled, lengths, least, times = filled[often], lengths[often], least[often], times[often]
    if not len(filled):
        return low, counts, above
    values = values[rows]
    starts = np.cumsum(lengths) - lengths
    known = np.isfinite(values)
    rest = known & (values != np.repeat(least, lengths))
    second = np.minimum.reduceat(np.where(rest, values, np.inf), starts)
    highest = np.maximum.reduceat(np.where(rest, values, -np.inf), starts)
    size = np.add.reduceat(known, starts, dtype=np.int64)
    odd = (times <= SHARE * size) & np.isfinite(second) & np.isfinite(highest)
    spread = np.where(odd, highest, 0.0) - np.where(odd, second, 0.0)
    distance = np.where(odd, second, 0.0) - np.where(odd, least, 0.0)
    alone = _of_nines(least) & (least < 0) & (second >= 0)
    odd &= (spread > 0) & ((distance > spread) | alone)
    low[filled[odd]], counts[filled[odd]] = least[odd], times[odd]
    above[filled[odd]] = second[odd]
    return low, counts, above


def _of_nines(values: FloatArray) -> BoolArray:
    """Whether each value is written in two nines or more and no other digit: -99, 999, -9.99."""
    found = np.zeros(len(values), dtype=np.bool_)
    for decimals in range(MOST_DECIMALS + 1):
        digits = np.abs(values) * 10.0**decimals
        above = np.log10(digits + 1)  # a whole number where every digit is a nine
        found |= (above > NINES - CLOSE) & (np.abs(above - np.round(above)) < CLOSE)
    return found
