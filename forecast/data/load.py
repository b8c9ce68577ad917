"""From a file to a panel, with everything worth saying about it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import numpy as np
from pandas.tseries.frequencies import to_offset

from forecast.data.clock import CountClock
from forecast.data.columns import ColumnChoice, Columns
from forecast.data.frequency import AUTO, resolve_freq
from forecast.data.panel import Panel
from forecast.data.read import Table, read_table
from forecast.data.repair import drop_empty_series, place_rows, refuse_duplicates, shown

if TYPE_CHECKING:
    import pandas as pd

WORDS = {
    "h": "hourly",
    "D": "daily",
    "B": "on business days",
    "W": "weekly",
    "MS": "monthly",
    "ME": "monthly (month ends)",
    "QS": "quarterly",
    "QE": "quarterly (quarter ends)",
    "YS": "yearly",
    "YE": "yearly (year ends)",
}
UNITS = {"min": "minutes", "s": "seconds", "h": "hours", "D": "days", "ms": "milliseconds"}
WEEKDAYS = {
    "MON": "Mondays",
    "TUE": "Tuesdays",
    "WED": "Wednesdays",
    "THU": "Thursdays",
    "FRI": "Fridays",
    "SAT": "Saturdays",
    "SUN": "Sundays",
}


@dataclass(frozen=True, eq=False)
class Reading:
    """A file, read.

    Parameters
    ----------
    panel : Panel
        The series.
    columns : Columns
        The columns that were used.
    freq : str or None
        Alias of the grid; None when rows are counted.
    rows : int
        Rows of the file.
    absent : int
        Stamps that were added as rows without value, over all series.
    missing : int
        Values that the file leaves empty.
    span : tuple of str
        First and last stamp or count.
    fingerprint : str
        SHA-256 over ids, values and clock.
    notes : tuple of str
        What the user should know, as sentences.
    name : str
        The file's name, without its folder.
    """

    panel: Panel
    columns: Columns
    freq: str | None
    rows: int
    absent: int
    missing: int
    span: tuple[str, str]
    fingerprint: str
    notes: tuple[str, ...]
    name: str


def read_panel(
    source: Path | str | TextIO | pd.DataFrame, *, columns: ColumnChoice, freq: str = AUTO
) -> Reading:
    """Read a file or data frame as a panel.

    Parameters
    ----------
    source : path, str, text stream or DataFrame
        A CSV file in UTF-8, or a frame, which is not changed.
    columns : ColumnChoice
        What the user said about the columns.
    freq : str
        A pandas offset alias, or ``auto``.

    Raises
    ------
    InputNotFoundError
        If the path is not a readable file.
    UsageError
        If several columns could be the target.
    SchemaError
        If a column is missing or holds an unreadable value.
    FrequencyError
        If stamps are duplicated or follow no one step.
    DataError
        If a value is infinite, or every value is missing.
    """
    table = read_table(source, columns=columns)
    refuse_duplicates(table)
    alias = resolve_freq(table, freq)
    placed = place_rows(table, alias)
    missing = int(table.frame["y"].isna().sum())
    ends = table.frame["ds"].min(), table.frame["ds"].max()
    span = shown(ends[0]), shown(ends[1])
    panel, dropped = drop_empty_series(placed.panel, table.name)
    notes = [
        *table.notes,
        _time_note(table, alias, span),
        *_series_notes(table, panel, dropped),
    ]
    if freq not in (AUTO, alias):
        notes.append(f"the frequency {freq!r} was taken as {alias!r}")
    if placed.absent:
        one = placed.absent == 1
        notes.append(
            f"{_count(placed.absent, 'stamp is', 'stamps are')} absent: kept as "
            f"{'a missing value' if one else 'missing values'} (first: {placed.first_absent})"
        )
    if missing:
        notes.append(f"{_count(missing, 'value is', 'values are')} empty: kept as missing")
    return Reading(
        panel=panel,
        columns=table.columns,
        freq=alias,
        rows=table.n_rows,
        absent=placed.absent,
        missing=missing,
        span=span,
        fingerprint=fingerprint(panel),
        notes=tuple(notes),
        name=Path(table.name).name,
    )


def fingerprint(panel: Panel) -> str:
    """SHA-256 over ids, packed values and clock; equal for equal panels.

    Parameters
    ----------
    panel : Panel
        N series.
    """
    clock = panel.clock
    if isinstance(clock, CountClock):
        when: list[object] = [clock.step, clock.length, clock.last.tolist()]
    else:
        when = [clock.origin.isoformat(), str(clock.origin.tz), clock.freq]
    head = json.dumps([panel.unique_ids, when], separators=(",", ":"))
    values = np.where(np.isnan(panel.values), np.nan, panel.values)  # one bit pattern for nan
    digest = hashlib.sha256(head.encode())
    for part in (panel.offsets.astype("<i8"), panel.first.astype("<i8"), values.astype("<f8")):
        digest.update(part.tobytes())
    return digest.hexdigest()


def words(freq: str) -> str:
    """Say a frequency in words.

    Examples
    --------
    >>> words("h"), words("30min"), words("W-SAT"), words("MS")
    ('hourly', 'every 30 minutes', 'weekly on Saturdays', 'monthly')
    """
    step = to_offset(freq)
    unit, _, anchor = step.rule_code.partition("-")
    if step.n == 1 and unit in WORDS:
        return WORDS[unit] + (f" on {WEEKDAYS[anchor]}" if anchor in WEEKDAYS else "")
    if unit in UNITS:
        return f"every {step.n} {UNITS[unit]}"
    return f"at frequency {freq}"


def _time_note(table: Table, freq: str | None, span: tuple[str, str]) -> str:
    if not table.columns.time:
        return f"no time column: rows are numbered from {span[0]} to {span[1]}"
    labels = ", ".join(repr(label) for label in table.columns.time)
    noun = "time column" if len(table.columns.time) == 1 else "time columns"
    if freq is None:
        return f"{noun} {labels}, a count from {span[0]} to {span[1]}"
    return f"{noun} {labels}, {words(freq)}, {span[0][:10]} to {span[1][:10]}"


def _series_notes(table: Table, panel: Panel, dropped: tuple[str, ...]) -> list[str]:
    columns = table.columns
    notes = []
    if columns.id:
        labels = ", ".join(repr(label) for label in columns.id)
        noun = "id column" if len(columns.id) == 1 else "id columns"
        notes.append(f"{noun} {labels}, {len(panel.unique_ids) + len(dropped)} series")
    if len(columns.target) == 1:
        notes.append(f"target {columns.target[0]!r}")
    else:
        notes.append(f"{len(columns.target)} target columns, each a series of its own")
    if dropped:
        whose = f"series {dropped[0]!r} has" if len(dropped) == 1 else f"{len(dropped)} series have"
        first = "" if len(dropped) == 1 else f" (first: {dropped[0]!r})"
        notes.append(f"{whose} no value at all: left out{first}")
    return notes


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
