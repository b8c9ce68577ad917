"""One or several time columns to stamps: read, joined, and placed in their time zone."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from forecast.data.arrays import FloatArray, IntArray
from forecast.data.columns import quoted
from forecast.data.dates import UNITS, from_epoch, parse_dates, within_years
from forecast.data.dialect import AUTO
from forecast.data.hint import Hint
from forecast.data.raw import RawTable
from forecast.data.values import (
    as_floats,
    is_datetime,
    is_number,
    line_of,
    missing,
    more,
    numbers,
    place,
    sample,
)
from forecast.data.zones import doubled_hour_zone, localised
from forecast.errors import SchemaError

PARTS = ("year", "month", "day", "hour", "minute")
PART_NAMES = {
    **{part: part for part in PARTS},
    "yr": "year",
    "mnth": "month",
    "mon": "month",
    "mo": "month",
    "dy": "day",
    "hr": "hour",
    "min": "minute",
}
HOURS = 24
CLOCK = re.compile(r"\s*\d{1,2}(?P<colon>[:.])\d{2}((?P=colon)\d{2})?\s*")
EXACT = 2.0**53  # whole numbers are exact in float64 up to here
SECONDS = (500_000_000, 4_200_000_000)  # 1985 to 2103: outside, a number is a count
NIGHT = 4 * 3_600_000_000  # microseconds; clocks change before four in the morning
DAY = 24 * 3_600_000_000


@dataclass(frozen=True, eq=False)
class Stamps:
    """Stamps of all rows, and where they came from."""

    labels: tuple[str, ...]
    ds: pd.Series
    notes: tuple[str, ...] = ()
    hint: Hint | None = None


def read_stamps(raw: RawTable, label: str) -> Stamps:
    """Read one column of dates, or of seconds since 1970.

    Raises
    ------
    SchemaError
        If a cell is no date, with its row.
    """
    column = raw.columns[label]
    unit = UNITS.get(raw.dialect.date_format) or (
        epoch_unit(raw, label) if raw.dialect.date_format == AUTO else None
    )
    if unit is not None and not is_datetime(column):
        words = "seconds" if unit == "s" else "milliseconds"
        ds = from_epoch(pd.Series(whole_numbers(raw, label)), unit)
        return Stamps((label,), ds, (f"column {label!r} counts {words} since 1970, in UTC",))
    read = parse_dates(column, label=label, name=raw.name, dialect=raw.dialect)
    bad = np.flatnonzero(read.unreadable)
    if len(bad):
        raise SchemaError(
            f"{str(column.iloc[bad[0]])!r} is not a date{more(len(bad), 'cells')}",
            location=place(raw.name, label, int(raw.rows[bad[0]])),
            fix="write dates such as 2024-12-31 or 2024-12-31 23:00, say how with --date-format, "
            "or name another --time",
        )
    if bool(read.stamps.isna().any()):
        refuse_empty(raw, label)
    notes: tuple[str, ...] = ()
    if read.mixed_zones and raw.dialect.time_zone == AUTO:
        notes = (f"column {label!r} has several offsets: " + _zone_words(read.zones),)
    return Stamps((label,), read.stamps, notes)


def _zone_words(zones: tuple[str, ...]) -> str:
    if not zones:
        return "its times were converted to UTC (--set data.time_zone=ZONE names another zone)"
    if len(zones) == 1:
        return f"those of {zones[0]}, taken as the time zone"
    others = " or ".join(zones[1:])
    return (
        f"those of {zones[0]}, taken as the time zone, though {others} would show the same "
        f"(--set data.time_zone={zones[1]} says so)"
    )


def in_zone(raw: RawTable, stamps: Stamps) -> Stamps:
    """Place stamps in the zone that the user named; else say what a clock change explains.

    Raises
    ------
    SchemaError
        If a local time does not exist in the zone.
    """
    ds, zone = stamps.ds, raw.dialect.time_zone
    aware = isinstance(ds.dtype, pd.DatetimeTZDtype)
    if zone == AUTO:
        return stamps if aware else replace(stamps, hint=_hint(ds))
    if aware:
        return replace(stamps, ds=ds.dt.tz_convert(zone))
    placed, absent = localised(ds, zone)
    bad = np.flatnonzero(absent)
    if len(bad):
        raise SchemaError(
            f"{ds.iloc[bad[0]]} does not exist in {zone}, where clocks were put on"
            f"{more(len(bad), 'rows')}",
            location=place(raw.name, stamps.labels[0], int(raw.rows[bad[0]])),
            fix="name the zone of the file with --set data.time_zone, or leave it out",
        )
    return replace(stamps, ds=placed)


def _hint(ds: pd.Series) -> Hint | None:
    """Say which zone's clock change explains the times of night that occur twice."""
    instants = ds.dt.as_unit("us").astype("int64").to_numpy()
    night = ds[(instants % DAY < NIGHT) & (instants % DAY > 0)]
    if night.empty or night.is_unique:
        return None
    found = doubled_hour_zone(pd.DatetimeIndex(night))
    if found is None:
        return None
    zone, first = found
    text = f"clocks were put back on {first.date()}: name the time zone, such as "
    return Hint(f"{text}--set data.time_zone={zone}", {"data.time_zone": zone})


def refuse_empty(raw: RawTable, label: str) -> None:
    """Refuse rows without time."""
    empty = np.flatnonzero(missing(raw.columns[label]))
    if len(empty):
        raise SchemaError(
            f"{len(empty)} rows have no time (first: {line_of(raw.name, int(raw.rows[empty[0]]))})",
            location=f"{raw.name}, column {label!r}",
            fix="fill the column or remove the rows",
        )


def whole_numbers(raw: RawTable, label: str) -> IntArray:
    """Read a column of whole numbers without gaps."""
    values = numbers(raw.columns[label], label=label, rows=raw.rows, name=raw.name)
    refuse_empty(raw, label)
    odd = np.flatnonzero((values != np.floor(values)) | (np.abs(values) > EXACT))
    if len(odd):
        raise SchemaError(
            f"{values[odd[0]]} is neither a date nor a whole number{more(len(odd), 'cells')}",
            location=place(raw.name, label, int(raw.rows[odd[0]])),
            fix="name a column of dates or counts with --time",
        )
    return values.astype(np.int64)


def epoch_unit(raw: RawTable, label: str) -> Literal["s", "ms"] | None:
    """Tell whether a column counts seconds (``s``) or milliseconds (``ms``) since 1970."""
    column = raw.columns[label]
    if is_datetime(column):
        return None
    values = _whole(sample(column))
    if values is None or values.min() < SECONDS[0]:
        return None
    values = _whole(column[~missing(column)])
    if values is None:
        return None
    if values.min() >= SECONDS[0] and values.max() <= SECONDS[1]:
        return "s"
    if values.min() >= 1000 * SECONDS[0] and values.max() <= 1000 * SECONDS[1]:
        return "ms"
    return None


def _whole(known: pd.Series) -> FloatArray | None:
    values = known.to_numpy(dtype=np.float64) if is_number(known) else as_floats(known)
    return values if len(values) and bool((values == np.floor(values)).all()) else None


def joined(raw: RawTable, labels: tuple[str, ...]) -> Stamps:
    """Join a date and an hour, or year, month, day and hour, into stamps.

    Raises
    ------
    SchemaError
        If the columns do not make dates, with the row.
    """
    if raw.dialect.date_format != AUTO:
        return _by_format(raw, labels)
    named = {PART_NAMES.get(label.lower(), ""): label for label in labels}
    if set(named) == set(PARTS[: len(labels)]):
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
    parts = {part: whole_numbers(raw, named[part]) for part in PARTS if part in named}
    parts.setdefault("day", np.ones(len(raw.rows), dtype=np.int64))
    read = pd.to_datetime(pd.DataFrame(parts), errors="coerce")
    stamps = within_years(read.dt.as_unit("us"))
    bad = np.flatnonzero(stamps.isna())
    if len(bad):
        shown = "-".join(str(parts[part][bad[0]]) for part in parts)
        raise SchemaError(
            f"{shown!r} is not a date{more(len(bad), 'rows')}",
            location=f"{raw.name}, columns {quoted(labels)}, "
            f"{line_of(raw.name, int(raw.rows[bad[0]]))}",
            fix="correct the row",
        )
    return Stamps(labels, stamps)


def _clock_times(raw: RawTable, label: str) -> IntArray:
    """Seconds after midnight of a column of hours, or of times such as 13:45 or 13.45."""
    column = raw.columns[label]
    if not is_number(column) and not is_datetime(column):
        codes, distinct = pd.factorize(column)
        cells = [str(cell) for cell in distinct]
        if cells and all(CLOCK.fullmatch(cell) for cell in cells):
            parts = [[int(part) for part in re.split("[:.]", cell.strip())] for cell in cells]
            seconds = [sum(x * y for x, y in zip(p, (3600, 60, 1), strict=False)) for p in parts]
            times: IntArray = np.array(seconds, dtype=np.int64)[codes]
            _refuse_beyond(raw, label, times // 3600)
            return times
    hours = whole_numbers(raw, label)
    _refuse_beyond(raw, label, hours)
    return hours * 3600


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
