"""The time of each row: found or named, dates, counts, or none at all."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd

from forecast.data.arrays import FloatArray, IntArray
from forecast.data.file.dialect import AUTO
from forecast.data.file.likely import words_of
from forecast.data.file.months import month_of
from forecast.data.file.periods import COUNT_NAMES
from forecast.data.file.raw import RawTable
from forecast.data.file.values import Kind, as_floats, is_number, missing, sample
from forecast.data.table.columns import ColumnChoice, id_codes
from forecast.data.table.overlooked import named_like_times, overlooked
from forecast.data.table.parts import PARTS, YEARLY, clock_beside, joined, part_of
from forecast.data.times.dates import UNDATED, looks_like_dates
from forecast.data.times.hint import Hint
from forecast.data.times.stamps import (
    Stamps,
    epoch_unit,
    in_zone,
    is_serial,
    read_stamps,
    whole_numbers,
)

TimeKind: TypeAlias = Literal["datetime", "integer", "none"]
DATE_NAMES = ("ds", "date", "datetime", "timestamp", "date_time", "time", "month", "day", "week")
EPOCH_NAMES = (*DATE_NAMES, "t", "ts", "epoch", "epoch_ms", "unix", "unixtime", "unix_time")
WRITTEN = frozenset(
    {
        *("updated", "created", "modified", "changed", "edited", "inserted", "loaded", "ingested"),
        *("processed", "extracted", "imported", "exported", "entered", "retrieved", "downloaded"),
    }
)
LEAST = "min"  # of something, more often than minutes
MAJORITY = 0.5


@dataclass(frozen=True, eq=False)
class Timeline:
    """The time of each row.

    Parameters
    ----------
    kind : str
        ``datetime``, ``integer`` or ``none``.
    labels : tuple of str
        The columns it came from; none when rows are numbered.
    ds : Series of T stamps or counts
        Empty for kind ``none``: rows are numbered once their series are known.
    notes : tuple of str
        What the user should know.
    hint : Hint or None
        What would make the stamps unique, when they are not.
    """

    kind: TimeKind
    labels: tuple[str, ...]
    ds: pd.Series
    notes: tuple[str, ...] = ()
    hint: Hint | None = None


def find_time(
    raw: RawTable, choice: ColumnChoice, kinds: Mapping[str, Kind], ids: tuple[str, ...]
) -> Timeline:
    """Find the time of each row: the named columns, else dates, else a counter, else none.

    Raises
    ------
    SchemaError
        If a stamp is absent or unreadable, with its row.
    """
    if len(choice.time) > 1:
        return _placed(raw, joined(raw, choice.time))
    if choice.time:
        label = choice.time[0]
        if kinds[label] == "number" and raw.dialect.date_format in (AUTO, UNDATED):
            return _counted(raw, label)
        return _placed(raw, read_stamps(raw, label))
    return _searched(raw, choice, kinds, ids)


def _searched(
    raw: RawTable, choice: ColumnChoice, kinds: Mapping[str, Kind], ids: tuple[str, ...]
) -> Timeline:
    free = [
        label for label in raw.columns if label not in {*ids, *choice.target, *choice.covariates}
    ]
    if raw.dialect.date_format == UNDATED:
        return _uncertain(raw, kinds, free, ids)
    dates = [label for label in free if _holds_dates(raw, label, kinds)]
    if dates:
        return _dated(raw, _finest(raw, dates), free, ids)
    parts = _date_parts(raw, free, kinds)
    if parts:
        return _placed(raw, joined(raw, parts))
    for label in free:
        counted = kinds[label] == "number" and label.lower() in EPOCH_NAMES
        if is_serial(raw, label) or (counted and epoch_unit(raw, label)):
            return _placed(raw, read_stamps(raw, label))
    notes = overlooked(raw, free, kinds)
    found = _uncertain(raw, kinds, free, ids)
    if found.kind == "none":
        notes += named_like_times(free, kinds)
    return replace(found, notes=notes)


def _dated(raw: RawTable, label: str, free: list[str], ids: tuple[str, ...]) -> Timeline:
    """Place rows by a column of dates, and by the clock times beside it where days repeat."""
    stamps = read_stamps(raw, label)
    clock = clock_beside(raw, stamps, free, id_codes(raw, ids)[0] if ids else None)
    return _placed(raw, stamps if clock is None else joined(raw, (label, clock)))


def _uncertain(
    raw: RawTable, kinds: Mapping[str, Kind], free: list[str], ids: tuple[str, ...]
) -> Timeline:
    label_or_none = _find_counter(raw, kinds, free, ids)
    if label_or_none is not None:
        return _counted(raw, label_or_none)
    return Timeline("none", (), pd.Series([], dtype="int64"))


def _placed(raw: RawTable, stamps: Stamps) -> Timeline:
    found = in_zone(raw, stamps)
    return Timeline("datetime", found.labels, found.ds, found.notes, found.hint)


def _holds_dates(raw: RawTable, label: str, kinds: Mapping[str, Kind]) -> bool:
    if raw.dialect.date_format == AUTO:
        return kinds[label] == "date"
    return looks_like_dates(raw.columns[label], raw.dialect)


def _finest(raw: RawTable, labels: list[str]) -> str:
    """Prefer the date column with most distinct values, then a customary name.

    Those that tell when a row was written come last: they have a value of their own for each.
    """

    def rank(label: str) -> tuple[bool, int, int]:
        name = label.lower()
        customary = DATE_NAMES.index(name) if name in DATE_NAMES else len(DATE_NAMES)
        kept = not WRITTEN.isdisjoint(words_of(label))
        return kept, -int(raw.columns[label].nunique()), customary

    return labels[0] if len(labels) == 1 else min(labels, key=rank)


def _counted(raw: RawTable, label: str) -> Timeline:
    if is_serial(raw, label) or epoch_unit(raw, label):
        return _placed(raw, read_stamps(raw, label))
    values = whole_numbers(raw, label)
    return Timeline("integer", (label,), pd.Series(values))


def _date_parts(raw: RawTable, free: list[str], kinds: Mapping[str, Kind]) -> tuple[str, ...]:
    """Columns named year, month and so on, as far as they go; none unless there are two."""
    numbers = [label for label in free if kinds[label] == "number" and label.lower() != LEAST]
    named = {part_of(label): label for label in reversed(numbers)}
    words = [label for label in free if part_of(label) == "month" and kinds[label] == "text"]
    for label in words:
        if all(month_of(str(cell)) for cell in sample(raw.columns[label])):
            named["month"] = label
    found = tuple(named[part] for part in itertools.takewhile(named.__contains__, PARTS))
    if len(found) == 1:
        found = next(
            (
                tuple(named[p] for p in sorted(pair, reverse=True))
                for pair in YEARLY
                if pair <= set(named)
            ),
            found,
        )
    return found if len(found) > 1 else ()


def _find_counter(
    raw: RawTable, kinds: Mapping[str, Kind], free: list[str], ids: tuple[str, ...]
) -> str | None:
    """Find a column that counts the rows of each series, if a target remains beside it."""
    numeric = [label for label in free if kinds[label] == "number"]
    if len(numeric) + sum(kinds[label] == "number" for label in kinds if label not in free) < 2:  # noqa: PLR2004
        return None

    def rank(label: str) -> int:
        name = label.lower()
        return COUNT_NAMES.index(name) if name in COUNT_NAMES else len(COUNT_NAMES)

    groupings = _groupings(raw, kinds, ids)
    for label in sorted(numeric, key=rank):
        if label.lower() == "y":
            continue
        values = _plain_values(raw.columns[label])
        if values is not None and any(
            _counts(values, codes, named=rank(label) < len(COUNT_NAMES)) for codes in groupings
        ):
            return label
    return None


def _groupings(
    raw: RawTable, kinds: Mapping[str, Kind], ids: tuple[str, ...]
) -> list[IntArray | None]:
    if ids:
        return [id_codes(raw, ids)[0]]
    texts = [label for label, kind in kinds.items() if kind == "text"]
    if len(texts) != 1 or bool(missing(raw.columns[texts[0]]).any()):
        return [None]
    return [None, id_codes(raw, (texts[0],))[0]]


def _plain_values(column: pd.Series) -> FloatArray | None:
    if is_number(column):
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    elif looks_like_dates(column):
        return None
    else:
        values = as_floats(column)
    whole = np.isfinite(values) & (values == np.floor(values))
    return values if bool(whole.all()) else None


def _counts(values: FloatArray, codes: IntArray | None, *, named: bool) -> bool:
    """Tell whether values count the rows of each series.

    With a customary name rows may be in any order and some absent. Without, the values must rise
    by 1 from row to row: a target may be a sequence of whole numbers, too.
    """
    if codes is None:
        codes = np.zeros(len(values), dtype=np.int64)
    order = np.lexsort((values, codes)) if named else np.argsort(codes, kind="stable")
    steps = np.diff(values[order])[np.diff(codes[order]) == 0]
    if not len(steps):
        return False
    if not named:
        return bool((steps == 1).all())
    least = steps.min()
    return bool(least > 0 and (steps % least == 0).all() and (steps == least).mean() >= MAJORITY)
