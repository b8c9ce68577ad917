"""Columns that a person would take for times, in a file whose times were not found.

A year in every cell is too much to be left aside in silence: the file is refused. Names of months
or days without a year place no row in time; they are pointed out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from forecast.data.file.dialect import AUTO
from forecast.data.file.months import is_weekday, month_of, short_year
from forecast.data.file.periods import is_time_name
from forecast.data.file.raw import RawTable
from forecast.data.file.values import Kind, place, sample
from forecast.data.times.dates import UNDATED
from forecast.data.times.stamps import read_stamps
from forecast.errors import SchemaError

YEAR = re.compile(r"(?<!\d)(?:1[89]|20)\d\d(?!\d)|\bFY ?\d\d|['\u2019]\d\d\b")
CLOCK = re.compile(r"\d{1,2}[:.h]\d{2}(?:[:.]\d{2})?(?:\s*[AaPp]\.?[Mm]\.?)?")
WORD = re.compile(r"[^\W\d_]+")
NEARLY_ALL = 0.9
SHOWN = 50
SHAPES, LONGEST = 2, 30


def overlooked(raw: RawTable, labels: Sequence[str], kinds: Mapping[str, Kind]) -> tuple[str, ...]:
    """Refuse a column of times that was not understood; point out times without a year.

    Parameters
    ----------
    raw : RawTable
        The file.
    labels : sequence of str
        Columns that may be the time.
    kinds : mapping
        What each column holds.

    Raises
    ------
    SchemaError
        If the cells of a column have years, with one of them.
    """
    notes = []
    for label in labels:
        if kinds[label] != "text":
            continue
        some = sample(raw.columns[label])
        cells = [str(cell).strip() for cell in pd.unique(some)]
        named = is_time_name(label)
        if _share(cells, _is_dated) and (named or _alike(cells, len(some))):
            if raw.dialect.date_format not in (AUTO, UNDATED):
                read_stamps(raw, label)  # names the cell that is not of the form that was said
            raise _not_understood(raw, label, int(raw.rows[some.index[0]]), cells)
        if _share(cells, _is_undated) or (named and _share(cells, _has_digit)):
            notes.append(
                f"column {label!r} may hold times ({cells[0]!r}) but names no year: not read "
                "(--date-format says how times are written)"
            )
    return tuple(notes)


def _not_understood(raw: RawTable, label: str, row: int, cells: Sequence[str]) -> SchemaError:
    guess = _guess(cells)
    other = next((cell for cell in cells if _shape(cell) != _shape(cells[0])), "")
    how = f"in ways that are not known: {cells[0]!r} and {other!r}"
    fix = "write all of them in one form"
    if not other or guess:
        how = f"in a way that is not known: {cells[0]!r}"
        shown = f"{guess!r}" if guess else "such as '%d.%m.%Y'"
        fix = f"say how with --date-format {shown}"
    return SchemaError(
        f"column {label!r} seems to hold times, written {how}",
        location=place(raw.name, label, row),
        fix=f"{fix}, or --date-format none if they are no times",
        mend={"data.date_format": guess} if guess else None,
    )


def _shape(cell: str) -> str:
    """Return how a cell is written: its signs, and where there are digits and words."""
    return WORD.sub("a", re.sub(r"\d+", "0", cell))


def named_like_times(labels: Sequence[str], kinds: Mapping[str, Kind]) -> tuple[str, ...]:
    """Point out columns of numbers that have the name of a time and were not read as one."""
    return tuple(
        f"column {label!r} has the name of a time, but does not count the rows of a series: not "
        f"read (--time {label} takes it, --id names what the series are)"
        for label in labels
        if kinds[label] == "number" and is_time_name(label)
    )


def _guess(cells: Sequence[str]) -> str:
    """Write a format that reads the cells; "" where none is found."""
    if short_year(cells[0]) is not None:
        guess = re.sub(r"\d\d", "%y", WORD.sub("%b", cells[0]))
    else:
        guess = re.sub(r"(?<!\d)\d{1,2}(?!\d)", "%m", YEAR.sub("%Y", cells[0]), count=1)
    try:
        read = pd.to_datetime(pd.Series(cells, dtype="str"), format=guess, errors="coerce")
    except (ValueError, re.error):  # signs of their own meaning in a format
        return ""
    whole = re.search("%[mb]", guess) is not None and bool(read.notna().all())
    return guess if whole else ""


def _share(cells: Sequence[str], test: Callable[[str], bool]) -> bool:
    head = cells[:SHOWN]
    return sum(map(test, head)) >= NEARLY_ALL * len(head)


def _alike(cells: Sequence[str], rows: int) -> bool:
    """Whether no cell stands twice and all are written alike: then they are no names of things."""
    shapes = {WORD.sub("a", re.sub(r"\d", "0", cell)) for cell in cells[:SHOWN]}
    return len(cells) == rows and len(shapes) <= SHAPES and max(map(len, cells)) <= LONGEST


def _is_dated(cell: str) -> bool:
    return YEAR.search(cell) is not None or short_year(cell) is not None


def _is_undated(cell: str) -> bool:
    words = WORD.findall(cell)
    if not words:
        return CLOCK.fullmatch(cell) is not None
    return all(month_of(word) is not None or is_weekday(word) for word in words)


def _has_digit(cell: str) -> bool:
    return any(letter.isdigit() for letter in cell)
