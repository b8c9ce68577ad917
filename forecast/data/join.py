"""Two panels of one frequency joined by time: the tail that a bundle keeps and newer rows."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from forecast.data.arrays import FloatArray, IntArray
from forecast.data.clock import CalendarClock, Clock, CountClock, dated_grid
from forecast.data.observed import ObservedClock
from forecast.data.panel import Panel
from forecast.errors import FrequencyError


@dataclass(frozen=True, eq=False)
class Joined:
    """What came of joining.

    Parameters
    ----------
    panel : Panel
        Series of both, in the order of the tail, new ones behind.
    replaced : int
        Values of the tail for which the new panel had another one.
    new_ids : tuple of str
        Series that the tail does not know.
    """

    panel: Panel
    replaced: int
    new_ids: tuple[str, ...]


def join_panels(tail: Panel, new: Panel) -> Joined:
    """Join rows by time; where both have a value, that of ``new`` stands.

    Parameters
    ----------
    tail, new : Panel
        Of one frequency, or both counted with one step.

    Raises
    ------
    FrequencyError
        If the two have no common grid.
    """
    known = {name: index for index, name in enumerate(tail.unique_ids)}
    new_ids = tuple(name for name in new.unique_ids if name not in known)
    names = (*tail.unique_ids, *new_ids)
    order = {name: index for index, name in enumerate(names)}
    tail_series = np.arange(tail.n_series, dtype=np.int64)
    new_series = np.array([order[name] for name in new.unique_ids], dtype=np.int64)
    clock, tail_first, new_first = _common_grid(tail, new, new_series, len(names))

    far = np.iinfo(np.int64).max
    first = np.full(len(names), far, dtype=np.int64)
    stop = np.full(len(names), -far, dtype=np.int64)
    for series, begin, panel in ((tail_series, tail_first, tail), (new_series, new_first, new)):
        filled = panel.lengths > 0
        first[series[filled]] = np.minimum(first[series], begin)[filled]
        stop[series[filled]] = np.maximum(stop[series], begin + panel.lengths)[filled]
    empty = stop < first
    first[empty], stop[empty] = 0, 0
    offsets = np.concatenate([[0], np.cumsum(stop - first)]).astype(np.int64)
    values = np.full(int(offsets[-1]), np.nan)
    values[_slots(tail, offsets[tail_series] + tail_first - first[tail_series])] = _packed(tail)
    at = _slots(new, offsets[new_series] + new_first - first[new_series])
    old = values[at]
    fresh = _packed(new)
    has = ~np.isnan(fresh)
    replaced = int((has & ~np.isnan(old) & (old != fresh)).sum())
    values[at] = np.where(has, fresh, old)
    return Joined(Panel(names, values, offsets, first, clock), replaced, new_ids)


def _packed(panel: Panel) -> FloatArray:
    return panel.values


def _slots(panel: Panel, starts: IntArray) -> IntArray:
    """Where each value of a panel goes when series i begins at ``starts[i]``."""
    inside = np.arange(panel.offsets[-1], dtype=np.int64)
    return inside + np.repeat(starts - panel.offsets[:-1], panel.lengths)


def _common_grid(
    tail: Panel, new: Panel, new_series: IntArray, count: int
) -> tuple[Clock, IntArray, IntArray]:
    """Clock of the joined panel and the first row of each series on it, for both panels."""
    if isinstance(tail.clock, CalendarClock) and isinstance(new.clock, CalendarClock):
        return _dated(tail, new, tail.clock, new.clock)
    if isinstance(tail.clock, CountClock) and isinstance(new.clock, CountClock):
        return _counted(tail, new, new_series, count)
    kinds = [
        "dates" if isinstance(panel.clock, CalendarClock) else "counted rows"
        for panel in (tail, new)
    ]
    raise FrequencyError(
        f"the model was trained on {kinds[0]} and the new data have {kinds[1]}",
        fix="name the time column with --time, as in training",
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
        zoned = ["with" if stamp.tz is not None else "without" for stamp in (here, there)]
        raise FrequencyError(
            f"the model was trained on times {zoned[0]} zone and the new data are {zoned[1]}",
            fix="write the times of both files in one way",
        )
    if here.tz is not None:
        there = there.tz_convert(here.tz)
    shift = _shift(old_clock, new_clock, here, there)
    origin = min(here, there)
    clock = replace(old_clock, origin=origin)
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
    grid = dated_grid(early, freq, last=late)
    if not len(grid) or grid[0] != early or grid[-1] != late:
        raise FrequencyError(
            f"the new data begin at {there}, which is not on the grid of {freq!r} from {here}",
            fix="give data whose times continue those of the training file",
        )
    return (len(grid) - 1) * (1 if here <= there else -1)


def _counted(
    tail: Panel, new: Panel, new_series: IntArray, count: int
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
    old_last = _last_counts(tail, old_clock)
    new_last = _last_counts(new, new_clock)
    last = np.full(count, np.iinfo(np.int64).min, dtype=np.int64)
    last[: tail.n_series] = old_last
    both = last[new_series] > np.iinfo(np.int64).min
    apart = np.where(both, new_last - np.where(both, last[new_series], 0), 0)
    if bool((apart % step).any()):
        series = new.unique_ids[int(np.flatnonzero(apart % step)[0])]
        raise FrequencyError(
            f"the counts of series {series!r} are not whole steps of {step} from those it had",
            fix="give data whose counts continue those of the training file",
        )
    last[new_series] = np.maximum(last[new_series], new_last)
    tail_end = (old_last - last[: tail.n_series]) // step
    new_end = (new_last - last[new_series]) // step
    tail_first = tail_end - tail.lengths
    new_first = new_end - new.lengths
    length = -int(min(tail_first.min(initial=0), new_first.min(initial=0)))
    return CountClock(last, step, length), tail_first + length, new_first + length


def _last_counts(panel: Panel, clock: CountClock) -> IntArray:
    """Count of the last row of each series."""
    beyond = panel.first + panel.lengths - clock.length
    return clock.last + beyond * clock.step
