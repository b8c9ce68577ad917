"""Parquet files, by an optional library."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from forecast.data.file.dialect import MOST_BYTES
from forecast.errors import MissingExtraError, SchemaError


def read_parquet(path: Path, most: int | None) -> pd.DataFrame:
    """Read a Parquet file as a frame.

    Parameters
    ----------
    path : path
        The file.
    most : int or None
        Most bytes of its columns, unpacked; None for the usual cap.

    Raises
    ------
    MissingExtraError
        If the library is not installed.
    SchemaError
        If the file is damaged or too large.
    """
    try:
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile
    except ImportError as error:
        raise MissingExtraError(
            "Parquet files need the extra 'parquet', which is not installed",
            location=str(path),
            fix="pip install 'forecast-rnn[parquet]', or export the file as CSV",
        ) from error
    cap = most or MOST_BYTES
    try:
        with ParquetFile(path) as file:
            groups = range(file.metadata.num_row_groups)
            size = sum(file.metadata.row_group(group).total_byte_size for group in groups)
            if size > cap:
                raise SchemaError(
                    f"the columns take {size} bytes (at most {cap})",
                    location=str(path),
                    fix=f"allow more with --set data.max_bytes={size}",
                )
            frame: pd.DataFrame = file.read().to_pandas()
    except (ArrowException, OSError, ValueError, TypeError) as error:
        raise SchemaError(
            f"the Parquet file is damaged: {error}", location=str(path), fix="make it again"
        ) from error
    if not isinstance(frame.index, (pd.RangeIndex, pd.DatetimeIndex)):
        frame = frame.reset_index()
    return frame
