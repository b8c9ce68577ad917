"""Where the table of a text begins and how it is divided, judged on the first lines."""

from __future__ import annotations

import csv
import io
import itertools
import re
from dataclasses import dataclass

from forecast.data.file.dialect import AUTO, MOST_COLUMNS, NONE, SEPARATORS, Dialect
from forecast.data.file.header import Place, find_header, is_value, usual_length
from forecast.data.file.values import first_repeated
from forecast.errors import SchemaError

SAMPLE_LINES = 50
SAMPLE_BYTES, WIDE_BYTES = 2**20, 32 * 2**20
WORDS = {mark: word for word, mark in SEPARATORS.items()}
DECLARED = re.compile(r"\"?sep=(?P<mark>[,;\t|])\"?\s*", re.IGNORECASE)  # a line for spreadsheets
OTHERS = {None: "blanks", "^": "'^'", "~": "'~'", "\x01": "a control character"}
SHOWN = 40
COMMENT = "#"
COLUMN = "column_{}"


@dataclass(frozen=True)
class Shape:
    """What the first lines of a text say about the rest.

    Parameters
    ----------
    separator : str
        The character between two cells.
    names : tuple of str
        The header, stripped; an empty string where a column has no name.
    body : int
        Position in the bytes of the first row.
    first_row : int
        Number of the line of the first row; the first line of the file is 1.
    width : int
        Cells of the widest line that was looked at.
    ragged : bool
        Whether lines are shorter than the header before the last one.
    header : bytes
        The line of the header as it stands; empty where there is none.
    notes : tuple of str
        What the user should know.
    """

    separator: str
    names: tuple[str, ...]
    body: int
    first_row: int
    width: int
    ragged: bool
    header: bytes = b""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Sample:
    """First lines: those before the table, and those of it."""

    before: list[str]
    lines: list[str]
    note: tuple[str, ...] = ()
    separator: str = ""


@dataclass(frozen=True)
class _Record:
    """Cells of the first records, and how many lines end with each."""

    cells: list[str]
    end: int


def sniff(data: bytes, dialect: Dialect, name: str) -> Shape:
    """Judge the separator by the first lines that agree on a width, and find the header.

    Parameters
    ----------
    data : bytes
        UTF-8 without byte order mark.
    dialect : Dialect
        What the user said.
    name : str
        The file, for messages.

    Raises
    ------
    SchemaError
        If the header is no header, has a name twice, or is narrower than its first row.
    """
    sample = _first_lines(data, dialect, name)
    separator = sample.separator or _separator(sample.lines, dialect, name)
    records = _records(sample.lines, separator, name)
    rows = [record.cells for record in records]
    if max(map(len, rows)) > MOST_COLUMNS:
        raise SchemaError(
            f"a line has {max(map(len, rows))} cells (at most {MOST_COLUMNS})",
            location=name,
            fix="write one row per series and time: unique_id,ds,y",
        )
    if dialect.no_header:
        names = tuple(COLUMN.format(number + 1) for number in range(max(map(len, rows))))
        notes, skipped = [f"no header: the columns are called {_span(names)}"], 0
        above, below = [], records
    else:
        place = find_header(rows)
        names = _header(tuple(cell.strip() for cell in rows[place.header]), sample)
        _refuse_no_header(names, name)
        _refuse_twice(names, name)
        notes = _left_out(sample, records, place)
        last = place.header + place.units
        skipped, below = records[last].end, records[last + 1 :]
        above = sample.lines[: records[place.header - 1].end] if place.header else []
    head = sample.lines[len(above)] if not dialect.no_header else ""
    lines = [*sample.before, *sample.lines[:skipped]]
    rows = [record.cells for record in below]
    shape = Shape(
        separator=separator,
        names=names,
        body=sum(len(line.encode()) for line in lines),
        first_row=_breaks(lines) + 1,
        width=max(map(len, rows), default=0),
        ragged=any(len(row) < _needed(names) for row in rows[:-1]),
        header=head.strip("\r\n").encode(),
        notes=(*sample.note, *notes),
    )
    if rows and any(rows[0][len(names) :]):
        raise wider(shape, name, row=shape.first_row, values=len(rows[0]))
    return shape


def _left_out(sample: _Sample, records: list[_Record], place: Place) -> list[str]:
    """Say which lines above and below the header hold neither names nor values."""
    notes = []
    if place.header:
        first, count = sample.lines[0].strip()[:SHOWN], place.header
        said = f"1 line above the header left out: {first!r}"
        many = f"{count} lines above the header left out (first: {first!r})"
        notes.append(said if count == 1 else many)
    for record in records[place.header + 1 : place.header + 1 + place.units]:
        row = _breaks(sample.before) + record.end
        held = ", ".join(cell.strip() for cell in record.cells)[:SHOWN]
        notes.append(f"row {row}, below the header, holds no values ({held!r}): left out")
    return notes


def wider(shape: Shape, name: str, *, row: int, values: int) -> SchemaError:
    """Return the refusal of a row that has more values than the header has names."""
    count = len(shape.names)
    return SchemaError(
        f"row {row} has {values} values but the header has {count} names",
        location=name,
        fix="add the missing names to the header, or put cells that hold the separator in "
        "quotation marks: columns are never shifted to make them fit",
    )


def cells(line: str, separator: str) -> int:
    """Count the cells of a line; 0 where a quotation mark is never closed."""
    if line.count('"') % 2:
        return 0
    try:
        return len(next(csv.reader([line], delimiter=separator, skipinitialspace=True), []))
    except csv.Error:
        return 0


def needed_cells(shape: Shape) -> int:
    """Count the cells up to the last one that has a name."""
    return _needed(shape.names)


def _needed(names: tuple[str, ...]) -> int:
    return max((number + 1 for number, label in enumerate(names) if label), default=0)


def _span(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"


def _breaks(lines: list[str]) -> int:
    return sum(line.count("\n") for line in lines)


def _first_lines(data: bytes, dialect: Dialect, name: str) -> _Sample:
    """Split off what stands before the table: empty lines and comments."""
    wide = data.count(b"\n", 0, SAMPLE_BYTES) < SAMPLE_LINES
    text = data[: WIDE_BYTES if wide else SAMPLE_BYTES].decode("utf-8", errors="ignore")
    lines = io.StringIO(text, newline="")
    before: list[str] = []
    mark = COMMENT if dialect.comment == AUTO else dialect.comment
    first, declared = "", ""
    for line in lines:
        found = None if first or declared else DECLARED.fullmatch(line)
        if found is not None and dialect.separator == AUTO:
            declared = found["mark"]
        elif line.strip() and (mark == NONE or not line.startswith(mark)):
            first = line
            break
        before.append(line)
    if not first:
        raise SchemaError(
            f"the file holds {len(before)} comment lines and no row",
            location=name,
            fix="it needs a header line and one row per observation, such as: date,y",
        )
    following = [first, *itertools.islice(lines, SAMPLE_LINES)]
    size = sum(len(line.encode()) for line in (*before, *following))
    if len(data) > size and len(following) > 2:  # noqa: PLR2004 - a line may be cut by the sample
        following = following[:-1]
    comments = [line for line in before if line.strip() and not DECLARED.fullmatch(line)]
    if comments and not dialect.no_header and dialect.comment == AUTO:
        last = comments[-1]
        if before[-1] is last and _heads(last, first):
            note = "the header is a comment line"
            return _Sample(before[:-1], [last, *following], (note,), declared)
    count = len(comments)
    noun = "1 comment line" if count == 1 else f"{count} comment lines"
    said = (f"{noun} before the table: left out",) if comments else ()
    return _Sample(before, following, said, declared)


def _heads(comment: str, line: str) -> bool:
    """Tell whether a comment line is the header of the values below it."""
    for mark in SEPARATORS.values():
        if mark in comment and mark in line:
            above, below = comment.split(mark), line.split(mark)
            return len(above) == len(below) and _all_values(tuple(below))
    return False


def _header(first: tuple[str, ...], sample: _Sample) -> tuple[str, ...]:
    if sample.note and first[0].startswith(COMMENT) and sample.lines[0].startswith(COMMENT):
        return (first[0].lstrip("# ") or first[0], *first[1:])
    return first


def _separator(lines: list[str], dialect: Dialect, name: str) -> str:
    if dialect.separator != AUTO:
        return SEPARATORS[dialect.separator]
    text = "".join(lines)
    parsed = {mark: _records(lines, mark, name) for mark in WORDS if mark in text}
    if not parsed:
        _refuse_other_separators(lines, name)

    def rank(mark: str) -> tuple[bool, float, float, bool]:
        return *_agreement([record.cells for record in parsed[mark]]), mark in lines[0]

    return max(parsed, key=rank, default=",")


def _refuse_other_separators(lines: list[str], name: str) -> None:
    """Refuse a table whose cells are separated by what is no separator here."""
    for mark, what in OTHERS.items():
        parts = [line.strip().split(mark) for line in lines if line.strip()]
        grouped = all(len(part) == len("000") for row in parts[1:] for part in row[1:])
        if len(set(map(len, parts))) == 1 and len(parts[0]) > 1 and not grouped:
            raise SchemaError(
                f"the columns are separated by {what}: {lines[0].strip()[:SHOWN]!r}",
                location=name,
                fix="separate them by commas, semicolons, tabs or pipes",
            )


def _records(lines: list[str], separator: str, name: str) -> list[_Record]:
    """Divide lines into records; empty lines are none."""
    reader = csv.reader(iter(lines), delimiter=separator, skipinitialspace=True)
    try:
        records = [_Record(row, reader.line_num) for row in reader if row]
    except csv.Error as error:
        raise SchemaError(
            f"the first lines are not CSV text: {error}", location=name, fix="export it as CSV"
        ) from error
    return records or [_Record([""], len(lines))]


def _agreement(rows: list[list[str]]) -> tuple[bool, float, float]:
    """Rank a separator: by equal widths, then by the cells that are numbers or dates."""
    length = usual_length(rows)
    same = sum(len(row) == length for row in rows) / len(rows)
    below = [cell for row in rows[1:] for cell in row if cell.strip()]
    read = sum(map(is_value, below))
    return length > 1, same, read / max(1, len(below))


def _all_values(cells_: tuple[str, ...]) -> bool:
    filled = [cell.strip() for cell in cells_ if cell.strip()]
    counted = [str(position) for position in range(len(filled))]
    return bool(filled) and all(map(is_value, filled)) and filled != counted


def _refuse_no_header(first: tuple[str, ...], name: str) -> None:
    if _all_values(first):
        filled = [cell for cell in first if cell]
        raise SchemaError(
            f"the file has no header: its first line holds values ({', '.join(filled[:3])})",
            location=name,
            fix="pass --no-header, or add a first line that names the columns, such as: date,y",
            mend={"data.no_header": True},
        )


def _refuse_twice(names: tuple[str, ...], name: str) -> None:
    twice = first_repeated(filter(None, names))
    if twice is not None:
        raise SchemaError(
            f"the header has the name {twice!r} more than once",
            location=name,
            fix="give each column a name of its own",
        )
