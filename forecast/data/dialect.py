"""How a CSV file is laid out: its separator and its header, judged on the first lines."""

from __future__ import annotations

import csv
import io
import itertools
import re
from dataclasses import dataclass

from forecast.errors import SchemaError

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
SAMPLE_LINES = 50
SAMPLE_CHARACTERS = 1_000_000
NUMBER = re.compile(r"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*")
NUMERIC_DATE = re.compile(r"\s*\d{1,4}[-/.]\d{1,2}([-/.]\d{1,4})?([T ]\d.*)?\s*")


@dataclass(frozen=True)
class Dialect:
    """What the first lines of a file say about the rest.

    Parameters
    ----------
    separator : str
        One of comma, semicolon, tab and pipe.
    names : tuple of str
        The header, stripped; an empty string where a column has no name.
    body : int
        Position in the text of the first character after the header.
    first_row : int
        Number of the first line after the header; the first line of the file is 1.
    """

    separator: str
    names: tuple[str, ...]
    body: int
    first_row: int


def sniff(text: str, name: str) -> Dialect:
    """Judge the separator by the header and the lines that agree with its width.

    Raises
    ------
    SchemaError
        If the header is no header, has a name twice, or is narrower than its first row.
    """
    head = text[:SAMPLE_CHARACTERS]
    start = len(head) - len(head.lstrip("\r\n"))
    skipped = head.count("\n", 0, start)
    sample = list(itertools.islice(io.StringIO(head[start:], newline=""), SAMPLE_LINES + 1))
    if len(text) - start > sum(map(len, sample)) and len(sample) > 2:  # noqa: PLR2004
        sample = sample[:-1]
    parsed = {mark: _parse(sample, mark, name) for mark in SEPARATORS if mark in sample[0]}
    separator = max(parsed, key=lambda mark: _agreement(parsed[mark]), default=",")
    rows = parsed.get(separator) or _parse(sample, ",", name)
    reader = csv.reader(iter(sample), delimiter=separator)
    names = tuple(cell.strip() for cell in next(reader))
    _refuse_no_header(names, name)
    _refuse_twice(names, name)
    dialect = Dialect(
        separator=separator,
        names=names,
        body=start + sum(len(line) for line in sample[: reader.line_num]),
        first_row=skipped + reader.line_num + 1,
    )
    if len(rows) > 1 and any(rows[1][len(names) :]):
        raise wider(dialect, name, row=dialect.first_row, values=len(rows[1]))
    return dialect


def wider(dialect: Dialect, name: str, *, row: int, values: int) -> SchemaError:
    """Return the refusal of a row that has more values than the header has names."""
    count = len(dialect.names)
    return SchemaError(
        f"row {row} has {values} values but the header has {count} names",
        location=name,
        fix="add the missing names to the header: columns are never shifted to make them fit",
    )


def _parse(sample: list[str], separator: str, name: str) -> list[list[str]]:
    try:
        return [row for row in csv.reader(sample, delimiter=separator) if row]
    except csv.Error as error:
        raise SchemaError(
            f"the first lines are not CSV text: {error}", location=name, fix="export it as CSV"
        ) from error


def _agreement(rows: list[list[str]]) -> tuple[bool, float]:
    width = len(rows[0])
    return width > 1, sum(len(row) == width for row in rows) / len(rows)


def _refuse_no_header(names: tuple[str, ...], name: str) -> None:
    filled = [cell for cell in names if cell]
    counted = [str(position) for position in range(len(filled))]
    values = [cell for cell in filled if NUMBER.fullmatch(cell) or NUMERIC_DATE.fullmatch(cell)]
    if filled and len(values) == len(filled) and filled != counted:
        raise SchemaError(
            f"the file has no header: its first line holds values ({', '.join(filled[:3])})",
            location=name,
            fix="add a first line that names the columns, such as: date,y",
        )


def _refuse_twice(names: tuple[str, ...], name: str) -> None:
    seen: set[str] = set()
    for cell in names:
        if cell and cell in seen:
            raise SchemaError(
                f"the header has the name {cell!r} more than once",
                location=name,
                fix="give each column a name of its own",
            )
        seen.add(cell)
