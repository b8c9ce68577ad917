"""A fitted model with all that it needs to forecast, as one value."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Literal

import numpy as np

from forecast import __version__
from forecast.bundle.manifest import (
    CalendarSpec,
    ColumnNames,
    CountSpec,
    Manifest,
    Scores,
    Versions,
)
from forecast.bundle.tensors import seal
from forecast.data.arrays import FloatArray
from forecast.data.clock import CalendarClock, Clock, CountClock
from forecast.data.observed import ObservedClock
from forecast.data.panel import Panel
from forecast.models.forecaster import Forecaster
from forecast.models.intervals import ConformalIntervals

if TYPE_CHECKING:
    from pydantic import JsonValue

EXAMPLE_SERIES = 3
TOLERANCE = 1e-5  # relative; another kind of machine adds float32 numbers in another order
RUN_SECTION = "run"  # of the configuration: where a run goes, which no bundle holds


@dataclass(frozen=True, eq=False)
class Bundle:
    """One trained model.

    Parameters
    ----------
    manifest : Manifest
        What it says of itself.
    forecaster : Forecaster
        Fitted.
    tail : Panel
        The last rows of every series: enough to forecast from the last one.
    intervals : ConformalIntervals or None
        Half-widths in units of ``interval_scale``; None where nothing was validated.
    interval_scale : array of shape (N,), in units of the series
        Training deviation of each series.
    example : array of shape (n, H), in units of the series
        Forecast of the tail for its first n <= 3 series, which `verify` computes again.
    """

    manifest: Manifest
    forecaster: Forecaster
    tail: Panel
    intervals: ConformalIntervals | None
    interval_scale: FloatArray
    example: FloatArray


@dataclass(frozen=True)
class Origin:
    """Where a model comes from: what was asked for, what was read, how it was judged.

    Parameters are those of `Manifest`; a ``run`` section of the configuration is left out.
    """

    config: Mapping[str, JsonValue]
    horizon: int
    context_length: int | None
    season_length: int
    scaler: Literal["standard", "minmax", "robust", "none"] | None
    fingerprint: str
    rows: int
    columns: ColumnNames = field(default_factory=ColumnNames)
    levels: tuple[float, ...] = ()
    scores: Scores = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def describe(
    origin: Origin,
    forecaster: Forecaster,
    panel: Panel,
    *,
    tail_rows: int,
    intervals: ConformalIntervals | None,
    interval_scale: FloatArray,
) -> Bundle:
    """Gather a fitted forecaster and what belongs to it.

    Parameters
    ----------
    origin : Origin
        Where the model comes from.
    forecaster : Forecaster
        Fitted.
    panel : Panel
        All rows that are known.
    tail_rows : int
        Rows of the grid to keep, from the end; as many as there are, if fewer.
    intervals : ConformalIntervals or None
        None where nothing was validated.
    interval_scale : array of shape (N,), in units of the series
        Training deviation of each series.
    """
    tail = panel.tail(tail_rows)
    manifest = Manifest(
        forecast_version=__version__,
        versions=Versions(
            python=platform.python_version(),
            torch=version("torch"),
            numpy=version("numpy"),
            pandas=version("pandas"),
        ),
        config={key: value for key, value in origin.config.items() if key != RUN_SECTION},
        model=forecaster.name,
        settings=dict(forecaster.settings()),
        horizon=origin.horizon,
        context_length=origin.context_length,
        season_length=origin.season_length,
        columns=origin.columns,
        clock=_clock_spec(tail.clock),
        unique_ids=tail.unique_ids,
        tail_rows=tail.length,
        scaler=origin.scaler,
        fingerprint=origin.fingerprint,
        rows=origin.rows,
        levels=origin.levels,
        scores=origin.scores,
        notes=origin.notes,
    )
    bundle = Bundle(
        manifest=manifest,
        forecaster=forecaster,
        tail=tail,
        intervals=intervals,
        interval_scale=interval_scale,
        example=worked_example(forecaster, tail, origin.horizon),
    )
    return replace(bundle, manifest=seal(bundle))


def worked_example(forecaster: Forecaster, tail: Panel, horizon: int) -> FloatArray:
    """Forecast of the first series of a tail from its last row, shape (n, H)."""
    few = _first_series(tail, EXAMPLE_SERIES)
    cutoff = np.array([max(0, tail.length - 1)], dtype=np.int64)
    forecast: FloatArray = forecaster.predict(few, cutoff, horizon=horizon)[:, 0, :]
    return forecast


def verify(bundle: Bundle) -> bool:
    """Compute the worked example again and tell whether it came out as stored.

    On the machine kind that trained the model it is equal to the last bit; elsewhere the order of
    additions may differ, so that a relative difference of `TOLERANCE` is let pass.
    """
    again = worked_example(bundle.forecaster, bundle.tail, bundle.manifest.horizon)
    known = np.abs(bundle.example[np.isfinite(bundle.example)])
    margin = TOLERANCE * float(known.max(initial=0.0))
    return np.allclose(again, bundle.example, rtol=TOLERANCE, atol=margin, equal_nan=True)


def _first_series(panel: Panel, count: int) -> Panel:
    few = min(count, panel.n_series)
    clock = panel.clock
    if isinstance(clock, CountClock):
        clock = replace(clock, last=clock.last[:few])
    return Panel(
        unique_ids=panel.unique_ids[:few],
        values=panel.values[: panel.offsets[few]],
        offsets=panel.offsets[: few + 1],
        first=panel.first[:few],
        clock=clock,
    )


def _clock_spec(clock: Clock) -> CalendarSpec | CountSpec:
    if isinstance(clock, CalendarClock):
        kinds = clock.kinds if isinstance(clock, ObservedClock) else ()
        zone = None if clock.origin.tz is None else str(clock.origin.tz)
        return CalendarSpec(
            origin=clock.origin.isoformat(), freq=clock.freq, time_zone=zone, kinds=kinds
        )
    return CountSpec(step=clock.step, length=clock.length)
