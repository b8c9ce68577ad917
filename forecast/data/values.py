"""Cells: which are missing, which are numbers, and where the first unreadable one is."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
import pandas as pd

from forecast.data.arrays import BoolArray, FloatArray, IntArray
from forecast.errors import DataError, SchemaError

MISSING = (
    *("", "NaN", "nan", "NAN", "NA", "na", "<NA>", "N/A", "n/a", "#N/A", "NaT"),
    *("null", "NULL", "Null", "None", "none", "NONE", "?", "-"),
)
PADDED = (*MISSING, *(f"{marker} " for marker in MISSING))
Kind: TypeAlias = Literal["empty", "number", "date", "text"]
SAMPLE = 500


def is_number(column: pd.Series) -> bool:
    """Tell whether a column was read as numbers already."""
    return pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(
        column.dtype
    )


def is_datetime(column: pd.Series) -> bool:
    """Tell whether a column holds stamps already, as in a data frame."""
    return pd.api.types.is_datetime64_any_dtype(column.dtype)


def missing(column: pd.Series) -> BoolArray:
    """Tell which cells of a column are missing, shape (T,)."""
    empty = column.isna()
    if not (is_number(column) or is_datetime(column)):
        empty |= column.isin(PADDED)
    return empty.to_numpy(dtype=np.bool_)


def sample(column: pd.Series) -> pd.Series:
    """Take up to ``SAMPLE`` values, evenly spaced over those that are not missing."""
    found = np.flatnonzero(~missing(column))
    if len(found) > SAMPLE:
        found = found[np.linspace(0, len(found) - 1, SAMPLE).astype(np.int64)]
    return column.iloc[found]


def as_floats(texts: pd.Series) -> FloatArray:
    """Convert texts to numbers; nan marks those that are not, shape (T,)."""
    raw = texts.to_numpy(dtype=object)
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
        values[known] = as_floats(column[known])
        bad = np.flatnonzero(known & np.isnan(values))
        if len(bad):
            raise SchemaError(
                f"{column.iloc[bad[0]]!r} is not a number{more(len(bad), 'cells')}",
                location=place(name, label, int(rows[bad[0]])),
                fix="correct the cell, or leave it empty if the value is missing",
            )
    endless = np.flatnonzero(np.isinf(values))
    if len(endless):
        raise DataError(
            f"the value is infinite ({values[endless[0]]}){more(len(endless), 'values')}",
            location=place(name, label, int(rows[endless[0]])),
            fix="correct the cell, or leave it empty if the value is missing",
        )
    return values


def place(name: str, label: str, row: int) -> str:
    """Say where a cell is."""
    return f"{name}, column {label!r}, row {row}"


def more(count: int, what: str) -> str:
    """Say how many repeats were left out of a message."""
    return f" (and {count - 1} more {what})" if count > 1 else ""
