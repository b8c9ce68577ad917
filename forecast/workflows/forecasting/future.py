"""What is known of the steps ahead: the future covariates that a forecast needs, all of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from forecast.bundle.bundle import Bundle
from forecast.data.arrays import IntArray
from forecast.data.covariates import Covariates
from forecast.data.join import join_panels
from forecast.data.panel import Panel
from forecast.data.times.clock import CountClock
from forecast.data.times.observed import ObservedClock
from forecast.errors import DataError, UsageError
from forecast.workflows.forecasting.history import data_section

if TYPE_CHECKING:
    from forecast.workflows.reading import Source


@dataclass(frozen=True, eq=False)
class Ahead:
    """Series with what is known of the steps ahead.

    Parameters
    ----------
    panel : Panel
        With further rows, whose values are missing, where covariates are known.
    rows : array of shape (N,)
        Grid row that each forecast follows.
    notes : tuple of str
        What to say of it.
    """

    panel: Panel
    rows: IntArray
    notes: tuple[str, ...] = ()


def look_ahead(
    bundle: Bundle, panel: Panel, rows: IntArray, horizon: int, future: Source | None
) -> Ahead:
    """Add the future covariates of the ``horizon`` steps after ``rows`` to ``panel``.

    Raises
    ------
    UsageError
        If a file is given and the model takes no future covariates, or the other way round.
    DataError
        If the file does not cover every series and step.
    """
    covariates = panel.covariates
    names = () if covariates is None else covariates.names("future")
    if covariates is None or not names:
        if future is not None:
            raise UsageError(
                "the model was trained without future covariates",
                location="flag --future",
                fix="leave out --future, or train with --future-covariates COLUMN",
            )
        return Ahead(panel, rows)
    ahead = Ahead(panel, rows)
    if future is not None:
        from forecast.workflows.reading import read_known

        clock = bundle.tail.clock
        kinds = clock.kinds if isinstance(clock, ObservedClock) else ()
        written = bundle.manifest.columns
        known = read_known(future, data_section(bundle), written=written, kinds=kinds)
        ahead = _extended(panel, rows, known)
    _refuse_holes(ahead, names, horizon, given=future is not None)
    return ahead


def _extended(panel: Panel, rows: IntArray, known: Panel) -> Ahead:
    """Lay what is known of the steps ahead over the panel."""
    covariates = panel.covariates
    if covariates is None:  # there is nothing to extend
        return Ahead(panel, rows)
    if known.unique_ids == ("",):  # a file without ids says the same of every series
        known = replace(known.take(np.zeros(panel.n_series, np.int64)), unique_ids=panel.unique_ids)
    known = replace(known, covariates=_in_columns(known, covariates))
    counted = isinstance(panel.clock, CountClock) and isinstance(known.clock, CountClock)
    follows = counted and known.unique_ids == panel.unique_ids and _from_zero(known)
    joined = join_panels(panel, known, follows=follows)
    shift = joined.tail_stop[: panel.n_series] - (panel.first + panel.lengths)
    every = np.arange(panel.n_series, dtype=np.int64)
    others = len(joined.panel.unique_ids) - panel.n_series
    notes: tuple[str, ...] = ()
    if others:
        series = "1 series of the file is" if others == 1 else f"{others} series of the file are"
        notes = (f"--future: {series} not forecast here, and left out",)
    return Ahead(joined.panel.take(every), rows + shift, notes)


def _from_zero(known: Panel) -> bool:
    """Whether the rows of a file were only numbered: they follow the stored ones."""
    clock = known.clock
    return isinstance(clock, CountClock) and bool((clock.last == known.lengths - 1).all())


def _in_columns(known: Panel, covariates: Covariates) -> Covariates:
    """Lay future covariates out in the columns of ``covariates``; the others are missing."""
    given = known.covariates
    values = np.full((len(known.values), len(covariates.columns)), np.nan)
    columns = list(covariates.columns)
    if given is not None:
        place = {column.name: index for index, column in enumerate(given.columns)}
        for index, column in enumerate(covariates.columns):
            if column.name in place:
                columns[index] = given.columns[place[column.name]]
                values[:, index] = given.values[:, place[column.name]]
    static = np.full((known.n_series, len(covariates.static_columns)), np.nan)
    return Covariates(tuple(columns), values, covariates.static_columns, static)


def _refuse_holes(ahead: Ahead, names: tuple[str, ...], horizon: int, *, given: bool) -> None:
    """Refuse a step of a series of which a future covariate is not known.

    Raises
    ------
    UsageError
        If no file was given at all.
    DataError
        Naming the covariate, the first series and its first step.
    """
    panel, covariates = ahead.panel, ahead.panel.covariates
    if covariates is None:
        return
    steps = ahead.rows[:, None] + np.arange(1, horizon + 1, dtype=np.int64)  # (N, H)
    local = steps - panel.first[:, None]
    inside = (local >= 0) & (local < panel.lengths[:, None])
    source = np.where(inside, local + panel.offsets[:-1, None], 0)
    for name in names:
        column = [other.name for other in covariates.columns].index(name)
        cells = covariates.values[:, column]
        holes = ~inside | np.isnan(cells[source] if len(cells) else np.zeros(source.shape))
        if not holes.any():
            continue
        series, step = (int(part[0]) for part in np.nonzero(holes))
        first, last = (
            panel.clock.label(series, int(steps[series, at])) for at in (step, horizon - 1)
        )
        listed = ", ".join(names)
        if not given:
            raise UsageError(
                f"the model needs the future covariates {listed} of the {horizon} steps ahead",
                location="flag --future",
                fix=f"pass --future FILE with {listed} from {first} to {last} for every series",
            )
        raise DataError(
            f"future covariate {name!r} is missing for {int(holes.any(axis=1).sum())} of "
            f"{panel.n_series} series, {int(holes.sum())} of {holes.size} steps (first: "
            f"{panel.unique_ids[series]!r}, {first})",
            location="flag --future",
            fix="give a row with a value for every series and step, or fewer steps with --horizon",
        )
