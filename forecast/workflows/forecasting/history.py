"""What a forecast stands on: the stored rows, newer ones joined to them, and where it starts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from pydantic import ValidationError

from forecast.bundle.bundle import Bundle
from forecast.data.arrays import IntArray
from forecast.data.domain import refuse_outside
from forecast.data.join import Joined, join_panels, unjoined
from forecast.data.panel import Panel, Span
from forecast.data.times.clock import CountClock
from forecast.data.times.observed import ObservedClock
from forecast.errors import (
    CorruptBundleError,
    DataError,
    FrequencyError,
    InputNotFoundError,
    UsageError,
)
from forecast.models.intervals import Spread, fit_spread
from forecast.workflows.forecasting.ahead import last_rows
from forecast.workflows.forecasting.remarks import cutoff_notes, end_notes, input_notes

if TYPE_CHECKING:
    from forecast.config.data import DataConfig
    from forecast.data.load import Reading
    from forecast.workflows.reading import Source


@dataclass(frozen=True, eq=False)
class History:
    """Series to forecast.

    Parameters
    ----------
    panel : Panel
        N series.
    spread : Spread
        What their intervals are made with.
    rows : array of shape (N,)
        Grid row that each forecast follows: that of the cutoff, else the last of its series.
    notes : tuple of str
        What to say of them, one sentence each.
    """

    panel: Panel
    spread: Spread
    rows: IntArray
    notes: tuple[str, ...]


def gather(bundle: Bundle, data: Source | None, cutoff: str | None) -> History:
    """Join ``data`` to the stored rows of a bundle, and find the row of the cutoff.

    A series that the bundle does not know is scaled by its rows up to the cutoff.

    Raises
    ------
    DataError
        If the data do not fit the model, or the cutoff lies outside the rows at hand.
    UsageError
        If the cutoff is no time.
    """
    whole, notes = join_rows(bundle, data)
    # Where the new file has none of the stored series, it is of others.
    stored = whole.known & (data is None or bool((whole.known & whole.given).any()))
    chosen: IntArray = np.flatnonzero(whole.given | stored)
    joined = whole.take(chosen)
    panel, reach = joined.panel, bundle.forecaster.context_length
    if data is not None:
        left_out = whole.panel.n_series - len(chosen)
        alike = bundle.manifest.settings.get("scaler_scope") == "global"
        notes += input_notes(joined, left_out=left_out, alike=alike)
    position = None if cutoff is None else _position(panel, cutoff, reach)
    if position is None:
        notes += end_notes(joined)
    else:
        # Counts of other series say nothing of when those of the bundle were.
        timed = not isinstance(panel.clock, CountClock) or bool(joined.known.any())
        trained = int(whole.tail_stop.max()) - 1 if timed else position
        notes += cutoff_notes(joined, position, trained=trained, reach=reach)
    stop = panel.length if position is None else position + 1
    spread = joined_spread(bundle, joined, chosen, stop)
    rows = last_rows(panel)
    if position is not None:
        rows = np.full(panel.n_series, position, dtype=np.int64)
    return History(panel, spread, rows, tuple(notes))


def joined_spread(bundle: Bundle, joined: Joined, chosen: IntArray, stop: int) -> Spread:
    """Spread of training, and that of the series behind, not trained on, by rows before ``stop``.

    ``chosen`` (N,) are the places of the joined series among the stored ones and those behind.
    """
    stored = bundle.spread.take(chosen[joined.known])
    strangers = joined.panel.take(np.flatnonzero(~joined.known))
    own = fit_spread(strangers, Span(0, stop, stop), stored.transform.target)
    return stored.followed_by(own)


def join_rows(bundle: Bundle, data: Source | None) -> tuple[Joined, list[str]]:
    """Join newer rows to the stored ones; say how they were read and joined."""
    if data is None:
        return unjoined(bundle.tail), []
    reading = read_like(data, bundle)
    try:
        joined, notes = _join(bundle, reading)
    except FrequencyError as error:
        error.location = reading.name
        raise
    return joined, [*reading.notes, *notes]


def read_like(data: Source, bundle: Bundle) -> Reading:
    """Read newer rows as the training file was read."""
    from forecast.workflows.reading import read_newer, source_name

    manifest, clock = bundle.manifest, bundle.tail.clock
    kinds = clock.kinds if isinstance(clock, ObservedClock) else ()
    try:
        reading = read_newer(data, data_section(bundle), written=manifest.columns, kinds=kinds)
    except (DataError, UsageError) as error:
        if not isinstance(error, InputNotFoundError) and "--" in (error.fix or ""):
            columns = manifest.columns
            named = [repr(name) for name in (*columns.time, *columns.id, *columns.target)]
            step = f", at steps of {manifest.freq}" if manifest.freq else ""
            error.fix = f"write it as the training file: columns {', '.join(named)}{step}"
        raise
    target = bundle.transform.target
    refuse_outside(reading.panel, target, location=source_name(data, reading))
    return reading


def data_section(bundle: Bundle) -> DataConfig:
    """Return how the training file was read; a rule reads no covariates."""
    from forecast.config.data import DataConfig

    try:
        section = bundle.manifest.config.get("data", {})
        data = DataConfig.model_validate_json(json.dumps(section))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        key = ".".join(str(part) for part in ("data", *first["loc"]))
        raise CorruptBundleError(
            f"the configuration in the bundle is refused at {key!r}: {first['msg']}",
            location="the bundle",
            fix="train again with this version of forecast",
        ) from error
    if bundle.tail.covariates is not None:
        return data
    return data.model_copy(
        update={"past_covariates": (), "future_covariates": (), "static_covariates": ()}
    )


def _join(bundle: Bundle, reading: Reading) -> tuple[Joined, list[str]]:
    """Join by time; rows that nothing dates follow the stored ones, unless they repeat them."""
    tail, new = bundle.tail, reading.panel
    joined = join_panels(tail, new)
    undated = not bundle.manifest.columns.time and not reading.columns.time
    both = np.flatnonzero(joined.known & joined.given)
    if not undated or not len(both):
        return joined, []
    observed = np.concatenate([[0], np.cumsum(~np.isnan(tail.values))])
    stored = observed[tail.offsets[1:]] - observed[tail.offsets[:-1]]
    if bool((joined.repeated[both] == stored[both]).all()):
        note = "the file has no time column and repeats the stored rows: counted as in training"
        return joined, [note]
    joined = join_panels(tail, new, follows=True)
    first = int(both[0])
    at = tail.clock.label(first, tail.length)
    note = (
        f"the file has no time column: its rows follow the stored ones (first: "
        f"{tail.unique_ids[first]!r} goes on at row {at})"
    )
    return joined, [note]


def _position(panel: Panel, cutoff: str, reach: int) -> int:
    """Grid row of the cutoff, with a value at or before it.

    Raises
    ------
    DataError
        If it lies outside the rows at hand.
    """
    position, last = panel.clock.position(cutoff), panel.length - 1
    begin = _first_value(panel)
    whole = panel.first + np.minimum(panel.lengths, reach) - 1
    usable = max(begin, int(whole.min(initial=last)))
    first, end = (panel.clock.label(0, row) for row in (usable, last))
    if position < begin:
        raise DataError(
            f"cutoff {cutoff!r} lies before the rows at hand: cutoffs go from {first} to {end}",
            location="flag --cutoff",
            fix=f"pass --cutoff {first} or later, or --input with the rows up to this cutoff",
        )
    if position > last:
        raise DataError(
            f"cutoff {cutoff!r} lies {position - last} steps after the last row at hand: cutoffs "
            f"go from {first} to {end}",
            location="flag --cutoff",
            fix=f"pass --cutoff {end} and more steps (--horizon), or --input with newer rows",
        )
    return position


def _first_value(panel: Panel) -> int:
    """Grid row of the first value of all."""
    observed = np.flatnonzero(~np.isnan(panel.values))
    series = np.searchsorted(panel.offsets, observed, side="right") - 1
    return int((panel.first[series] + observed - panel.offsets[series]).min(initial=panel.length))
