"""What a network is to read beside the series, resolved on the rows up to the first cutoff."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from forecast.config.data import DataConfig
from forecast.config.schema import Config
from forecast.data.calendar import FEATURES, automatic_features, calendar_channels
from forecast.data.covariates import Beside, vocabularies_before
from forecast.data.leaks import leak_notes
from forecast.data.panel import Panel
from forecast.data.table.columns import listed
from forecast.errors import ConfigError
from forecast.models.registry import NETWORKS

AUTO, NONE = ("auto",), ("none",)


@dataclass(frozen=True)
class ResolvedBeside:
    """What came of it.

    Parameters
    ----------
    beside : Beside
        For the network.
    panel : Panel
        With categories coded by the vocabularies of ``beside``.
    understood : tuple of str
        What a network sees of the calendar by itself.
    notes : tuple of str
        What the user should look at.
    """

    beside: Beside
    panel: Panel
    understood: tuple[str, ...]
    notes: tuple[str, ...]


def without_future_rows(panel: Panel) -> tuple[Panel, tuple[str, ...]]:
    """Set aside the last rows of the grid in which no series has a value yet.

    Where future covariates are named, a file often brings them for the steps ahead.
    """
    if panel.covariates is None or not panel.covariates.names("future"):
        return panel, ()
    row = np.arange(len(panel.values)) + np.repeat(panel.first - panel.offsets[:-1], panel.lengths)
    stop = int(row[np.isfinite(panel.values)].max(initial=-1)) + 1
    ahead = panel.length - stop
    if not ahead:
        return panel, ()
    counted = "row has" if ahead == 1 else "rows have"
    note = (
        f"the last {ahead} {counted} no target yet: set aside, for "
        "'forecast predict --future FILE' takes what is known of them"
    )
    return panel.slice(0, stop), (note,)


def resolve_beside(panel: Panel, config: Config, *, rows: int) -> ResolvedBeside:
    """Resolve vocabularies and calendar features on the first ``rows`` rows of the grid.

    Raises
    ------
    ConfigError
        If a calendar feature is unknown.
    UsageError
        If a calendar is asked for and rows are only counted, or the country is unknown.
    """
    data, covariates = config.data, panel.covariates
    calendar = _calendar(panel, data, rows)
    calendar_channels(panel.clock, calendar, rows=1, holidays=data.holidays)  # refuses early
    notes = leak_notes(panel, stop=rows)
    seen: tuple[str, ...] = ()
    if calendar and data.calendar_features == AUTO and config.model.name in NETWORKS:
        seen = (f"sees the calendar: {', '.join(calendar)}",)
    if covariates is None:
        beside = Beside(calendar=calendar, holidays=data.holidays)
        return ResolvedBeside(beside, panel, seen, tuple(notes))
    if config.model.name not in NETWORKS:
        unused = listed(column.name for column in covariates.every)
        notes.append(f"{config.model.name} looks at no covariates: {unused} stay unused")
    grid = np.arange(len(panel.values)) + np.repeat(panel.first - panel.offsets[:-1], panel.lengths)
    coded = covariates.with_words(vocabularies_before(covariates, np.flatnonzero(grid < rows)))
    beside = Beside(coded.columns, coded.static_columns, calendar, data.holidays)
    return ResolvedBeside(beside, replace(panel, covariates=coded), seen, tuple(notes))


def _calendar(panel: Panel, data: DataConfig, rows: int) -> tuple[str, ...]:
    asked = data.calendar_features
    if asked == NONE:
        return ()
    if asked == AUTO:
        return automatic_features(panel.clock, rows=rows)
    unknown = [name for name in asked if name not in FEATURES]
    if unknown:
        raise ConfigError(
            f"there is no calendar feature {unknown[0]!r}",
            location="data.calendar_features",
            fix=f"auto, none, or a list of {', '.join(FEATURES)}",
        )
    return asked
