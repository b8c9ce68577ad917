"""Times in several columns: a date and an hour, a day and a clock time, year, month and so on."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd

from forecast.data.arrays import IntArray
from forecast.data.file.dialect import AUTO
from forecast.data.file.months import month_of
from forecast.data.file.periods import read_week
from forecast.data.file.raw import RawTable
from forecast.data.file.values import is_datetime, is_number, line_of, more, place, sample
from forecast.data.table.columns import quoted
from forecast.data.times.dates import within_years
from forecast.data.times.stamps import Stamps, read_stamps, refuse_empty, whole_numbers
from forecast.errors import SchemaError

PARTS = ("year", "month", "day", "hour", "minute")
YEARLY = ({"year", "quarter"}, {"year", "week"})
PART_NAMES = {
    **{part: part for part in (*PARTS, "quarter", "week")},
    "qtr": "quarter",
    "yr": "year",
    "mnth": "month",
    "mon": "month",
    "mo": "month",
    "dy": "day",
    "hr": "hour",
    "min": "minute",
}
HOURS = 24
NOON = 12
CLOCK = re.compile(
    r"\s*(?P<hour>\d{1,2})(?P<colon>[:.])(?P<minute>\d{2})((?P=colon)(?P<second>\d{2}))?"
    r"\s*(?P<half>[AaPp])?(?(half)\.?[Mm]\.?)\s*"
)
CLOCK_NAMES = ("time", "hour", "clock", "time_of_day", "uhrzeit", "zeit", "heure", "hora", "ora")


def part_of(label: str) -> str:
    """Which part of a time a column holds, by its name; "" for none."""
    return PART_NAMES.get(label.lower(), "")


def joined(raw: RawTable, labels: tuple[str, ...]) -> Stamps:
    """Join a date and an hour, or year, month, day and hour, into stamps.

    Raises
    ------
    SchemaError
        If the columns do not make dates, with the row.
    """
    if raw.dialect.date_format != AUTO:
        return _by_format(raw, labels)
    named = {part_of(label): label for label in labels}
    if set(named) == set(PARTS[: len(labels)]) or set(named) in YEARLY:
        return _from_parts(raw, labels, named)
    if len(labels) != 2:  # noqa: PLR2004 - a date and an hour
        raise SchemaError(
            f"{len(labels)} time columns cannot be joined: {quoted(labels)}",
            location=raw.name,
            fix="name a date column and an hour column, or year, month, day and hour",
        )
    day = read_stamps(raw, labels[0])
    after = _clock_times(raw, labels[1])
    ds = (day.ds + pd.Series(pd.to_timedelta(after, unit="s"))).dt.as_unit("us")
    return Stamps(labels, ds, day.notes)


def _by_format(raw: RawTable, labels: tuple[str, ...]) -> Stamps:
    """Read the cells of a row, joined by blanks, by the format that the user gave."""
    parts = [raw.columns[label].astype("str").str.strip() for label in labels]
    texts = parts[0]
    for part in parts[1:]:
        texts = texts + " " + part
    label = " ".join(labels)
    read = read_stamps(replace(raw, columns={label: texts}), label)
    return replace(read, labels=labels)


def _from_parts(raw: RawTable, labels: tuple[str, ...], named: dict[str, str]) -> Stamps:
    parts = {part: _part(raw, named[part], part) for part in PART_NAMES if part in named}
    stamps = _of_parts(parts)
    bad = np.flatnonzero(stamps.isna())
    if len(bad):
        shown = "-".join(str(parts[part][bad[0]]) for part in parts)
        raise SchemaError(
            f"{shown!r} is not a date{more(len(bad), 'row')}",
            location=f"{raw.name}, columns {quoted(labels)}, "
            f"{line_of(raw.name, int(raw.rows[bad[0]]))}",
            fix="correct the row",
        )
    return Stamps(labels, stamps)


def _part(raw: RawTable, label: str, part: str) -> IntArray:
    """Read one part of the dates: whole numbers, or the names of months."""
    column = raw.columns[label]
    if part == "month" and not is_number(column):
        codes, distinct = pd.factorize(column)
        months = [month_of(str(cell)) for cell in distinct]
        if months and None not in months:
            found: IntArray = np.array(months, dtype=np.int64)[codes]
            refuse_empty(raw, label)
            return found
    return whole_numbers(raw, label)


def _of_parts(parts: dict[str, IntArray]) -> pd.Series:
    """Stamps of years with months, days and so on, or with quarters, or with ISO weeks."""
    if "week" in parts:
        weeks = [f"{y:04d}-W{w:02d}" for y, w in zip(parts["year"], parts["week"], strict=True)]
        dates = [read_week(text) for text in weeks]
        read = pd.to_datetime(pd.Series(dates, dtype="str"), format="ISO8601", errors="coerce")
    else:
        months = 3 * parts["quarter"] - 2 if "quarter" in parts else parts["month"]
        finer = {part: parts[part] for part in PARTS[2:] if part in parts}
        whole = {"day": np.ones(len(months), dtype=np.int64), **finer}
        table = pd.DataFrame({"year": parts["year"], "month": months, **whole})
        read = pd.to_datetime(table, errors="coerce")
    return within_years(read.dt.as_unit("us"))


def clock_beside(raw: RawTable, day: Stamps, free: list[str], ids: IntArray | None) -> str | None:
    """Name the column of clock times that belongs to a column of days with several rows each."""
    named = [label for label in free if label.lower() in CLOCK_NAMES and label not in day.labels]
    named = [label for label in named if _holds_clocks(raw.columns[label])]
    if len(named) != 1 or bool((day.ds != day.ds.dt.normalize()).any()):
        return None
    key = pd.DataFrame({"day": day.ds, "id": 0 if ids is None else ids})
    return named[0] if bool(key.duplicated().any()) else None


def _holds_clocks(column: pd.Series) -> bool:
    if is_number(column) or is_datetime(column):
        return False
    some = sample(column)
    return not some.empty and all(CLOCK.fullmatch(str(cell)) for cell in some)


def _clock_times(raw: RawTable, label: str) -> IntArray:
    """Seconds after midnight of a column of hours, or of times such as 13:45 or 13.45."""
    column = raw.columns[label]
    if not is_number(column) and not is_datetime(column):
        codes, distinct = pd.factorize(column)
        cells = [str(cell) for cell in distinct]
        if cells and all(CLOCK.fullmatch(cell) for cell in cells):
            times: IntArray = np.array([_seconds(cell) for cell in cells], dtype=np.int64)[codes]
            _refuse_beyond(raw, label, times // 3600)
            return times
    hours = whole_numbers(raw, label)
    _refuse_beyond(raw, label, hours)
    return hours * 3600


def _seconds(cell: str) -> int:
    clock = CLOCK.fullmatch(cell)
    if clock is None:
        raise ValueError(f"{cell!r} is not a time")
    hour, minute, second = (int(clock[part] or 0) for part in ("hour", "minute", "second"))
    if clock["half"]:
        hour = hour % NOON + (NOON if clock["half"].lower() == "p" else 0)
    return 3600 * hour + 60 * minute + second


def _refuse_beyond(raw: RawTable, label: str, hours: IntArray) -> None:
    """Refuse what is no hour of a day; 24 is one where no day has an hour 0."""
    last = HOURS if len(hours) and hours.min() > 0 else HOURS - 1
    wrong = np.flatnonzero((hours < 0) | (hours > last))
    if len(wrong):
        raise SchemaError(
            f"{hours[wrong[0]]} is not an hour of the day (0 to {HOURS - 1})",
            location=place(raw.name, label, int(raw.rows[wrong[0]])),
            fix="a second --time column holds whole hours, such as 0 to 23, or times like 13:45",
        )
