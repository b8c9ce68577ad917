"""What the user may say about how a file is written; whatever is left open is found by evidence."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from forecast.errors import UsageError

Decimal: TypeAlias = Literal["auto", "point", "comma"]
AUTO = "auto"
NONE = "none"
SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
DECIMALS = {"point": ".", "comma": ","}
THOUSANDS = {
    "none": "",
    "comma": ",",
    "point": ".",
    "space": " \u00a0\u2009\u202f",
    "apostrophe": "'\u2019",
}
MOST_BYTES = 4 * 2**30  # text of one source, unpacked
MOST_LINE = 16 * 2**20  # bytes of one line
MOST_COLUMNS = 200_000
LEAST_UNPACKED = 256 * 2**20  # a small archive may grow to this
MOST_GROWTH = 200  # and a large one to so many times its size


@dataclass(frozen=True)
class Dialect:
    """How a file is written.

    Parameters
    ----------
    separator : str
        ``auto``, ``comma``, ``semicolon``, ``tab`` or ``pipe``.
    decimal : str
        Decimal mark: ``auto``, ``point`` or ``comma``.
    thousands : str
        Mark between groups of digits: ``auto``, ``none``, ``comma``, ``point``, ``space`` or
        ``apostrophe``.
    encoding : str
        ``auto`` or the name of an encoding, such as ``latin-1``.
    comment : str
        What a comment line begins with; ``auto`` is ``#`` where the line cannot be a row.
    no_header : bool
        Whether the first line is a row; the columns are then numbered.
    date_format : str
        ``auto``, a pattern such as ``%d.%m.%Y``, ``epoch``, ``epoch_ms``, ``excel`` (days of a
        spreadsheet) or ``none`` (there are no dates).
    missing_values : tuple of str
        Cells that count as missing beside the customary ones.
    allow_truncated : bool
        Whether a last line that was cut off is dropped instead of refused.
    time_zone : str
        ``auto`` or a name such as ``Europe/Paris``.
    max_bytes : int or None
        Most bytes of text; None for the caps of this module.
    day_first : bool or None
        Whether the day stands before the month in dates that do not tell; None refuses them.
    """

    separator: str = AUTO
    decimal: str = AUTO
    thousands: str = AUTO
    encoding: str = AUTO
    comment: str = AUTO
    no_header: bool = False
    date_format: str = AUTO
    missing_values: tuple[str, ...] = ()
    allow_truncated: bool = False
    time_zone: str = AUTO
    max_bytes: int | None = None
    day_first: bool | None = None

    def __post_init__(self) -> None:
        """Refuse a word that means nothing.

        Raises
        ------
        UsageError
            With the word and what may stand in its place.
        """
        for key, words in (
            ("separator", SEPARATORS),
            ("decimal", DECIMALS),
            ("thousands", THOUSANDS),
        ):
            value = getattr(self, key)
            if value != AUTO and value not in words:
                raise _unknown(key, value, ", ".join([AUTO, *words]))
        if self.decimal != AUTO and self.decimal == self.thousands:
            raise UsageError(
                f"the decimal mark and the mark of thousands are both {self.decimal!r}",
                location="data.thousands",
                fix="name another one for either",
            )
        if self.encoding != AUTO:
            try:
                codecs.lookup(self.encoding)
            except (LookupError, ValueError) as error:
                raise _unknown("encoding", self.encoding, "utf-8, latin-1, cp1252") from error
        if self.time_zone != AUTO:
            try:
                ZoneInfo(self.time_zone)
            except (ZoneInfoNotFoundError, ValueError, OSError) as error:
                raise _unknown(
                    "time_zone", self.time_zone, "the names of zones, such as Europe/Paris, UTC"
                ) from error


def _unknown(key: str, value: str, allowed: str) -> UsageError:
    return UsageError(
        f"{value!r} is no {key.replace('_', ' ')}",
        location=f"data.{key}",
        fix=f"write one of {allowed}",
    )
