"""The text of a table to columns: numbers where that loses nothing, else the text as it stands."""

from __future__ import annotations

import io
import re
from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from forecast.data.affixes import bare
from forecast.data.arrays import BoolArray, IntArray
from forecast.data.cleanse import drop_truncated, without_comments, without_headers
from forecast.data.dialect import Decimal, Dialect
from forecast.data.footer import without_footer
from forecast.data.numerals import Style, Verdict, judge, rewritten
from forecast.data.periods import DOTTED, is_time_name
from forecast.data.sniff import WORDS, Shape, sniff, wider
from forecast.data.source import VISIBLE, Content
from forecast.data.values import MISSING, as_floats, missing, sample
from forecast.errors import SchemaError

HEAD_ROWS = 200
INDEX = "index"
DECIMAL_COMMA = "numbers have a decimal comma"
DECIMAL_POINT = "numbers have a separator of thousands and a decimal point"
MOST_SPARE = 1_000
FEW = 0.5  # distinct values in a sample of a column that is stored by them
SIMPLE = re.compile(r"\s*[-+]?\d*(,\d+)?\s*")


@dataclass(frozen=True, eq=False)
class Parsed:
    """Columns of equal length and the numbers of their rows.

    Parameters
    ----------
    columns : dict of str to Series
        Numbers, or text as it stands.
    rows : array of shape (T,)
        The line of each row in the file.
    notes : tuple of str
        What the user should know.
    """

    columns: dict[str, pd.Series]
    rows: IntArray
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Plan:
    """How the columns are parsed: which positions hold numbers, and their decimal mark."""

    numeric: frozenset[int] = frozenset()
    keep: frozenset[int] = frozenset()
    decimal: str = "."
    settled: str = ""


def parse_text(
    content: Content, dialect: Dialect, as_text: Collection[str], *, first_as_text: bool = False
) -> Parsed:
    """Parse a text into columns; those named in ``as_text`` stay text.

    Parameters
    ----------
    content : Content
        A whole file.
    dialect : Dialect
        What the user said about it.
    as_text : collection of str
        Columns that stay text, such as ids and times.
    first_as_text : bool
        Whether the first column stays text, whatever it is called.

    Raises
    ------
    SchemaError
        If the text holds no table.
    """
    name = content.name
    shape = sniff(content.data, dialect, name)
    if VISIBLE.search(content.data, shape.body) is None:
        raise SchemaError(
            f"the file has a header ({', '.join(shape.names)}) and no rows",
            location=name,
            fix="add one row per observation under the header",
        )
    data, comments = without_comments(content.data, shape, dialect)
    data, headers = without_headers(data, shape)
    data, footer = without_footer(data, shape)
    data, dropped = drop_truncated(data, shape, dialect, name)
    notes = [*shape.notes, *comments.notes, *headers.notes, *footer, *dropped]
    if VISIBLE.search(data, shape.body) is None:
        raise _only_empty(shape, name)
    first = shape.names[:1] if first_as_text else ()
    keep = {label for label in shape.names if label in as_text or label.lower() in as_text}
    keep |= {*first}
    plan = _plan(data, shape, dialect, name, keep)
    try:
        frame = _frame(data, shape, dialect, name, plan)
    except ValueError:  # a later cell is no such number: keep the text, so that it can be shown
        plan = replace(plan, numeric=frozenset(), decimal=".")
        frame = _frame(data, shape, dialect, name, plan)
    rows = _row_numbers(frame, shape, data)
    _refuse_wider(frame, shape, name, rows)
    filled = _filled_rows(frame) & ~np.isin(rows, [*comments.lines, *headers.lines])
    if not filled.any():
        raise _only_empty(shape, name)
    if not filled.all():
        frame, rows = frame[filled].reset_index(drop=True), rows[filled]
    columns = _named(frame, shape, name)
    if shape.separator != "," and len(columns) > 1:
        notes.append(f"columns are separated by {WORDS[shape.separator]}")
    columns, said = _understood(columns, keep, dialect, plan)
    return Parsed(columns, rows, (*notes, *said))


def _only_empty(shape: Shape, name: str) -> SchemaError:
    return SchemaError(
        f"the file has a header ({', '.join(shape.names)}) and only empty rows",
        location=name,
        fix="add one row per observation under the header",
    )


def _plan(
    data: bytes, shape: Shape, dialect: Dialect, name: str, as_text: Collection[str]
) -> _Plan:
    """Judge by the first rows which columns can be read as numbers at once."""
    keep = frozenset(at for at, label in enumerate(shape.names) if label in as_text)
    head = _frame(data, shape, dialect, name, _Plan(keep=keep), limit=HEAD_ROWS)
    keep |= {at for at in range(len(shape.names)) if _dotted_months(shape.names[at], head[at])}
    known = {
        position: _known_cells(head[position], dialect)
        for position in range(len(shape.names))
        if position not in keep
    }
    first = {position: judge(cells, dialect) for position, cells in known.items()}
    settled = _settled(first.values())
    verdicts = {position: judge(cells, dialect, settled) for position, cells in known.items()}
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
        return _Plan(frozenset(plain | commas), keep, ",", settled)
    return _Plan(frozenset(plain), keep, ".", settled)


def _dotted_months(label: str, column: pd.Series) -> bool:
    """Tell months such as 2020.10, which as a number would be 2020.1."""
    if not is_time_name(label):
        return False
    cells = column[~missing(column)]
    return len(cells) > 0 and all(map(DOTTED.fullmatch, cells))


def _known_cells(column: pd.Series, dialect: Dialect) -> list[str]:
    texts = column[~missing(column)]
    return [cell for cell in pd.unique(texts) if cell.strip() not in dialect.missing_values]


def _all_numbers(cells: Sequence[str]) -> bool:
    return not bool(np.isnan(as_floats(pd.Series(cells, dtype="str"))).any())


def _settled(verdicts: Collection[Verdict]) -> str:
    marks = {verdict.mark for verdict in verdicts if verdict.mark}
    return marks.pop() if len(marks) == 1 else ""


def _frame(
    data: bytes,
    shape: Shape,
    dialect: Dialect,
    name: str,
    plan: _Plan,
    limit: int | None = None,
) -> pd.DataFrame:
    """Parse the rows; columns are numbered, and one more than named takes what goes too far."""
    width = max(len(shape.names) + 1, shape.width)
    try:
        return _csv(data, shape, dialect, plan, width, limit)
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
        try:
            return _csv(data, shape, dialect, plan, seen, limit)
        except pd.errors.ParserError:
            raise refusal from error


def _csv(
    data: bytes, shape: Shape, dialect: Dialect, plan: _Plan, width: int, limit: int | None
) -> pd.DataFrame:
    labels = [str(position) for position in range(width)]
    kinds: dict[Hashable, Literal["float64", "str"]] = {
        label: "float64" if position in plan.numeric else "str"
        for position, label in enumerate(labels)
    }
    empty = [*MISSING, *dialect.missing_values]
    stream = io.BytesIO(data)
    stream.seek(shape.body)
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
        encoding="utf-8",
    )
    frame.columns = pd.RangeIndex(len(labels))
    return frame


def _refuse_wider(frame: pd.DataFrame, shape: Shape, name: str, rows: IntArray) -> None:
    """Refuse values beyond the last name; empty cells there are a trailing separator."""
    count = len(shape.names)
    for position in range(count, frame.shape[1]):
        extra = np.flatnonzero((frame[position].fillna("") != "").to_numpy(dtype=np.bool_))
        if len(extra):
            at = int(extra[0])
            cells_ = frame.iloc[at, count:].fillna("").astype("str").to_numpy()
            last = int(np.flatnonzero(cells_ != "")[-1])
            raise wider(shape, name, row=int(rows[at]), values=count + last + 1)


def _filled_rows(frame: pd.DataFrame) -> BoolArray:
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


def _row_numbers(frame: pd.DataFrame, shape: Shape, data: bytes) -> IntArray:
    rows = np.arange(len(frame), dtype=np.int64) + shape.first_row
    if data.find(b'"', shape.body) < 0:
        return rows
    if data.count(b"\n", shape.body) in (len(frame), len(frame) - 1):
        return rows
    # Quoted cells with line breaks: a record takes more than one line of the file.
    breaks = np.zeros(len(frame), dtype=np.int64)
    for label in frame.columns:
        if frame[label].dtype != np.float64:
            breaks += frame[label].str.count("\n").fillna(0).to_numpy(dtype=np.int64)
    return rows + np.concatenate([[0], np.cumsum(breaks)[:-1]]).astype(np.int64)


def _named(frame: pd.DataFrame, shape: Shape, name: str) -> dict[str, pd.Series]:
    columns = {}
    for position, label in enumerate(shape.names):
        column = frame[position]
        if label:
            columns[label] = column
        elif not missing(column).all():
            if position > 0 or INDEX in shape.names:
                raise SchemaError(
                    f"column {position + 1} holds values but the header does not name it",
                    location=name,
                    fix="name it in the header",
                )
            columns[INDEX] = column
    return columns


def _understood(
    columns: dict[str, pd.Series], keep: Collection[str], dialect: Dialect, plan: _Plan
) -> tuple[dict[str, pd.Series], list[str]]:
    """Turn text columns whose numbers have their own marks into numbers, by all their cells."""
    columns = {label: compact(column) for label, column in columns.items()}
    texts, said = {}, list[str]()
    for label, column in columns.items():
        if label not in keep and column.dtype != np.float64:
            texts[label], notes = bare(_blanked(column, dialect), label)
            said.extend(notes)
    columns |= texts
    verdicts = {label: _verdict(column, dialect, "") for label, column in texts.items()}
    settled = _settled(verdicts.values()) or plan.settled
    styles: dict[Style, list[str]] = {}
    for label, column in texts.items():
        verdict = verdicts[label]
        if not verdict.numbers:
            continue
        style = verdict.style or _verdict(column, dialect, settled).style
        if style is not None:
            columns[label] = _plainly(column, style)
            styles.setdefault(style, []).append(label)
    if plan.decimal == ",":
        fast = [label for label, column in columns.items() if column.dtype == np.float64]
        styles.setdefault(Style(",", "."), [])
        styles[Style(",", ".")] += [label for label in fast if label not in texts]
    return columns, [*said, *(_style_note(style) for style in styles)]


def _style_note(style: Style) -> str:
    return DECIMAL_COMMA if style.decimal == "," else DECIMAL_POINT


def decimal_said(notes: Sequence[str]) -> Decimal:
    """Decimal mark that was found and said of a file; ``auto`` where none needed to be."""
    said = {note for note in notes if note in (DECIMAL_COMMA, DECIMAL_POINT)}
    if len(said) != 1:
        return "auto"
    return "comma" if said.pop() == DECIMAL_COMMA else "point"


def _verdict(column: pd.Series, dialect: Dialect, settled: str) -> Verdict:
    some = judge([str(cell) for cell in pd.unique(sample(column))], dialect, settled)
    if not some.numbers:
        return some
    return judge([str(cell) for cell in pd.unique(column[~missing(column)])], dialect, settled)


def _blanked(column: pd.Series, dialect: Dialect) -> pd.Series:
    """Empty the cells that the user calls missing."""
    if not dialect.missing_values:
        return column
    absent = column.astype("str").str.strip().isin(dialect.missing_values)
    blank: pd.Series = column.astype("str").mask(absent, "")
    return blank


def _plainly(column: pd.Series, style: Style) -> pd.Series:
    """Write the numbers of a column plainly; a column of numbers alone becomes one."""
    known = ~missing(column)
    codes, distinct = pd.factorize(column[known])
    plain, fits = rewritten([str(cell) for cell in distinct], style)
    if fits.all():
        values = np.full(len(column), np.nan)
        values[known] = np.array(plain, dtype=np.float64)[codes]
        return pd.Series(values)
    texts = column.astype("str").to_numpy(dtype=object)
    texts[known] = np.array(plain, dtype=object)[codes]
    return pd.Series(texts, dtype="str")


def compact(column: pd.Series) -> pd.Series:
    """Store a long text column with few distinct values by those values."""
    if column.dtype == np.float64 or len(column) <= HEAD_ROWS:
        return column
    at = np.linspace(0, len(column) - 1, HEAD_ROWS).astype(np.int64)
    spread = column.take(at).nunique()
    if spread > FEW * HEAD_ROWS and column.iloc[: 20 * HEAD_ROWS].nunique() > 10 * HEAD_ROWS:
        return column
    codes, distinct = pd.factorize(column, use_na_sentinel=True)
    return pd.Series(pd.Categorical.from_codes(codes, categories=pd.Index(distinct)))
