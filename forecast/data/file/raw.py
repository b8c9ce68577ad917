"""Columns as they stand in the file: text, or numbers where the first rows were numbers."""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO, TextIO, TypeAlias, cast

import numpy as np
import pandas as pd

from forecast.data.arrays import IntArray
from forecast.data.file.dialect import Dialect
from forecast.data.file.frames import frame_columns
from forecast.data.file.parquet import read_parquet
from forecast.data.file.parse import INDEX, compact, parse_text
from forecast.data.file.pieces import parse_pieces, plain_start
from forecast.data.file.source import (
    Content,
    expand,
    is_parquet,
    is_piped,
    open_file,
    read_content,
)
from forecast.data.file.values import Files, is_datetime, is_number
from forecast.errors import SchemaError, UsageError

UNNAMED = INDEX
AS_FOUND = Dialect()
Source: TypeAlias = "Path | str | TextIO | BinaryIO | pd.DataFrame | Sequence[Path | str]"


@dataclass(frozen=True, eq=False)
class RawTable:
    """Columns of equal length, nothing interpreted that could lose what the file says.

    Parameters
    ----------
    name : str
        The file, for messages; for several a `Files`, which tells the file of a row.
    columns : mapping of str to Series
        Text as text; numbers only where that loses nothing.
    rows : array of shape (T,)
        Row numbers for messages: in a file the header counts as row 1.
    notes : tuple of str
        What the user should know about how the file was read.
    dialect : Dialect
        What the user said about how the file is written.
    """

    name: str
    columns: Mapping[str, pd.Series]
    rows: IntArray
    notes: tuple[str, ...] = field(default=())
    dialect: Dialect = AS_FOUND


def read_raw(
    source: Source,
    *,
    as_text: Collection[str],
    dialect: Dialect = AS_FOUND,
    first_as_text: bool = False,
) -> RawTable:
    """Read a source into columns; those named in ``as_text`` stay text.

    Parameters
    ----------
    source : path, str, stream, DataFrame or sequence of paths
        A path may be a pattern such as ``sales-*.csv``; several files make one table.
    as_text : collection of str
        Columns that stay text.
    dialect : Dialect
        What the user said about how the file is written.
    first_as_text : bool
        Whether the first column stays text, whatever it is called.

    Raises
    ------
    InputNotFoundError
        If the path is not a readable file.
    SchemaError
        If the source holds no table.
    """
    if isinstance(source, pd.DataFrame):
        return _from_frame(source, "data frame", dialect, as_text)
    if isinstance(source, (str, Path)):
        paths: list[Path] | None = expand(source)
    elif isinstance(source, Sequence):
        paths = [path for item in source for path in expand(item)]
    else:
        paths = None
    if paths is None:
        content = read_content(cast("TextIO | BinaryIO", source), dialect)
        return _from_content(content, as_text, dialect, first_as_text=first_as_text)
    if not paths:
        raise UsageError("no file is named", location="argument DATA", fix="name a CSV file")
    tables = [
        _from_path(path, as_text, dialect, first_as_text=first_as_text)
        for path in dict.fromkeys(paths)
    ]
    return tables[0] if len(tables) == 1 else _combined(tables)


def _from_path(
    path: Path, as_text: Collection[str], dialect: Dialect, *, first_as_text: bool
) -> RawTable:
    if is_piped(path):
        with open_file(path) as pipe:
            content = read_content(pipe, dialect)
        whole = replace(content, name=str(path))
        return _from_content(whole, as_text, dialect, first_as_text=first_as_text)
    if is_parquet(path):
        return _from_frame(read_parquet(path, dialect.max_bytes), str(path), dialect, as_text)
    name = str(path)
    with open_file(path) as stream:
        start = plain_start(stream, name, dialect)
        if start is not None:
            stream.seek(start)
            parsed = parse_pieces(stream, name, dialect, as_text, first_as_text=first_as_text)
            if parsed is not None:
                return RawTable(name, parsed.columns, parsed.rows, parsed.notes, dialect)
    content, odd = read_content(path, dialect), start is not None
    return _from_content(content, as_text, dialect, first_as_text=first_as_text, odd=odd)


def _from_content(
    content: Content,
    as_text: Collection[str],
    dialect: Dialect,
    *,
    first_as_text: bool,
    odd: bool = False,
) -> RawTable:
    """Parse a whole text: in pieces, unless it is known to be odd, and else with care."""
    name, parsed = content.name, None
    if not odd:
        stream = io.BytesIO(content.data)
        parsed = parse_pieces(stream, name, dialect, as_text, first_as_text=first_as_text)
    if parsed is None:
        parsed = parse_text(content, dialect, as_text, first_as_text=first_as_text)
    notes = (*content.notes, *parsed.notes)
    return RawTable(name, parsed.columns, parsed.rows, notes, dialect)


def _from_frame(
    frame: pd.DataFrame, name: str, dialect: Dialect, as_text: Collection[str]
) -> RawTable:
    columns = frame_columns(frame, name, dialect, as_text)
    return RawTable(name, columns, np.arange(len(frame), dtype=np.int64), dialect=dialect)


def _combined(tables: Sequence[RawTable]) -> RawTable:
    """Put the rows of several files under each other; their columns must be the same."""
    first = tables[0]
    for table in tables[1:]:
        if set(table.columns) != set(first.columns):
            only = sorted(set(first.columns) ^ set(table.columns))
            raise SchemaError(
                f"the files do not have the same columns: {first.name} and {table.name} "
                f"differ in {', '.join(map(repr, only[:5]))}",
                location=table.name,
                fix="give files of one kind, or read them one by one",
            )
    ends = [int(table.rows[-1]) for table in tables]
    starts = np.concatenate([[0], np.cumsum(ends)[:-1]]).astype(np.int64)
    name = Files([table.name for table in tables], starts)
    columns = {
        label: _stacked([table.columns[label] for table in tables]) for label in first.columns
    }
    rows = np.concatenate([table.rows + start for table, start in zip(tables, starts, strict=True)])
    notes = tuple(dict.fromkeys(note for table in tables for note in table.notes))
    return RawTable(name, columns, rows, (f"{len(tables)} files", *notes), first.dialect)


def _stacked(parts: Sequence[pd.Series]) -> pd.Series:
    """Put one column of several files together: numbers, stamps, or else text."""
    texts = [part for part in parts if not is_number(part) and not is_datetime(part)]
    if texts and len(texts) < len(parts):
        empty = [bool((part.astype("str").str.strip() == "").all()) for part in texts]
        if all(empty):  # a column without values beside columns of numbers
            parts = [part if is_number(part) else _no_values(len(part)) for part in parts]
        else:
            parts = [_written(part) for part in parts]
    elif texts:
        parts = [part.astype("str") for part in parts]
    joined: pd.Series = pd.concat(parts, ignore_index=True)
    return compact(joined)


def _no_values(count: int) -> pd.Series:
    return pd.Series(np.full(count, np.nan))


def _written(part: pd.Series) -> pd.Series:
    if not is_number(part):
        return part.astype("str")
    texts: pd.Series = part.astype("str").str.removesuffix(".0").mask(part.isna(), "")
    return texts
