"""Read a file as ``train`` would, and where that refuses, as the flags would that mend it."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TextIO, cast

import pandas as pd

from forecast.config.data import DataConfig
from forecast.data.file.dialect import MOST_BYTES
from forecast.data.file.source import is_piped, open_file
from forecast.data.load import Reading
from forecast.data.sentinels import find_sentinels
from forecast.data.table.read import Table
from forecast.errors import ForecastError
from forecast.workflows.checking.calendar import suggest_calendar
from forecast.workflows.checking.finding import Finding
from forecast.workflows.checking.stray import suggest_without_stray
from forecast.workflows.reading import Source, place_data, read_file

MOST_SENTINELS = 4
PLACED = frozenset({"data.duplicates", "data.resample", "data.aggregate", "data.calendar"})
"""What is done with rows that were read already; any other key reads the file again."""


@dataclass(frozen=True, eq=False)
class Lenient:
    """A file, read.

    Parameters
    ----------
    table : Table
        The rows as they stand in the file.
    reading : Reading
        The panel made of them.
    data : DataConfig
        The ``data`` section that reads it: as asked for, with what mends it.
    findings : tuple of Finding
        What had to be mended.
    """

    table: Table
    reading: Reading
    data: DataConfig
    findings: tuple[Finding, ...]


def read_leniently(source: Source, data: DataConfig) -> Lenient:
    """Read ``source`` as ``data`` says, mending by flags what flags can mend.

    What the user said is never replaced.

    Raises
    ------
    ForecastError
        If the file is refused and no flag mends it.
    """
    source = rereadable(source, data.max_bytes)
    findings: list[Finding] = []
    table: Table | None = None
    while True:  # each mend changes a default, or is one of few sentinels
        try:
            table = table or read_file(rewound(source), data)
            reading = place_data(table, data)
        except ForecastError as error:
            if not _may_mend(data, error.mend):
                raise
            found = [Finding(_code(error.mend), "mend", error.message, error.fix, error.mend)]
        else:
            found = _suspicions(table, reading, data, findings)
            if not found:
                return Lenient(table, reading, data, tuple(findings))
        findings += found
        for one in found:
            data = _mended(data, one.settings)
            if not PLACED.issuperset(one.settings):
                table = None


def rereadable(source: Source, max_bytes: int | None) -> Source:
    """Keep the bytes of a stream or a pipe, so that it can be read again."""
    if isinstance(source, (str, Path)) and is_piped(Path(source)):
        with open_file(Path(source)) as pipe:
            return _kept(pipe, str(source), max_bytes)
    if isinstance(source, (str, Path, pd.DataFrame)) or not hasattr(source, "read"):
        return source
    stream = cast("TextIO | BinaryIO", source)
    return _kept(stream, str(getattr(stream, "name", "stream")).strip("<>"), max_bytes)


def _kept(stream: TextIO | BinaryIO, name: str, max_bytes: int | None) -> TextIO:
    inner = getattr(stream, "buffer", stream)
    content = inner.read((max_bytes or MOST_BYTES) + 1)  # one more, so that the cap is seen
    kept = _Kept(content.encode() if isinstance(content, str) else content)
    kept.name = name
    return cast("TextIO", kept)


def rewound(source: Source) -> Source:
    """Return the source at its beginning."""
    if isinstance(source, _Kept):
        source.seek(0)
    return source


class _Kept(io.BytesIO):
    """Bytes of a stream, with its name."""

    name = ""


def _suspicions(
    table: Table, reading: Reading, data: DataConfig, before: Sequence[Finding]
) -> list[Finding]:
    """Find what reads well and is likely not what is meant."""
    sentinels = sum(finding.code == "sentinel" for finding in before)
    found = [
        Finding(
            "sentinel",
            "mend",
            f"{sentinel.words}: it looks like a marker of missing values",
            f"pass --missing-values {sentinel.cell} if it means missing",
            {"data.missing_values": (*data.missing_values, sentinel.cell)},
        )
        for sentinel in find_sentinels(reading.panel)
        if sentinel.cell not in data.missing_values and sentinels < MOST_SENTINELS
    ]
    return found[:1] or suggest_without_stray(table, data) or suggest_calendar(table, reading, data)


def _may_mend(data: DataConfig, mend: Mapping[str, object]) -> bool:
    """Whether a mend is there and replaces nothing that the user said."""
    said = {key for key in mend if getattr(data, _name(key)) != _default(key)}
    return bool(mend) and not said


def _mended(data: DataConfig, mend: Mapping[str, object]) -> DataConfig:
    return data.model_copy(update={_name(key): value for key, value in mend.items()})


def _code(mend: Mapping[str, object]) -> str:
    """Name a finding after the key that mends it."""
    return _name(next(iter(mend)))


def _name(key: str) -> str:
    return key.partition(".")[2]


def _default(key: str) -> object:
    return DataConfig.model_fields[_name(key)].default
