"""The ``data`` section of a configuration, turned into a panel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, TypeAlias

from forecast.bundle.manifest import ColumnNames
from forecast.config.data import DataConfig
from forecast.data.file.dialect import AUTO, Dialect
from forecast.data.load import Reading, place_table, read_future, read_panel
from forecast.data.panel import Panel
from forecast.data.table.columns import ColumnChoice
from forecast.data.table.read import Table, read_table
from forecast.data.table.treatment import Treatment
from forecast.data.times.written import day_first

if TYPE_CHECKING:
    import pandas as pd

Source: TypeAlias = "str | Path | TextIO | pd.DataFrame | Sequence[str | Path]"


def read_data(source: Source, data: DataConfig) -> Reading:
    """Read ``source`` as the ``data`` section says."""
    return place_data(read_file(source, data), data)


def read_file(source: Source, data: DataConfig) -> Table:
    """Read the rows of ``source``: the first half of `read_data`."""
    return read_table(source, columns=_columns(data), dialect=_dialect(data))


def place_data(table: Table, data: DataConfig) -> Reading:
    """Make a panel of the rows that were read: the other half."""
    return place_table(table, freq=data.freq, treatment=treatment_of(data))


def read_newer(
    source: Source, data: DataConfig, *, written: ColumnNames, kinds: tuple[int, ...] = ()
) -> Reading:
    """Read rows for a model that was trained on a file read as the ``data`` section says.

    What shapes a series holds for the new rows, too: columns, layout, dialect, missing values,
    duplicates, steps and calendar. A decimal mark or an order of day and month that few new rows do
    not prove is that of the training file. ``since`` and ``until`` chose rows to train on and say
    nothing of newer ones. Of columns and series that were chosen by name those are taken that the
    file has; where it has none of the series, all of its own are.

    Parameters
    ----------
    written : ColumnNames
        How the training file was written.
    kinds : tuple of int
        Kinds of stamps of the observed calendar that the model was trained on.
    """
    return read_panel(
        source,
        columns=replace(_columns(data), optional=data.target if data.layout == "wide" else ()),
        dialect=_later_dialect(data, written),
        freq=data.freq,
        treatment=_later_treatment(data, kinds),
    )


def _later_dialect(data: DataConfig, written: ColumnNames) -> Dialect:
    dialect = _dialect(data)
    decimal = written.decimal if dialect.decimal == AUTO else dialect.decimal
    return replace(dialect, decimal=decimal, day_first=day_first(written.time_format))


def _later_treatment(data: DataConfig, kinds: tuple[int, ...]) -> Treatment:
    return replace(treatment_of(data), kinds=kinds, since=None, until=None, lenient=True)


def read_known(
    source: Source, data: DataConfig, *, written: ColumnNames, kinds: tuple[int, ...] = ()
) -> Panel:
    """Read what is known of the steps ahead: times, ids and future covariates, without a target.

    Parameters are those of `read_newer`.
    """
    return read_future(
        source,
        columns=replace(_columns(data), target=(), past=(), static=(), targetless=True),
        dialect=_later_dialect(data, written),
        freq=data.freq,
        treatment=_later_treatment(data, kinds),
    )


def _columns(data: DataConfig) -> ColumnChoice:
    return ColumnChoice(
        data.target,
        data.time,
        data.id,
        data.layout,
        past=data.past_covariates,
        future=data.future_covariates,
        static=data.static_covariates,
    )


def _dialect(data: DataConfig) -> Dialect:
    return Dialect(
        separator=data.separator,
        decimal=data.decimal,
        thousands=data.thousands,
        encoding=data.encoding,
        comment=data.comment,
        no_header=data.no_header,
        date_format=data.date_format,
        missing_values=data.missing_values,
        allow_truncated=data.allow_truncated,
        time_zone=data.time_zone,
        max_bytes=data.max_bytes,
    )


def treatment_of(data: DataConfig) -> Treatment:
    """What the ``data`` section says is to be done with the rows."""
    return Treatment(
        duplicates=data.duplicates,
        resample=data.resample,
        aggregate=data.aggregate,
        calendar=data.calendar,
        since=data.since,
        until=data.until,
        series=data.series,
        exclude=data.exclude,
        max_gap=data.max_gap,
    )


def source_name(source: Source, reading: Reading) -> str:
    """Return the data as a command would name them."""
    if isinstance(source, (str, Path)):
        return str(source)
    if isinstance(source, Sequence):
        return " ".join(map(str, source))
    return reading.name
