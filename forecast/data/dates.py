"""Texts to stamps: one format for a whole column, decided by evidence, never cell by cell.

ISO dates are taken as they are. Where the year comes last, day and month are told apart by a part
above 12 anywhere in the column; when no row tells, the column is refused rather than guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from forecast.data.arrays import BoolArray
from forecast.data.values import is_datetime, is_number, missing, sample
from forecast.errors import SchemaError

ISO = "ISO8601"
NUMERIC = re.compile(
    r"(?P<a>\d{1,4})(?P<mark>[-/.])(?P<b>\d{1,2})((?P=mark)(?P<c>\d{1,4}))?(?P<time>[T ].*)?"
)
CLOCK = re.compile(
    r"(?P<gap>[T ])\s*(?P<hour>\d{1,2}):\d{2}(?P<second>:\d{2})?(?P<part>\.\d+)?"
    r"(?P<half>\s*[AaPp][Mm])?(?P<zone>Z|[+-]\d{2}:?\d{2})?"
)
OFFSET = r"(?:Z|[+-]\d{2}(?::?\d{2})?)$"
COMPACT = re.compile(r"(1[6-9]|20|21)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])")
WORDS = (
    *("%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%d-%B-%Y", "%d/%b/%Y", "%b %d, %Y", "%B %d, %Y"),
    *("%b %d %Y", "%B %d %Y", "%b %Y", "%B %Y", "%b-%Y", "%B-%Y", "%Y-%b-%d", "%Y-%b", "%Y %b"),
)
MAJORITY = 0.5
YEARS = (1, 9998)  # so that a neighbouring zone or step stays a date


@dataclass(frozen=True, eq=False)
class Dates:
    """A column read as stamps.

    Parameters
    ----------
    stamps : Series of T stamps
        NaT where a cell is empty or no date.
    unreadable : array of shape (T,)
        True where a cell is neither empty nor a date.
    mixed_zones : bool
        Whether the column had several offsets and was converted to UTC.
    """

    stamps: pd.Series
    unreadable: BoolArray
    mixed_zones: bool = False


def looks_like_dates(column: pd.Series) -> bool:
    """Tell whether most of a column's values are dates, judged on a sample."""
    if is_datetime(column):
        return True
    texts = _texts(sample(column))
    if texts.empty:
        return False
    found = _best_format(texts)
    if found is None:
        return False
    if found == "":
        return True
    parsed, _ = _parse(texts, found)
    return float(parsed.notna().mean()) >= MAJORITY


def parse_dates(column: pd.Series, *, label: str, name: str) -> Dates:
    """Read a column as stamps.

    Parameters
    ----------
    column : Series of T cells
        Text, whole numbers such as 19580329, or stamps already.
    label, name : str
        Column and file, for messages.

    Raises
    ------
    SchemaError
        If day and month cannot be told apart, or stamps with and without zone are mixed.
    """
    if is_datetime(column):
        stamps = within_years(column.dt.as_unit("us"))
        return Dates(stamps, (stamps.isna() & column.notna()).to_numpy(dtype=np.bool_))
    empty = missing(column)
    codes, uniques = pd.factorize(column[~empty])
    texts = _texts(pd.Series(uniques))
    form = _best_format(sample(texts))
    if form == "":
        form = _day_or_month(texts, label, name)
    if form is None:
        return Dates(pd.Series(pd.NaT, index=column.index), ~empty)
    parsed, mixed = _parse(texts, form)
    if mixed:
        _refuse_half_zoned(texts, label, name)
    stamps = parsed.take(codes).set_axis(column.index[~empty]).reindex(column.index)
    unreadable = ~empty & stamps.isna().to_numpy(dtype=np.bool_)
    return Dates(stamps, unreadable, mixed)


def within_years(stamps: pd.Series) -> pd.Series:
    """Stamps of years that a calendar can name; NaT for the others."""
    return stamps.where(stamps.dt.year.between(*YEARS))


def _texts(column: pd.Series) -> pd.Series:
    if not is_number(column):
        return column.str.strip()
    texts: pd.Series = column.astype("str").str.removesuffix(".0")
    return texts


def _best_format(texts: pd.Series) -> str | None:
    """Format of a column by its first values; "" when day and month must be told apart."""
    for text in texts.iloc[:5]:
        found = _format_of(str(text))
        if found is not None:
            return found
    return None


def _format_of(text: str) -> str | None:
    if COMPACT.fullmatch(text):
        return "%Y%m%d"
    shape = NUMERIC.fullmatch(text)
    if shape is None:
        return next((form for form in WORDS if _reads(text, form)), None)
    clock = _clock_format(shape["time"])
    if clock is None or (shape["mark"] == "." and shape["c"] is None):
        return None
    if len(shape["a"]) == 4:  # noqa: PLR2004 - digits of a year
        return _year_first(shape, clock)
    if shape["c"] is not None and len(shape["c"]) == 4:  # noqa: PLR2004
        return ""
    return None


def _year_first(shape: re.Match[str], clock: str) -> str:
    mark = shape["mark"]
    padded = all(part is None or len(part) == 2 for part in (shape["b"], shape["c"]))  # noqa: PLR2004
    if mark == "-" and padded and "%I" not in clock:
        return ISO
    return f"%Y{mark}%m" + (f"{mark}%d" if shape["c"] else "") + clock


def _clock_format(text: str | None) -> str | None:
    if text is None:
        return ""
    clock = CLOCK.fullmatch(text)
    if clock is None:
        return None
    hour = "%I" if clock["half"] else "%H"
    gap = " " if clock["gap"] == " " else "T"
    second = (":%S" if clock["second"] else "") + (".%f" if clock["part"] else "")
    half = " %p" if clock["half"] else ""
    return f"{gap}{hour}:%M{second}{half}" + ("%z" if clock["zone"] else "")


def _reads(text: str, form: str) -> bool:
    return bool(pd.notna(pd.to_datetime(text, format=form, errors="coerce")))


def _parse(texts: pd.Series, form: str) -> tuple[pd.Series, bool]:
    """Stamps of distinct texts, NaT where unreadable, and whether offsets were mixed."""
    mixed = False
    try:
        # Unreadable cells come back as NaT and are reported by row; none is dropped.
        stamps = pd.to_datetime(texts, format=form, errors="coerce")
    except ValueError:  # several offsets in one column
        stamps = pd.to_datetime(texts, format=form, errors="coerce", utc=True)
        mixed = True
    if not is_datetime(stamps):
        stamps = pd.to_datetime(texts, format=form, errors="coerce", utc=True)
        mixed = True
    return within_years(stamps.dt.as_unit("us")), mixed


def _day_or_month(texts: pd.Series, label: str, name: str) -> str | None:
    """Format of a column whose year comes last."""
    first = next(found for found in map(NUMERIC.fullmatch, texts) if found is not None)
    mark, clock = first["mark"], _clock_format(first["time"]) or ""
    forms = [f"%d{mark}%m{mark}%Y{clock}", f"%m{mark}%d{mark}%Y{clock}"]
    both = [_parse(texts, form)[0] for form in forms]
    read = [int(stamps.notna().sum()) for stamps in both]
    if read[0] != read[1]:
        return forms[0] if read[0] > read[1] else forms[1]
    differ = np.flatnonzero((both[0] != both[1]) & both[0].notna())
    if not len(differ):
        return forms[0]
    at = int(differ[0])
    raise SchemaError(
        f"{texts.iloc[at]!r} may be {both[0].iloc[at].date()} or {both[1].iloc[at].date()}, "
        f"and no value of the column tells day from month (no part is above 12)",
        location=f"{name}, column {label!r}",
        fix="write the dates with the year first, such as 2024-12-31",
    )


def _refuse_half_zoned(texts: pd.Series, label: str, name: str) -> None:
    zoned = texts.str.contains(OFFSET, regex=True) & texts.str.contains(":", regex=False)
    if not bool(zoned.all()):
        raise SchemaError(
            f"{int((~zoned).sum())} of {len(texts)} distinct stamps have no time zone and the "
            f"others have one (first without: {texts[~zoned].iloc[0]!r})",
            location=f"{name}, column {label!r}",
            fix="write the offset, such as +01:00 or Z, behind every stamp or behind none",
        )
