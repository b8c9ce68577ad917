"""The time of each row: found or named, dates, counts, or none at all."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd

from forecast.data.arrays import FloatArray, IntArray
from forecast.data.columns import ColumnChoice, id_codes, quoted
from forecast.data.dates import looks_like_dates, parse_dates, within_years
from forecast.data.raw import RawTable
from forecast.data.values import Kind, as_floats, is_number, missing, more, numbers, place
from forecast.errors import SchemaError

TimeKind: TypeAlias = Literal["datetime", "integer", "none"]
DATE_NAMES = ("ds", "date", "datetime", "timestamp", "date_time", "time", "month", "day", "week")
COUNT_NAMES = ("t", "time", "ds", "step", "index", "timestep", "time_step", "time_idx", "period")
PARTS = ("year", "month", "day", "hour", "minute")
HOURS = 24
MAJORITY = 0.5
EXACT = 2.0**53  # whole numbers are exact in float64 up to here


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
    """

    kind: TimeKind
    labels: tuple[str, ...]
    ds: pd.Series
    notes: tuple[str, ...] = ()


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
        return _joined(raw, choice.time)
    if choice.time:
        label = choice.time[0]
        if kinds[label] == "number":
            return _counted(raw, label)
        return _dated(raw, label)
    return _searched(raw, choice, kinds, ids)


def _searched(
    raw: RawTable, choice: ColumnChoice, kinds: Mapping[str, Kind], ids: tuple[str, ...]
) -> Timeline:
    free = [label for label in raw.columns if label not in {*ids, *choice.target}]
    dates = [label for label in free if kinds[label] == "date"]
    if dates:
        return _dated(raw, _finest(raw, dates))
    parts = _date_parts(free, kinds)
    if parts:
        return _joined(raw, parts)
    label_or_none = _find_counter(raw, kinds, free, ids)
    if label_or_none is not None:
        return _counted(raw, label_or_none)
    return Timeline("none", (), pd.Series([], dtype="int64"))


def _finest(raw: RawTable, labels: list[str]) -> str:
    """Prefer the date column with most distinct values, then a customary name."""

    def rank(label: str) -> tuple[int, int]:
        name = label.lower()
        customary = DATE_NAMES.index(name) if name in DATE_NAMES else len(DATE_NAMES)
        return -int(raw.columns[label].nunique()), customary

    return labels[0] if len(labels) == 1 else min(labels, key=rank)


def _dated(raw: RawTable, label: str) -> Timeline:
    column = raw.columns[label]
    read = parse_dates(column, label=label, name=raw.name)
    bad = np.flatnonzero(read.unreadable)
    if len(bad):
        raise SchemaError(
            f"{str(column.iloc[bad[0]])!r} is not a date{more(len(bad), 'cells')}",
            location=place(raw.name, label, int(raw.rows[bad[0]])),
            fix="write dates such as 2024-12-31 or 2024-12-31 23:00, or name another --time",
        )
    _refuse_empty(raw, label)
    notes: tuple[str, ...] = ()
    if read.mixed_zones:
        notes = (f"column {label!r} has several offsets: its times were converted to UTC",)
    return Timeline("datetime", (label,), read.stamps, notes)


def _refuse_empty(raw: RawTable, label: str) -> None:
    empty = np.flatnonzero(missing(raw.columns[label]))
    if len(empty):
        raise SchemaError(
            f"{len(empty)} rows have no time (first: row {raw.rows[empty[0]]})",
            location=f"{raw.name}, column {label!r}",
            fix="fill the column or remove the rows",
        )


def _counted(raw: RawTable, label: str) -> Timeline:
    values = _whole_numbers(raw, label)
    return Timeline("integer", (label,), pd.Series(values))


def _whole_numbers(raw: RawTable, label: str) -> IntArray:
    values = numbers(raw.columns[label], label=label, rows=raw.rows, name=raw.name)
    _refuse_empty(raw, label)
    odd = np.flatnonzero((values != np.floor(values)) | (np.abs(values) > EXACT))
    if len(odd):
        raise SchemaError(
            f"{values[odd[0]]} is neither a date nor a whole number{more(len(odd), 'cells')}",
            location=place(raw.name, label, int(raw.rows[odd[0]])),
            fix="name a column of dates or counts with --time",
        )
    return values.astype(np.int64)


def _joined(raw: RawTable, labels: tuple[str, ...]) -> Timeline:
    """Join date and hour, or year, month, day and hour, from columns of their own."""
    lowered = [label.lower() for label in labels]
    if lowered == list(PARTS[: len(labels)]):
        parts = {
            part: _whole_numbers(raw, label) for part, label in zip(lowered, labels, strict=True)
        }
        parts.setdefault("day", np.ones(len(raw.rows), dtype=np.int64))
        read = pd.to_datetime(pd.DataFrame(parts), errors="coerce")
        stamps = within_years(read.dt.as_unit("us"))
        bad = np.flatnonzero(stamps.isna())
        if len(bad):
            shown = "-".join(str(parts[part][bad[0]]) for part in parts)
            raise SchemaError(
                f"{shown!r} is not a date{more(len(bad), 'rows')}",
                location=f"{raw.name}, columns {quoted(labels)}, row {raw.rows[bad[0]]}",
                fix="correct the row",
            )
        return Timeline("datetime", labels, stamps)
    if len(labels) != 2:  # noqa: PLR2004 - a date and an hour
        raise SchemaError(
            f"{len(labels)} time columns cannot be joined: {quoted(labels)}",
            location=raw.name,
            fix="name a date column and an hour column, or year, month, day and hour in order",
        )
    day = _dated(raw, labels[0])
    hours = _whole_numbers(raw, labels[1])
    wrong = np.flatnonzero((hours < 0) | (hours >= HOURS))
    if len(wrong):
        raise SchemaError(
            f"{hours[wrong[0]]} is not an hour of the day (0 to {HOURS - 1})",
            location=place(raw.name, labels[1], int(raw.rows[wrong[0]])),
            fix="a second --time column holds whole hours, such as 0 to 23",
        )
    stamps = (day.ds + pd.to_timedelta(pd.Series(hours), unit="h")).dt.as_unit("us")
    return Timeline("datetime", labels, stamps, day.notes)


def _date_parts(free: list[str], kinds: Mapping[str, Kind]) -> tuple[str, ...]:
    """Columns named year, month and so on, as far as they go; none unless there are two."""
    named = {label.lower(): label for label in free if kinds[label] == "number"}
    found = tuple(named[part] for part in itertools.takewhile(named.__contains__, PARTS))
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
