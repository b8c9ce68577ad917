"""Lines that are no rows: comments between the rows, and a last line that was cut off."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np

from forecast.data.arrays import IntArray
from forecast.data.dialect import AUTO, NONE, Dialect
from forecast.data.sniff import COMMENT, Shape, cells, needed_cells
from forecast.errors import SchemaError


def _no_lines() -> IntArray:
    return np.array([], dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Comments:
    """Lines between the rows that were left out."""

    lines: IntArray = field(default_factory=_no_lines)
    notes: tuple[str, ...] = ()


def without_comments(data: bytes, shape: Shape, dialect: Dialect) -> tuple[bytes, Comments]:
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
    if dialect.comment == NONE:
        return data, Comments()
    mark = (COMMENT if dialect.comment == AUTO else dialect.comment).encode()
    if data.find(b"\n" + mark, shape.body - 1) < 0:
        return data, Comments()
    pattern = re.compile(rb"^" + re.escape(mark) + rb"[^\r\n]*", re.MULTILINE)
    parts, lines = [], []
    kept, quotes, seen, line = 0, 0, shape.body, shape.first_row
    for found in pattern.finditer(data, shape.body):
        begin, end = found.span()
        quotes += data.count(b'"', seen, begin)
        line += data.count(b"\n", seen, begin)
        seen = begin
        if quotes % 2 or (dialect.comment == AUTO and _may_be_row(found[0], shape)):
            continue
        parts.append(data[kept:begin])
        lines.append(line)
        kept = seen = end
    if not lines:
        return data, Comments()
    count = len(lines)
    noun = "1 comment line" if count == 1 else f"{count} comment lines"
    note = f"{noun} between the rows left out (first: line {lines[0]})"
    return b"".join([*parts, data[kept:]]), Comments(np.array(lines, dtype=np.int64), (note,))


def _may_be_row(line: bytes, shape: Shape) -> bool:
    count = len(shape.names)
    return count > 1 and cells(line.decode("utf-8", errors="replace"), shape.separator) >= count


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
    found, needed = cells(last.decode("utf-8", errors="replace"), shape.separator), len(shape.names)
    needed = needed_cells(shape)
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
