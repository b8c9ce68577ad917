"""How numbers are written: decimal marks and thousands separators, decided over a whole column.

    1.5    1234      plain
    1,5    1.234,5   decimal comma      (a point, a space or an apostrophe between thousands)
    1,234.5          decimal point      (a comma, a space or an apostrophe between thousands)
    1,23,456.5       the same, thousands and then pairs of digits, as in India

A column of which every number may be read in two ways, such as 1,234, is settled by the other
columns of the file or by the user; otherwise it is left as it is and refused where it is used.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecast.data.arrays import BoolArray
from forecast.data.file.dialect import AUTO, DECIMALS, NONE, THOUSANDS, Dialect

SPACES = THOUSANDS["space"] + THOUSANDS["apostrophe"]
MAJORITY = 0.5
MARKED = re.compile(f"[,{THOUSANDS['space']}{THOUSANDS['apostrophe']}]")
PLAIN = re.compile(r"\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*")
GROUPED = re.compile(r"\s*[-+]?[1-9]\d{0,2}(?:\.\d{3})+\s*")
SMALL = re.compile(r"\s*[-+]?\d{1,3}\s*")
MANY = 5
AMBIGUOUS = re.compile(r"\s*[-+]?[1-9]\d{0,2},\d{3}\s*")


@dataclass(frozen=True)
class Style:
    """One way to write numbers.

    Parameters
    ----------
    decimal : str
        The decimal mark.
    thousands : str
        Characters that may stand between groups of three digits.
    """

    decimal: str
    thousands: str

    @property
    def pattern(self) -> re.Pattern[str]:
        """Match a number of this style that is not plain, or whole."""
        mark = re.escape(self.decimal)
        end = rf"(?:{mark}\d*)?(?:[eE][-+]?\d+)?"
        body = rf"\d+{end}|{mark}\d+"
        if self.thousands:
            body += rf"|[1-9]\d{{0,2}}(?:(?:[{re.escape(self.thousands)}])\d{{3}})+{end}"
        if self.thousands == ",":
            body += rf"|[1-9]\d?(?:,\d{{2}})+,\d{{3}}{end}"
        return re.compile(rf"\s*[-+]?(?:{body})\s*")

    def plain(self, cell: str) -> str:
        """Write a number of this style as Python does."""
        return cell.strip().translate(self._table)

    @property
    def _table(self) -> dict[int, str | None]:
        table: dict[int, str | None] = {ord(mark): None for mark in self.thousands}
        table[ord(self.decimal)] = "."
        return table


COMMA = (Style(",", "."), Style(",", SPACES))
POINT = (Style(".", ","), Style(".", SPACES))


@dataclass(frozen=True)
class Verdict:
    """What the cells of a column say.

    Parameters
    ----------
    style : Style or None
        How its numbers are written; None where they are plain, or no numbers.
    mark : str
        The decimal mark that some cell proves; "" where none does.
    numbers : bool
        Whether most cells are numbers at all.
    """

    style: Style | None
    mark: str = ""
    numbers: bool = True


def judge(cells: Sequence[str], dialect: Dialect, settled: str = "") -> Verdict:
    """Judge how the numbers among cells are written.

    Parameters
    ----------
    cells : sequence of str
        Distinct, none of them missing.
    dialect : Dialect
        What the user said about decimal and thousands marks.
    settled : str
        The decimal mark of other columns; "" where they do not tell.
    """
    if not cells:
        return Verdict(None, numbers=False)
    if dialect.decimal != AUTO or dialect.thousands == "point":
        settled = DECIMALS.get(dialect.decimal, ",")
    joint = "".join(cells)
    if settled != "," and not MARKED.search(joint):
        return _unmarked(cells, pointed="." in joint)
    styles = _allowed(dialect)
    counts = [_count(style.pattern, cells) for style in styles]
    best, plain = max(counts, default=0), _count(PLAIN, cells)
    if max(best, plain) < MAJORITY * len(cells):
        return Verdict(None, numbers=False)
    if plain > best:
        return Verdict(None, ".")
    found = [style for style, count in zip(styles, counts, strict=True) if count == best]
    return _among(found, cells, settled, plain=plain == best)


def _unmarked(cells: Sequence[str], *, pointed: bool) -> Verdict:
    """Judge cells that can only be plain numbers, or have points between thousands."""
    if pointed and any(cell.count(".") > 1 for cell in cells):
        thousands = _count(COMMA[0].pattern, cells)
        if thousands == len(cells):
            return Verdict(COMMA[0], ",")
    if _count(PLAIN, cells) < MAJORITY * len(cells):
        return Verdict(None, numbers=False)
    pattern = COMMA[0].pattern
    proved = pointed and not all(pattern.fullmatch(cell) for cell in cells if "." in cell)
    return Verdict(None, "." if proved else "")


def _among(found: list[Style], cells: Sequence[str], settled: str, *, plain: bool) -> Verdict:
    """Choose among styles that read as many cells as each other."""
    marks = {style.decimal for style in found}
    if len(marks) > 1 and not any(mark in cell for cell in cells for mark in ".,"):
        marks = {"."}  # at most spaces between thousands: either reading gives the same
        found = [style for style in found if style.decimal == "."]
    if plain:
        return _plainly(found, marks, settled, pointed=any("." in cell for cell in cells))
    if len(marks) == 1:
        return Verdict(found[0], marks.pop())
    if settled:
        return Verdict(next(style for style in found if style.decimal == settled))
    return Verdict(None)


def _plainly(found: list[Style], marks: set[str], settled: str, *, pointed: bool) -> Verdict:
    """Judge cells that are plain numbers, and may be thousands by points all the same."""
    if "," not in marks or not pointed:
        return Verdict(None, "." if pointed else "")
    if settled == ",":
        return Verdict(next(style for style in found if style.decimal == ","))
    return Verdict(None)


def _allowed(dialect: Dialect) -> list[Style]:
    styles = [*COMMA, *POINT]
    if dialect.decimal != AUTO:
        styles = [style for style in styles if style.decimal == DECIMALS[dialect.decimal]]
    if dialect.thousands == NONE:
        return [Style(mark, "") for mark in dict.fromkeys(style.decimal for style in styles)]
    if dialect.thousands != AUTO:
        marks = THOUSANDS[dialect.thousands]
        kept = dict.fromkeys(style.decimal for style in styles if style.decimal not in marks)
        return [Style(mark, marks) for mark in kept]
    return styles


def _count(pattern: re.Pattern[str], cells: Sequence[str]) -> int:
    return sum(pattern.fullmatch(cell) is not None for cell in cells)


def rewritten(cells: Sequence[str], style: Style) -> tuple[list[str], BoolArray]:
    """Write the numbers of a style plainly; tell which cells were such, shape (len(cells),)."""
    pattern = style.pattern
    fits = np.array([pattern.fullmatch(cell) is not None for cell in cells], dtype=np.bool_)
    plain = [style.plain(cell) if fit else cell for cell, fit in zip(cells, fits, strict=True)]
    return plain, fits


def grouped_by_points(cells: Sequence[str]) -> str:
    """Tell numbers whose points stand between thousands, though each is a plain number, too.

    Whatever has a point has three digits behind it, and whatever has none is below 1,000.

    Parameters
    ----------
    cells : sequence of str
        Distinct numbers, none of them missing.

    Returns
    -------
    str
        One with a point; "" where they are no such numbers, or too few to tell.

    Examples
    --------
    >>> grouped_by_points(["943", "1.307", "1.228", "933", "1.5"])
    ''
    """
    pointed = [cell for cell in cells if "." in cell]
    others = [cell for cell in cells if "." not in cell]
    if min(len(pointed), len(others)) < MANY:
        return ""
    fit = all(map(GROUPED.fullmatch, pointed)) and all(map(SMALL.fullmatch, others))
    return pointed[0] if fit else ""


def is_doubtful(cell: str) -> bool:
    """Tell whether a cell is a number with a decimal comma or one with a comma of thousands."""
    return AMBIGUOUS.fullmatch(cell) is not None
