"""Which rows and which series of a file to take."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

import numpy as np
import pandas as pd

from forecast.data.arrays import BoolArray
from forecast.data.file.months import in_century
from forecast.data.table.columns import listed
from forecast.data.table.read import Table
from forecast.data.table.treatment import Treatment
from forecast.data.times.moments import shown_span
from forecast.data.times.written import day_first
from forecast.errors import DataError, UsageError

MONTHS = 12
NUMBERED_DAY = re.compile(
    r"\s*(?P<first>\d{1,2})[./-](?P<second>\d{1,2})[./-](?P<year>\d{4}|\d{2})(?P<rest>(?:[ T].*)?)"
)
YEAR = re.compile(r"\d{4}")
WHOLE_PERIOD = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")


def select(table: Table, treatment: Treatment) -> Table:
    """Take the rows from ``since`` to ``until`` of the series asked for, and say what is left out.

    Raises
    ------
    UsageError
        If a moment is unreadable, or a pattern meets no series.
    DataError
        If nothing is left.
    """
    if treatment.series or treatment.exclude:
        table = _some_series(table, treatment)
    if treatment.since is not None or treatment.until is not None:
        table = _some_rows(table, treatment.since, treatment.until)
    return table


def _some_series(table: Table, treatment: Treatment) -> Table:
    names = list(table.frame["unique_id"].cat.categories)
    where = None if treatment.lenient else table.name
    left_out = _matching(names, treatment.exclude, "--exclude", where)
    chosen = _matching(names, treatment.series, "--series", where)
    if not treatment.series:
        chosen = set(names)
    keep = np.array([name in chosen and name not in left_out for name in names], dtype=np.bool_)
    if treatment.lenient and (keep.all() or not keep.any()):
        return table
    if not keep.any():
        raise DataError(
            f"none of the {len(names)} series is left",
            location=f"{table.name}, --series and --exclude",
            fix=f"the series are {listed(names)}",
        )
    why = "as in training" if treatment.lenient else "as asked for"
    note = f"{int(keep.sum())} of {len(names)} series taken, {why}"
    codes = table.frame["unique_id"].cat.codes.to_numpy()
    return _kept(table, keep[codes], note)


def _matching(names: list[str], patterns: Sequence[str], flag: str, where: str | None) -> set[str]:
    """Names that are one of the patterns or match one; without ``where`` none need match."""
    known, found = set(names), set[str]()
    for pattern in patterns:
        met = {pattern} & known or {name for name in names if fnmatchcase(name, pattern)}
        if not met and where is not None:
            close = difflib.get_close_matches(pattern, names[:10_000], n=1, cutoff=0.5)
            hint = f"did you mean {close[0]!r}? " if close else ""
            raise UsageError(
                f"{flag} {pattern!r} meets none of the {len(names)} series",
                location=where,
                fix=f"{hint}the series are {listed(names)}",
            )
        found |= met
    return found


def _some_rows(table: Table, since: str | None, until: str | None) -> Table:
    ds = table.frame["ds"]
    keep = np.ones(len(ds), dtype=np.bool_)
    if since is not None:
        keep &= (ds >= _moment(table, since, "since")).to_numpy(dtype=np.bool_)
    if until is not None:
        keep &= (ds <= _moment(table, until, "until")).to_numpy(dtype=np.bool_)
    asked = " ".join(
        f"--{flag} {text}" for flag, text in (("since", since), ("until", until)) if text
    )
    if not keep.any():
        first, last = shown_span(ds.min(), ds.max())
        raise DataError(
            f"no row is left: the {len(keep)} rows run from {first} to {last}",
            location=f"{table.name}, {asked}",
            fix=f"choose moments from {first} to {last}",
        )
    dropped = int((~keep).sum())
    if not dropped:
        return table
    outside = "1 row is" if dropped == 1 else f"{dropped} rows are"
    return _kept(table, keep, f"{outside} outside {asked}: left out")


def _moment(table: Table, text: str, flag: str) -> object:
    """Read a moment; of a whole day, month or year, ``until`` is its end."""
    ds = table.frame["ds"]
    if table.time_kind != "datetime":
        try:
            return int(text)
        except ValueError as error:
            raise UsageError(
                f"{text!r} is not a count, and the rows of this file are counted",
                location=f"data.{flag}",
                fix=f"write a whole number from {ds.min()} to {ds.max()}",
            ) from error
    moment = _iso(text, table.columns.time_format, flag)
    stamp = _stamp(moment, flag) if YEAR.search(moment) else None  # pandas would take today's year
    if stamp is None:
        raise UsageError(
            f"{text!r} is not a date", location=f"data.{flag}", fix="write it like 2024-12-31"
        )
    zone = ds.dt.tz
    if zone is not None and stamp.tz is None:
        return stamp.tz_localize(zone, ambiguous=flag == "since", nonexistent="shift_forward")
    return stamp.tz_convert(zone).tz_localize(None) if zone is None and stamp.tz else stamp


def _stamp(moment: str, flag: str) -> pd.Timestamp | None:
    try:
        if flag == "until" and WHOLE_PERIOD.fullmatch(moment):
            return pd.Period(moment).end_time
        return pd.Timestamp(moment)
    except ValueError:
        return None


def _iso(text: str, forms: Sequence[str], flag: str) -> str:
    """Write a moment such as 01.02.2024 by ISO, with day and month as the file has them.

    Raises
    ------
    UsageError
        If neither the file nor the moment tells which is the day.
    """
    found = NUMBERED_DAY.fullmatch(text)
    if found is None:
        return text
    first, second, rest = int(found["first"]), int(found["second"]), found["rest"]
    year = in_century(found["year"])
    by_day = f"{year}-{second:02d}-{first:02d}{rest}"
    by_month = f"{year}-{first:02d}-{second:02d}{rest}"
    by_file = day_first(forms)
    if by_file is None and first != second and max(first, second) <= MONTHS:
        raise UsageError(
            f"{text!r} may be {by_day} or {by_month}, and the dates of the file do not tell",
            location=f"data.{flag}",
            fix=f"write it like {by_day}",
        )
    return by_day if by_file or (by_file is None and first > MONTHS) else by_month


def _kept(table: Table, keep: BoolArray, note: str) -> Table:
    frame = table.frame[keep].reset_index(drop=True)
    ids = frame["unique_id"].cat.remove_unused_categories()
    return replace(table, frame=frame.assign(unique_id=ids), notes=(*table.notes, note))
