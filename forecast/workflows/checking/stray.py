"""A row so far from all others that its year is more likely mistyped than right."""

from __future__ import annotations

import shlex

import pandas as pd

from forecast.config.data import DataConfig
from forecast.data.file.values import line_of
from forecast.data.table.read import Table
from forecast.workflows.checking.finding import Finding

FEWEST = 20
"""Moments that must lie close together before one far away is strange."""


def suggest_without_stray(table: Table, data: DataConfig) -> list[Finding]:
    """Propose to leave out the first or the last row where it lies further away than all others.

    Parameters
    ----------
    table : Table
        The rows as they were read.
    data : DataConfig
        What was asked for; a first or last moment settles the matter.
    """
    if table.time_kind != "datetime" or data.since is not None or data.until is not None:
        return []
    moments = table.frame["ds"].value_counts().sort_index()
    if len(moments) <= FEWEST:
        return []
    stamps = pd.DatetimeIndex(moments.index)
    ends = ((0, 1, -1, "since", "before"), (-1, -2, 0, "until", "after"))
    for stray, nearest, other, flag, side in ends:
        away, span = abs(stamps[stray] - stamps[nearest]), abs(stamps[other] - stamps[nearest])
        if moments.iloc[stray] == 1 and away > span:
            row = int(table.frame["row"][table.frame["ds"] == stamps[stray]].iloc[0])
            bound = _written(stamps[nearest])
            return [
                Finding(
                    f"stray_{flag}",
                    "mend",
                    f"one row lies {away.days:,} days {side} all others, which span {span.days:,}: "
                    f"{_written(stamps[stray])} ({line_of(table.name, row)})",
                    f"correct it, or leave it out with --{flag} {shlex.quote(bound)}",
                    {f"data.{flag}": bound},
                )
            ]
    return []


def _written(stamp: pd.Timestamp) -> str:
    plain = stamp.tz_localize(None)
    return str(plain.date() if plain == plain.normalize() else plain)
