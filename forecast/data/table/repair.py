"""What may be wrong with the stamps of a table: two of the same, or some absent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

import numpy as np
import pandas as pd

from forecast.data.arrays import BoolArray, CodeArray, IntArray
from forecast.data.file.likely import likely_merge
from forecast.data.file.values import line_of, rows_of
from forecast.data.packing import ROWS_CAP, offsets_of
from forecast.data.panel import Panel
from forecast.data.table.beside import place_beside
from forecast.data.table.read import Table
from forecast.data.table.treatment import Aggregate
from forecast.data.times.clock import CalendarClock, Clock, CountClock, dated_grid
from forecast.data.times.hint import Hint
from forecast.data.times.moments import shown
from forecast.data.times.observed import ObservedClock
from forecast.errors import DataError, FrequencyError


@dataclass(frozen=True, eq=False)
class Placed:
    """The table's rows on one grid.

    Parameters
    ----------
    panel : Panel
        Absent stamps are rows without value.
    absent : int
        Stamps that were added, over all series.
    first_absent : str
        The first of them, and "" when there is none.
    """

    panel: Panel
    absent: int
    first_absent: str


def refuse_duplicates(table: Table) -> None:
    """Refuse a series that has two rows of one time.

    Raises
    ------
    FrequencyError
        With the series, the stamp and both rows.
    """
    frame = table.frame
    codes = frame["unique_id"].cat.codes.to_numpy()
    twice = np.flatnonzero(duplicated(table)[1:])
    if not len(twice):
        return
    at = int(twice[0])
    series = frame["unique_id"].cat.categories[codes[at]]
    count = int((codes[twice] == codes[at]).sum())
    others = len(np.unique(codes[twice])) - 1
    noun = "timestamp" if count == 1 else "timestamps"
    beyond = f", and {others} more series have some" if others else ""
    rows = frame["row"].to_numpy()
    how = likely_merge(frame, duplicated(table), " ".join(table.columns.target))
    merge = Hint(
        f"aggregate them first, or pass --duplicates {how} "
        f"(or {', '.join(other for other in get_args(Aggregate) if other != how)})",
        {"data.duplicates": how},
    )
    hint = table.hint or merge
    if not hint.likely:
        hint = Hint(f"{merge.text}; if they are of several series, {hint.text}", merge.mend)
    raise FrequencyError(
        f"series {series!r} has {count} duplicate {noun} (first: {shown(frame['ds'].iloc[at])}, "
        f"{rows_of(table.name, int(rows[at]), int(rows[at + 1]))}){beyond}",
        location=table.name,
        fix=hint.text,
        mend=hint.mend,
    )


def duplicated(table: Table) -> BoolArray:
    """Which rows have the series and time of the row before them, shape (T,)."""
    codes = table.frame["unique_id"].cat.codes.to_numpy()
    instants = table.frame["ds"].astype("int64").to_numpy()
    again = np.zeros(len(codes), dtype=np.bool_)
    again[1:] = (np.diff(codes) == 0) & (np.diff(instants) == 0)
    return again


def place_rows(table: Table, freq: str | None, calendar: ObservedClock | None = None) -> Placed:
    """Put every row of the table at its place on one grid.

    Parameters
    ----------
    table : Table
        Sorted, without duplicates.
    freq : str or None
        Alias of the grid that all stamps lie on; None when rows are counted.
    calendar : ObservedClock or None
        The grid itself, where it is a calendar of the kinds of stamps that occur.

    Raises
    ------
    FrequencyError
        If counts have no common step, or the gaps are absurdly wide.
    """
    codes = table.frame["unique_id"].cat.codes.to_numpy()
    starts = np.append([0], np.flatnonzero(codes[1:] != codes[:-1]) + 1)
    ends = np.append(starts[1:], len(codes)) - 1
    clock, positions = _grid(table, freq, calendar, codes, ends)
    first = positions[starts]
    lengths = positions[ends] - first + 1
    offsets = offsets_of(lengths)
    if offsets[-1] > max(ROWS_CAP, 2 * len(codes)):
        raise FrequencyError(
            f"{len(codes)} rows would become {offsets[-1]} with the absent stamps between them "
            f"(at most {ROWS_CAP})",
            location=table.name,
            fix="correct the stamps that are far away, or gather the rows: --resample D",
        )
    names = table.frame["unique_id"].cat.categories[codes[starts]]
    absent = int(offsets[-1]) - len(codes)
    if not absent and not table.covariates:  # every row is where it belongs already
        values = table.frame["y"].to_numpy(dtype=np.float64, copy=True)
        return Placed(Panel(tuple(names), values, offsets, first, clock), 0, "")
    slots = positions - np.repeat(first - offsets[:-1], np.diff(np.append(starts, len(codes))))
    values = np.full(int(offsets[-1]), np.nan)
    values[slots] = table.frame["y"].to_numpy(dtype=np.float64)
    covariates = place_beside(
        table.frame, table.covariates, slots, rows=len(values), name=table.name
    )
    panel = Panel(tuple(names), values, offsets, first, clock, covariates)
    where = _first_absent(panel, slots) if absent else ""
    return Placed(panel, absent, where)


def _grid(
    table: Table,
    freq: str | None,
    calendar: ObservedClock | None,
    codes: CodeArray,
    ends: IntArray,
) -> tuple[Clock, IntArray]:
    """Clock of the panel and the row of its grid on which each row of the table lies."""
    if calendar is not None:
        return calendar, calendar.positions(pd.DatetimeIndex(table.frame["ds"]))
    if freq is None:
        return _counted(table, codes, ends)
    return _dated(table.frame["ds"], freq)


def _first_absent(panel: Panel, slots: IntArray) -> str:
    taken = np.zeros(int(panel.offsets[-1]), dtype=np.bool_)
    taken[slots] = True
    free = np.flatnonzero(~taken)
    series = np.searchsorted(panel.offsets, free, side="right") - 1
    positions = free - panel.offsets[series] + panel.first[series]
    at = int(np.argmin(positions))
    stamp = panel.clock.stamps(series[at : at + 1], positions[at : at + 1])[0]
    return shown(stamp)


def _dated(ds: pd.Series, freq: str) -> tuple[Clock, IntArray]:
    grid = dated_grid(ds.min(), freq, last=ds.max())
    marks = grid.as_unit("us").asi8
    steps = np.diff(marks)
    if len(steps) and steps.min() == steps.max():  # an even grid needs no search
        positions = (_instants(ds) - marks[0]) // steps[0]
    else:
        positions = grid.get_indexer(pd.DatetimeIndex(ds)).astype(np.int64)
    return CalendarClock(grid[0], freq), positions


def _instants(ds: pd.Series) -> IntArray:
    """Microseconds since 1970 of stamps, shape (T,)."""
    return pd.DatetimeIndex(ds).as_unit("us").asi8


def _counted(table: Table, codes: CodeArray, ends: IntArray) -> tuple[Clock, IntArray]:
    """Counts, aligned at the end of every series."""
    counts = table.frame["ds"].to_numpy(dtype=np.int64)
    steps = np.diff(counts)[np.diff(codes) == 0]
    sizes, times = np.unique(steps, return_counts=True)
    step = int(sizes[np.argmax(times)]) if len(sizes) else 1
    last = counts[ends]
    number = np.cumsum(np.diff(codes, prepend=codes[:1]) != 0)
    back = last[number] - counts
    odd = np.flatnonzero(back % step)
    if len(odd):
        raise FrequencyError(
            f"count {counts[odd[0]]} is not a whole number of steps of {step} before the last "
            f"({last[number[odd[0]]]})",
            location=f"{table.name}, {line_of(table.name, int(table.frame['row'].iloc[odd[0]]))}",
            fix="correct the count, or name another column with --time",
        )
    back //= step
    length = int(back.max(initial=0)) + 1
    return CountClock(last, step, length), length - 1 - back


def drop_empty_series(panel: Panel, name: str) -> tuple[Panel, tuple[str, ...]]:
    """Leave out the series that have no value at all; return their names, too.

    Raises
    ------
    DataError
        If no series has a value.
    """
    known = np.concatenate([[0], np.cumsum(~np.isnan(panel.values))])
    counts = known[panel.offsets[1:]] - known[panel.offsets[:-1]]
    keep = np.flatnonzero(counts)
    if len(keep) == panel.n_series:
        return panel, ()
    if not len(keep):
        raise DataError(
            f"every value is missing: {panel.offsets[-1]} rows in {panel.n_series} series",
            location=name,
            fix="name another column with --target",
        )
    dropped = tuple(panel.unique_ids[index] for index in np.flatnonzero(counts == 0))
    return panel.take(keep.astype(np.int64)), dropped
