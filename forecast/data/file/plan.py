"""How the columns of a text are parsed, judged on its first rows, and the parsing itself."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Literal

import numpy as np
import pandas as pd

from forecast.data.file.dialect import AUTO, Dialect
from forecast.data.file.markers import marked
from forecast.data.file.numerals import Verdict, grouped_by_points, judge
from forecast.data.file.periods import DOTTED, is_time_name
from forecast.data.file.sniff import Shape, wider
from forecast.data.file.values import MISSING, as_floats, missing
from forecast.errors import SchemaError

HEAD_ROWS = 200
MOST_SPARE = 1_000
SIMPLE = re.compile(r"\s*[-+]?\d*(,\d+)?\s*")


@dataclass(frozen=True)
class Plan:
    """How the columns are parsed.

    Parameters
    ----------
    numeric : frozenset of int
        Positions of the columns of numbers; all others hold text.
    decimal : str
        The decimal mark of those numbers.
    settled : str
        The decimal mark that the first rows prove; "" where they do not.
    repeated : frozenset of int
        Positions of the columns of text that are stored by their distinct values.
    """

    numeric: frozenset[int] = frozenset()
    decimal: str = "."
    settled: str = ""
    repeated: frozenset[int] = frozenset()


def stays_text(label: str, as_text: Collection[str]) -> bool:
    """Tell whether a column is one of those that stay text, in whatever case it is written."""
    return label in as_text or label.lower() in as_text


def kept_text(shape: Shape, as_text: Collection[str], *, first_as_text: bool) -> set[str]:
    """Names of the columns that stay text: those of ``as_text``, and perhaps the first."""
    keep = {label for label in shape.names if stays_text(label, as_text)}
    return keep | set(shape.names[:1] if first_as_text else ())


def plan_columns(
    data: bytes, shape: Shape, dialect: Dialect, name: str, as_text: Collection[str]
) -> Plan:
    """Judge by the first rows which columns can be read as numbers at once."""
    keep = frozenset(at for at, label in enumerate(shape.names) if label in as_text)
    head = read_cells(data, shape, dialect, name, Plan(), limit=HEAD_ROWS)
    keep |= {at for at in range(len(shape.names)) if _dotted_months(shape.names[at], head[at])}
    known = {
        position: _known_cells(head[position], dialect)
        for position in range(len(shape.names))
        if position not in keep
    }
    first = {position: judge(cells, dialect) for position, cells in known.items()}
    settled = settled_mark(first.values())
    verdicts = {position: judge(cells, dialect, settled) for position, cells in known.items()}
    if dialect.decimal == AUTO and dialect.thousands == AUTO:
        for position, cells in known.items():
            _refuse_grouped(cells, shape.names[position], name)
    plain = {
        position
        for position, cells in known.items()
        if cells and verdicts[position].style is None and _all_numbers(cells)
    }
    commas = {
        position
        for position, verdict in verdicts.items()
        if verdict.style is not None
        and verdict.style.decimal == ","
        and all(SIMPLE.fullmatch(cell) for cell in known[position])
    }
    pointed = any("." in cell for position in plain for cell in known[position])
    if commas and not pointed:
        return Plan(frozenset(plain | commas), ",", settled)
    return Plan(frozenset(plain), ".", settled)


def _refuse_grouped(cells: Sequence[str], label: str, name: str) -> None:
    """Refuse to guess where points seem to stand between thousands."""
    cell = grouped_by_points(cells).strip()
    if cell:
        raise SchemaError(
            f"{cell!r} may be {cell.replace('.', '')}: all numbers of the column with a point have "
            "three digits behind it, and those without are below 1000",
            location=f"{name}, column {label!r}",
            fix="say it: --set data.thousands=point, or --set data.decimal=point",
            mend={"data.thousands": "point"},
        )


def _dotted_months(label: str, column: pd.Series) -> bool:
    """Tell months such as 2020.10, which as a number would be 2020.1."""
    if not is_time_name(label):
        return False
    cells = column[~missing(column)]
    return len(cells) > 0 and all(map(DOTTED.fullmatch, cells))


def _known_cells(column: pd.Series, dialect: Dialect) -> list[str]:
    cells = [str(cell) for cell in pd.unique(column[~missing(column)])]
    if not dialect.missing_values:
        return cells
    absent = marked(pd.Series(cells, dtype="str"), dialect.missing_values)
    return [cell for cell, gone in zip(cells, absent, strict=True) if not gone]


def _all_numbers(cells: Sequence[str]) -> bool:
    return not bool(np.isnan(as_floats(pd.Series(cells, dtype="str"))).any())


def settled_mark(verdicts: Collection[Verdict]) -> str:
    """Return the decimal mark that some columns prove and none denies, else ""."""
    marks = {verdict.mark for verdict in verdicts if verdict.mark}
    return marks.pop() if len(marks) == 1 else ""


def read_cells(
    data: bytes,
    shape: Shape,
    dialect: Dialect,
    name: str,
    plan: Plan,
    limit: int | None = None,
) -> pd.DataFrame:
    """Parse the rows; columns are numbered, and one more than named takes what goes too far.

    Raises
    ------
    SchemaError
        If a row is too wide, or a quotation mark is never closed.
    ValueError
        If a cell of a column of numbers is none.
    """
    width = max(len(shape.names) + 1, shape.width)
    stream = io.BytesIO(data)
    stream.seek(shape.body)
    try:
        return read_rows(stream, shape, dialect, plan, width=width, limit=limit)
    except pd.errors.ParserError as error:
        found = re.search(r"line (\d+), saw (\d+)", str(error))
        if found is None:
            raise SchemaError(
                f"the file is not CSV text: {str(error).strip()}",
                location=name,
                fix="look for a quotation mark that is never closed",
            ) from error
        row, seen = int(found[1]) + shape.first_row - 1, int(found[2])
        refusal = wider(shape, name, row=row, values=seen)
        if seen > len(shape.names) + MOST_SPARE:
            raise refusal from error
        stream.seek(shape.body)
        try:
            return read_rows(stream, shape, dialect, plan, width=seen, limit=limit)
        except pd.errors.ParserError:
            raise refusal from error


def read_rows(
    stream: BinaryIO,
    shape: Shape,
    dialect: Dialect,
    plan: Plan,
    *,
    width: int,
    limit: int | None = None,
    at_once: bool = False,
) -> pd.DataFrame:
    """Parse what is left of a stream into ``width`` numbered columns.

    Parameters
    ----------
    stream : binary stream
        UTF-8, at the begin of a row.
    shape, dialect, plan : Shape, Dialect, Plan
        How the text is written and what its columns hold.
    width : int
        Cells of a row; further ones are refused, unless the first row has them.
    limit : int or None
        Rows to parse, None for all.
    at_once : bool
        Whether pandas takes the stream as one, which is faster, and for long ones takes memory.

    Raises
    ------
    ValueError
        If a cell of a column of numbers is none, or the text is no CSV.
    """
    labels = [str(position) for position in range(width)]
    kinds: dict[Hashable, Literal["float64", "str", "category"]] = {
        label: _kind(plan, position) for position, label in enumerate(labels)
    }
    empty = [*MISSING, *dialect.missing_values]
    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)
        try:
            frame = pd.read_csv(
                stream,
                sep=shape.separator,
                header=None,
                names=labels,
                index_col=False,
                dtype=kinds,
                keep_default_na=False,
                na_values={labels[position]: empty for position in plan.numeric},
                decimal=plan.decimal,
                skip_blank_lines=False,
                skipinitialspace=True,
                nrows=limit,
                low_memory=not at_once,
                encoding="utf-8",
            )
        except pd.errors.ParserWarning as warning:
            raise pd.errors.ParserError(f"its first row has more than {width} cells") from warning
    frame.columns = pd.RangeIndex(len(labels))
    return frame


def _kind(plan: Plan, position: int) -> Literal["float64", "str", "category"]:
    if position in plan.numeric:
        return "float64"
    return "category" if position in plan.repeated else "str"
