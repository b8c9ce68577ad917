"""Reading the covariates: named columns beside the target become numbers or coded words."""

from __future__ import annotations

import numpy as np
import pandas as pd

from forecast.data.arrays import FloatArray, IntArray
from forecast.data.covariates import Covariate, Covariates, Role
from forecast.data.file.raw import RawTable
from forecast.data.file.values import Kind, missing, numbers
from forecast.data.table.columns import ColumnChoice
from forecast.errors import SchemaError

MOST_WORDS = 200
"""Distinct words of a category; one with more is an id or free text."""


def cell_column(place: int) -> str:
    """Name of the column of a table's frame that holds covariate ``place``."""
    return f"covariate {place}"


def read_beside(
    raw: RawTable, choice: ColumnChoice, kinds: dict[str, Kind]
) -> tuple[tuple[Covariate, ...], tuple[FloatArray, ...]]:
    """Read the covariates of ``choice``: past, future and static ones, in this order.

    Returns
    -------
    columns : tuple of Covariate
        A text column has its words as vocabulary, sorted.
    cells : tuple of arrays of shape (T,)
        Numbers, or codes of words; nan where missing.

    Raises
    ------
    SchemaError
        If a column holds neither numbers nor words of a category.
    """
    columns, cells = [], []
    roles: tuple[tuple[Role, tuple[str, ...]], ...] = (
        ("past", choice.past),
        ("future", choice.future),
        ("static", choice.static),
    )
    for role, labels in roles:
        for label in labels:
            if kinds[label] == "number":
                values = numbers(raw.columns[label], label=label, rows=raw.rows, name=raw.name)
                columns.append(Covariate(label, role))
            else:
                words, values = _coded(raw, label, kinds[label])
                columns.append(Covariate(label, role, words))
            cells.append(values)
    return tuple(columns), tuple(cells)


def _coded(raw: RawTable, label: str, kind: Kind) -> tuple[tuple[str, ...], FloatArray]:
    column = raw.columns[label]
    if kind in ("empty", "date"):
        what = "no value at all" if kind == "empty" else "dates"
        raise SchemaError(
            f"covariate {label!r} holds {what}",
            location=raw.name,
            fix="a covariate holds numbers or words; leave this column out",
        )
    known = ~missing(column)
    codes, distinct = pd.factorize(column[known].astype("str"), sort=True)
    if len(distinct) > MOST_WORDS:
        raise SchemaError(
            f"covariate {label!r} has {len(distinct)} different words (such as "
            f"{str(distinct[0])!r}); a category may have {MOST_WORDS}",
            location=raw.name,
            fix="group them into fewer, or leave this column out",
        )
    values = np.full(len(column), np.nan)
    values[known] = codes
    return tuple(str(word) for word in distinct), values


def place_beside(
    frame: pd.DataFrame,
    columns: tuple[Covariate, ...],
    slots: IntArray,
    *,
    rows: int,
    name: str,
) -> Covariates | None:
    """Put the covariates of a table at packed rows ``slots``; None where it has none.

    Parameters
    ----------
    frame : DataFrame
        Of the table; see `cell_column`.
    columns : tuple of Covariate
        Its covariates.
    slots : array of shape (T,)
        Packed row of each row of the table.
    rows : int
        R, packed rows; those that no row of the table takes are missing.
    name : str
        The file, for messages.

    Raises
    ------
    SchemaError
        If a static covariate changes within a series.
    """
    if not columns:
        return None
    values, fixed = [], []
    for place, column in enumerate(columns):
        cells = frame[cell_column(place)].to_numpy(dtype=np.float64)
        if column.role == "static":
            fixed.append(_one_per_series(frame, column, cells, name))
            continue
        packed = np.full(rows, np.nan)
        packed[slots] = cells
        values.append(packed)
    count = len(values)
    return Covariates(
        columns=columns[:count],
        values=np.column_stack(values) if values else np.zeros((rows, 0)),
        static_columns=columns[count:],
        static=np.column_stack(fixed) if fixed else np.zeros((_series_count(frame), 0)),
    )


def _series_count(frame: pd.DataFrame) -> int:
    return int(np.count_nonzero(np.diff(frame["unique_id"].cat.codes.to_numpy(), prepend=-1)))


def _one_per_series(
    frame: pd.DataFrame, column: Covariate, cells: FloatArray, name: str
) -> FloatArray:
    codes = frame["unique_id"].cat.codes.to_numpy()
    grouped = pd.Series(cells).groupby(codes)
    least, most = grouped.min(), grouped.max()
    changing = np.flatnonzero((least != most).to_numpy() & least.notna().to_numpy())
    if len(changing):
        series = frame["unique_id"].cat.categories[least.index[changing[0]]]
        low, high = (_shown(column, float(part.iloc[changing[0]])) for part in (least, most))
        raise SchemaError(
            f"static covariate {column.name!r} changes within series {series!r}: {low} and {high}",
            location=name,
            fix="pass it with --past-covariates, or --future-covariates where it is known ahead",
        )
    return np.asarray(least, dtype=np.float64)


def _shown(column: Covariate, cell: float) -> str:
    return f"{cell:g}" if column.words is None else repr(column.words[int(cell)])
