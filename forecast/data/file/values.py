"""Cells: which are missing, which are numbers, and where the first unreadable one is."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from typing import Literal, Self, TypeAlias

import numpy as np
import pandas as pd

from forecast.data.arrays import BoolArray, FloatArray, IntArray
from forecast.data.file.numerals import is_doubtful
from forecast.errors import DataError, SchemaError

MISSING = (
    *("", "NaN", "nan", "NAN", "NA", "na", "<NA>", "N/A", "n/a", "#N/A", "NaT"),
    *("null", "NULL", "Null", "None", "none", "NONE", "?", "-", "\u2013", "\u2014"),
)
PADDED = (*MISSING, *(f"{marker} " for marker in MISSING))
Kind: TypeAlias = Literal["empty", "number", "date", "text"]
SAMPLE = 500
ENOUGH = 4  # times as many rows are looked at first, for some may be empty


def is_number(column: pd.Series) -> bool:
    """Tell whether a column was read as numbers already, which are neither logical nor complex."""
    types, kind = pd.api.types, column.dtype
    other = types.is_bool_dtype(kind) or types.is_complex_dtype(kind)
    return types.is_numeric_dtype(kind) and not other


def is_datetime(column: pd.Series) -> bool:
    """Tell whether a column holds stamps already, as in a data frame."""
    return pd.api.types.is_datetime64_any_dtype(column.dtype)


def missing(column: pd.Series) -> BoolArray:
    """Tell which cells of a column are missing, shape (T,)."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        texts = column.cat.categories
        empty_texts = np.append(texts.isna() | texts.isin(PADDED), [True])
        return empty_texts[column.cat.codes.to_numpy()]
    empty = column.isna()
    if not (is_number(column) or is_datetime(column)):
        empty |= column.isin(PADDED)
    return empty.to_numpy(dtype=np.bool_)


def first_repeated(names: Iterable[str]) -> str | None:
    """Return the first name that stood before; None where each is there once."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


def sample(column: pd.Series) -> pd.Series:
    """Take up to ``SAMPLE`` values, evenly spaced over those that are not missing."""
    if len(column) > ENOUGH * SAMPLE:
        at = np.linspace(0, len(column) - 1, ENOUGH * SAMPLE).astype(np.int64)
        some = column.take(at)
        if int((~missing(some)).sum()) >= SAMPLE:
            return sample(some)
    found = np.flatnonzero(~missing(column))
    if len(found) > SAMPLE:
        found = found[np.linspace(0, len(found) - 1, SAMPLE).astype(np.int64)]
    return column.iloc[found]


def numbered(column: pd.Series) -> tuple[IntArray, list[str]]:
    """Number the distinct texts of a column without missing cells.

    Returns
    -------
    codes : array of shape (T,)
        Index of each cell's text in the names.
    names : list of str
        Sorted.
    """
    if not isinstance(column.dtype, pd.CategoricalDtype):
        found, distinct = pd.factorize(column, sort=True)
        return found.astype(np.int64), [str(item) for item in distinct]
    codes = column.cat.codes.to_numpy()
    used = np.zeros(len(column.cat.categories), dtype=np.bool_)
    used[codes] = True
    texts = column.cat.categories.astype("str")
    order = np.argsort(texts.to_numpy(dtype=object)[used])
    ranks = np.zeros(len(used), dtype=np.int64)
    ranks[np.flatnonzero(used)[order]] = np.arange(len(order))
    return ranks[codes], [str(text) for text in texts[used][order]]


GROUPER = "_"  # 1_0 is 10 in Python, and in no file
LARGEST = 1e100  # squares of larger values overflow


def as_floats(texts: pd.Series) -> FloatArray:
    """Convert texts to numbers; nan marks those that are not, shape (T,)."""
    raw = texts.to_numpy(dtype=object)
    grouped = np.array([GROUPER in str(cell) for cell in raw], dtype=np.bool_)
    raw = np.where(grouped, "nan", raw)
    try:
        return raw.astype(np.float64)
    except ValueError:
        return np.array([_float(cell) for cell in raw], dtype=np.float64)


def _float(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return float("nan")


def numbers(column: pd.Series, *, label: str, rows: IntArray, name: str) -> FloatArray:
    """Read a whole column as numbers, strictly.

    Parameters
    ----------
    column : Series of T cells
        Text, or numbers already.
    label : str
        Name of the column.
    rows : array of shape (T,)
        Row numbers for messages.
    name : str
        The file, for messages.

    Returns
    -------
    array of shape (T,)
        nan where a cell is missing.

    Raises
    ------
    SchemaError
        If a cell is neither missing nor a number.
    DataError
        If a number is infinite.
    """
    if is_number(column):
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    else:
        known = ~missing(column)
        values = np.full(len(column), np.nan)
        codes, distinct = pd.factorize(column[known])
        values[known] = as_floats(pd.Series(distinct, dtype="str"))[codes]
        bad = np.flatnonzero(known & np.isnan(values))
        if len(bad):
            cell = str(column.iloc[bad[0]])
            _refuse_doubtful(cell, place(name, label, int(rows[bad[0]])))
            raise SchemaError(
                f"{cell!r} is not a number{more(len(bad), 'cell')}",
                location=place(name, label, int(rows[bad[0]])),
                fix="write a plain number, or pass --missing-values="
                f"{shlex.quote(cell.strip())} if it stands for a missing value",
            )
    endless = np.flatnonzero(np.abs(values) > LARGEST)
    if len(endless):
        first = values[endless[0]]
        what = "infinite" if np.isinf(first) else "beyond all use"
        raise DataError(
            f"the value is {what} ({first}){more(len(endless), 'value')}",
            location=place(name, label, int(rows[endless[0]])),
            fix="correct the cell, or leave it empty if the value is missing",
        )
    return values


def _refuse_doubtful(cell: str, location: str) -> None:
    if is_doubtful(cell):
        whole, part = cell.strip().split(",")
        raise SchemaError(
            f"{cell!r} may be {whole}{part} or {whole}.{part}, and no value of the column tells",
            location=location,
            fix="say it: --set data.decimal=comma, or --set data.thousands=comma",
            mend={"data.thousands": "comma"},
        )


class Files(str):
    """The name of several files read as one, whose rows are numbered on from file to file.

    Parameters
    ----------
    names : sequence of str
        The files in order.
    starts : array of shape (len(names),)
        What was added to the row numbers of each.
    """

    __slots__ = ("names", "starts")
    names: tuple[str, ...]
    starts: IntArray

    def __new__(cls, names: Sequence[str], starts: IntArray) -> Self:
        """Call the whole by its first file and the number of the others."""
        made = super().__new__(cls, f"{names[0]} and {len(names) - 1} more")
        made.names, made.starts = tuple(names), starts
        return made


def spot(name: str, row: int) -> tuple[str, int]:
    """Return the file and the row in it; for a single file they are what was given."""
    if not isinstance(name, Files):
        return name, row
    at = int(np.searchsorted(name.starts, row, side="left")) - 1
    return name.names[max(at, 0)], row - int(name.starts[max(at, 0)])


def place(name: str, label: str, row: int) -> str:
    """Say where a cell is."""
    file, line = spot(name, row)
    return f"{file}, column {label!r}, row {line}"


def line_of(name: str, row: int) -> str:
    """Say which row of a file: ``row 5``, and of which file where there are several."""
    file, line = spot(name, row)
    return f"row {line} of {file}" if isinstance(name, Files) else f"row {line}"


def rows_of(name: str, first: int, second: int) -> str:
    """Say which two rows."""
    if isinstance(name, Files):
        return f"{line_of(name, first)} and {line_of(name, second)}"
    return f"rows {first} and {second}"


def more(count: int, what: str) -> str:
    """Say how many repeats of ``what``, a word in the singular, were left out of a message."""
    if count <= 1:
        return ""
    return f" (and {count - 1:,} more {what}{'s' if count > 2 else ''})"  # noqa: PLR2004
