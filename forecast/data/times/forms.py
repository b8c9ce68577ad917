"""Which formats the times of a column may have, by the look of its first cells.

A format is a pattern of ``strptime``, ``ISO8601``, or the name of a reader in
`forecast.data.file.periods`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import pandas as pd

from forecast.data.file.periods import (
    are_seasons,
    is_season,
    period_form,
    read_month,
    short_years,
)

ISO, SEASON = "ISO8601", "season"
NUMERIC = re.compile(
    r"(?P<a>\d{1,4})(?P<mark>[-/.])(?P<b>\d{1,2})((?P=mark)(?P<c>\d{1,4}))?(?P<time>[T ].*)?"
)
CLOCK = re.compile(
    r"(?P<gap>[T ])\s*\d{1,2}(?P<colon>[:.])\d{2}(?P<second>(?P=colon)\d{2})?(?P<part>\.\d+)?"
    r"(?P<half>\s*[AaPp][Mm])?(?P<zone>Z|[+-]\d{2}(:?\d{2})?)?"
)
MONTH_YEAR = re.compile(r"\d{1,2}(?P<mark>[-/])\d{4}")
DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
COMPACT = re.compile(rf"(?:1[6-9]|20|21)\d{{2}}{DAY}")
COMPACT_CLOCK = re.compile(
    rf"(?:19|20|21)\d{{2}}{DAY}(?P<gap>[T ]?)(?:[01]\d|2[0-3])"
    r"(?P<minute>(?P<colon>:?)[0-5]\d(?P<second>(?P=colon)[0-5]\d)?)?(?P<zone>Z|[+-]\d{2}:?\d{2})?"
)
YEAR_MONTH = re.compile(r"(?:19|20)\d{2}(?:0[1-9]|1[0-2])")
LETTER = re.compile(r"[^\W\d_]")
WORDS = (
    *("%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%d-%B-%Y", "%d/%b/%Y", "%b %d, %Y", "%B %d, %Y"),
    *("%b %d %Y", "%B %d %Y", "%b %Y", "%B %Y", "%b-%Y", "%B-%Y", "%Y-%b-%d", "%Y-%b", "%Y %b"),
)
HEAD = 5
MONTHS_LEAST = 3
YEAR_DIGITS, SHORT_YEAR = 4, 2


def forms_of(texts: pd.Series, *, numbers: bool = False) -> tuple[str, ...]:
    """Formats that a column may have; several where its first cells may be read in several ways.

    Parameters
    ----------
    texts : Series
        Values of the column, none missing.
    numbers : bool
        Whether the column was read as numbers, which lost zeros such as that of 2020.10.
    """
    for text in texts.iloc[:HEAD]:
        found = _forms_of(str(text))
        if found:
            return _by_column(found, [str(cell) for cell in texts], numbers=numbers)
    return ()


def _by_column(found: tuple[str, ...], cells: Sequence[str], *, numbers: bool) -> tuple[str, ...]:
    """Take back what the other cells of the column do not bear out."""
    if found == ("%Y%m",):
        known = set(cells)
        whole = all(YEAR_MONTH.fullmatch(cell) for cell in known)
        return found if whole and len(known) >= MONTHS_LEAST else ()
    if found == ("month",) and numbers:
        return ()
    if found == ("words",) and not short_years(cells):
        return ()
    if found[-1] == SEASON:
        return ("fiscal",) if are_seasons(cells) else found[:-1]
    return found


def _forms_of(text: str) -> tuple[str, ...]:
    if LETTER.search(text):
        named = next((form for form in WORDS if _reads(text, form)), None) or period_form(text)
        if named is not None:
            return (named,)
    return _digits(text) or _numeric(text)


def _digits(text: str) -> tuple[str, ...]:
    """Format of dates without separators, or of months."""
    if COMPACT.fullmatch(text):
        return ("%Y%m%d",)
    compact = COMPACT_CLOCK.fullmatch(text)
    if compact is not None:
        return (_compact_clock(compact),)
    if YEAR_MONTH.fullmatch(text):
        return ("%Y%m",)
    month_year = MONTH_YEAR.fullmatch(text)
    if month_year is not None:
        return (f"%m{month_year['mark']}%Y",)
    return ("month",) if read_month(text) else ()


def _numeric(text: str) -> tuple[str, ...]:
    season = (SEASON,) if is_season(text) else ()
    shape = NUMERIC.fullmatch(text)
    if shape is None:
        return season
    if shape["mark"] == "." and shape["c"] is None:
        return ()
    clock = _clock_format(shape["time"])
    return () if clock is None else (*_numeric_forms(shape, clock), *season)


def _compact_clock(shape: re.Match[str]) -> str:
    colon = shape["colon"] or ""
    minute = f"{colon}%M" if shape["minute"] else ""
    second = f"{colon}%S" if shape["second"] else ""
    return f"%Y%m%d{shape['gap']}%H{minute}{second}" + ("%z" if shape["zone"] else "")


def _numeric_forms(shape: re.Match[str], clock: str) -> tuple[str, ...]:
    mark, last = shape["mark"], len(shape["c"] or "")
    if len(shape["a"]) == YEAR_DIGITS:
        return (_year_first(shape, clock),)
    if last == YEAR_DIGITS:
        return f"%d{mark}%m{mark}%Y{clock}", f"%m{mark}%d{mark}%Y{clock}"
    if last == SHORT_YEAR and len(shape["a"]) <= SHORT_YEAR:
        first = mark == "-" and len(shape["a"]) == SHORT_YEAR
        orders = ("dmy", "mdy", "ymd") if first else ("dmy", "mdy")
        return tuple(mark.join(f"%{part}" for part in order) + clock for order in orders)
    return ()


def _year_first(shape: re.Match[str], clock: str) -> str:
    mark = shape["mark"]
    padded = all(part is None or len(part) == 2 for part in (shape["b"], shape["c"]))  # noqa: PLR2004
    if mark == "-" and padded and "%I" not in clock and "." not in clock.replace(".%f", ""):
        return ISO
    return f"%Y{mark}%m" + (f"{mark}%d" if shape["c"] else "") + clock


def _clock_format(text: str | None) -> str | None:
    if text is None:
        return ""
    clock = CLOCK.fullmatch(text)
    if clock is None:
        return None
    hour = "%I" if clock["half"] else "%H"
    gap, colon = " " if clock["gap"] == " " else "T", clock["colon"]
    second = (f"{colon}%S" if clock["second"] else "") + (".%f" if clock["part"] else "")
    half = " %p" if clock["half"] else ""
    return f"{gap}{hour}{colon}%M{second}{half}" + ("%z" if clock["zone"] else "")


def _reads(text: str, form: str) -> bool:
    return bool(pd.notna(pd.to_datetime(text, format=form, errors="coerce")))
