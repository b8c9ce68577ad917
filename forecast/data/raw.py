"""Columns as they stand in the file: text, or numbers where the first rows were numbers."""

from __future__ import annotations

import io
import re
from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TextIO

import numpy as np
import pandas as pd

from forecast.data.arrays import IntArray
from forecast.data.dialect import SEPARATORS, Dialect, sniff, wider
from forecast.data.source import read_text
from forecast.data.values import MISSING, as_floats, missing
from forecast.errors import SchemaError

HEAD_ROWS = 200
UNNAMED = "index"


@dataclass(frozen=True, eq=False)
class RawTable:
    """Columns of equal length, nothing interpreted that could lose what the file says.

    Parameters
    ----------
    name : str
        The file, for messages.
    columns : mapping of str to Series
        Text as text; numbers only where that loses nothing.
    rows : array of shape (T,)
        Row numbers for messages: in a file the header counts as row 1.
    notes : tuple of str
        What the user should know about how the file was read.
    """

    name: str
    columns: Mapping[str, pd.Series]
    rows: IntArray
    notes: tuple[str, ...] = field(default=())


def read_raw(source: Path | str | TextIO | pd.DataFrame, *, as_text: Collection[str]) -> RawTable:
    """Read a source into columns; those named in ``as_text`` stay text.

    Raises
    ------
    InputNotFoundError
        If the path is not a readable file.
    SchemaError
        If the source holds no table.
    """
    if isinstance(source, pd.DataFrame):
        return _from_frame(source)
    text, name = read_text(source)
    return _from_text(text, name, as_text)


def _from_frame(frame: pd.DataFrame) -> RawTable:
    if isinstance(frame.index, pd.DatetimeIndex):
        label = "ds" if frame.index.name is None else frame.index.name
        frame = frame.reset_index(names=label)
    labels = [str(label) for label in frame.columns]
    if len(set(labels)) < len(labels):
        raise SchemaError("the data frame has a column name more than once")
    if frame.empty:
        raise SchemaError(f"the data frame is empty: {len(frame)} rows, {len(labels)} columns")
    columns = {
        label: _frame_column(frame.iloc[:, position]) for position, label in enumerate(labels)
    }
    return RawTable("data frame", columns, np.arange(len(frame), dtype=np.int64))


def _frame_column(column: pd.Series) -> pd.Series:
    column = column.reset_index(drop=True)
    kind = column.dtype
    if isinstance(kind, pd.PeriodDtype):
        begins: pd.Series = column.dt.to_timestamp()
        return begins
    if pd.api.types.is_datetime64_any_dtype(kind):
        return column
    if pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_bool_dtype(kind):
        return column
    texts: pd.Series = column.astype(object).where(column.notna(), "").astype(str).astype("str")
    return texts


def _from_text(text: str, name: str, as_text: Collection[str]) -> RawTable:
    dialect = sniff(text, name)
    body = text[dialect.body :]
    if not body.strip():
        raise SchemaError(
            f"the file has a header ({', '.join(dialect.names)}) and no rows",
            location=name,
            fix="add one row per observation under the header",
        )
    head = _parse(body, dialect, name, numeric=(), limit=HEAD_ROWS)
    keep = {
        position
        for position, label in enumerate(dialect.names)
        if label in as_text or label.lower() in as_text
    }
    numeric = [
        position
        for position in range(len(dialect.names))
        if position not in keep and _is_plain_number(head[position])
    ]
    try:
        frame = _parse(body, dialect, name, numeric=numeric)
    except ValueError:  # a later cell is no number: keep the text, so that it can be shown
        frame = _parse(body, dialect, name, numeric=())
    return _tidy(frame, dialect, name, lines=body.count("\n"))


def _is_plain_number(column: pd.Series) -> bool:
    found = column[~missing(column)]
    return len(found) > 0 and not bool(np.isnan(as_floats(found)).any())


def _parse(
    body: str,
    dialect: Dialect,
    name: str,
    *,
    numeric: Collection[int],
    limit: int | None = None,
) -> pd.DataFrame:
    # One column more than the header names takes a trailing separator, and only that.
    labels = [str(position) for position in range(len(dialect.names) + 1)]
    kinds: dict[Hashable, Literal["float64", "str"]] = {
        label: "float64" if position in numeric else "str" for position, label in enumerate(labels)
    }
    markers = {labels[position]: list(MISSING) for position in numeric}
    try:
        frame = pd.read_csv(
            io.StringIO(body),
            sep=dialect.separator,
            header=None,
            names=labels,
            index_col=False,
            dtype=kinds,
            keep_default_na=False,
            na_values=markers,
            skip_blank_lines=False,
            skipinitialspace=True,
            low_memory=False,
            nrows=limit,
        )
    except pd.errors.ParserError as error:
        raise _explain(error, dialect, name) from error
    frame.columns = pd.RangeIndex(len(labels))
    return frame


def _explain(error: pd.errors.ParserError, dialect: Dialect, name: str) -> SchemaError:
    found = re.search(r"line (\d+), saw (\d+)", str(error))
    if found:
        row = int(found[1]) + dialect.first_row - 1
        return wider(dialect, name, row=row, values=int(found[2]))
    return SchemaError(
        f"the file is not CSV text: {str(error).strip()}",
        location=name,
        fix="look for a quotation mark that is never closed",
    )


def _tidy(frame: pd.DataFrame, dialect: Dialect, name: str, *, lines: int) -> RawTable:
    rows = _row_numbers(frame, dialect, lines)
    extra = frame.iloc[:, -1].to_numpy(dtype=object) != ""
    if extra.any():
        at = int(np.flatnonzero(extra)[0])
        raise wider(dialect, name, row=int(rows[at]), values=len(dialect.names) + 1)
    filled = _filled_rows(frame)
    if not filled.any():
        raise SchemaError(
            f"the file has a header ({', '.join(dialect.names)}) and only empty rows",
            location=name,
            fix="add one row per observation under the header",
        )
    frame = frame[filled].reset_index(drop=True)
    columns = {}
    for position, label in enumerate(dialect.names):
        column = frame[position]
        if label:
            columns[label] = column
        elif not missing(column).all():
            _refuse_unnamed(position, dialect, name)
            columns[UNNAMED] = column
    notes: tuple[str, ...] = ()
    if dialect.separator != "," and len(columns) > 1:
        notes = (f"columns are separated by {SEPARATORS[dialect.separator]}",)
    return RawTable(name, columns, rows[filled], notes)


def _filled_rows(frame: pd.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    filled = np.zeros(len(frame), dtype=np.bool_)
    for label in frame.columns:
        column = frame[label]
        known = column.notna() if column.dtype == np.float64 else column != ""
        filled |= known.to_numpy(dtype=np.bool_)
        if filled.all():
            break
    if len(frame.columns) == 2 and filled.any():  # noqa: PLR2004 - one column and the spare
        # In a file of one column, an empty line between values is a missing value.
        filled[: int(np.flatnonzero(filled)[-1]) + 1] = True
    return filled


def _row_numbers(frame: pd.DataFrame, dialect: Dialect, lines: int) -> IntArray:
    rows = np.arange(len(frame), dtype=np.int64) + dialect.first_row
    if lines in (len(frame), len(frame) - 1):
        return rows
    # Quoted cells with line breaks: a record takes more than one line of the file.
    breaks = np.zeros(len(frame), dtype=np.int64)
    for label in frame.columns:
        if frame[label].dtype != np.float64:
            breaks += frame[label].str.count("\n").to_numpy(dtype=np.int64)
    return rows + np.concatenate([[0], np.cumsum(breaks)[:-1]]).astype(np.int64)


def _refuse_unnamed(position: int, dialect: Dialect, name: str) -> None:
    if position > 0 or UNNAMED in dialect.names:
        raise SchemaError(
            f"column {position + 1} holds values but the header does not name it",
            location=name,
            fix="name it in the header",
        )
