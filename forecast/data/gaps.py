"""What a network sees where the file has no value, and where a series is cut in two.

Nothing here looks ahead. Forward and seasonal fills repeat earlier values. A straight line needs
both of its ends, so each row keeps two inputs: the last value before it, and the point on the line
together with the row at which the line is known. A window takes the second only if it reaches
that far.

    row          10   11   12   13   14
    value         4    .    .   10    .
    before        4    4    4   10   10
    line               6    8              known at row 13
    window to 12  4    4    4
    window to 13  4    6    8   10

A filled value is an input like any other, and never a target.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np

from forecast.data.arrays import BoolArray, FloatArray, IntArray
from forecast.data.latest import latest_in_phase, latest_observed
from forecast.data.panel import Panel

FillKind: TypeAlias = Literal["none", "interpolate", "forward", "seasonal", "zero"]
NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Gaps:
    """What to do where values are missing.

    Parameters
    ----------
    fill : str
        ``none``: missing values are masked; else what stands in their place as an input.
    season_length : int, in steps
        For the seasonal fill.
    max_gap : int or None, in steps
        More missing values in a row split a series: no window reaches across.
    """

    fill: FillKind = "none"
    season_length: int = 1
    max_gap: int | None = None

    def check(self) -> None:
        """Refuse what a forged bundle may claim.

        Raises
        ------
        ValueError
            If a value is of another type or out of bounds.
        """
        if self.fill not in get_args(FillKind):
            raise ValueError(f"fill is {self.fill!r}")
        for steps in (self.season_length, 1 if self.max_gap is None else self.max_gap):
            if type(steps) is not int or steps < 1:
                raise ValueError(f"a length of gaps is {steps!r}")


MASKED = Gaps()


@dataclass(frozen=True, eq=False)
class Inputs:
    """What a network sees at each packed row, R of them.

    Parameters
    ----------
    values : array of shape (R,), scaled
    line : array of shape (R,), scaled, or None
        Interpolated values, where ``known_at`` lies within the window.
    known_at : array of shape (R,) or None
        Packed row of the value that ends the gap.
    seen : array of shape (R,)
        False where a row is seen as missing.
    part : array of shape (R,)
        Packed row of the first value of the part of the series that a row belongs to.
    """

    values: FloatArray
    line: FloatArray | None
    known_at: IntArray | None
    seen: BoolArray
    part: IntArray


def build_inputs(panel: Panel, scaled: FloatArray, zero: FloatArray, gaps: Gaps) -> Inputs:
    """Lay out what a network sees of a panel.

    Parameters
    ----------
    panel : Panel
        N series.
    scaled : array of shape (R,)
        Its packed values, nan where missing.
    zero : array of shape (N,)
        What a value of zero is, scaled.
    gaps : Gaps
        The policy.
    """
    observed = np.isfinite(scaled)
    latest = latest_observed(panel, observed)
    part = parts(panel, observed, latest, gaps.max_gap)
    source = _sources(panel, observed, latest, part, gaps)
    rows = np.arange(len(scaled), dtype=np.int64)
    begun = latest >= 0
    values = np.where(begun, scaled[np.maximum(source, 0)], 0.0)
    if gaps.fill == "none":
        return Inputs(values, None, None, observed, part)
    if gaps.fill == "zero":
        values = np.where(observed, values, np.repeat(zero, panel.lengths))
    if gaps.fill != "interpolate":
        return Inputs(values, None, None, begun & (rows >= part), part)
    following = _next_observed(panel, observed)
    bridged = begun & (following < NEVER) & ~observed
    end = np.where(bridged, following, 0)
    start = np.maximum(latest, 0)
    share = (rows - start) / np.maximum(end - start, 1)
    line = np.where(bridged, scaled[start] + share * (scaled[end] - scaled[start]), values)
    return Inputs(values, line, np.where(bridged, following, NEVER), begun, part)


def parts(panel: Panel, observed: BoolArray, latest: IntArray, max_gap: int | None) -> IntArray:
    """Packed row at which the part of each row begins: its first observed value.

    A part begins at the first value of a series, and at a value after more than ``max_gap`` missing
    ones. The rows of a long gap belong to the part before it, because nobody knows of the end
    of a gap while it lasts. Before the first value a part begins there, at that value.
    """
    rows = np.arange(len(observed), dtype=np.int64)
    if not len(rows):
        return rows
    before = np.concatenate([[-1], latest[:-1]])
    before[panel.offsets[:-1][panel.lengths > 0]] = -1
    begins = observed & (before < 0)
    if max_gap is not None:
        begins |= observed & (rows - before - 1 > max_gap)
    start = latest_observed(panel, begins)
    following = _next_observed(panel, observed)
    ahead = np.where(following < NEVER, following, np.repeat(panel.offsets[:-1], panel.lengths))
    return np.where(start >= 0, start, ahead)


def _next_observed(panel: Panel, observed: BoolArray) -> IntArray:
    """Packed row of the next observed value at or after each row, NEVER where there is none."""
    rows = np.arange(len(observed), dtype=np.int64)
    upcoming = np.minimum.accumulate(np.where(observed, rows, NEVER)[::-1])[::-1]
    return np.where(upcoming < np.repeat(panel.offsets[1:], panel.lengths), upcoming, NEVER)


def rows_needed(panel: Panel, context_length: int, gaps: Gaps) -> IntArray:
    """Rows from the end of each series that show what the whole shows, there and ever after.

    The values that missing ones repeat or rest on may lie before the context: the last observed
    one, and for the seasonal fill the last of each phase.

    Parameters
    ----------
    panel : Panel
        N series.
    context_length : int, in steps
        Rows that are looked at.
    gaps : Gaps
        What stands where values are missing.

    Returns
    -------
    array of shape (N,)
        At least ``context_length``, and more than the rows of a series that is shorter.
    """
    observed = np.isfinite(panel.values)
    latest = latest_observed(panel, observed)
    source = latest
    looked = context_length
    if gaps.fill == "seasonal":
        source = _sources(
            panel, observed, latest, parts(panel, observed, latest, gaps.max_gap), gaps
        )
        looked = max(context_length, gaps.season_length)
    end = np.repeat(panel.offsets[1:], panel.lengths)
    rows = np.flatnonzero((np.arange(len(observed)) >= end - looked) & (latest >= 0))
    series = np.searchsorted(panel.offsets, rows, side="right") - 1
    needed = np.full(panel.n_series, context_length, dtype=np.int64)
    np.maximum.at(needed, series, end[rows] - source[rows])
    return needed


def _sources(
    panel: Panel, observed: BoolArray, latest: IntArray, part: IntArray, gaps: Gaps
) -> IntArray:
    """Packed row of the value that each row repeats where it is missing, -1 where there is none."""
    if gaps.fill != "seasonal":
        return latest
    same = latest_in_phase(panel, observed, gaps.season_length)
    return np.where(same >= part, same, latest)


def split_notes(panel: Panel, max_gap: int) -> tuple[str, ...]:
    """Say which series are split by gaps of more than ``max_gap`` steps."""
    observed = np.isfinite(panel.values)
    latest = latest_observed(panel, observed)
    part = parts(panel, observed, latest, max_gap)
    first = parts(panel, observed, latest, None)
    begins = np.flatnonzero((part == np.arange(len(part))) & (part != first))
    if not len(begins):
        return (f"no gap is longer than {max_gap} steps: no series is split",)
    series = np.searchsorted(panel.offsets, begins, side="right") - 1
    position = begins[:1] - panel.offsets[series[:1]] + panel.first[series[:1]]
    stamp = panel.clock.stamps(series[:1], position)[0]
    name = panel.unique_ids[int(series[0])]
    count = len(np.unique(series))
    whose = f"series {name!r} is" if count == 1 else f"{count} series are"
    gaps = "gap is" if len(begins) == 1 else "gaps are"
    note = (
        f"{len(begins)} {gaps} longer than {max_gap} steps: {whose} split there, and no window "
        f"reaches across (first: {name!r} goes on at {stamp})"
    )
    return (note,)
