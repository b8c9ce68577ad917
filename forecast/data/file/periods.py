"""Names of periods to the moment at which each begins: quarters, weeks, months, fiscal years.

1995Q3  Q3 1995  3Q95       2020H1       2020-W53  KW 1/2020       2020M01       FY20  2019/20
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import pandas as pd

from forecast.data.file.months import in_century, read_worded, short_year

QUARTERS = (
    re.compile(r"(?P<year>\d{4}|\d{2})[ /.-]*[Qq](?P<part>[1-4])"),
    re.compile(r"[Qq](?P<part>[1-4])[ /.-]*(?P<year>\d{4})"),
    re.compile(r"[Qq](?P<part>[1-4])[ /.'\u2019-]+(?P<year>\d{2})"),
    re.compile(r"(?P<part>[1-4])[ .-]*[Qq][ /.'\u2019-]*(?P<year>\d{4}|\d{2})"),
)
HALVES = (
    re.compile(r"(?P<year>\d{4})[ /-]*[HhSs](?P<part>[12])"),
    re.compile(r"[HhSs](?P<part>[12])[ /-]*(?P<year>\d{4})"),
)
MONTHS = (
    re.compile(r"(?P<year>\d{4})[ -]?[Mm](?P<part>\d{1,2})"),
    re.compile(r"[Mm](?P<part>\d{1,2})[ /-](?P<year>\d{4})"),
)
WEEK_WORD = r"(?:[Ww](?:ee)?k?|[KCkc][Ww])[ .]*"
WEEKS = (
    re.compile(rf"(?P<year>\d{{4}})[ /-]*{WEEK_WORD}(?P<part>\d{{2}})(?:-?(?P<day>[1-7]))?"),
    re.compile(rf"(?P<year>\d{{4}})[ /-]*{WEEK_WORD}(?P<part>\d)"),
    re.compile(rf"{WEEK_WORD}(?P<part>\d{{1,2}})[ ,/-]+(?P<year>\d{{4}})"),
)
FISCAL = re.compile(
    r"FY[ -]?['\u2019]?(?P<first>\d{4}|\d{2})(?:[/\u2013-](?:\d{4}|\d{2}))?", re.IGNORECASE
)
SEASON = re.compile(r"(?P<first>\d{4})\s*[/\u2013-]\s*(?P<second>\d{4}|\d{2})")
DOTTED = re.compile(r"(?:19|20)\d\d\.(?:0[1-9]|1[0-2])|(?:0?[1-9]|1[0-2])\.(?:19|20)\d\d")
# What a column of times is called in files of several languages.
TIME_NAMES = (
    *("ds", "date", "datetime", "date_time", "timestamp", "time", "day", "week", "month", "mon"),
    *("quarter", "period", "year", "fiscal_year", "season", "yearmonth", "year_month"),
    *("datum", "zeit", "tag", "woche", "monat", "jahr", "fecha", "mes", "mois", "annee", "data"),
)
# And a column that counts the steps.
COUNT_NAMES = (
    *("t", "time", "ds", "step", "index", "timestep", "time_step", "time_idx", "period"),
    *("year", "yr", "years", "jahr", "année", "annee", "año", "ano", "anno", "jaar"),
)
LAST_DAY = 28  # beyond, the two digits beside a month may be a day as well as a year


def _part(patterns: Sequence[re.Pattern[str]], text: str) -> tuple[int, int] | None:
    found = next((match for p in patterns if (match := p.fullmatch(text))), None)
    return (in_century(found["year"]), int(found["part"])) if found else None


def read_quarter(text: str) -> str:
    """First day of a quarter or half-year; "" where the text is neither."""
    quarter = _part(QUARTERS, text)
    if quarter is not None:
        return f"{quarter[0]}-{3 * quarter[1] - 2:02d}-01"
    half = _part(HALVES, text)
    return f"{half[0]}-{6 * half[1] - 5:02d}-01" if half else ""


def read_month(text: str) -> str:
    """First day of a month such as 2020M01 or 01.2020; "" where the text is none."""
    month = _part(MONTHS, text)
    if month is not None:
        return f"{month[0]}-{month[1]:02d}-01"
    if DOTTED.fullmatch(text):
        first, second = text.split(".")
        if len(first) < len(second):
            first, second = second, first
        return f"{first}-{int(second):02d}-01"
    return ""


def read_week(text: str) -> str:
    """Monday of an ISO week, or the day named in it; "" where the text is none."""
    found = next((match for p in WEEKS if (match := p.fullmatch(text))), None)
    if found is None:
        return ""
    day = found.groupdict().get("day") or 1
    try:
        monday = pd.Timestamp.fromisocalendar(int(found["year"]), int(found["part"]), int(day))
    except ValueError:
        return ""
    return str(monday.strftime("%Y-%m-%d"))


def is_time_name(label: str) -> bool:
    """Tell whether a column is called like a time."""
    return label.lower().replace(" ", "_") in TIME_NAMES


def read_fiscal(text: str) -> str:
    """1 January of the first year that a fiscal year names; "" where the text is none."""
    found = FISCAL.fullmatch(text) or SEASON.fullmatch(text)
    return f"{in_century(found['first'])}-01-01" if found else ""


READERS: dict[str, Callable[[str], str]] = {
    "quarter": read_quarter,
    "month": read_month,
    "week": read_week,
    "fiscal": read_fiscal,
    "words": read_worded,
}
SAID = {
    "fiscal": "holds fiscal years: each stands at 1 January of the first year it names",
}


def period_form(text: str) -> str | None:
    """Name the reader for a cell, or None; years in a row such as 2019/20 need the whole column."""
    for form in ("quarter", "month", "week", "words"):
        if READERS[form](text):
            return form
    return "fiscal" if FISCAL.fullmatch(text) else None


def is_season(text: str) -> bool:
    """Tell whether a text names a year and the next, such as 2019/20."""
    found = SEASON.fullmatch(text)
    if found is None:
        return False
    first, second = found["first"], found["second"]
    return str(int(first) + 1).zfill(len(first))[-len(second) :] == second


def are_seasons(texts: Sequence[str]) -> bool:
    """Tell whether all texts name a year and the next, and are not months.

    Examples
    --------
    >>> are_seasons(["2010/11", "2011/12"]), are_seasons(["2010/11", "2010/12"])
    (True, False)
    """
    return len(set(texts)) > 1 and all(map(is_season, set(texts)))


def short_years(texts: Sequence[str]) -> bool:
    """Tell whether the two digits beside the months of a column are years, and not days.

    They are where some cannot be a day, or where one year has several months and no digits are
    those of the last days of a month.

    Examples
    --------
    >>> short_years(["Dec-19", "Jan-20", "Feb-20"]), short_years(["Jan-30", "Jan-31", "Feb-01"])
    (True, False)
    """
    found = {(text[:3].lower(), short_year(text)) for text in texts}
    digits = [number for _, number in found if number is not None]
    if not digits or min(digits) == 0 or max(digits) > 31:  # noqa: PLR2004 - days of a month
        return True
    return max(digits) <= LAST_DAY and max(map(digits.count, digits)) > 1
