"""The text of a table to columns: numbers where that loses nothing, else the text as it stands."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from forecast.data.arrays import BoolArray, IntArray
from forecast.data.file.affixes import bare
from forecast.data.file.cleanse import cleansed
from forecast.data.file.dialect import Decimal, Dialect
from forecast.data.file.markers import blanked
from forecast.data.file.numerals import Style, Verdict, judge, rewritten
from forecast.data.file.plan import (
    HEAD_ROWS,
    Plan,
    kept_text,
    plan_columns,
    read_cells,
    settled_mark,
)
from forecast.data.file.sniff import WORDS, Shape, needed_cells, sniff, wider
from forecast.data.file.source import VISIBLE, Content
from forecast.data.file.values import missing, sample
from forecast.errors import SchemaError

INDEX = "index"
DECIMAL_COMMA = "numbers have a decimal comma"
DECIMAL_POINT = "numbers have a separator of thousands and a decimal point"
NEARLY_ALL = 0.9
FEW = 0.5  # distinct values in a sample of a column that is stored by them


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
    rows_alone = cleansed(content.data, shape, dialect, name)
    data, notes = rows_alone.data, [*shape.notes, *rows_alone.notes]
    if VISIBLE.search(data, shape.body) is None:
        raise _only_empty(shape, name)
    keep = kept_text(shape, as_text, first_as_text=first_as_text)
    plan = plan_columns(data, shape, dialect, name, keep)
    try:
        frame = read_cells(data, shape, dialect, name, plan)
    except ValueError:  # a later cell is no such number: keep the text, so that it can be shown
        plan = replace(plan, numeric=frozenset(), decimal=".")
        frame = read_cells(data, shape, dialect, name, plan)
    rows = _row_numbers(frame, shape, data)
    _refuse_wider(frame, shape, name, rows)
    notes += _short_notes(data, shape, frame, rows)
    filled = _filled_rows(frame) & ~np.isin(rows, rows_alone.lines)
    if not filled.any():
        raise _only_empty(shape, name)
    if not filled.all():
        frame, rows = frame[filled].reset_index(drop=True), rows[filled]
    cells = {position: frame[position] for position in range(len(shape.names))}
    columns, said = labelled(cells, shape, name, plan, keep, dialect)
    return Parsed(columns, rows, (*notes, *said))


def labelled(
    cells: Mapping[int, pd.Series],
    shape: Shape,
    name: str,
    plan: Plan,
    keep: Collection[str],
    dialect: Dialect,
) -> tuple[dict[str, pd.Series], list[str]]:
    """Give columns of cells their names, and make numbers of the texts that are numbers.

    Parameters
    ----------
    cells : mapping of int to Series
        By position; numbers or text.
    shape : Shape
        What the first lines say.
    name : str
        The file, for messages.
    plan : Plan
        How the cells were parsed.
    keep : collection of str
        Columns that stay text.
    dialect : Dialect
        What the user said.

    Returns
    -------
    columns : dict of str to Series
        From left to right.
    notes : list of str
        What the user should know.

    Raises
    ------
    SchemaError
        If a column holds values and has no name.
    """
    columns = _named(cells, shape, name)
    spoken = []
    if shape.separator != "," and len(columns) > 1:
        spoken.append(f"columns are separated by {WORDS[shape.separator]}")
    columns, said = _understood(columns, keep, dialect, plan)
    return columns, [*spoken, *said]


def _only_empty(shape: Shape, name: str) -> SchemaError:
    return SchemaError(
        f"the file has a header ({', '.join(shape.names)}) and only empty rows",
        location=name,
        fix="add one row per observation under the header",
    )


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


def too_few_separators(data: bytes, shape: Shape, rows: int) -> bool:
    """Whether so many rows cannot all be whole, though nearly all of them are."""
    whole = rows * (needed_cells(shape) - 1)
    return NEARLY_ALL * whole <= data.count(shape.separator.encode(), shape.body) < whole


def _short_notes(data: bytes, shape: Shape, frame: pd.DataFrame, rows: IntArray) -> list[str]:
    """Say which rows end early: whatever was left out of them, their last cells are empty."""
    if not too_few_separators(data, shape, len(frame)) or data.find(b'"', shape.body) >= 0:
        return []
    mark, needed = shape.separator.encode(), needed_cells(shape)
    counts = [line.count(mark) + 1 for line in data[shape.body :].split(b"\n")[: len(frame)]]
    filled = _filled_rows(frame)
    short = [at for at, count in enumerate(counts) if count < needed and filled[at]]
    if not short:
        return []
    those = "1 row has" if len(short) == 1 else f"{len(short)} rows have"
    first = f"row {rows[short[0]]} has {counts[short[0]]} of {needed}"
    return [f"{those} too few cells: the last are empty (first: {first})"]


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


def _named(cells: Mapping[int, pd.Series], shape: Shape, name: str) -> dict[str, pd.Series]:
    columns = {}
    for position, label in enumerate(shape.names):
        column = cells[position]
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
    columns: dict[str, pd.Series], keep: Collection[str], dialect: Dialect, plan: Plan
) -> tuple[dict[str, pd.Series], list[str]]:
    """Turn text columns whose numbers have their own marks into numbers, by all their cells."""
    columns = {label: compact(column) for label, column in columns.items()}
    texts, said = {}, list[str]()
    for label, column in columns.items():
        if label not in keep and column.dtype != np.float64:
            plain, notes = bare(blanked(column, dialect.missing_values), label)
            texts[label] = blanked(plain, dialect.missing_values)
            said.extend(notes)
    columns |= texts
    verdicts = {label: _verdict(column, dialect, "") for label, column in texts.items()}
    settled = settled_mark(verdicts.values()) or plan.settled
    styles: dict[Style, list[str]] = {}
    for label, column in texts.items():
        verdict = verdicts[label]
        if not verdict.numbers:
            continue
        style = verdict.style or _verdict(column, dialect, settled).style
        if style is not None:
            columns[label] = blanked(_plainly(column, style), dialect.missing_values)
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
    if isinstance(column.dtype, pd.CategoricalDtype) or column.dtype == np.float64:
        return column
    if len(column) <= HEAD_ROWS:
        return column
    at = np.linspace(0, len(column) - 1, HEAD_ROWS).astype(np.int64)
    spread = column.take(at).nunique()
    if spread > FEW * HEAD_ROWS and column.iloc[: 20 * HEAD_ROWS].nunique() > 10 * HEAD_ROWS:
        return column
    codes, distinct = pd.factorize(column, use_na_sentinel=True)
    return pd.Series(pd.Categorical.from_codes(codes, categories=pd.Index(distinct)))
