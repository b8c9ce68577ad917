"""Forecasts as the training file would hold them: its columns, its layout, its way with times."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, TypeAlias

import pandas as pd

from forecast.bundle.manifest import ColumnNames
from forecast.data.times.written import ISO, write
from forecast.errors import UsageError

Names: TypeAlias = Literal["standard", "input"]
COUNTED = re.compile(r"(\D*)(\d+)")
WHEN, TARGET = "\0when", "\0target"  # beside columns of the file, which may have any name


def as_input(
    frame: pd.DataFrame, columns: ColumnNames, *, model: str, beside: Sequence[str] = ()
) -> pd.DataFrame:
    """Lay forecasts out as the training file was.

    Parameters
    ----------
    frame : DataFrame
        ``unique_id``, ``ds``, the model's column and others that begin like it; sorted by series.
    columns : ColumnNames
        How the training file was read.
    model : str
        Name of the model's column.
    beside : sequence of str
        Others to keep, such as ``<model>-lo-80``, which becomes ``<target>-lo-80``.

    Raises
    ------
    UsageError
        If ids of several columns cannot be told apart again.
    """
    if columns.layout == "rows":
        return _rows(frame, columns, model)
    suffixes = {name: name.removeprefix(model) for name in (model, *beside)}
    ids, targets = _split(frame["unique_id"], columns)
    keys, values = {**ids, WHEN: frame["ds"]}, {name: frame[name] for name in suffixes}
    tall = pd.DataFrame({**keys, TARGET: targets, **values})
    # a pivot table would average, and drop what is empty
    wide = tall.pivot(index=list(keys), columns=TARGET, values=list(values))  # noqa: PD010
    cells = [(name, target) for name in values for target in columns.target]
    wide = wide.reindex(columns=pd.MultiIndex.from_tuples(cells))
    wide.columns = pd.Index([f"{target}{suffixes[name]}" for name, target in cells])
    return _ordered(wide.reset_index(), columns, list(suffixes.values()))


def _split(unique_ids: pd.Series, columns: ColumnNames) -> tuple[dict[str, pd.Series], pd.Series]:
    """Values of the id columns, and which target each row is of."""
    distinct = list(dict.fromkeys(unique_ids))
    target_of = {name: _target_of(name, columns) for name in distinct}
    targets = unique_ids.map(target_of)
    if not columns.id:
        return {}, targets
    several = len(columns.target) > 1
    bare = {
        name: name.removesuffix(f"/{target_of[name]}") if several else name for name in distinct
    }
    if len(columns.id) == 1:
        return {columns.id[0]: unique_ids.map(bare)}, targets
    pieces = {name: tuple(bare[name].split("/")) for name in distinct}
    odd = [name for name in distinct if len(pieces[name]) != len(columns.id)]
    if odd:
        raise UsageError(
            f"series {odd[0]!r} cannot be taken apart into {len(columns.id)} id columns: its ids "
            "hold a slash themselves",
            location="flag --names",
            fix="leave out --names input",
        )
    split = {
        label: unique_ids.map({name: pieces[name][place] for name in distinct})
        for place, label in enumerate(columns.id)
    }
    return split, targets


def _target_of(name: str, columns: ColumnNames) -> str:
    if len(columns.target) == 1:
        return columns.target[0]
    if not columns.id:
        return name
    ends = [target for target in columns.target if name.endswith(f"/{target}")]
    return max(ends, key=len, default=columns.target[0])


def _ordered(table: pd.DataFrame, columns: ColumnNames, suffixes: list[str]) -> pd.DataFrame:
    """Write the times, and put all columns in the order of the file."""
    formats = columns.time_format or (None,) * len(columns.time)
    distinct = table[WHEN].drop_duplicates()
    for label, form in zip(columns.time, formats, strict=True):
        counted = form is None or distinct.dtype.kind in "iu"
        texts = distinct if counted else write(distinct, form or ISO)
        table[label] = table[WHEN].map(dict(zip(distinct, texts, strict=True)))
    order: list[str] = []
    for label in columns.order or (*columns.id, *columns.time, *columns.target):
        order += [f"{label}{suffix}" for suffix in suffixes if f"{label}{suffix}" in table]
    return table[order]


def _rows(frame: pd.DataFrame, columns: ColumnNames, model: str) -> pd.DataFrame:
    """One row for each series: its id, then its forecasts."""
    names = list(dict.fromkeys(frame["unique_id"]))
    cells = frame[model].to_numpy().reshape(len(names), -1)  # sorted by series
    label = columns.id[0]
    counted = COUNTED.fullmatch(label)
    prefix, start = (counted[1], int(counted[2])) if counted else ("", 0)
    wide = {f"{prefix}{start + 1 + step}": cells[:, step] for step in range(cells.shape[1])}
    return pd.DataFrame({label: names, **wide})
