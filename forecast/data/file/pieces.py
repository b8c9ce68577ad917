"""A text without surprises, read in pieces: each becomes columns before the next is read.

The text never lies in memory as a whole, and of texts that repeat each is kept once. This module
refuses and repairs nothing. Whatever is out of the ordinary (an odd quotation mark, a comment
between the rows, a cell that is no number, an empty row, a cut line, ...) makes it give up, and
`forecast.data.file.parse` reads the whole text with care and has the last word.

Pieces give what the whole gives: each ends with a line, pandas refuses one that ends inside a
quoted cell, and each is parsed behind a guide, a line of our own that is as wide as a row may be
and has a number in each column of numbers. So pandas takes no width and no kind from the piece.
"""

from __future__ import annotations

import io
from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from forecast.data.file.cleanse import cleansed
from forecast.data.file.dialect import AUTO, MOST_BYTES, Dialect
from forecast.data.file.encoding import as_utf8
from forecast.data.file.growing import Column, growing, known
from forecast.data.file.parse import FEW, Parsed, labelled, too_few_separators
from forecast.data.file.plan import HEAD_ROWS, Plan, kept_text, plan_columns, read_rows
from forecast.data.file.sniff import SAMPLE_BYTES, SAMPLE_LINES, Shape, sniff
from forecast.data.file.source import END_OF_FILE, MARKUP, PARQUET, SIGNATURES
from forecast.data.file.unpack import open_packed
from forecast.errors import ForecastError

if TYPE_CHECKING:
    import pandas as pd

PIECE = 8 * 2**20
HEAD = 2 * SAMPLE_BYTES
GUIDE = "1e-1"  # a number whatever the decimal mark
SPARE_ROOM = 1.1  # rows may be shorter than those of the first piece


class _Unusual(Exception):  # noqa: N818 - no error: the text is read with care instead
    """Something that this module does not judge."""


def plain_start(stream: BinaryIO, name: str, dialect: Dialect) -> int | None:
    """Return where the text of a file begins; None where it is not UTF-8 text as it stands.

    Parameters
    ----------
    stream : binary stream
        At its beginning.
    name : str
        The file, for messages.
    dialect : Dialect
        What the user said about encoding and size.
    """
    if not stream.seekable() or dialect.encoding not in (AUTO, "utf-8"):
        return None
    size = stream.seek(0, io.SEEK_END)
    stream.seek(max(0, size - len(END_OF_FILE)))
    ended = stream.read() == END_OF_FILE
    stream.seek(0)
    begin = stream.read(HEAD)
    begin = begin[: begin.rfind(b"\n") + 1]
    other = begin.startswith((PARQUET, *(signature for signature, _ in SIGNATURES)))
    other |= any(pattern.match(begin) for pattern, _ in MARKUP)
    if not begin or ended or other or size > (dialect.max_bytes or MOST_BYTES):
        return None
    try:
        if open_packed(io.BytesIO(begin), begin, name, dialect.max_bytes) is not None:
            return None
        text, notes = as_utf8(begin, AUTO, name)
    except ForecastError:
        return None
    return None if notes else len(begin) - len(text)


def parse_pieces(
    stream: BinaryIO,
    name: str,
    dialect: Dialect,
    as_text: Collection[str],
    *,
    first_as_text: bool = False,
    size: int = PIECE,
) -> Parsed | None:
    """Parse the rest of a seekable stream into columns; None where anything is unusual.

    Parameters
    ----------
    stream : binary stream
        UTF-8 without byte order mark.
    name : str
        The file, for messages.
    dialect : Dialect
        What the user said about it.
    as_text : collection of str
        Columns that stay text, such as ids and times.
    first_as_text : bool
        Whether the first column stays text, whatever it is called.
    size : int
        Bytes that are read at a time.
    """
    try:
        start = stream.tell()
        head = stream.read(HEAD)
        shape = sniff(head, dialect, name)
        _require_enough(head, shape, whole=len(head) < HEAD)
        keep = kept_text(shape, as_text, first_as_text=first_as_text)
        plan = plan_columns(head, shape, dialect, name, keep)
        gathered = _Gathered(shape, dialect, plan, name)
        length = stream.seek(0, io.SEEK_END) - start
        stream.seek(start + shape.body)
        for text in _pieces(stream, gathered.guide, size):
            gathered.add(text, length)
        columns, said = labelled(gathered.columns(), shape, name, plan, keep, dialect)
    except (_Unusual, ForecastError, ValueError):
        return None
    rows = np.arange(gathered.rows, dtype=np.int64) + shape.first_row
    return Parsed(columns, rows, (*shape.notes, *said))


def _require_enough(head: bytes, shape: Shape, *, whole: bool) -> None:
    """Make sure that the whole text would be judged by no more lines than these."""
    few = head.count(b"\n", 0, SAMPLE_BYTES) < SAMPLE_LINES
    if not whole and (few or head.count(b"\n", shape.body) <= HEAD_ROWS):
        raise _Unusual


def _pieces(stream: BinaryIO, guide: bytes, size: int) -> Iterator[bytes]:
    """Whole lines behind the guide, about ``size`` bytes of them; the last piece takes the rest."""
    before: tuple[bytes | memoryview, ...] = ()
    rest = b""
    while block := stream.read(size):
        first, end = block.find(b"\n"), block.rfind(b"\n") + 1
        if len(rest) + (first if end else len(block)) >= size:
            raise _Unusual  # a very long line
        if len(block) < size:
            before, rest = (*before, rest, block), b""
            break
        if before:
            yield b"".join((guide, *before))
        before, rest = (rest, memoryview(block)[:end]), block[end:]
    if before:
        yield b"".join((guide, *before, rest))


class _Gathered:
    """The columns of the pieces so far."""

    def __init__(self, shape: Shape, dialect: Dialect, plan: Plan, name: str) -> None:
        self._width = max(len(shape.names), shape.width)
        cells = (GUIDE if at in plan.numeric else "" for at in range(self._width))
        self.guide = f"{shape.separator.join(cells)}\n".encode()
        self.rows = 0
        self._shape = replace(shape, body=len(self.guide))
        self._dialect, self._name = dialect, name
        self._plan = replace(plan, repeated=frozenset(range(self._width)) - plan.numeric)
        self._columns: list[Column] = []

    def add(self, text: bytes, length: int) -> None:
        """Parse one more piece; its columns are made for ``length`` bytes of such pieces.

        Raises
        ------
        _Unusual
            If a line is no row, or a row is empty, too wide, or takes several lines.
        ValueError
            If a cell of a column of numbers is none, or the piece is no CSV.
        """
        rows_alone = cleansed(text, self._shape, self._dialect, self._name)
        if b"\0" in text or text.count(b'"') % 2 or rows_alone.data is not text:
            raise _Unusual
        if too_few_separators(text, self._shape, text.count(b"\n", self._shape.body)):
            raise _Unusual
        stream = io.BytesIO(text)
        frame = read_rows(
            stream, self._shape, self._dialect, self._plan, width=self._width, at_once=True
        )
        named = len(self._shape.names)
        _require_plain(frame, text, named)
        if not self._columns:
            room = int(len(frame) * length / len(text) * SPARE_ROOM) + len(frame)
            self._plan = replace(self._plan, repeated=_repeated(frame, self._plan))
            self._columns = [
                growing(frame[at], room, repeated=at in self._plan.repeated) for at in range(named)
            ]
        for at, column in enumerate(self._columns):
            column.add(frame[at])
        self.rows += len(frame) - 1

    def columns(self) -> dict[int, pd.Series]:
        """Return the columns, by position."""
        if not self.rows:
            raise _Unusual
        return {at: column.whole() for at, column in enumerate(self._columns)}


def _require_plain(frame: pd.DataFrame, text: bytes, named: int) -> None:
    """Give up where a row is empty, goes beyond the last name, or takes several lines."""
    beyond = any(known(frame[at]).any() for at in range(named, frame.shape[1]))
    filled = np.zeros(len(frame) - 1, dtype=np.bool_)
    for at in range(named):
        filled |= known(frame[at])
        if filled.all():
            break
    lines = text.count(b"\n") + (not text.endswith(b"\n")) if b'"' in text else len(frame)
    if beyond or not filled.all() or lines != len(frame):
        raise _Unusual


def _repeated(frame: pd.DataFrame, plan: Plan) -> frozenset[int]:
    """Columns of text that go on to be stored by their distinct values."""
    most = max(FEW * len(frame), HEAD_ROWS)
    return frozenset(at for at in plan.repeated if len(frame[at].cat.categories) <= most)
