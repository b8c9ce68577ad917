"""Texts to stamps: one format for a whole column, decided by evidence, never cell by cell.

ISO dates are taken as they are. Where the year comes last or has two digits, day and month are
told apart by the parts that cannot be a month anywhere in the column; when no row tells, the
column is refused rather than guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from forecast.data.arrays import BoolArray
from forecast.data.dialect import AUTO, Dialect
from forecast.data.likely import likely_dates
from forecast.data.values import is_datetime, is_number, missing, sample
from forecast.data.zones import zones_of
from forecast.errors import SchemaError, UsageError

ISO, QUARTER, WEEK = "ISO8601", "quarter", "week"
NUMERIC = re.compile(
    r"(?P<a>\d{1,4})(?P<mark>[-/.])(?P<b>\d{1,2})((?P=mark)(?P<c>\d{1,4}))?(?P<time>[T ].*)?"
)
CLOCK = re.compile(
    r"(?P<gap>[T ])\s*\d{1,2}(?P<colon>[:.])\d{2}(?P<second>(?P=colon)\d{2})?(?P<part>\.\d+)?"
    r"(?P<half>\s*[AaPp][Mm])?(?P<zone>Z|[+-]\d{2}(:?\d{2})?)?"
)
OFFSET = re.compile(r"(?P<z>Z)|(?P<sign>[+-])(?P<hours>\d{2}):?(?P<minutes>\d{2})?")
OFFSET_END = r"(?:Z|[+-]\d{2}(?::?\d{2})?)$"
ZONE_WORD = re.compile(r"\s*(?:UTC|GMT)$|\s+(?=[+-]\d{2}:?\d{2}$)")
COMPACT = re.compile(r"(1[6-9]|20|21)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])")
LETTER = re.compile(r"[^\W\d_]{3}")
QUARTERS = (
    re.compile(r"(?P<year>\d{4})[ /-]?[Qq](?P<quarter>[1-4])"),
    re.compile(r"[Qq](?P<quarter>[1-4])[ /-]?(?P<year>\d{4})"),
)
WEEKS = re.compile(r"(?P<year>\d{4})-?[Ww](?P<week>\d{2})(?:-?(?P<day>[1-7]))?")
WORDS = (
    *("%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%d-%B-%Y", "%d/%b/%Y", "%b %d, %Y", "%B %d, %Y"),
    *("%b %d %Y", "%B %d %Y", "%b %Y", "%B %Y", "%b-%Y", "%B-%Y", "%Y-%b-%d", "%Y-%b", "%Y %b"),
)
UNITS: dict[str, Literal["s", "ms"]] = {"epoch": "s", "epoch_ms": "ms"}
MAJORITY = 0.5
YEARS = (1, 9998)  # so that a neighbouring zone or step stays a date
YEAR_DIGITS, SHORT_YEAR = 4, 2
AS_FOUND = Dialect()


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
        Whether the column had several offsets.
    zones : tuple of str
        Of a column with several offsets, the zones that show them; the stamps are in the first.
    """

    stamps: pd.Series
    unreadable: BoolArray
    mixed_zones: bool = False
    zones: tuple[str, ...] = ()


def looks_like_dates(column: pd.Series, dialect: Dialect = AS_FOUND) -> bool:
    """Tell whether most of a column's values are dates, judged on a sample."""
    if is_datetime(column):
        return True
    texts = _texts(sample(column))
    if texts.empty or dialect.date_format in UNITS:
        return False
    forms = _forms(texts, dialect)
    return any(float(_parse(texts, form)[0].notna().mean()) >= MAJORITY for form in forms)


def parse_dates(column: pd.Series, *, label: str, name: str, dialect: Dialect = AS_FOUND) -> Dates:
    """Read a column as stamps.

    Parameters
    ----------
    column : Series of T cells
        Text, whole numbers such as 19580329, or stamps already.
    label, name : str
        Column and file, for messages.
    dialect : Dialect
        What the user said about the format of dates and the time zone.

    Raises
    ------
    SchemaError
        If day and month cannot be told apart, or stamps with and without zone are mixed.
    UsageError
        If the format is no format.
    """
    if is_datetime(column):
        stamps = within_years(column.dt.as_unit("us"))
        return Dates(stamps, (stamps.isna() & column.notna()).to_numpy(dtype=np.bool_))
    empty = missing(column)
    known = column if not empty.any() else column[~empty]
    if isinstance(column.dtype, pd.CategoricalDtype) or is_number(column):
        codes, uniques = pd.factorize(known)
        texts = _texts(pd.Series(uniques))
    else:  # rows of a text column without repeats are read faster as they are
        codes, texts = np.arange(len(known), dtype=np.int64), _texts(known).reset_index(drop=True)
    forms = _forms(sample(texts), dialect)
    form = _evident(texts, forms, label, name, day_first=dialect.day_first)
    if form is None:
        return Dates(pd.Series(pd.NaT, index=column.index), ~empty)
    parsed, mixed = _parse(texts, form)
    if bool(parsed.isna().any()) and not is_number(column):
        texts = texts.str.strip()
        parsed, mixed = _parse(texts, form)
    zones: tuple[str, ...] = ()
    if mixed:
        _refuse_half_zoned(texts, label, name)
        zones = _zones(texts, parsed)
        parsed = parsed.dt.tz_convert(zones[0]) if zones else parsed
    stamps = parsed.take(codes).set_axis(known.index)
    if len(known) < len(column):
        stamps = stamps.reindex(column.index)
    unreadable = ~empty & stamps.isna().to_numpy(dtype=np.bool_)
    return Dates(stamps, unreadable, mixed, zones)


def from_epoch(values: pd.Series, unit: Literal["s", "ms"]) -> pd.Series:
    """Stamps of seconds or milliseconds since 1970, in UTC."""
    stamps = pd.to_datetime(values, unit=unit, errors="coerce", utc=True)
    return within_years(stamps.dt.as_unit("us"))


def within_years(stamps: pd.Series) -> pd.Series:
    """Stamps of years that a calendar can name; NaT for the others."""
    years = stamps.dt.year
    if years.min() >= YEARS[0] and years.max() <= YEARS[1]:
        return stamps
    return stamps.where(years.between(*YEARS))


def _texts(column: pd.Series) -> pd.Series:
    if is_number(column):
        texts: pd.Series = column.astype("str").str.removesuffix(".0")
        return texts
    texts = column.astype("str")
    head = texts.iloc[:5]
    if any(str(text) != str(text).strip() for text in head):
        texts = texts.str.strip()
    if any(ZONE_WORD.search(str(text)) for text in head):
        named = texts.str.replace(r"\s*(?:UTC|GMT)$", "Z", regex=True)
        texts = named.str.replace(r"\s+(?=[+-]\d{2}:?\d{2}$)", "", regex=True)
    return texts


def _forms(texts: pd.Series, dialect: Dialect) -> tuple[str, ...]:
    """Formats that a column may have, by its first values or by what the user said."""
    if dialect.date_format != AUTO:
        return (dialect.date_format,)
    for text in texts.iloc[:5]:
        found = _forms_of(str(text))
        if found:
            return found
    return ()


def _forms_of(text: str) -> tuple[str, ...]:
    if COMPACT.fullmatch(text):
        return ("%Y%m%d",)
    if any(shape.fullmatch(text) for shape in QUARTERS):
        return (QUARTER,)
    if WEEKS.fullmatch(text):
        return (WEEK,)
    shape = NUMERIC.fullmatch(text)
    if shape is None:
        named = LETTER.search(text) is not None
        return tuple(form for form in WORDS if named and _reads(text, form))[:1]
    clock = _clock_format(shape["time"])
    if clock is None or (shape["mark"] == "." and shape["c"] is None):
        return ()
    return _numeric_forms(shape, clock)


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


def _parse(texts: pd.Series, form: str) -> tuple[pd.Series, bool]:
    """Stamps of distinct texts, NaT where unreadable, and whether offsets were mixed."""
    if form in (QUARTER, WEEK):
        texts = pd.Series([_period_begin(str(text)) for text in texts], dtype="str")
        form = ISO
    mixed = False
    try:
        # Unreadable cells come back as NaT and are reported by row; none is dropped.
        stamps = pd.to_datetime(texts, format=form, errors="coerce")
    except (ValueError, re.error) as error:  # several offsets in one column, or no format
        mixed = True
        try:
            stamps = pd.to_datetime(texts, format=form, errors="coerce", utc=True)
        except (ValueError, re.error):
            raise UsageError(
                f"{form!r} is not a date format: {error}",
                location="data.date_format",
                fix="write it like %d.%m.%Y %H:%M",
            ) from error
    if not is_datetime(stamps):
        stamps = pd.to_datetime(texts, format=form, errors="coerce", utc=True)
        mixed = True
    return within_years(stamps.dt.as_unit("us")), mixed


def _period_begin(text: str) -> str:
    """Write the first day of a quarter or ISO week; "" where the text is neither."""
    found = QUARTERS[0].fullmatch(text) or QUARTERS[1].fullmatch(text)
    if found is not None:
        return f"{found['year']}-{3 * int(found['quarter']) - 2:02d}-01"
    week = WEEKS.fullmatch(text)
    if week is None:
        return ""
    try:
        day = pd.Timestamp.fromisocalendar(
            int(week["year"]), int(week["week"]), int(week["day"] or 1)
        )
    except ValueError:
        return ""
    return day.strftime("%Y-%m-%d")


def _evident(
    texts: pd.Series, forms: tuple[str, ...], label: str, name: str, *, day_first: bool | None
) -> str | None:
    """Choose the format that reads most of a column; refuse a tie that matters."""
    if len(forms) <= 1:
        return forms[0] if forms else None
    parsed = {form: _parse(texts, form)[0] for form in forms}
    counts = {form: int(stamps.notna().sum()) for form, stamps in parsed.items()}
    best = [form for form in forms if counts[form] == max(counts.values())]
    if day_first is not None:
        best = [form for form in best if _day_first(form) == day_first] or best
    first = parsed[best[0]]
    for form in best[1:]:
        other = parsed[form]
        differ = np.flatnonzero((first != other) & first.notna() & other.notna())
        if len(differ):
            at = int(differ[0])
            choices = " or ".join(f"--date-format '{shape}'" for shape in best)
            raise SchemaError(
                f"{texts.iloc[at]!r} may be {first.iloc[at].date()} or {other.iloc[at].date()}, "
                f"and no value of the column tells (no part is too large for a month)",
                location=f"{name}, column {label!r}",
                fix=f"say it: {choices}",
                mend={"data.date_format": likely_dates({form: parsed[form] for form in best})},
            )
    return best[0]


def _day_first(form: str) -> bool:
    return form.find("%d") < form.find("%m")


def _refuse_half_zoned(texts: pd.Series, label: str, name: str) -> None:
    zoned = texts.str.contains(OFFSET_END, regex=True) & texts.str.contains("[:.]", regex=True)
    if not bool(zoned.all()):
        raise SchemaError(
            f"{int((~zoned).sum())} of {len(texts)} distinct stamps have no time zone and the "
            f"others have one (first without: {texts[~zoned].iloc[0]!r})",
            location=f"{name}, column {label!r}",
            fix="write the offset, such as +01:00 or Z, behind every stamp or behind none",
        )


def _zones(texts: pd.Series, stamps: pd.Series) -> tuple[str, ...]:
    """Name the zones that show the offsets of the texts at their instants."""
    ends = pd.Series([str(text)[-6:] for text in texts])
    codes, distinct = pd.factorize(ends)
    ahead = np.array([_seconds(str(end)) for end in distinct], dtype=np.int64)[codes]
    known = stamps.notna().to_numpy(dtype=np.bool_)
    return zones_of(pd.DatetimeIndex(stamps[known]), ahead[known]) if known.any() else ()


def _seconds(end: str) -> int:
    found = OFFSET.search(end)
    if found is None or found["z"]:
        return 0
    size = 3600 * int(found["hours"]) + 60 * int(found["minutes"] or 0)
    return -size if found["sign"] == "-" else size
