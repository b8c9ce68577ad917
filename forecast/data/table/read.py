"""The door: any table of observations becomes one long, sorted table with three meanings.

unique_id   which series        (categorical; the categories are in the order of the panel)
ds          when                (stamps, or counts)
y           how much            (nan where the file says nothing)
row         where in the file   (for messages; the header is row 1)
covariate i further columns     (numbers, or codes of words)
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from forecast.data.arrays import BoolArray, FloatArray, IntArray
from forecast.data.covariates import Covariate
from forecast.data.file.dialect import Dialect
from forecast.data.file.parse import decimal_said
from forecast.data.file.raw import AS_FOUND, RawTable, Source, read_raw
from forecast.data.file.values import Kind, first_repeated, is_number, missing, numbers
from forecast.data.table.beside import cell_column, read_beside
from forecast.data.table.columns import (
    ID_NAMES,
    ColumnChoice,
    Columns,
    Layout,
    find_target,
    id_codes,
    kinds_of,
    known_id,
    quoted,
    require_known,
)
from forecast.data.table.layout import holds_rows, refuse_turned, stack_rows
from forecast.data.table.timeline import TimeKind, Timeline, find_time
from forecast.data.times.hint import Hint
from forecast.data.times.written import time_formats
from forecast.errors import SchemaError

KEY_COLUMNS = 3
HOUR_NAMES = ("hr", "hour", "he", "hour_ending", "stunde", "heure", "hora")
KEY_CANDIDATES = 8
MOSTLY = 20
SHARED = 0.1  # of the rows have a time that another series has: fewer may be duplicates
NEARLY_ALL = 0.9
"""A key of text columns leaves at most one in so many rows of equal time: those are duplicates."""


@dataclass(frozen=True, eq=False)
class Table:
    """A file, understood: one row per series and time, sorted by both.

    Parameters
    ----------
    frame : DataFrame
        Columns ``unique_id``, ``ds``, ``y`` and ``row``; see the module.
    time_kind : str
        ``datetime``, ``integer`` or ``none``.
    columns : Columns
        The columns that were used.
    name : str
        The file, for messages.
    n_rows : int
        Rows of the file.
    notes : tuple of str
        What the user should know about how the file was read.
    hint : Hint or None
        What would make the stamps unique, when they are not.
    covariates : tuple of Covariate
        What the further columns of the frame are.
    """

    frame: pd.DataFrame
    time_kind: TimeKind
    columns: Columns
    name: str
    n_rows: int
    notes: tuple[str, ...]
    hint: Hint | None = None
    covariates: tuple[Covariate, ...] = ()


def read_table(source: Source, *, columns: ColumnChoice, dialect: Dialect = AS_FOUND) -> Table:
    """Read a file or data frame and find its time, id and target.

    Parameters
    ----------
    source : path, str, stream, DataFrame or sequence of paths
        One file or several, or a frame, which is not changed.
    columns : ColumnChoice
        What the user said about the columns.
    dialect : Dialect
        What the user said about how the file is written.

    Raises
    ------
    InputNotFoundError
        If the path is not a readable file.
    SchemaError
        If a column is missing or holds an unreadable value; the message names the row.
    DataError
        If a value is infinite.
    UsageError
        If several columns could be the target.
    """
    raw = _raw(source, columns, dialect)
    require_known(raw, columns)
    kinds = kinds_of(raw)
    if holds_rows(raw, columns, kinds):
        return _rows(raw, columns)
    ids = columns.id if columns.layout == "wide" else known_id(raw, columns)
    time = find_time(raw, columns, kinds, ids)
    if time.kind != "datetime":
        refuse_turned(raw, columns, kinds)
    hint = None
    if not ids and time.kind != "none" and columns.layout != "wide":
        ids, hint = _find_id(raw, columns, kinds, time)
    targets = find_target(raw, columns, kinds, [*time.labels, *ids])
    wide = not ids and (len(targets) > 1 or columns.layout == "wide")
    formats: tuple[str, ...] = ()
    if time.kind == "datetime":
        formats = time_formats([raw.columns[label] for label in time.labels], time.ds)
    covariates, cells = read_beside(raw, columns, kinds)
    used = {*time.labels, *ids, *targets}
    order = tuple(label for label in raw.columns if label in used)
    layout: Layout = "wide" if wide else "long"
    frame = _long(raw, time, ids, targets, cells)
    return Table(
        frame=frame,
        time_kind=time.kind,
        columns=Columns(time.labels, ids, targets, layout, formats, order, decimal_said(raw.notes)),
        name=raw.name,
        n_rows=len(raw.rows),
        notes=(*raw.notes, *time.notes, *_spaced(frame["unique_id"].cat.categories)),
        hint=time.hint or hint,
        covariates=covariates,
    )


def _spaced(names: pd.Index) -> tuple[str, ...]:
    """Point out ids that look alike: they differ by nothing but spaces at their ends."""
    bare = pd.Series(names.str.strip())
    alike = np.flatnonzero(bare.duplicated(keep=False))
    if not len(alike):
        return ()
    one, other = names[bare == bare[alike[0]]][:2]
    what = f"{len(alike)} ids differ from another by spaces at their ends alone"
    return (f"{what} (first: {one!r} and {other!r}): they stay series of their own",)


def _raw(source: Source, columns: ColumnChoice, dialect: Dialect) -> RawTable:
    """Read the columns; ids stay text."""
    as_text = {*ID_NAMES, *columns.time, *columns.id}
    # where each row is a series, the first column is its id: 001 is text
    first = columns.layout == "rows" and not columns.id
    return read_raw(source, as_text=as_text, dialect=dialect, first_as_text=first)


def _rows(raw: RawTable, choice: ColumnChoice) -> Table:
    frame, columns, notes = stack_rows(raw, choice)
    return Table(
        frame=frame,
        time_kind="none",
        columns=replace(columns, decimal=decimal_said(raw.notes)),
        name=raw.name,
        n_rows=len(raw.rows),
        notes=(*raw.notes, *notes),
    )


def _find_id(
    raw: RawTable, choice: ColumnChoice, kinds: Mapping[str, Kind], time: Timeline
) -> tuple[tuple[str, ...], Hint | None]:
    """Find the one text column that tells rows of equal time apart, or a hint which would."""
    stamps = pd.factorize(time.ds)[0].astype(np.int64)
    again = _repeats(stamps, [])
    if not again:
        return (), None
    free = [
        label
        for label in raw.columns
        if label not in {*time.labels, *choice.target, *choice.covariates}
        and not _blank(raw.columns[label]).any()
    ]
    codes = {label: _codes(raw, label) for label in free if kinds[label] == "text"}
    single = [label for label in codes if not _repeats(stamps, [codes[label]])]
    several = again >= len(stamps) * SHARED
    if len(single) == 1 and (several or _follow(time.ds, codes[single[0]])):
        return (single[0],), None
    if len(single) > 1:
        text = f"name the id column: --id {quoted([single[0]])}"
        return (), Hint(text, {"data.id": (single[0],)}, several)
    numbered = [label for label in free if kinds[label] == "number"]
    hours = [label for label in numbered if label.lower() in HOUR_NAMES]
    if len(hours) == 1 and not _repeats(stamps, [_codes(raw, hours[0])]):
        both = (time.labels[0], hours[0])
        flags = " ".join(f"--time {quoted([label])}" for label in both)
        return (), Hint(f"join date and hour: {flags}", {"data.time": both})
    texts = dict(itertools.islice(codes.items(), KEY_CANDIDATES))
    key = _key(stamps, texts) or _key(stamps, texts, most=again // MOSTLY)
    if not key and (choice.target or len(numbered) > 1):  # the only one is what is measured
        more = itertools.islice(numbered, max(0, KEY_CANDIDATES - len(texts)))
        key = _key(stamps, {**texts, **{label: _codes(raw, label) for label in more}})
    if not key:
        return (), None
    flags = " ".join(f"--id {quoted([label])}" for label in key)
    text = f"name the columns that tell the series apart: {flags}"
    return (), Hint(text, {"data.id": key}, several)


def _follow(ds: pd.Series, codes: IntArray) -> bool:
    """Whether the rows of each group follow each other, as those of a series do."""
    place = pd.factorize(ds, sort=True)[0].astype(np.int64)
    order = np.lexsort((place, codes))
    steps = np.diff(place[order])[np.diff(codes[order]) == 0]
    return len(steps) > 0 and bool((steps == 1).mean() >= NEARLY_ALL)


def _codes(raw: RawTable, label: str) -> IntArray:
    codes: IntArray = pd.factorize(raw.columns[label])[0].astype(np.int64)
    return codes


def _blank(column: pd.Series) -> BoolArray:
    """Which cells are empty, shape (T,); an id may well be called NA."""
    empty = missing(column)
    if not empty.any() or is_number(column):
        return empty
    return empty & (column.astype("str").str.strip() == "").to_numpy(dtype=np.bool_)


def _key(stamps: IntArray, codes: Mapping[str, IntArray], most: int = 0) -> tuple[str, ...]:
    """Find the fewest columns that tell rows of equal time apart, but for at most so many."""
    # A key has few values, each often; a measurement has many.
    few = [label for label in codes if codes[label].max(initial=0) < len(stamps) / 2]
    for size in range(1, KEY_COLUMNS + 1):
        for labels in itertools.combinations(few, size):
            if _repeats(stamps, [codes[label] for label in labels]) <= most:
                return labels
    return ()


def _repeats(stamps: IntArray, groups: list[IntArray]) -> int:
    """Count the rows that have the time and the groups of a row before them."""
    key = stamps
    for codes in groups:
        key = pd.factorize(key)[0].astype(np.int64) * (int(codes.max(initial=0)) + 1) + codes
    return int(pd.Series(key).duplicated().sum())


def _long(
    raw: RawTable,
    time: Timeline,
    ids: tuple[str, ...],
    targets: tuple[str, ...],
    cells: tuple[FloatArray, ...],
) -> pd.DataFrame:
    """Stack the targets under each other: one row per series and time, sorted."""
    n_rows, n_targets = len(raw.rows), max(1, len(targets))
    if ids:
        codes, names = id_codes(raw, ids)
    else:
        codes, names = np.zeros(n_rows, dtype=np.int64), ("",)
    ds = _row_numbers(codes) if time.kind == "none" else time.ds
    order = _sorted_order(codes, ds)
    if order is not None:
        codes, ds = codes[order], ds.take(order)
    rows = raw.rows if order is None else raw.rows[order]
    values = []
    for label in targets:
        y = numbers(raw.columns[label], label=label, rows=raw.rows, name=raw.name)
        values.append(y if order is None else y[order])
    if ids and n_targets > 1:
        series = [f"{name}/{label}" for label in targets for name in names]
    else:
        series = list(names) if ids or not targets else list(targets)
    twice = first_repeated(series)
    if twice is not None:
        raise SchemaError(
            f"id and target columns give the name {twice!r} to two series",
            location=raw.name,
            fix="rename a target column",
        )
    further = {
        cell_column(place): column if order is None else column[order]
        for place, column in enumerate(cells)
    }
    if n_targets > 1:
        shift = np.repeat(np.arange(n_targets, dtype=np.int64) * len(names), n_rows)
        codes, rows = np.tile(codes, n_targets) + shift, np.tile(rows, n_targets)
        ds = pd.concat([ds] * n_targets)
        further = {label: np.tile(column, n_targets) for label, column in further.items()}
    y = np.concatenate(values) if n_targets > 1 else (values or [np.full(n_rows, np.nan)])[0]
    return pd.DataFrame(
        {
            "unique_id": pd.Categorical.from_codes(codes, categories=pd.Index(series, dtype="str")),
            "ds": ds.reset_index(drop=True),
            "y": y,
            "row": rows,
            **further,
        },
        copy=False,  # of long files one copy more is felt
    )


def _row_numbers(codes: IntArray) -> pd.Series:
    """Number the rows of each series from 0, in the order of the file."""
    return pd.Series(codes).groupby(codes).cumcount().astype("int64")


def _sorted_order(codes: IntArray, ds: pd.Series) -> IntArray | None:
    """Order that sorts by series and time, the file's order among equals; None if sorted."""
    instants = ds.astype("int64").to_numpy()
    later = codes[1:] > codes[:-1]
    same: BoolArray = (codes[1:] == codes[:-1]) & (instants[1:] >= instants[:-1])
    if bool((later | same).all()):
        return None
    return np.lexsort((instants, codes)).astype(np.int64)
