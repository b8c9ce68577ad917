"""A file of forecasts, as ``predict`` or a run folder wrote it, laid beside what happened."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import numpy as np
import pandas as pd

from forecast.data.arrays import FloatArray, IntArray
from forecast.data.load import Reading
from forecast.data.times.clock import CalendarClock, CountClock
from forecast.errors import DataError, InputNotFoundError, SchemaError
from forecast.models.intervals import interval_columns

KEYS = ("unique_id", "ds")
BESIDE = ("cutoff", "y", "sample")
SPREAD = re.compile(r"-(lo|hi|q)-[0-9.e+-]+$")
COUNTED = re.compile(r"[+-]?\d+")
OFFSET = re.compile(r"(?:Z|[+-]\d\d(?::?\d\d)?)$")  # of an hour from UTC, behind a time
FLAG = "flag --forecasts"


@dataclass(frozen=True, eq=False)
class Written:
    """Forecasts of a file.

    Parameters
    ----------
    frame : DataFrame
        ``unique_id`` and ``ds`` as text, numbers as numbers.
    models : tuple of str
        Columns of forecasts; the first is the one that is judged.
    levels : tuple of float
        Of the intervals of the first, in percent.
    quantiles : tuple of float
        Levels of the quantiles of the first, ascending.
    cutoffs : int
        From how many moments they were made.
    """

    frame: pd.DataFrame
    models: tuple[str, ...]
    levels: tuple[float, ...]
    cutoffs: int
    quantiles: tuple[float, ...] = ()


def read_forecasts(source: Path | TextIO | pd.DataFrame) -> Written:
    """Read a file of forecasts.

    Raises
    ------
    InputNotFoundError
        If it is not there.
    SchemaError
        If it is no such file.
    """
    text = _text(source)
    if text.empty:
        raise SchemaError(
            "the forecasts cannot be scored: there are none, no row stands below the header",
            location=FLAG,
            fix="give what 'forecast predict' writes: unique_id, ds and a column for each model",
        )
    lacking = [name for name in KEYS if name not in text.columns]
    names = [str(name) for name in text.columns if name not in (*KEYS, *BESIDE)]
    models = tuple(name for name in names if not SPREAD.search(name))
    if lacking or not models or "sample" in text.columns:
        what = f"it has no column {lacking[0]!r}" if lacking else "no column holds forecasts"
        if "sample" in text.columns:
            what = "they are sample paths"
        raise SchemaError(
            f"the forecasts cannot be scored: {what}",
            location=FLAG,
            fix="give what 'forecast predict' writes: unique_id, ds and a column for each model",
        )
    frame = pd.DataFrame({name: text[name].astype(str) for name in KEYS})
    for name in names:
        frame[name] = _numbers(text[name], name)
    twice = text.duplicated([*KEYS, *(["cutoff"] if "cutoff" in text.columns else [])])
    if twice.any():
        first = frame[twice].iloc[0]
        raise SchemaError(
            f"{int(twice.sum())} forecasts are there twice (first: {first['unique_id']!r}, "
            f"{first['ds']})",
            location=FLAG,
            fix="leave one of each",
        )
    cutoffs = int(text["cutoff"].nunique()) if "cutoff" in text.columns else 1
    return Written(frame, models, _levels(names, models[0]), cutoffs, _shares(names, models[0]))


def _text(source: Path | TextIO | pd.DataFrame) -> pd.DataFrame:
    if isinstance(source, pd.DataFrame):
        return source
    try:
        return pd.read_csv(source, dtype=str, keep_default_na=False)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputNotFoundError(
            f"cannot read {str(source)!r}: {reason}",
            location=FLAG,
            fix="name a file that 'forecast predict --output FILE' wrote",
        ) from error
    except ValueError as error:  # empty, ragged, or not text
        raise SchemaError(
            f"the forecasts are not a CSV file: {error}",
            location=FLAG,
            fix="give what 'forecast predict' writes",
        ) from error


def _numbers(column: pd.Series, name: str) -> pd.Series:
    """Numbers of a column; an empty cell is missing."""
    found = pd.to_numeric(column.replace("", np.nan), errors="coerce").astype(np.float64)
    odd = found.isna() & column.notna() & (column.astype(str).str.strip() != "")
    if odd.any():
        raise SchemaError(
            f"column {name!r} of the forecasts holds {column[odd].iloc[0]!r}, which is no number",
            location=FLAG,
            fix="write plain numbers with a point",
        )
    return found


def _levels(names: Sequence[str], model: str) -> tuple[float, ...]:
    """Levels of which both ends are there."""
    found = (re.fullmatch(rf"{re.escape(model)}-lo-([0-9.]+)", name) for name in names)
    levels = (float(match[1]) for match in found if match)
    return tuple(level for level in levels if set(interval_columns(model, level)) <= set(names))


def _shares(names: Sequence[str], model: str) -> tuple[float, ...]:
    """Levels of the quantiles that are there."""
    found = (re.fullmatch(rf"{re.escape(model)}-q-(0?[.][0-9]+)", name) for name in names)
    return tuple(sorted(float(match[1]) for match in found if match))


def beside_actuals(written: Written, reading: Reading) -> tuple[FloatArray, list[str]]:
    """Find what happened beside each forecast.

    Series meet by name, or, where there is one on either side, whatever they are called. Rows meet
    by time; where nothing dates the actual values, they are taken in the order of the forecasts.

    Returns
    -------
    y : array of shape (R,)
        nan where the actual values have no such row.
    notes : list of str

    Raises
    ------
    DataError
        If no series or no row is in both.
    """
    panel, frame = reading.panel, written.frame
    notes = []
    place = {name: index for index, name in enumerate(panel.unique_ids)}
    ids = frame["unique_id"].unique()
    if len(ids) == len(place) == 1 and ids[0] not in place:
        notes.append(f"series {panel.unique_ids[0]!r} is taken for {ids[0]!r}, each being the one")
        place = {ids[0]: 0}
    strangers = [name for name in ids if name not in place]
    if len(strangers) == len(ids):
        raise DataError(
            f"no series of the forecasts is in the actual values (first: {ids[0]!r}; they have "
            f"{panel.unique_ids[0]!r})",
            location="flag --actuals",
            fix="name the series alike in both files",
        )
    if strangers:
        few = f"{len(strangers)} of {len(ids)} series of the forecasts have"
        notes.append(f"{few} no actual values (first: {strangers[0]!r}): not judged")
    found = frame["unique_id"].map(place).fillna(-1)
    series: IntArray = np.asarray(found, dtype=np.int64)
    rows, said = _rows(written, reading, series)
    local = rows - panel.first[series]
    inside = (series >= 0) & (local >= 0) & (local < panel.lengths[series])
    if not inside.any():
        first = panel.clock.label(0, int(panel.first[0]))
        last = panel.clock.label(0, panel.length - 1)
        raise DataError(
            f"no forecast has an actual value beside it: forecasts from {frame['ds'].iloc[0]} to "
            f"{frame['ds'].iloc[-1]}, actual values from {first} to {last}",
            location="flag --actuals",
            fix="give the values of the times that were forecast",
        )
    source = np.where(inside, local + panel.offsets[:-1][series], 0)
    return np.where(inside, panel.values[source], np.nan), [*notes, *said]


def _rows(written: Written, reading: Reading, series: IntArray) -> tuple[IntArray, list[str]]:
    """Grid row of each forecast, -1 where there is none."""
    panel, clock, frame = reading.panel, reading.panel.clock, written.frame
    if isinstance(clock, CountClock):
        if not reading.columns.time:
            if written.cutoffs > 1:
                raise DataError(
                    f"nothing dates the actual values, and the forecasts are of {written.cutoffs} "
                    "cutoffs",
                    location="flag --actuals",
                    fix="give actual values with a column of times",
                )
            order = frame.groupby("unique_id", sort=False).cumcount().to_numpy(np.int64)
            said = "nothing dates the actual values: taken in the order of the forecasts"
            return panel.first[series] + order, [said]
        if not frame["ds"].str.fullmatch(COUNTED).all():
            raise _other_kind("dates", "counts")
        ahead = frame["ds"].astype(np.int64).to_numpy() - clock.last[series]
        whole = ahead % clock.step == 0
        return np.where(whole, clock.length - 1 + ahead // clock.step, -1), []
    if frame["ds"].str.fullmatch(COUNTED).all():
        raise _other_kind("counts", "dates")
    return _dated(frame["ds"], clock, panel.length), []


def _dated(column: pd.Series, clock: CalendarClock, length: int) -> IntArray:
    """Grid row of each stamp, -1 where it is on no row."""
    zone = clock.origin.tz
    if zone is not None and not column.str.contains(OFFSET).all():
        raise _other_kind("times without a zone", "times with one")
    try:
        stamps = pd.DatetimeIndex(pd.to_datetime(column, utc=zone is not None, format="ISO8601"))
    except ValueError as error:
        raise SchemaError(
            f"column 'ds' of the forecasts is not readable: {error}",
            location=FLAG,
            fix="write times in ISO 8601, such as 2024-06-30 12:00:00",
        ) from error
    if zone is None and stamps.tz is not None:
        raise _other_kind("times with a zone", "times without")
    grid = clock.grid(length)
    found: IntArray = grid.get_indexer(stamps.tz_convert(zone) if zone else stamps)
    return found.astype(np.int64)


def _other_kind(have: str, other: str) -> DataError:
    return DataError(
        f"the forecasts are of {have} and the actual values have {other}",
        location="flag --actuals",
        fix="write the times alike in both files",
    )
