"""Lines that are no rows: comments, headers between the rows, and a last line cut off."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from forecast.data.arrays import IntArray
from forecast.data.file.dialect import AUTO, NONE, Dialect
from forecast.data.file.footer import without_footer
from forecast.data.file.sniff import COMMENT, Shape, cells, needed_cells
from forecast.data.file.values import MISSING
from forecast.errors import SchemaError


def _no_lines() -> IntArray:
    return np.array([], dtype=np.int64)


@dataclass(frozen=True, eq=False)
class LeftOut:
    """Lines between the rows that were left out."""

    lines: IntArray = field(default_factory=_no_lines)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Cleansed:
    """A text of which all lines of the body are rows.

    Parameters
    ----------
    data : bytes
        The text itself, the same object, where nothing had to be left out.
    lines : array of shape (L,)
        Numbers of the lines that were emptied.
    notes : tuple of str
        What the user should know.
    """

    data: bytes
    lines: IntArray
    notes: tuple[str, ...]


def cleansed(data: bytes, shape: Shape, dialect: Dialect, name: str) -> Cleansed:
    """Leave out what is no row: comments, repeated headers, a footer, a line that was cut off.

    Parameters
    ----------
    data : bytes
        The whole text.
    shape : Shape
        What its first lines say.
    dialect : Dialect
        What the user said.
    name : str
        The file, for messages.

    Raises
    ------
    SchemaError
        If the last line is cut off, and dropping it was not allowed.
    """
    data, comments = without_comments(data, shape, dialect)
    data, headers = without_headers(data, shape)
    data, footer = without_footer(data, shape)
    data, dropped = drop_truncated(data, shape, dialect, name)
    lines = np.concatenate([comments.lines, headers.lines])
    return Cleansed(data, lines, (*comments.notes, *headers.notes, *footer, *dropped))


def without_comments(data: bytes, shape: Shape, dialect: Dialect) -> tuple[bytes, LeftOut]:
    """Empty the comment lines of the body, so that all others keep their numbers.

    A line that begins like a comment and has as many cells as the header is a row, unless the user
    named the mark: nothing is dropped that may be data.

    Parameters
    ----------
    data : bytes
        The whole text.
    shape : Shape
        What its first lines say.
    dialect : Dialect
        What the user said.
    """
    mark = (COMMENT if dialect.comment == AUTO else dialect.comment).encode()
    if dialect.comment == NONE or mark not in data:  # the mark alone is found faster
        return data, LeftOut()
    if data.find(b"\n" + mark, max(0, shape.body - 1)) < 0:
        return data, LeftOut()
    pattern = re.compile(rb"^" + re.escape(mark) + rb"[^\r\n]*", re.MULTILINE)
    found = [
        match
        for match in _outside_quotes(pattern, data, shape)
        if dialect.comment != AUTO or not _may_be_row(match[0], shape)
    ]
    return _emptied(data, shape, found, "comment line", "comment lines")


def without_headers(data: bytes, shape: Shape) -> tuple[bytes, LeftOut]:
    """Empty the lines of the body that repeat the header, as files put end to end have them."""
    if not shape.header or data.find(b"\n" + shape.header, shape.body - 1) < 0:
        return data, LeftOut()
    pattern = re.compile(rb"^" + re.escape(shape.header) + rb"(?=\r*$)", re.MULTILINE)
    found = list(_outside_quotes(pattern, data, shape))
    return _emptied(data, shape, found, "repeated header", "repeated headers")


def _outside_quotes(
    pattern: re.Pattern[bytes], data: bytes, shape: Shape
) -> Iterator[re.Match[bytes]]:
    quotes, seen = 0, shape.body
    for found in pattern.finditer(data, shape.body):
        quotes += data.count(b'"', seen, found.start())
        seen = found.start()
        if not quotes % 2:
            yield found


def _emptied(
    data: bytes, shape: Shape, found: list[re.Match[bytes]], one: str, many: str
) -> tuple[bytes, LeftOut]:
    """Leave out what was found, and say so."""
    if not found:
        return data, LeftOut()
    parts, lines = [], []
    kept, line, seen = 0, shape.first_row, shape.body
    for match in found:
        begin, end = match.span()
        line += data.count(b"\n", seen, begin)
        parts.append(data[kept:begin])
        lines.append(line)
        kept, seen = end, begin
    noun = f"1 {one}" if len(lines) == 1 else f"{len(lines)} {many}"
    note = f"{noun} between the rows left out (first: line {lines[0]})"
    return b"".join([*parts, data[kept:]]), LeftOut(np.array(lines, dtype=np.int64), (note,))


def _may_be_row(line: bytes, shape: Shape) -> bool:
    count, text = len(shape.names), line.decode("utf-8", errors="replace")
    return text.strip() in MISSING if count == 1 else cells(text, shape.separator) >= count


def drop_truncated(
    data: bytes, shape: Shape, dialect: Dialect, name: str
) -> tuple[bytes, tuple[str, ...]]:
    """Refuse a last line without end that has too few cells, or drop it where that is allowed.

    Parameters
    ----------
    data : bytes
        The whole text.
    shape : Shape
        What its first lines say.
    dialect : Dialect
        What the user said.
    name : str
        The file, for messages.

    Raises
    ------
    SchemaError
        With the number of the line.
    """
    at = max(data.rfind(b"\n") + 1, shape.body)
    last = data[at:]
    if not last.strip() or shape.ragged or data.count(b'"', shape.body, at) % 2:
        return data, ()
    needed = needed_cells(shape)
    found = cells(last.decode("utf-8", errors="replace"), shape.separator)
    if found >= needed:
        return data, ()
    row = shape.first_row + data.count(b"\n", shape.body, at)
    what = f"{found} of {needed} cells" if found else "an open quotation mark"
    if not dialect.allow_truncated:
        raise SchemaError(
            f"the last line is cut off: row {row} has {what} and no line end",
            location=f"{name}, row {row}",
            fix="complete the file, or drop the line with --allow-truncated",
            mend={"data.allow_truncated": True},
        )
    return data[:at], (f"row {row}, the last, is cut off ({what}): dropped",)
