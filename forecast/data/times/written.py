"""How a file writes its times, found on the stamps that were read from them, and written again.

A format is a text with the directives of ``strftime``; beside those, ``%-d`` and its like leave
out leading zeros, ``%:z`` is an offset such as +01:00 (``Z`` is a letter like any other), ``%q``
the quarter, ``%s`` seconds since 1970, ``%Q``, ``%U`` and ``%N`` thousandths and so on, ``%E`` the
days of a spreadsheet. After ``<`` hours are counted by their ends, so that a day has the hours 1 to
24: ``%K`` is such an hour, and all else that of the day it ends in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

ISO = "iso"
"""ISO 8601, as stamps of a data frame are written."""
OTHER = "other"
"""ISO 8601, since no format writes a column as it was."""
ENDING = "<"
SAMPLE = 50
DATES = (
    *("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%d-%m-%Y", "%m-%d-%Y"),
    *("%Y%m%d", "%Y-%m", "%Y/%m", "%Y/%-m/%-d", "%-d.%-m.%Y", "%-d/%-m/%Y", "%-m/%-d/%Y"),
    *("%d %b %Y", "%d %B %Y", "%-d %b %Y", "%-d %B %Y", "%d-%b-%Y", "%d/%b/%Y", "%b %d, %Y"),
    *("%B %d, %Y", "%b %Y", "%B %Y", "%b-%Y", "%Y-%b", "%Y.%m.%d", "%Y-%-m-%-d", "%-m-%-d-%Y"),
    *("%m/%Y", "%m.%Y", "%d.%m.%y", "%m/%d/%y", "%d/%m/%y", "%-m/%-d/%y", "%d-%b-%y", "%-d-%b-%y"),
)
CLOCKS = ("%H:%M", "%H:%M:%S", "%H:%M:%S.%f", "%H:%M:%S.%3f", "%-H:%M", "%-H:%M:%S", "%H.%M")
HALVES = ("%I:%M %p", "%-I:%M %p", "%I:%M:%S %p", "%-I:%M:%S %p")
ZONES = ("", "Z", "%:z", " %:z", "%z")
ALONE = (
    *("%YQ%q", "%Y-Q%q", "%Y Q%q", "Q%q %Y", "%G-W%V", "%GW%V", "%Y", "%s", "%Q", "%U", "%N"),
    *("%YM%m", "%Y%m", "%Y.%m", "%b-%y", "%b %y", "%-m/%Y", "%Y/%-m", "FY%y", "FY%Y"),
    *("%Y%m%d%H", "%Y%m%d%H%M", "%Y%m%d%H%M%S", "%Y%m%dT%H%M%S", "%E"),
)
HOURS_ENDED = ("<%-K", "<%K", "<%K:00")
PARTS = (
    *("%Y", "%-Y", "%-m", "%m", "%-d", "%d", "%-H", "%H", "%-M", "%M", "%b", "%B", "%q"),
    *("%G", "%-V", "%V", "%I:%M %p", "%-I:%M %p"),
)
DIRECTIVE = re.compile(r"%(?:[-:]|3)?[A-Za-z]")
MINUTES = 60
SPREADSHEET, DAY = pd.Timestamp("1899-12-30"), pd.Timedelta(days=1)


def time_formats(columns: list[pd.Series], stamps: pd.Series) -> tuple[str, ...]:
    """Find how each of the time columns writes the stamps that were read from them.

    Parameters
    ----------
    columns : list of Series of T cells
        As they stand in the file.
    stamps : Series of T stamps
        What was understood.
    """
    picks = np.unique(np.linspace(0, len(stamps) - 1, SAMPLE).astype(np.int64))
    moments = stamps.iloc[picks]
    found = []
    for column in columns:
        if pd.api.types.is_datetime64_any_dtype(column.dtype):
            found.append(ISO)
            continue
        cells = [_text(cell) for cell in column.iloc[picks]]
        fitting = (
            form
            for form in _candidates(several=len(columns) > 1)
            if write(moments.iloc[:1], form)[0] == cells[0] and write(moments, form) == cells
        )
        found.append(next(fitting, OTHER))
    return tuple(found)


def day_first(forms: Sequence[str]) -> bool | None:
    """Tell whether a file has the day before the month where the year comes last.

    Parameters
    ----------
    forms : sequence of str
        How its time columns are written.

    Returns
    -------
    bool or None
        None where they are not written so.

    Examples
    --------
    >>> day_first(["%-d.%-m.%Y"]), day_first(["%m/%d/%y"]), day_first(["%Y-%m-%d"])
    (True, False, None)
    """
    for form in forms:
        plain = form.replace("-", "").replace("%Y", "%y")
        day, month, year = map(plain.find, ("%d", "%m", "%y"))
        if min(day, month) >= 0 and max(day, month) < year:
            return day < month
    return None


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _candidates(*, several: bool) -> Iterator[str]:
    if several:
        yield from (*PARTS, *CLOCKS, *HOURS_ENDED)
    yield from DATES
    for date in DATES:
        yield f"{ENDING}{date}"
        yield f"{ENDING}{date} %K:00"
        yield from (f"{date} {clock}" for clock in HALVES)
        for gap in (" ", "T"):
            for clock in CLOCKS:
                for zone in ZONES:
                    yield f"{date}{gap}{clock}{zone}"
    yield from ALONE


def write(stamps: pd.Series, form: str) -> list[str]:
    """Write stamps in a format of this module.

    Examples
    --------
    >>> stamps = pd.Series(pd.to_datetime(["1990-01-09 05:00", "1990-11-20 15:00"]))
    >>> write(stamps, "%Y/%-m/%-d %-H:%M")
    ['1990/1/9 5:00', '1990/11/20 15:00']
    >>> write(stamps, "%YQ%q"), write(stamps, "iso")
    (['1990Q1', '1990Q4'], ['1990-01-09T05:00:00', '1990-11-20T15:00:00'])
    """
    if form in (ISO, OTHER):
        return [stamp.isoformat() for stamp in stamps]
    if form.startswith(ENDING):
        return [_one(stamp - pd.Timedelta(hours=1), form[len(ENDING) :]) for stamp in stamps]
    return [_one(stamp, form) for stamp in stamps]


def _one(stamp: pd.Timestamp, form: str) -> str:
    return DIRECTIVE.sub(lambda match: _part(stamp, match[0]), form)


def _part(stamp: pd.Timestamp, directive: str) -> str:
    if directive.startswith("%-") and directive != "%-K":
        return stamp.strftime(f"%{directive[2:]}").lstrip("0") or "0"
    own = {
        "%q": lambda: str(stamp.quarter),
        "%s": lambda: str(int(stamp.timestamp())),
        "%Q": lambda: str(round(stamp.timestamp() * 1000)),
        "%U": lambda: str(stamp.value // 1000),
        "%N": lambda: str(stamp.value),
        "%E": lambda: f"{(stamp.tz_localize(None) - SPREADSHEET) / DAY:g}",
        "%K": lambda: f"{stamp.hour + 1:02d}",
        "%-K": lambda: str(stamp.hour + 1),
        "%3f": lambda: f"{stamp.microsecond // 1000:03d}",
        "%:z": lambda: _offset(stamp),
        "%z": lambda: _offset(stamp).replace(":", ""),
    }
    return own[directive]() if directive in own else stamp.strftime(directive)


def _offset(stamp: pd.Timestamp) -> str:
    shift = stamp.utcoffset()
    if shift is None:
        return ""
    minutes = round(shift.total_seconds() / MINUTES)
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // MINUTES:02d}:{abs(minutes) % MINUTES:02d}"
