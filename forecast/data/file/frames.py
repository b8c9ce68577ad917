"""The columns of a data frame, and the levels of its index that say when and which series."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from forecast.data.file.dialect import Dialect
from forecast.data.file.markers import blanked
from forecast.data.file.parse import compact
from forecast.data.file.plan import stays_text
from forecast.data.file.values import first_repeated, is_datetime, is_number
from forecast.errors import SchemaError


def frame_columns(
    frame: pd.DataFrame, name: str, dialect: Dialect, as_text: Collection[str]
) -> dict[str, pd.Series]:
    """Take the columns of a data frame: numbers, stamps, or else text.

    Parameters
    ----------
    frame : DataFrame of T rows
        It is not changed.
    name : str
        For messages.
    dialect : Dialect
        What the user said about missing values.
    as_text : collection of str
        Columns that stay text, such as ids.

    Raises
    ------
    SchemaError
        If the frame is empty or has a name twice.
    """
    labels = [str(label) for label in frame.columns]
    twice = first_repeated(labels)
    if twice is not None:
        raise SchemaError(
            f"the {name} has the column name {twice!r} more than once",
            location=name,
            fix="give each column a name of its own",
        )
    if frame.empty:
        raise SchemaError(
            f"the {name} is empty: {len(frame)} rows, {len(labels)} columns",
            location=name,
            fix="it needs a column of values and one row per observation",
        )
    found = _levels(frame.index, labels, as_text)
    found |= {label: frame.iloc[:, place] for place, label in enumerate(labels)}
    columns = {label: _column(column.reset_index(drop=True)) for label, column in found.items()}
    return {
        label: column
        if is_datetime(column) or stays_text(label, as_text)
        else blanked(column, dialect.missing_values)
        for label, column in columns.items()
    }


def _levels(
    index: pd.Index, labels: Collection[str], as_text: Collection[str]
) -> dict[str, pd.Series]:
    """Take the levels of an index that are times, texts with a name or named as ids or times are.

    Other levels of numbers only count the rows; a level that is a column too is one already.
    """
    found = {}
    for place, name in enumerate(index.names):
        level = index.get_level_values(place)
        label = "ds" if name is None else str(name)
        column = pd.Series(level.array)
        timed = isinstance(level, (pd.DatetimeIndex, pd.PeriodIndex))
        worded = name is not None and (not is_number(column) or stays_text(label, as_text))
        if (timed or worded) and label not in labels:
            found[label] = column
    return found


def _column(column: pd.Series) -> pd.Series:
    kind = column.dtype
    if isinstance(kind, pd.PeriodDtype):
        begins: pd.Series = column.dt.to_timestamp()
        return begins
    if is_datetime(column) or is_number(column):
        return column
    if isinstance(kind, pd.CategoricalDtype):
        return _column(column.astype(kind.categories.dtype))
    texts: pd.Series = column.astype(object).where(column.notna(), "").astype(str).astype("str")
    return compact(texts)
