"""What to say of the rows that a forecast stands on: one sentence each, with counts and a name."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forecast.data.arrays import BoolArray
from forecast.data.join import Joined
from forecast.data.times.clock import CountClock

SHOWN = 3


def input_notes(joined: Joined, *, left_out: int, alike: bool) -> list[str]:
    """Say how newer rows meet the stored ones.

    Parameters
    ----------
    joined : Joined
        The series to forecast.
    left_out : int
        Stored series that are not forecast, because the new file has none of them.
    alike : bool
        Whether the model scales all series alike.
    """
    notes = []
    ids, known, given = joined.panel.unique_ids, joined.known, joined.given
    if joined.replaced.any():
        count, first = int(joined.replaced.sum()), int(np.argmax(joined.replaced > 0))
        values = "1 stored value is" if count == 1 else f"{count} stored values are"
        notes.append(f"{values} replaced by those of the new file (first: {ids[first]!r})")
    if not known.all():
        strangers = [ids[index] for index in np.flatnonzero(~known)]
        how = "as the others are" if alike else "by the rows given"
        notes.append(f"{named(strangers)} not trained on: scaled {how}")
    if left_out:
        series = "1 stored series is" if left_out == 1 else f"{left_out} stored series are"
        notes.append(f"{series} not forecast: the new file has others only")
    if (known & ~given).any():
        series, first = _some(known & ~given, "is", "are")
        notes.append(
            f"{series} not in the new file, and forecast from the stored rows (first: "
            f"{ids[first]!r}, after {_last(joined, first, joined.tail_stop[first])})"
        )
    stale = known & given & (joined.new_stop < joined.tail_stop)
    if stale.any():
        series, first = _some(stale, "ends", "end")
        notes.append(
            f"{series} earlier in the new file than in the stored rows, which stay (first: "
            f"{ids[first]!r} at {_last(joined, first, joined.new_stop[first])}, stored up to "
            f"{_last(joined, first, joined.tail_stop[first])})"
        )
    apart = np.where(known & given, joined.new_first - joined.tail_stop, 0)
    if (apart > 0).any():
        series, first = _some(apart > 0, "lacks", "lack")
        notes.append(
            f"{series} rows between the stored and the new ones, seen as missing (first: "
            f"{ids[first]!r}, {apart[first]} after {_last(joined, first, joined.tail_stop[first])})"
        )
    return notes


def end_notes(joined: Joined) -> list[str]:
    """Say which series end before others, where each is forecast from its own end."""
    panel = joined.panel
    stop = panel.first + panel.lengths
    early = stop < panel.length
    if joined.given.any():
        early &= joined.given  # of the others that is said already
    if not early.any():
        return []
    series, first = _some(early, "ends", "end")
    note = (
        f"{series} before {panel.clock.label(0, panel.length - 1)}, each forecast from its own end "
        f"(first: {panel.unique_ids[first]!r}, after {_last(joined, first, stop[first])})"
    )
    return [note]


def cutoff_notes(joined: Joined, position: int, *, trained: int, reach: int) -> list[str]:
    """Say what a forecast as of grid row ``position`` is made from.

    Parameters
    ----------
    trained : int
        Grid row of the last row that the bundle was made from.
    reach : int
        Rows that the model reads.
    """
    panel = joined.panel
    ids, stop = panel.unique_ids, panel.first + panel.lengths
    note = f"forecast as of {panel.clock.label(0, position)}"
    if isinstance(panel.clock, CountClock) and len(np.unique(panel.clock.last)) > 1:
        note += f" of series {ids[0]!r}, and as many rows before the end of the others"
    if position < trained:
        note += (
            ": in-sample, since weights, scaler and intervals of the bundle were made from rows up "
            f"to {panel.clock.label(0, trained)}"
        )
    notes = [note]
    rows = position + 1 - panel.first
    short = (rows > 0) & (rows < np.minimum(reach, panel.lengths))
    if short.any():
        series, first = _some(short, "has", "have")
        notes.append(
            f"{series} fewer rows at hand up to the cutoff than the {reach} that the model reads "
            f"(first: {ids[first]!r}, {rows[first]}; --input may add earlier ones)"
        )
    ended = stop <= position
    if ended.any():
        series, first = _some(ended, "ends", "end")
        notes.append(
            f"{series} before the cutoff, with rows seen as missing up to it (first: "
            f"{ids[first]!r} at {_last(joined, first, stop[first])})"
        )
    return notes


def named(names: Sequence[str]) -> str:
    """Name the first few series, and count the others."""
    more = len(names) - SHOWN
    shown = ", ".join(repr(name) for name in names[:SHOWN])
    return f"series {shown}" + (f" and {more} more" if more > 0 else "")


def _some(which: BoolArray, one: str, many: str) -> tuple[str, int]:
    """Count series before the verb that fits; return the first of them, too."""
    count = int(which.sum())
    return f"{count} series {one if count == 1 else many}", int(np.argmax(which))


def _last(joined: Joined, series: int, stop: np.int64) -> str:
    """Stamp of the row before ``stop``."""
    return joined.panel.clock.label(series, int(stop) - 1)
