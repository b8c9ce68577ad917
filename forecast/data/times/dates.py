"""Texts to stamps: one format for a whole column, decided by evidence, never cell by cell.

ISO dates are taken as they are. Where the year comes last or has two digits, day and month are
told apart by the parts that cannot be a month anywhere in the column; when no row tells, the
column is refused rather than guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd

from forecast.data.arrays import BoolArray, FloatArray
from forecast.data.file.dialect import AUTO, Dialect
from forecast.data.file.likely import likely_dates
from forecast.data.file.months import is_weekday
from forecast.data.file.periods import READERS, SAID
from forecast.data.file.values import is_datetime, is_number, missing, sample
from forecast.data.times.forms import ISO, WORDS, forms_of
from forecast.data.times.zones import zones_of
from forecast.errors import SchemaError, UsageError

OFFSET = re.compile(r"(?P<z>Z)|(?P<sign>[+-])(?P<hours>\d{2}):?(?P<minutes>\d{2})?")
OFFSET_END = r"(?:Z|[+-]\d{2}(?::?\d{2})?)$"
# What stands in the cells of a column beside their times, and what is put in its place.
CLEANSED = (
    (r"\s*(?:UTC|GMT)$", "Z"),
    (r"(?<=\d)\s+(?=[+-]\d{2}:?\d{2}$)", ""),
    (r"(?<=\d)\s*([AaPp])\.\s?[Mm]\.?$", r" \1M"),
)
PERIOD = r"(?<=\d)\s+(?:-|\u2013|\u2014|to|bis)\s+(?=\d).*$"
DAY_NAME = r"^[^\W\d_]+\.?,?\s+(?=\d)"
MIDNIGHT = r"(?<=[T ])24(?=[:.]?00)"
SERIAL_ORIGIN = pd.Timestamp("1899-12-30")
EpochUnit: TypeAlias = Literal["s", "ms", "us", "ns"]
UNITS: dict[str, EpochUnit] = {
    "epoch": "s",
    "epoch_ms": "ms",
    "epoch_us": "us",
    "epoch_ns": "ns",
}
SERIAL = "excel"
UNDATED = "none"
NUMBERED = (*UNITS, SERIAL, UNDATED)
MAJORITY = 0.5
YEARS = (1, 9998)  # so that a neighbouring zone or step stays a date
CENTURY = 100
FOUR_DIGITS = r"\d{4}"
DAY_SECONDS = 86_400
EXACT_DAYS = 1e6
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
    said : str
        How the column was understood, where that is not plain; "" where it is.
    """

    stamps: pd.Series
    unreadable: BoolArray
    mixed_zones: bool = False
    zones: tuple[str, ...] = ()
    said: str = ""


def looks_like_dates(column: pd.Series, dialect: Dialect = AS_FOUND) -> bool:
    """Tell whether most of a column's values are dates, judged on a sample."""
    if is_datetime(column):
        return True
    texts = _texts(sample(column), dialect)
    if texts.empty or dialect.date_format in NUMBERED:
        return False
    forms = _forms(texts, dialect, numbers=is_number(column))
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
        texts = _texts(pd.Series(uniques), dialect)
    else:  # rows of a text column without repeats are read faster as they are
        codes, texts = np.arange(len(known), dtype=np.int64), _texts(known, dialect)
        texts = texts.reset_index(drop=True)
    forms = _forms(sample(texts), dialect, numbers=is_number(column))
    form = _evident(texts, forms, label, name, day_first=dialect.day_first)
    if form is None:
        return Dates(pd.Series(pd.NaT, index=column.index), ~empty)
    parsed, mixed = _parse(texts, form)
    if bool(parsed.isna().any()) and not is_number(column):
        texts = texts.str.strip()
        form = "words" if form in WORDS and dialect.date_format == AUTO else form
        parsed, mixed = _with_midnights(texts, form)
    parsed, century = in_a_row(texts, parsed)
    zones: tuple[str, ...] = ()
    if mixed:
        _refuse_half_zoned(texts, label, name)
        zones = _zones(texts, parsed)
        parsed = parsed.dt.tz_convert(zones[0]) if zones else parsed
    stamps = parsed.take(codes).set_axis(known.index)
    if len(known) < len(column):
        stamps = stamps.reindex(column.index)
    unreadable = ~empty & stamps.isna().to_numpy(dtype=np.bool_)
    said = _said(known, form) if dialect.date_format == AUTO else ""
    return Dates(stamps, unreadable, mixed, zones, "; ".join(filter(None, (said, century))))


def from_epoch(values: pd.Series, unit: EpochUnit) -> pd.Series:
    """Stamps of seconds, or of thousandths and so on, since 1970, in UTC."""
    stamps = pd.to_datetime(values, unit=unit, errors="coerce", utc=True)
    return within_years(stamps.dt.as_unit("us"))


def from_serial(values: FloatArray) -> pd.Series:
    """Stamps of the days since 1899-12-30 by which spreadsheets count, to the second."""
    seconds = np.round(np.where(np.abs(values) < EXACT_DAYS, values, np.nan) * DAY_SECONDS)
    stamps = SERIAL_ORIGIN + pd.to_timedelta(pd.Series(seconds), unit="s")
    return within_years(stamps.dt.as_unit("us"))


def in_a_row(texts: pd.Series, stamps: pd.Series) -> tuple[pd.Series, str]:
    """Move years of two digits to the century that leaves the least time between the years.

    Parameters
    ----------
    texts : Series of T str
        What the stamps were read from.
    stamps : Series of T stamps
        In the centuries of strptime, whose 68 is 2068 and whose 69 is 1969.

    Returns
    -------
    stamps : Series of T stamps
        The last year stays where it was.
    said : str
        Which years were taken, where any was moved.

    Examples
    --------
    >>> read = pd.to_datetime(pd.Series(["Dec-68", "Jan-69"]), format="%b-%y")
    >>> in_a_row(pd.Series(["Dec-68", "Jan-69"]), read)[1]
    'writes years with two digits: taken as 1968 to 1969'
    """
    years = stamps.dt.year.dropna().astype("int64")
    if years.empty or years.max() - years.min() < CENTURY // 2:
        return stamps, ""
    if bool(texts.str.contains(FOUR_DIGITS, regex=True).any()):
        return stamps, ""
    known = np.unique(years % CENTURY)
    last = int(known[np.argmax(np.diff([*known, known[0] + CENTURY]))])
    end = int(years[years % CENTURY == last].iloc[0])
    moved = end - (last - years) % CENTURY - years
    if not moved.any():
        return stamps, ""
    found = stamps.copy()
    for step in (-CENTURY, CENTURY):
        at = moved.index[moved == step]
        found[at] = stamps[at] + pd.DateOffset(years=step)
    first = int(found.dt.year.min())
    return found, f"writes years with two digits: taken as {first} to {end}"


def within_years(stamps: pd.Series) -> pd.Series:
    """Stamps of years that a calendar can name; NaT for the others."""
    years = stamps.dt.year
    if years.min() >= YEARS[0] and years.max() <= YEARS[1]:
        return stamps
    return stamps.where(years.between(*YEARS))


def _texts(column: pd.Series, dialect: Dialect) -> pd.Series:
    if is_number(column):
        texts: pd.Series = column.astype("str").str.removesuffix(".0")
        return texts
    texts = column.astype("str")
    head = [str(text) for text in texts.iloc[:5]]
    if any(text != text.strip() for text in head):
        texts = texts.str.strip()
    asked = dialect.date_format != AUTO
    days = head and all(is_weekday(text.partition(" ")[0]) for text in head)
    words = [] if asked else [(PERIOD, ""), *([(DAY_NAME, "")] if days else [])]
    for pattern, instead in (*CLEANSED, *words):
        if any(re.search(pattern, text) for text in head):
            texts = texts.str.replace(pattern, instead, regex=True)
    return texts


def _said(column: pd.Series, form: str) -> str:
    """Say what a format means for the stamps of a column, where that is not plain."""
    if not is_number(column) and re.search(PERIOD, str(column.iloc[0]).strip()):
        return "holds periods: each stands at its begin"
    return SAID.get(form, "")


def _forms(texts: pd.Series, dialect: Dialect, *, numbers: bool) -> tuple[str, ...]:
    """Formats that a column may have, by its first values or by what the user said."""
    if dialect.date_format != AUTO:
        return (dialect.date_format,)
    return forms_of(texts, numbers=numbers)


def _with_midnights(texts: pd.Series, form: str) -> tuple[pd.Series, bool]:
    """Read texts of which some may say 24:00 for the end of their day."""
    late = texts.str.contains(MIDNIGHT, regex=True)
    if not bool(late.any()):
        return _parse(texts, form)
    parsed, mixed = _parse(texts.str.replace(MIDNIGHT, "00", regex=True), form)
    return parsed.mask(late, parsed + pd.Timedelta("1D")), mixed


def _parse(texts: pd.Series, form: str) -> tuple[pd.Series, bool]:
    """Stamps of distinct texts, NaT where unreadable, and whether offsets were mixed."""
    if form in READERS:
        texts = pd.Series([READERS[form](str(text)) for text in texts], dtype="str")
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
