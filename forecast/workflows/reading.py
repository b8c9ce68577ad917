"""The ``data`` section of a configuration, turned into a panel."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TextIO, TypeAlias

from forecast.config.schema import DataConfig
from forecast.data.columns import ColumnChoice
from forecast.data.load import Reading, read_panel

if TYPE_CHECKING:
    import pandas as pd

Source: TypeAlias = "str | Path | TextIO | pd.DataFrame"


def read_data(source: Source, data: DataConfig) -> Reading:
    """Read ``source`` as the ``data`` section says."""
    choice = ColumnChoice(data.target, data.time, data.id)
    return read_panel(source, columns=choice, freq=data.freq)


def source_name(source: Source, reading: Reading) -> str:
    """Return the data as a command would name them."""
    return str(source) if isinstance(source, (str, Path)) else reading.name
