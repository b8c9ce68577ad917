"""Several rows made one: rows of equal time, and the rows of one coarser step."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from pandas.tseries.frequencies import to_offset

from forecast.data.arrays import BoolArray, FloatArray, IntArray
from forecast.data.table.beside import cell_column
from forecast.data.table.frequency import EXAMPLES, RENAMED
from forecast.data.table.read import Table
from forecast.data.table.repair import duplicated
from forecast.data.table.treatment import Aggregate
from forecast.data.times.moments import shown
from forecast.errors import DataError, UsageError

# Labelled by pandas with the last day of what they gather; all other steps with its first moment.
ENDS = ("W", "ME", "QE", "YE", "BME", "BQE", "BYE")
USUAL = 0.9
"""Share of the periods that leave no more of their time empty than is usual."""


def merge_duplicates(table: Table, how: Aggregate) -> Table:
    """Make one row of the rows of one series and time; missing values are passed over.

    Of covariates the mean is taken, and of categories the last word.

    Parameters
    ----------
    table : Table
        Sorted by series and time.
    how : str
        ``mean``, ``sum``, ``first``, ``last`` (in the order of the file) or ``max``.
    """
    again = duplicated(table)
    if not again.any():
        return table
    merged = _merged(table, ~again, how)
    count = int((again | np.append(again[1:], [False])).sum())
    note = (
        f"{count} rows share their series and time with another: the {how} of each was taken, "
        f"{len(table.frame):,} rows became {len(merged):,}"
    )
    return replace(table, frame=merged, notes=(*table.notes, note))


def _merged(table: Table, begins: BoolArray, how: Aggregate) -> pd.DataFrame:
    """One row for each stretch of rows that begins where ``begins`` says."""
    stretch = np.cumsum(begins) - 1
    grouped = pd.Series(table.frame["y"].to_numpy()).groupby(stretch)
    y = grouped.sum(min_count=1) if how == "sum" else grouped.agg(how)
    kept = table.frame[begins].reset_index(drop=True).assign(y=y.to_numpy())
    for place, column in enumerate(table.covariates):
        cells = pd.Series(table.frame[cell_column(place)].to_numpy()).groupby(stretch)
        kept[cell_column(place)] = (cells.last() if column.words else cells.mean()).to_numpy()
    return kept


def resample(table: Table, step: str, how: Aggregate) -> tuple[Table, str]:
    """Gather the rows of each series into steps; a first or last one that is not whole is dropped.

    A step counts as whole when the rows in it leave no more of its time empty, before the first or
    after the last, than nine in ten of the other steps do.

    Parameters
    ----------
    table : Table
        Sorted by series and time, without duplicates.
    step : str
        A pandas offset alias, old spellings included.
    how : str
        ``mean``, ``sum``, ``first``, ``last`` or ``max`` of the values in a step.

    Returns
    -------
    tuple of Table and str
        The stamps are those of the steps; the alias as pandas writes it.

    Raises
    ------
    UsageError
        If the alias is unknown or rows are only counted.
    DataError
        If no whole step remains.
    """
    alias = _alias(table, step)
    distinct = pd.DatetimeIndex(table.frame["ds"].drop_duplicates().sort_values())
    sizes = pd.Series(1, index=distinct).resample(alias).count()
    labels = pd.DatetimeIndex(sizes.index)
    bins = np.repeat(np.arange(len(labels), dtype=np.int64), sizes.to_numpy())
    bins = bins[distinct.get_indexer(pd.DatetimeIndex(table.frame["ds"]))]
    codes = table.frame["unique_id"].cat.codes.to_numpy()
    begins = (np.diff(codes, prepend=-1) != 0) | (np.diff(bins, prepend=-1) != 0)
    merged = _merged(table, begins, how)
    bins = bins[begins]
    merged["ds"] = labels[bins]
    stamps = pd.DatetimeIndex(table.frame["ds"])
    last = np.append(begins[1:], [True])
    edges = _edges(labels, alias)
    late = _partial(merged, _microseconds(stamps[begins] - edges[bins]), table, end=0)
    short = _partial(merged, _microseconds(edges[bins + 1] - stamps[last]), table, end=-1)
    partial = late | short
    notes = [
        *table.notes,
        f"resampled to {alias} by {how}: {len(table.frame):,} rows became {(~partial).sum():,}",
        *_dropped("first", "whole", merged, late),
        *_dropped("last", "over", merged, short),
    ]
    whole = merged[~partial].reset_index(drop=True)
    if whole.empty:
        raise DataError(
            f"no whole step of {alias} remains of {len(table.frame)} rows",
            location=table.name,
            fix="pass a finer --resample",
        )
    return replace(table, frame=whole, notes=tuple(notes)), alias


def _alias(table: Table, step: str) -> str:
    if table.time_kind != "datetime":
        raise UsageError(
            f"--resample {step} needs dates, and the rows are only counted",
            location=table.name,
            fix="name the column of dates with --time, or leave --resample out",
        )
    unit = step.strip()
    try:
        offset = to_offset(RENAMED.get(unit, unit))
        pd.Series(1, index=pd.DatetimeIndex(["2024-01-01"])).resample(offset)
    except (ValueError, TypeError) as error:
        raise UsageError(
            f"{step!r} is not a step to resample to",
            location="data.resample",
            fix=f"write one of {EXAMPLES}",
        ) from error
    return str(offset.freqstr)


def _dropped(which: str, what: str, merged: pd.DataFrame, partial: BoolArray) -> list[str]:
    """Say which steps at one end of the series are dropped."""
    if not partial.any():
        return []
    count, at = int(partial.sum()), int(np.argmax(partial))
    whose = f"the {which} step is" if count == 1 else f"the {which} step of {count} series is"
    return [f"{whose} not {what}: dropped ({shown(merged['ds'].iloc[at])})"]


def _edges(labels: pd.DatetimeIndex, alias: str) -> pd.DatetimeIndex:
    """Moments between the steps, from where the first begins to where the last is over."""
    offset = to_offset(alias)
    if offset.rule_code.split("-")[0] in ENDS:
        before = pd.date_range(end=labels[-1], periods=len(labels) + 1, freq=offset)
        return before.normalize() + pd.DateOffset(days=1)  # a day by the clock, of 23 hours too
    return pd.date_range(labels[0], periods=len(labels) + 1, freq=offset)


def _microseconds(spans: pd.TimedeltaIndex) -> FloatArray:
    return np.asarray(spans / pd.Timedelta("1us"), dtype=np.float64)


def _partial(merged: pd.DataFrame, empty: FloatArray, table: Table, *, end: int) -> BoolArray:
    """Which rows are at one end of their series and leave more time empty there than is usual."""
    codes = merged["unique_id"].cat.codes.to_numpy()
    changes = np.diff(codes) != 0
    outer = np.append([True], changes) if end == 0 else np.append(changes, [True])
    others = empty[~outer]
    usual = float(np.quantile(others, USUAL, method="higher")) if len(others) else 0.0
    between = table.frame["ds"].dt.as_unit("us").astype("int64").to_numpy()
    same = np.diff(table.frame["unique_id"].cat.codes.to_numpy()) == 0
    steps: IntArray = np.diff(between)[same]
    typical = float(np.median(steps)) if len(steps) else np.inf
    partial: BoolArray = outer & (empty > max(usual, typical))
    return partial
