"""Whether the gaps of a file are its nights and weekends."""

from __future__ import annotations

import pandas as pd

from forecast.config.data import DataConfig
from forecast.data.load import Reading
from forecast.data.table.frequency import resolve_calendar
from forecast.data.table.read import Table
from forecast.data.table.select import select
from forecast.data.times.clock import CalendarClock
from forecast.data.times.observed import calendar_words
from forecast.errors import ForecastError
from forecast.workflows.checking.finding import Finding, percent
from forecast.workflows.reading import treatment_of

MANY_ABSENT = 0.1
MUCH_FEWER = 0.25
"""Share of the gaps that an observed calendar may leave, to be worth proposing."""


def suggest_calendar(table: Table, reading: Reading, data: DataConfig) -> list[Finding]:
    """Propose an observed calendar where it explains most of the absent stamps.

    Parameters
    ----------
    table : Table
        The rows as they were read.
    reading : Reading
        The panel made of them on a regular grid.
    data : DataConfig
        What was asked for; a calendar or a coarser step settles the matter.
    """
    clock, panel = reading.panel.clock, reading.panel
    share = reading.absent / max(1, len(panel.values))
    asked = data.calendar != "regular" or data.resample is not None
    if asked or not isinstance(clock, CalendarClock) or share <= MANY_ABSENT:
        return []
    chosen = select(table, treatment_of(data))
    try:
        calendar = resolve_calendar(chosen, data.freq, ())
    except ForecastError:  # the stamps make no weekly calendar
        return []
    stamps = pd.DatetimeIndex(chosen.frame["ds"].drop_duplicates().sort_values())
    ends = calendar.positions(stamps[[0, -1]])
    regular, observed = (length - len(stamps) for length in (panel.length, ends[1] - ends[0] + 1))
    if not regular or observed > MUCH_FEWER * regular:
        return []
    return [
        Finding(
            "calendar",
            "mend",
            f"{reading.absent:,} stamps are absent ({percent(share)} of the steps), nearly all of "
            f"them at times that never occur: the stamps are {calendar_words(calendar)}",
            "pass --calendar observed, so that nights and days off are no gaps",
            {"data.calendar": "observed"},
        )
    ]
