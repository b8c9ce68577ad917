"""The columns of a data frame, and the levels of its index that say when and which series."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from forecast.data.file.dialect import Dialect
from forecast.data.file.markers import blanked
from forecast.data.file.parse import compact
from forecast.data.file.periods import COUNT_NAMES, is_time_name
from forecast.data.file.plan import stays_text
from forecast.data.file.values import first_repeated, is_datetime, is_number
from forecast.errors import SchemaError

UNNAMED_INDEX = "index"
"""What pandas calls an index without a name where it makes a column of it."""


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
    """Take the levels of an index that say when, or which series.

    Those are times, words, numbers called like times, counts or ids, and of several levels all that
    have a name or stand beside times. Other numbers only count the rows; a level that is a column,
    too, is one already.

    Raises
    ------
    SchemaError
        If a level holds durations.
    """
    found: dict[str, pd.Series] = {}
    levels = [index.get_level_values(place) for place in range(index.nlevels)]
    several, dated = len(levels) > 1, any(map(_is_timed, levels))
    for place, level in enumerate(levels):
        name, column = level.name, pd.Series(level.array)
        label = _label(level, several=several) if name is None else str(name)
        if label in found:
            label = f"level_{place}"
        if label in labels:
            continue
        if isinstance(level, pd.TimedeltaIndex):
            raise SchemaError(
                "the index holds durations, which no time is told by",
                location="index of the data frame",
                fix="add them to a time: frame.index = pd.Timestamp('2024-01-01') + frame.index",
            )
        named = name is not None
        if _is_timed(level) or not is_number(column) or (named and _says(label, as_text)):
            found[label] = column
        elif several and (named or dated):
            found[label] = column.astype("str")
    return found


def _is_timed(level: pd.Index) -> bool:
    return isinstance(level, (pd.DatetimeIndex, pd.PeriodIndex))


def _label(level: pd.Index, *, several: bool) -> str:
    """Name a level that has no name."""
    if _is_timed(level):
        return "ds"
    return "unique_id" if several else UNNAMED_INDEX


def _says(label: str, as_text: Collection[str]) -> bool:
    """Tell whether a column of numbers is called like ids, times or counts."""
    return stays_text(label, as_text) or is_time_name(label) or label.lower() in COUNT_NAMES


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
