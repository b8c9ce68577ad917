"""Two panels of one frequency joined by time: the tail that a bundle keeps and newer rows."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from forecast.data.arrays import BoolArray, IntArray
from forecast.data.covariates import join_covariates
from forecast.data.packing import ROWS_CAP, offsets_of, runs
from forecast.data.panel import Panel
from forecast.data.times.clock import CalendarClock, Clock, CountClock
from forecast.data.times.observed import ObservedClock
from forecast.errors import FrequencyError

ABSENT = -1  # row of a series that a panel does not have


@dataclass(frozen=True, eq=False)
class Joined:
    """What came of joining N series.

    Parameters
    ----------
    panel : Panel
        Series of both, in the order of the tail, new ones behind.
    tail_stop, new_first, new_stop : array of shape (N,)
        Rows of the grid: one past the last row of the tail, the first of the new panel, and one
        past its last; ``ABSENT`` where a panel does not have the series.
    repeated, replaced : array of shape (N,)
        Values of the tail that the new panel has as well, and for which it has another.
    """

    panel: Panel
    tail_stop: IntArray
    new_first: IntArray
    new_stop: IntArray
    repeated: IntArray
    replaced: IntArray

    @property
    def known(self) -> BoolArray:
        """Which series the tail has, shape (N,)."""
        known: BoolArray = self.tail_stop != ABSENT
        return known

    @property
    def given(self) -> BoolArray:
        """Which series the new panel has, shape (N,)."""
        given: BoolArray = self.new_stop != ABSENT
        return given

    def take(self, indices: IntArray) -> Joined:
        """Return what came of the series at ``indices``."""
        return Joined(
            self.panel.take(indices),
            self.tail_stop[indices],
            self.new_first[indices],
            self.new_stop[indices],
            self.repeated[indices],
            self.replaced[indices],
        )


def unjoined(tail: Panel) -> Joined:
    """Return a tail to which nothing is joined."""
    none = np.zeros(tail.n_series, dtype=np.int64)
    return Joined(tail, tail.first + tail.lengths, none + ABSENT, none + ABSENT, none, none)


def join_panels(tail: Panel, new: Panel, *, follows: bool = False) -> Joined:
    """Join rows by time; where both have a value, that of ``new`` stands.

    Parameters
    ----------
    tail, new : Panel
        Of one frequency, or both counted with one step.
    follows : bool
        The rows of ``new`` are counted from the end of the tail of their series, whatever their
        counts say.

    Raises
    ------
    FrequencyError
        If the two have no common grid, or lie too far apart on it.
    """
    known = {name: index for index, name in enumerate(tail.unique_ids)}
    strangers = tuple(name for name in new.unique_ids if name not in known)
    names = (*tail.unique_ids, *strangers)
    order = {name: index for index, name in enumerate(names)}
    tail_series = np.arange(tail.n_series, dtype=np.int64)
    new_series = np.array([order[name] for name in new.unique_ids], dtype=np.int64)
    clock, tail_first, new_first = _common_grid(tail, new, new_series, follows=follows)

    begins = _spread(len(names), (tail, tail_series, tail_first), (new, new_series, new_first))
    ends = _spread(
        len(names),
        (tail, tail_series, tail_first + tail.lengths),
        (new, new_series, new_first + new.lengths),
    )
    stop = ends.max(axis=0).clip(min=0)
    first = np.where(begins == ABSENT, stop, begins).min(axis=0)
    rows = int((stop - first).sum())
    if rows > max(ROWS_CAP, 2 * (len(tail.values) + len(new.values))):
        raise _far(rows)
    offsets = offsets_of(stop - first)
    values = np.full(int(offsets[-1]), np.nan)
    slots = offsets[:-1] - first
    before = runs(slots[tail_series] + tail_first, tail.lengths)
    values[before] = tail.values
    at = runs(slots[new_series] + new_first, new.lengths)
    old, fresh = values[at], new.values
    has = ~np.isnan(fresh)
    both = has & ~np.isnan(old)
    series = np.repeat(new_series, new.lengths)
    repeated, replaced = (
        np.bincount(series[which], minlength=len(names)).astype(np.int64)
        for which in (both & (old == fresh), both & (old != fresh))
    )
    values[at] = np.where(has, fresh, old)
    covariates = None
    if tail.covariates is not None and new.covariates is not None:
        covariates = join_covariates(
            (tail.covariates, before, tail_series),
            (new.covariates, at, new_series),
            rows=len(values),
            series=len(names),
        )
    panel = Panel(names, values, offsets, first, clock, covariates)
    return Joined(panel, ends[0], begins[1], ends[1], repeated, replaced)


def _spread(count: int, *parts: tuple[Panel, IntArray, IntArray]) -> IntArray:
    """Rows of each panel's series, shape (2, N); ``ABSENT`` where it has none."""
    spread = np.full((len(parts), count), ABSENT, dtype=np.int64)
    for place, (panel, series, rows) in enumerate(parts):
        filled = panel.lengths > 0
        spread[place, series[filled]] = rows[filled]
    return spread


def _far(rows: int) -> FrequencyError:
    return FrequencyError(
        f"the stored rows and the new ones lie so far apart that they would take {rows} rows "
        f"(at most {ROWS_CAP})",
        fix="correct the times that are far away",
    )


def _common_grid(
    tail: Panel, new: Panel, new_series: IntArray, *, follows: bool
) -> tuple[Clock, IntArray, IntArray]:
    """Clock of the joined panel and the first row of each series on it, for both panels."""
    if isinstance(tail.clock, CalendarClock) and isinstance(new.clock, CalendarClock):
        return _dated(tail, new, tail.clock, new.clock)
    if isinstance(tail.clock, CountClock) and isinstance(new.clock, CountClock):
        return _counted(tail, new, new_series, follows=follows)
    dated = isinstance(tail.clock, CalendarClock)
    words = ("dates", "counted rows") if dated else ("counted rows", "dates")
    raise FrequencyError(
        f"the model was trained on {words[0]} and the new data have {words[1]}",
        fix="give the new rows a column of dates, as the training file has"
        if dated
        else "leave the dates out of the new file, as in the training file",
    )


def _dated(
    tail: Panel, new: Panel, old_clock: CalendarClock, new_clock: CalendarClock
) -> tuple[Clock, IntArray, IntArray]:
    if old_clock.freq != new_clock.freq:
        raise FrequencyError(
            f"the model was trained at frequency {old_clock.freq!r} and the new data have "
            f"{new_clock.freq!r}",
            fix=f"give data at {old_clock.freq!r}",
        )
    here, there = old_clock.origin, new_clock.origin
    if (here.tz is None) != (there.tz is None):
        if here.tz is None:
            raise FrequencyError(
                "the model was trained on times without zone and the new data have one "
                f"({there.tz})",
                fix="write the new times in the local time of the training file, without offsets",
            )
        raise FrequencyError(
            f"the model was trained on times of the zone {here.tz} and the new data have none",
            fix=f"write the new times with offsets, like {here.isoformat()}",
        )
    if here.tz is not None:
        there = there.tz_convert(here.tz)
        in_zone = replace(new_clock, origin=there)
        if not in_zone.grid(new.length).equals(new_clock.grid(new.length).tz_convert(here.tz)):
            raise FrequencyError(
                f"the new data step by the calendar of {new_clock.origin.tz}, and the model was "
                f"trained on that of {here.tz}",
                fix=f"write the new times with the offsets of {here.tz}",
            )
    shift = _shift(old_clock, new_clock, here, there)
    clock = replace(old_clock, origin=min(here, there))
    return clock, tail.first + max(0, -shift), new.first + max(0, shift)


def _shift(
    old_clock: CalendarClock, new_clock: CalendarClock, here: pd.Timestamp, there: pd.Timestamp
) -> int:
    """Rows from the origin of one clock to that of the other."""
    if isinstance(old_clock, ObservedClock):
        return int(old_clock.positions(pd.DatetimeIndex([there]))[0])
    if isinstance(new_clock, ObservedClock):
        raise FrequencyError(
            "the new data were read by an observed calendar and the model was trained without",
            fix="leave out --calendar observed",
        )
    return _steps_between(here, there, old_clock.freq)


def _steps_between(here: pd.Timestamp, there: pd.Timestamp, freq: str) -> int:
    """Rows from ``here`` to ``there``; negative when ``there`` is earlier."""
    early, late = min(here, there), max(here, there)
    clock = CalendarClock(early, freq)
    rows = clock.row_of(late)
    if rows > ROWS_CAP:
        raise _far(rows)
    if rows < 0 or clock.grid(rows + 1)[[0, -1]].tolist() != [early, late]:
        raise FrequencyError(
            f"the new data begin at {there}, which is not on the grid of {freq!r} from {here}",
            fix="give data whose times continue those of the training file",
        )
    return rows if here <= there else -rows


def _counted(
    tail: Panel, new: Panel, new_series: IntArray, *, follows: bool
) -> tuple[Clock, IntArray, IntArray]:
    old_clock, new_clock = tail.clock, new.clock
    if not (isinstance(old_clock, CountClock) and isinstance(new_clock, CountClock)):
        raise TypeError("both panels must be counted")
    step = old_clock.step
    if step != new_clock.step and bool((new.lengths > 1).any()):
        raise FrequencyError(
            f"the model was trained on counts in steps of {step} and the new data have steps "
            f"of {new_clock.step}",
            fix=f"give data in steps of {step}",
        )
    known = new_series < tail.n_series
    old_last = _last_counts(tail, old_clock)
    new_last = _last_counts(new, new_clock)
    before = old_last[new_series[known]]
    if follows:
        new_last[known] = before + new.lengths[known] * step
    odd = np.flatnonzero((new_last[known] - before) % step)
    if len(odd):
        series = tail.unique_ids[new_series[known][odd[0]]]
        raise FrequencyError(
            f"the counts of series {series!r} are not whole steps of {step} from those it had",
            fix="give data whose counts continue those of the training file",
        )
    last = np.concatenate([old_last, new_last[~known]])
    last[new_series[known]] = np.maximum(before, new_last[known])
    tail_first = (old_last - last[: tail.n_series]) // step - tail.lengths
    new_first = (new_last - last[new_series]) // step - new.lengths
    length = -int(min(tail_first.min(initial=0), new_first.min(initial=0)))
    return CountClock(last, step, length), tail_first + length, new_first + length


def _last_counts(panel: Panel, clock: CountClock) -> IntArray:
    """Count of the last row of each series."""
    beyond = panel.first + panel.lengths - clock.length
    return clock.last + beyond * clock.step
