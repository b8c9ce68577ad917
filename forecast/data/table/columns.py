"""Which column is the time, which the id and which the target: named by the user or found."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd

from forecast.data.arrays import IntArray
from forecast.data.file.dialect import Decimal
from forecast.data.file.likely import is_customary, likely_target
from forecast.data.file.numerals import is_doubtful
from forecast.data.file.raw import UNNAMED, RawTable
from forecast.data.file.values import (
    Kind,
    as_floats,
    is_datetime,
    is_number,
    line_of,
    numbered,
    sample,
)
from forecast.data.times.dates import looks_like_dates
from forecast.errors import SchemaError, UsageError

Layout: TypeAlias = Literal["auto", "long", "wide", "rows"]
ID_NAMES = ("unique_id", "item_id", "series_id", "series")
INDEX_NAMES = (UNNAMED, "unnamed: 0", "rownames")
ALL = ("all",)
SHOWN = 12
MAJORITY = 0.5


@dataclass(frozen=True)
class ColumnChoice:
    """What the user said about the columns; an empty tuple leaves the choice open.

    Parameters
    ----------
    target : tuple of str
        Columns to forecast; ``("all",)`` takes every numeric column.
    time : tuple of str
        The time column, or several that make up the time together (date and hour).
    id : tuple of str
        The columns that name a series; several are joined with a slash.
    layout : str
        ``long``: a row per series and time; ``wide``: a column per series; ``rows``: a row per
        series, an id and then its values; ``auto``: as the file looks.
    optional : tuple of str
        Targets that the file need not have, as long as it has one.
    past, future, static : tuple of str
        Covariates: columns that are no target.
    targetless : bool
        The file has no target: it says what is known of the steps ahead.
    """

    target: tuple[str, ...] = ()
    time: tuple[str, ...] = ()
    id: tuple[str, ...] = ()
    layout: Layout = "auto"
    optional: tuple[str, ...] = ()
    past: tuple[str, ...] = ()
    future: tuple[str, ...] = ()
    static: tuple[str, ...] = ()
    targetless: bool = False

    def targets_of(self, raw: RawTable) -> tuple[str, ...]:
        """Targets to look for in a file."""
        absent = {label for label in self.optional if label not in raw.columns}
        return tuple(label for label in self.target if label not in absent) or self.target

    @property
    def covariates(self) -> tuple[str, ...]:
        """All covariates."""
        return (*self.past, *self.future, *self.static)


@dataclass(frozen=True)
class Columns:
    """The columns that were used; a tuple is empty where there is none.

    Parameters
    ----------
    time, id, target : tuple of str
        Names of the columns.
    layout : str
        ``long``, ``wide`` or ``rows``.
    time_format : tuple of str
        How each time column is written, in the language of `forecast.data.times.written`.
    order : tuple of str
        All of these columns, as the file has them from left to right.
    decimal : str
        The decimal mark that was found; ``auto`` where numbers are plain.
    """

    time: tuple[str, ...]
    id: tuple[str, ...]
    target: tuple[str, ...]
    layout: Layout = "long"
    time_format: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    decimal: Decimal = "auto"


def kinds_of(raw: RawTable) -> dict[str, Kind]:
    """Judge what each column holds by a sample of its values."""
    return {label: _kind(column) for label, column in raw.columns.items()}


def _kind(column: pd.Series) -> Kind:
    if is_datetime(column):
        return "date"
    some = sample(column)
    if some.empty:
        return "empty"
    if looks_like_dates(some):
        return "date"
    if is_number(column):
        return "number"
    doubtful = np.array([is_doubtful(str(cell)) for cell in some], dtype=np.bool_)
    readable = float((doubtful | ~np.isnan(as_floats(some))).mean())
    return "number" if readable >= MAJORITY else "text"


def require_known(raw: RawTable, choice: ColumnChoice) -> None:
    """Refuse a named column that the file does not have, with the nearest that it has.

    Raises
    ------
    SchemaError
        If a column is unknown.
    UsageError
        If one column is given two roles.
    """
    targets = () if _wants_all(raw, choice) else choice.targets_of(raw)
    roles: dict[str, str] = {}
    for flag, labels in (
        ("--time", choice.time),
        ("--id", choice.id),
        ("--target", targets),
        ("--past-covariates", choice.past),
        ("--future-covariates", choice.future),
        ("--static-covariates", choice.static),
    ):
        for label in labels:
            if label not in raw.columns:
                raise _unknown(label, flag, raw)
            if roles.setdefault(label, flag) != flag:
                raise UsageError(
                    f"column {label!r} was given as {roles[label]} and as {flag}",
                    location=raw.name,
                    fix=f"name another column for {flag}: the columns are {listed(raw.columns)}",
                )


def _wants_all(raw: RawTable, choice: ColumnChoice) -> bool:
    if not choice.target:
        return choice.layout == "wide"
    return choice.target == ALL and "all" not in raw.columns


def _unknown(label: str, flag: str, raw: RawTable) -> SchemaError:
    lowered = {known.lower(): known for known in raw.columns}
    close = difflib.get_close_matches(label.lower(), lowered, n=1, cutoff=0.5)
    hint = f"did you mean {flag} {quoted([lowered[close[0]]])}? " if close else ""
    return SchemaError(
        f"there is no column {label!r}",
        location=raw.name,
        fix=f"{hint}the columns are {listed(raw.columns)}",
    )


def known_id(raw: RawTable, choice: ColumnChoice) -> tuple[str, ...]:
    """Id columns that need no search: named by the user, or by a customary name."""
    if choice.id:
        return choice.id
    taken = {*choice.time, *choice.target, *choice.covariates}
    return tuple(
        label for label in raw.columns if label.lower() in ID_NAMES and label not in taken
    )[:1]


def id_codes(raw: RawTable, labels: tuple[str, ...]) -> tuple[IntArray, tuple[str, ...]]:
    """Number the series of each row.

    Parameters
    ----------
    raw : RawTable
        The file.
    labels : tuple of str
        One or several id columns.

    Returns
    -------
    codes : array of shape (T,)
        Index of the row's series in the names.
    names : tuple of str
        Sorted, so that the order of rows in the file does not matter.

    Raises
    ------
    SchemaError
        If a cell of an id column is empty.
    """
    parts = []
    for label in labels:
        text = _as_id(raw.columns[label])
        empty = np.flatnonzero((text.isna() | (text == "")).to_numpy(dtype=np.bool_))
        if len(empty):
            raise SchemaError(
                f"{'1 row has' if len(empty) == 1 else f'{len(empty)} rows have'} no id "
                f"(first: {line_of(raw.name, int(raw.rows[empty[0]]))})",
                location=f"{raw.name}, column {label!r}",
                fix="fill the column, or name another one with --id",
            )
        parts.append(numbered(text))
    codes, names = parts[0]
    for more_codes, more_names in parts[1:]:
        joined, pairs = pd.factorize(codes * len(more_names) + more_codes, sort=True)
        names = [
            f"{names[pair // len(more_names)]}/{more_names[pair % len(more_names)]}"
            for pair in pairs
        ]
        codes = joined.astype(np.int64)
    return _by_name(codes, names)


def _by_name(codes: IntArray, names: list[str]) -> tuple[IntArray, tuple[str, ...]]:
    """Order series by name; names that coincide after joining become one series."""
    merged = sorted(set(names))
    if merged == names:
        return codes, tuple(names)
    place = {name: position for position, name in enumerate(merged)}
    renumber = np.array([place[name] for name in names], dtype=np.int64)
    return renumber[codes], tuple(merged)


def _as_id(column: pd.Series) -> pd.Series:
    if is_number(column):
        whole = column.to_numpy(dtype=np.float64, na_value=np.nan)
        if bool((whole == np.floor(whole)).all()):
            return column.astype("int64").astype("str")
    return column if isinstance(column.dtype, pd.CategoricalDtype) else column.astype("str")


def find_target(
    raw: RawTable, choice: ColumnChoice, kinds: Mapping[str, Kind], taken: Iterable[str]
) -> tuple[str, ...]:
    """Target columns: named, or the only numeric column, or the one called y.

    Raises
    ------
    SchemaError
        If no column is numeric.
    UsageError
        If several columns could be the target.
    """
    if choice.targetless:
        return ()
    if choice.target and not _wants_all(raw, choice):
        return tuple(dict.fromkeys(choice.targets_of(raw)))
    used = {*taken, *choice.covariates}
    numeric = [
        label
        for label, kind in kinds.items()
        if label not in used and (kind == "number" or _is_count_like_date(raw, label, kind))
    ]
    if len(numeric) > 1:
        numeric = [label for label in numeric if label.lower() not in INDEX_NAMES]
    if not numeric:
        raise _no_numbers(raw, kinds, used)
    if not _wants_all(raw, choice):
        _refuse_unread(raw, kinds, used, numeric)
    if _wants_all(raw, choice) or len(numeric) == 1:
        return tuple(numeric)
    named_y = [label for label in numeric if label.lower() == "y"]
    if len(named_y) == 1:
        return tuple(named_y)
    measured = [
        label for label in numeric if is_customary(label) or not _counts_rows(raw.columns[label])
    ] or numeric
    likely = likely_target(measured)
    best = quoted([_one(likely, measured)])
    raise UsageError(
        f"{len(numeric)} columns could be the target: {listed(numeric)}",
        location=raw.name,
        fix=f"choose one, such as --target {best}, or take each with --target all",
        mend={"data.target": likely},
    )


def _one(likely: tuple[str, ...], labels: Sequence[str]) -> str:
    """Return the likely column of some; the last where all are alike."""
    return labels[-1] if likely == ALL else likely[0]


def _counts_rows(column: pd.Series) -> bool:
    values = column.to_numpy(dtype=np.float64) if is_number(column) else as_floats(column)
    return bool((np.diff(values) == 1).all())


def _no_numbers(raw: RawTable, kinds: Mapping[str, Kind], used: set[str]) -> SchemaError:
    """Return the refusal of a file without numbers, with what stands in their place."""
    found = ", ".join(f"{label} ({kind})" for label, kind in list(kinds.items())[:SHOWN])
    cells = {
        label: str(sample(raw.columns[label]).iloc[0])
        for label, kind in kinds.items()
        if kind == "text" and label not in used
    }
    nearly = {label: cell for label, cell in cells.items() if any(map(str.isdigit, cell))} or cells
    fix = "add a column of numbers"
    if nearly:
        label = _one(likely_target(list(nearly)), list(nearly))
        fix = f"write plain numbers in the column to forecast: {label!r} holds {nearly[label]!r}"
    return SchemaError(
        f"there is no numeric column to forecast among {len(kinds)}: {found}",
        location=raw.name,
        fix=fix,
    )


def _refuse_unread(
    raw: RawTable, kinds: Mapping[str, Kind], used: set[str], numeric: list[str]
) -> None:
    """Refuse a file whose column to forecast, by its name, holds what are almost numbers."""
    if any(map(is_customary, numeric)):
        return
    for label, kind in kinds.items():
        if kind != "text" or label in used or not is_customary(label):
            continue
        cells = [str(cell) for cell in pd.unique(sample(raw.columns[label]))]
        if all(any(map(str.isdigit, cell)) for cell in cells):
            raise SchemaError(
                f"column {label!r} has the name of what is forecast, and {cells[0]!r} is no number",
                location=raw.name,
                fix=f"write plain numbers in it, or pass --target {quoted(numeric[-1:])}",
                mend={"data.target": likely_target(numeric)},
            )


def _is_count_like_date(raw: RawTable, label: str, kind: Kind) -> bool:
    """Numbers that also read as dates (20240131) and are not the time after all."""
    return kind == "date" and is_number(raw.columns[label])


def listed(labels: Iterable[str]) -> str:
    """Quote names for a message, at most ``SHOWN`` of them."""
    every = [repr(label) for label in labels]
    rest = f" and {len(every) - SHOWN} more" if len(every) > SHOWN else ""
    return ", ".join(every[:SHOWN]) + rest


def quoted(labels: Iterable[str]) -> str:
    """Write names as a shell takes them."""
    return " ".join(label if label.isidentifier() else f'"{label}"' for label in labels)
