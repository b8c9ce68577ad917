"""Files that hold one series in each row: an id, then its values from the left.

The M-competitions publish their series so. There are no dates; series end where their values end,
and the empty cells behind the last value are padding, not missing data.

    V1,V2,V3,V4
    H1,5,6,7            'H1' has three values
    H2,4,,              'H2' has one
    H3,1,,2             'H3' has three, the second missing
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from forecast.data.arrays import FloatArray, IntArray
from forecast.data.file.months import month_of, short_year
from forecast.data.file.raw import RawTable
from forecast.data.file.values import Kind, is_number, missing, numbers
from forecast.data.table.columns import ColumnChoice, Columns, id_codes
from forecast.data.times.dates import looks_like_dates
from forecast.errors import SchemaError, UsageError

FEWEST_COLUMNS = 4
YEAR = re.compile(r"(?:18|19|20)\d\d")
NUMBERED = re.compile(r"\D*(\d+)")


def holds_rows(raw: RawTable, choice: ColumnChoice, kinds: Mapping[str, Kind]) -> bool:
    """Tell whether each row of a file is a series: as the user says, or by its shape.

    Found without being asked only where the header is numbered (V1, V2, ...), the first column
    names each row once, all others hold numbers, and the user named no column.

    Raises
    ------
    UsageError
        If the layout of rows was asked for together with a time or target column.
    """
    if choice.layout == "rows":
        if choice.time or choice.target or len(choice.id) > 1:
            raise UsageError(
                "a file with one series in each row has no time or target column, and one id",
                location=f"{raw.name}, --layout rows",
                fix="leave out --time and --target, or name another --layout",
            )
        return True
    labels = list(raw.columns)
    if choice.layout != "auto" or choice.time or choice.target or choice.id:
        return False
    if len(labels) < FEWEST_COLUMNS or not _numbered(labels):
        return False
    first = raw.columns[labels[0]]
    values = all(kinds[label] in ("number", "empty") for label in labels[1:])
    named = kinds[labels[0]] in ("text", "number") and not is_number(first)
    named = named and not all(month_of(str(cell)) for cell in first)  # a table of months by years
    return named and values and bool(first.is_unique)


def refuse_turned(raw: RawTable, choice: ColumnChoice, kinds: Mapping[str, Kind]) -> None:
    """Refuse a table whose times stand in its header: a row of it is a series, or a year.

    Raises
    ------
    SchemaError
        If nearly all columns of numbers are named like dates, years or months, and the user named
        neither a layout nor a target.
    """
    if choice.layout != "auto" or choice.target:
        return
    numeric = [label for label, kind in kinds.items() if kind in ("number", "empty")]
    times = [label for label in numeric if _is_time(label)]
    if len(times) < FEWEST_COLUMNS or len(times) < len(numeric) - 1:
        return
    beside = [label for label in raw.columns if label not in times]
    fix = "turn the table, so that each row is one time"
    if len(beside) == 1 and kinds[beside[0]] == "text":
        fix += ", or pass --layout rows, which counts the steps and drops their times"
    raise SchemaError(
        f"{len(times)} columns are named like times ({times[0]!r} to {times[-1]!r}): what follows "
        "each other stands side by side",
        location=raw.name,
        fix=fix,
    )


def _is_time(label: str) -> bool:
    """Whether a column is called by a date, a year or a month."""
    if YEAR.fullmatch(label.strip()) or month_of(label) or short_year(label) is not None:
        return True
    return any(map(str.isdigit, label)) and looks_like_dates(pd.Series([label], dtype="str"))


def _numbered(labels: list[str]) -> bool:
    """Whether the header only counts: V1, V2, V3 or id, 1, 2."""
    found = [NUMBERED.fullmatch(label) for label in labels[1:]]
    counts = [int(match[1]) for match in found if match is not None]
    return len(counts) == len(found) and bool((np.diff(counts) == 1).all())


def stack_rows(
    raw: RawTable, choice: ColumnChoice
) -> tuple[pd.DataFrame, Columns, tuple[str, ...]]:
    """Stack the rows of values under each other: one row per series and count.

    Returns
    -------
    frame : DataFrame
        Columns ``unique_id``, ``ds`` (counts from 0), ``y`` and ``row``, sorted.
    columns : Columns
        The id column; there is no time, and the target has no name.
    notes : tuple of str
        What was understood.

    Raises
    ------
    SchemaError
        If a cell is no number, an id stands twice, or there is no column beside the id.
    """
    label = choice.id[0] if choice.id else next(iter(raw.columns))
    rest = [name for name in raw.columns if name != label]
    if not rest:
        raise SchemaError(
            f"there is no column of values beside the id {label!r}",
            location=raw.name,
            fix="with --layout rows each row is an id and then the values of its series",
        )
    codes, names = id_codes(raw, (label,))
    _refuse_twice(raw, codes, names)
    order = np.argsort(codes, kind="stable")
    matrix = np.column_stack([_values(raw, name) for name in rest])[order]
    last = matrix.shape[1] - np.argmax(~np.isnan(matrix[:, ::-1]), axis=1)
    lengths = np.where(np.isnan(matrix).all(axis=1), 1, last).astype(np.int64)
    step = np.arange(matrix.shape[1], dtype=np.int64)
    held = step[None, :] < lengths[:, None]
    series = np.repeat(np.arange(len(names), dtype=np.int64), lengths)
    frame = pd.DataFrame(
        {
            "unique_id": pd.Categorical.from_codes(series, categories=pd.Index(names, dtype="str")),
            "ds": np.broadcast_to(step, held.shape)[held],
            "y": matrix[held],
            "row": raw.rows[order][series],
        }
    )
    spread = f"{lengths.min()} to {lengths.max()}" if len(set(lengths)) > 1 else f"{lengths.min()}"
    note = (
        f"each row is a series: {len(names)} of them, named by {label!r}, with {spread} values; "
        "empty cells at the end of a row are no values, and series are aligned at their ends"
    )
    return frame, Columns((), (label,), (), layout="rows"), (note,)


def _values(raw: RawTable, label: str) -> FloatArray:
    column = raw.columns[label]
    if missing(column).all():
        return np.full(len(column), np.nan)
    return numbers(column, label=label, rows=raw.rows, name=raw.name)


def _refuse_twice(raw: RawTable, codes: IntArray, names: tuple[str, ...]) -> None:
    counts = np.bincount(codes, minlength=len(names))
    twice = int(np.argmax(counts))
    if counts[twice] > 1:
        where = raw.rows[np.flatnonzero(codes == twice)[:2]]
        raise SchemaError(
            f"series {names[twice]!r} stands in {counts[twice]} rows "
            f"(first: rows {where[0]} and {where[1]})",
            location=raw.name,
            fix="give each row an id of its own, or name the --layout: long or wide",
        )
