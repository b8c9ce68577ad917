"""Several rows made one: rows of equal time, and the rows of one coarser step."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from pandas.tseries.frequencies import to_offset

from forecast.data.arrays import BoolArray, IntArray
from forecast.data.frequency import EXAMPLES, RENAMED
from forecast.data.read import Table
from forecast.data.repair import duplicated, shown
from forecast.data.treatment import Aggregate
from forecast.errors import DataError, UsageError

# Labelled by pandas with the last day of what they gather; all other steps with its first moment.
ENDS = ("W", "ME", "QE", "YE", "BME", "BQE", "BYE")
USUAL = 0.9
"""Share of the periods that leave no more of their time empty than is usual."""


def merge_duplicates(table: Table, how: Aggregate) -> Table:
    """Make one row of the rows of one series and time; missing values are passed over.

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
        f"{len(table.frame)} rows became {len(merged)}"
    )
    return replace(table, frame=merged, notes=(*table.notes, note))


def _merged(table: Table, begins: BoolArray, how: Aggregate) -> pd.DataFrame:
    """One row for each stretch of rows that begins where ``begins`` says."""
    stretch = np.cumsum(begins) - 1
    grouped = pd.Series(table.frame["y"].to_numpy()).groupby(stretch)
    y = grouped.sum(min_count=1) if how == "sum" else grouped.agg(how)
    kept = table.frame[begins].reset_index(drop=True)
    return kept.assign(y=y.to_numpy())


def resample(table: Table, step: str, how: Aggregate) -> tuple[Table, str]:
    """Gather the rows of each series into steps; a last step that is not over is dropped.

    A step counts as over when the last row in it leaves no more of its time empty than nine in
    ten of the steps before do.

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
    last = np.append(begins[1:], [True])
    rest = _edges(labels, alias)[bins] - pd.DatetimeIndex(table.frame["ds"])[last]
    partial = _partial(merged, np.asarray(rest / pd.Timedelta("1us"), dtype=np.float64), table)
    notes = [
        *table.notes,
        f"resampled to {alias} by {how}: {len(table.frame)} rows became {(~partial).sum()}",
    ]
    if partial.any():
        at = int(np.argmax(partial))
        count = int(partial.sum())
        whose = "the last step is" if count == 1 else f"the last step of {count} series is"
        notes.append(f"{whose} not over: dropped ({shown(merged['ds'].iloc[at])})")
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


def _edges(labels: pd.DatetimeIndex, alias: str) -> pd.DatetimeIndex:
    """Moment at which each step is over."""
    offset = to_offset(alias)
    if offset.rule_code.split("-")[0] in ENDS:
        return labels.normalize() + pd.Timedelta("1D")
    return pd.date_range(labels[0], periods=len(labels) + 1, freq=offset)[1:]


def _partial(merged: pd.DataFrame, rest: np.ndarray, table: Table) -> BoolArray:
    """Which rows are the last step of their series and leave more time empty than is usual."""
    codes = merged["unique_id"].cat.codes.to_numpy()
    last = np.append(np.diff(codes) != 0, [True])
    earlier = rest[~last]
    usual = float(np.quantile(earlier, USUAL, method="higher")) if len(earlier) else 0.0
    between = table.frame["ds"].dt.as_unit("us").astype("int64").to_numpy()
    same = np.diff(table.frame["unique_id"].cat.codes.to_numpy()) == 0
    steps: IntArray = np.diff(between)[same]
    typical = float(np.median(steps)) if len(steps) else np.inf
    partial: BoolArray = last & (rest > max(usual, typical))
    return partial
