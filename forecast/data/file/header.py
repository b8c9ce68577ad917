"""Which of the first lines is the header: titles may stand above it, units below.

The first lines of a table may be:

    Sales of the north          a title: fewer cells than the table is wide
    date,sales                  the header: a name for each column, no name twice
    (day),(kg)                  units: no value where the rows below have values
    2024-01-01,5                the first row
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from forecast.data.file.affixes import ADORNED
from forecast.data.file.periods import is_time_name, period_form
from forecast.data.file.values import MISSING

NUMBER = re.compile(r"\s*[-+]?(\d[\d.,]*|[.,]\d+)([eE][-+]?\d+)?\s*")
NUMERIC_DATE = re.compile(r"\s*\d{1,4}[-/.]\d{1,2}([-/.]\d{1,4})?([T ]\d.*)?\s*")
YEAR = re.compile(r"\s*(?:1[6-9]|2[01])\d\d\s*")
UNIT = re.compile(r"[^\W\d_]|[%\u2030\u00b0$\u20ac\u00a3#]")  # a word or a sign, and not a marker
MOST_TITLES, MOST_UNITS = 20, 3


@dataclass(frozen=True)
class Place:
    """Where the header is among the first records.

    Parameters
    ----------
    header : int
        Its number; those before it are titles.
    units : int
        Records below it that hold no values.
    """

    header: int = 0
    units: int = 0


def is_value(cell: str) -> bool:
    """Tell whether a cell is a number or a date in digits."""
    return bool(NUMBER.fullmatch(cell) or NUMERIC_DATE.fullmatch(cell))


def usual_length(rows: Sequence[Sequence[str]]) -> int:
    """Cells of most rows, those of the longer ones where there are as many of each."""
    counts = Counter(map(len, rows))
    return max(counts, key=lambda length: (counts[length], length), default=0)


def find_header(rows: Sequence[Sequence[str]]) -> Place:
    """Find the header among the first records of a file; the first one where nothing tells.

    Parameters
    ----------
    rows : sequence of sequences of str
        Cells of the first records, empty lines left out.

    Examples
    --------
    >>> find_header([["Report"], ["day", "kg"], ["(d)", "(kg)"], ["2024-01-01", "5"]])
    Place(header=1, units=1)
    """
    length = usual_length(rows)
    width = max((len(_filled(row)) for row in rows if len(row) == length), default=0)
    for number, row in enumerate(rows[: MOST_TITLES + 1]):
        cells = _filled(row)
        if len(cells) < width:
            continue
        if _names(cells):
            return _with_units(rows, number, width)
        if any(map(is_value, cells)):
            break
    return Place(0, _units(rows[1:]))


def _with_units(rows: Sequence[Sequence[str]], number: int, width: int) -> Place:
    """Take the names at ``number``, or names below them of which one is that of a time."""
    below = _units(rows[number + 1 :])
    for at in range(number, number + below + 1):
        cells = _filled(rows[at])
        if len(cells) >= width and _names(cells) and any(map(is_time_name, cells)):
            return Place(at, below - (at - number))
    return Place(number, below)


def _filled(row: Sequence[str]) -> list[str]:
    """Cells up to the last that is not empty."""
    cells = [cell.strip() for cell in row]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _names(cells: Sequence[str]) -> bool:
    """Whether all cells but the first are names, and differ; years may be names."""
    known = [cell for cell in cells if cell]
    if not known or len(known) < len(cells) - (not cells[0]) or len(set(known)) < len(known):
        return False
    return not any(is_value(cell) and not YEAR.fullmatch(cell) for cell in known) and not all(
        map(is_value, known)
    )


def _observes(cell: str) -> bool:
    """Whether a cell of a row is a value, or one with a sign, or a date in words."""
    adorned = ADORNED.fullmatch(cell) is not None
    return is_value(cell) or adorned or period_form(cell.strip()) is not None


def _units(rows: Sequence[Sequence[str]]) -> int:
    """Records without value above the first that has values, where they have text instead."""
    found = next((at for at, row in enumerate(rows) if any(map(_observes, row))), None)
    if not found or found > MOST_UNITS:
        return 0
    columns = [at for at, cell in enumerate(rows[found]) if _observes(cell)]
    for row in rows[:found]:
        texts = [row[at].strip() for at in columns if at < len(row)]
        ruled = not "".join(row).strip("-=: ")
        if not ruled and not any(UNIT.search(text) and text not in MISSING for text in texts):
            return 0
    return found
