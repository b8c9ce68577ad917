"""What the user asked to be done with the rows of a file before they become a panel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Aggregate: TypeAlias = Literal["mean", "sum", "first", "last", "max"]
Duplicates: TypeAlias = Literal["refuse", "mean", "sum", "first", "last", "max"]
Calendar: TypeAlias = Literal["regular", "observed"]


@dataclass(frozen=True)
class Treatment:
    """Nothing here happens unasked.

    Parameters
    ----------
    duplicates : str
        ``refuse``, or how several rows of one series and time become one.
    resample : str or None
        The coarser step that rows are gathered into.
    aggregate : str
        How the rows of one step become one value.
    calendar : str
        ``observed``: only the kinds of stamps that occur are steps.
    kinds : tuple of int, in microseconds after Monday 00:00
        The kinds of an observed calendar that is known already; empty finds them.
    since, until : str or None
        First and last moment of the rows to take, both included.
    series, exclude : tuple of str
        Names, or patterns with ``*`` and ``?``, of the series to take and to leave out.
    max_gap : int or None, in steps
        Missing values in a row beyond which a series is split.
    lenient : bool
        Names and patterns that meet no series are passed over, and all series are taken where none
        is left: of rows for a model that is trained already.
    """

    duplicates: Duplicates = "refuse"
    resample: str | None = None
    aggregate: Aggregate = "mean"
    calendar: Calendar = "regular"
    kinds: tuple[int, ...] = ()
    since: str | None = None
    until: str | None = None
    series: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    max_gap: int | None = None
    lenient: bool = False
