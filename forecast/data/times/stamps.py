"""One column of dates or counts to stamps, and local times placed in their time zone."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from forecast.data.arrays import FloatArray, IntArray
from forecast.data.file.dialect import AUTO
from forecast.data.file.raw import RawTable
from forecast.data.file.values import (
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
from forecast.data.times.dates import (
    SERIAL,
    UNITS,
    EpochUnit,
    from_epoch,
    from_serial,
    looks_like_dates,
    parse_dates,
)
from forecast.data.times.hint import Hint
from forecast.data.times.zones import doubled_hour_zone, localised
from forecast.errors import SchemaError

SERIAL_NAMES = ("date", "datetime", "timestamp", "date_time", "ds", "datum", "fecha")
SERIALS = (29_000, 73_000)  # 1979 to 2099: outside, a number is a count
EXACT = 2.0**53  # whole numbers are exact in float64 up to here
SECONDS = (500_000_000, 4_200_000_000)  # 1985 to 2103: outside, a number is a count
IN_A_SECOND: dict[EpochUnit, int] = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
EPOCH_WORDS = {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}
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
    column, form = raw.columns[label], raw.dialect.date_format
    if form == SERIAL or is_serial(raw, label):
        return _from_serial(raw, label)
    unit = UNITS.get(form) or epoch_unit(raw, label)
    if unit is not None and not is_datetime(column):
        note = f"column {label!r} counts {EPOCH_WORDS[unit]} since 1970, in UTC"
        return Stamps((label,), _from_epoch(raw, label, unit), (note,))
    read = parse_dates(column, label=label, name=raw.name, dialect=raw.dialect)
    bad = np.flatnonzero(read.unreadable)
    if len(bad):
        few = 4 * len(bad) < len(column) and form == AUTO
        fix = "correct the cell, or remove the row if it is no observation"
        raise SchemaError(
            f"{str(column.iloc[bad[0]])!r} is not a date{_as_said(form)}{more(len(bad), 'cell')}",
            location=place(raw.name, label, int(raw.rows[bad[0]])),
            fix=fix
            if few
            else "write all dates in one form, say which with --date-format, such as %d.%m.%Y, "
            "or name another --time",
        )
    if bool(read.stamps.isna().any()):
        refuse_empty(raw, label)
    notes = [f"column {label!r} {read.said}"] if read.said else []
    if read.mixed_zones and raw.dialect.time_zone == AUTO:
        notes.append(f"column {label!r} has several offsets: {_zone_words(read.zones)}")
    return Stamps((label,), read.stamps, tuple(notes))


def _as_said(form: str) -> str:
    return "" if form == AUTO else f" of the form {form!r}"


def is_serial(raw: RawTable, label: str) -> bool:
    """Tell whether a column called a date counts the days of a spreadsheet, such as 43831."""
    column, form = raw.columns[label], raw.dialect.date_format
    if form not in (AUTO, SERIAL) or label.lower() not in SERIAL_NAMES or is_datetime(column):
        return False
    values = _floats(sample(column))
    return bool(len(values) and values.min() >= SERIALS[0] and values.max() <= SERIALS[1])


def _from_epoch(raw: RawTable, label: str, unit: EpochUnit) -> pd.Series:
    if unit != "ns":
        return from_epoch(pd.Series(whole_numbers(raw, label)), unit)
    values = numbers(raw.columns[label], label=label, rows=raw.rows, name=raw.name)
    refuse_empty(raw, label)  # float64 is too coarse for them, and exact to the microsecond
    return from_epoch(pd.Series(np.rint(values / 1000).astype(np.int64)), "us")


def _from_serial(raw: RawTable, label: str) -> Stamps:
    values = numbers(raw.columns[label], label=label, rows=raw.rows, name=raw.name)
    refuse_empty(raw, label)
    ds = from_serial(values)
    bad = np.flatnonzero(ds.isna())
    if len(bad):
        raise SchemaError(
            f"{values[bad[0]]:g} is no day of a spreadsheet{more(len(bad), 'cell')}",
            location=place(raw.name, label, int(raw.rows[bad[0]])),
            fix="leave out --date-format excel, or name another --time",
        )
    note = f"column {label!r} counts days as spreadsheets do: {values[0]:g} is {ds.iloc[0].date()}"
    return Stamps((label,), ds, (note,))


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
            f"{more(len(bad), 'row')}",
            location=place(raw.name, stamps.labels[0], int(raw.rows[bad[0]])),
            fix="name the zone of the file with --set data.time_zone, or leave it out",
        )
    return replace(stamps, ds=placed)


def _hint(ds: pd.Series) -> Hint | None:
    """Say which zone's clock change explains the times of night that occur twice."""
    time_of_day = ds.dt.as_unit("us").astype("int64").to_numpy() % DAY
    night = ds[(time_of_day < NIGHT) & (time_of_day > 0)]
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
            f"{counted(len(empty))} no time (first: {line_of(raw.name, int(raw.rows[empty[0]]))})",
            location=f"{raw.name}, column {label!r}",
            fix="fill the column or remove the rows",
        )


def counted(rows: int) -> str:
    """Say how many rows have something."""
    return "1 row has" if rows == 1 else f"{rows} rows have"


def whole_numbers(raw: RawTable, label: str) -> IntArray:
    """Read a column of whole numbers without gaps."""
    values = numbers(raw.columns[label], label=label, rows=raw.rows, name=raw.name)
    refuse_empty(raw, label)
    odd = np.flatnonzero((values != np.floor(values)) | (np.abs(values) > EXACT))
    if len(odd):
        raise SchemaError(
            f"{values[odd[0]]} is neither a date nor a whole number{more(len(odd), 'cell')}",
            location=place(raw.name, label, int(raw.rows[odd[0]])),
            fix="name a column of dates or counts with --time",
        )
    return values.astype(np.int64)


def epoch_unit(raw: RawTable, label: str) -> EpochUnit | None:
    """Tell whether a column counts seconds since 1970 (``s``), or thousandths and so on."""
    column = raw.columns[label]
    if raw.dialect.date_format != AUTO or is_datetime(column) or looks_like_dates(column):
        return None
    values = _whole(sample(column))
    if values is None or values.min() < SECONDS[0]:
        return None
    values = _whole(column[~missing(column)])
    if values is None:
        return None
    low, high = values.min(), values.max()
    for unit, many in IN_A_SECOND.items():
        if low >= many * SECONDS[0] and high <= many * SECONDS[1]:
            return unit
    return None


def _floats(known: pd.Series) -> FloatArray:
    return known.to_numpy(dtype=np.float64) if is_number(known) else as_floats(known)


def _whole(known: pd.Series) -> FloatArray | None:
    values = _floats(known)
    return values if len(values) and bool((values == np.floor(values)).all()) else None
