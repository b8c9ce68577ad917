"""Lines under the rows that are no rows: footnotes, sources and totals.

They are looked for from the last line upwards, until a row is met:

    2024-01-31,7
    Total,145                       a total: its first cell is the word, where rows have a time
                                    and it has none
    Source: office of statistics    a note: marked as one, or a single cell without a digit
    * provisional
"""

from __future__ import annotations

import csv
import re

from forecast.data.file.header import NUMERIC_DATE, is_value
from forecast.data.file.periods import period_form
from forecast.data.file.sniff import Shape, needed_cells

TAIL = 16_384
"""Bytes at the end that are looked at."""
TOTALS = (
    *("total", "totals", "subtotal", "grand total", "sum", "summe", "gesamt", "insgesamt"),
    *("somme", "total general", "totale", "suma", "average", "mean", "avg", "median", "min", "max"),
    *("mittelwert", "durchschnitt", "moyenne", "media", "count"),
)
NOTE = re.compile(
    r"\s*(?:[*†‡©]|\(?\d\)\s|sources?\b|notes?\b|footnotes?\b|quelle\b|anmerkung|fuente\b|fonte\b|"
    r"copyright\b|last updated\b|data from\b|generated\b|exported\b|end of)",
    re.IGNORECASE,
)
LINE = re.compile(r"[^\n]*\n|[^\n]+")
WORD = re.compile(r"[^\W\d_]{2,}")
SENTENCE = 3
SHOWN = 40


def without_footer(data: bytes, shape: Shape) -> tuple[bytes, tuple[str, ...]]:
    """Cut off the lines under the last row that are none, and say so.

    Parameters
    ----------
    data : bytes
        The whole text.
    shape : Shape
        What its first lines say.
    """
    begin = max(shape.body, data.find(b"\n", max(shape.body, len(data) - TAIL) - 1) + 1)
    lines = LINE.findall(data[begin:].decode("utf-8", errors="replace"))
    if needed_cells(shape) < 2 or any(line.count('"') % 2 for line in lines):  # noqa: PLR2004
        return data, ()  # of one column any line may be a row
    stop = _end_of_rows(lines, shape)
    below = [at for at in range(stop, len(lines)) if _filled(lines[at], shape)]
    if not below or not stop:
        return data, ()
    row = shape.first_row + data.count(b"\n", shape.body, begin) + below[0]
    shown = lines[below[0]].strip()[:SHOWN]
    many = f"{len(below)} lines below the rows left out (first: line {row}, {shown!r})"
    note = many if len(below) > 1 else f"line {row}, below the rows, left out: {shown!r}"
    return data[: begin + sum(len(line.encode()) for line in lines[:stop])], (note,)


def _end_of_rows(lines: list[str], shape: Shape) -> int:
    """One past the line of the last row."""
    stop = len(lines)
    while stop:
        cells = _filled(lines[stop - 1], shape)
        apart = stop > 1 and not lines[stop - 2].strip()
        whole = apart or lines[stop - 1].endswith("\n")
        if cells and not _is_note(cells, whole=whole):
            above = (_filled(line, shape) for line in reversed(lines[: stop - 1]))
            if not _is_total(cells, next(filter(None, above), [])):
                return stop
        stop -= 1
    return 0


def _filled(line: str, shape: Shape) -> list[str]:
    try:
        row = next(csv.reader([line], delimiter=shape.separator, skipinitialspace=True), [])
    except csv.Error:
        row = [line]
    return [cell.strip() for cell in row if cell.strip()]


def _is_total(cells: list[str], above: list[str]) -> bool:
    """A total, and not a series of that name among others."""
    if not above or any(map(NUMERIC_DATE.fullmatch, cells)):
        return False
    name, other = (row[0].rstrip(" :").lower() for row in (cells, above))
    return name in TOTALS and (_is_time(above[0]) or (other in TOTALS and other != name))


def _is_time(cell: str) -> bool:
    return is_value(cell) or period_form(cell) is not None


def _is_note(cells: list[str], *, whole: bool) -> bool:
    marked = NOTE.match(cells[0]) is not None
    if len(cells) > 1:
        return marked and ":" in cells[0] and not any(map(NUMERIC_DATE.fullmatch, cells))
    digits = any(letter.isdigit() for letter in cells[0])
    return marked or (whole and (not digits or len(WORD.findall(cells[0])) >= SENTENCE))
