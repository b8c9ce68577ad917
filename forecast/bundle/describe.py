"""From a fitted forecaster to its bundle, and whether a bundle still computes what it did."""

from __future__ import annotations

import platform
from dataclasses import replace
from importlib.metadata import version

import numpy as np

from forecast import __version__
from forecast.bundle.bundle import EXAMPLE_SERIES, Bundle, Origin
from forecast.bundle.manifest import (
    MAX_ROWS,
    CalendarSpec,
    CountSpec,
    CovariateSpec,
    Manifest,
    Versions,
)
from forecast.bundle.tensors import seal
from forecast.data.arrays import FloatArray
from forecast.data.panel import Panel
from forecast.data.times.clock import CalendarClock, Clock
from forecast.data.times.observed import ObservedClock
from forecast.data.transform import PLAIN, TargetTransform
from forecast.errors import DataError
from forecast.models.forecaster import Forecaster
from forecast.models.intervals import ConformalIntervals

TOLERANCE = 1e-5  # relative; another kind of machine adds float32 numbers in another order
RUN_SECTION = "run"  # of the configuration: where a run goes, which no bundle holds


def describe(
    origin: Origin,
    forecaster: Forecaster,
    panel: Panel,
    *,
    tail_rows: int,
    intervals: ConformalIntervals | None,
    interval_scale: FloatArray,
    transform: TargetTransform = PLAIN,
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
        Rows to keep of each series, from its end, where it has as many; more are kept where the
        forecaster rests on earlier ones.
    intervals : ConformalIntervals or None
        None where nothing was validated.
    interval_scale : array of shape (N,), in transformed units of the series
        Training deviation of each series.
    transform : TargetTransform
        Where intervals are made: what of the target acts on each value alone.

    Raises
    ------
    DataError
        If the rows to keep lie further apart than a bundle can hold.
    """
    if not forecaster.parameters:  # a rule looks at no covariates
        panel = replace(panel, covariates=None)
    tail = panel.tail(np.maximum(tail_rows, forecaster.rows_needed(panel)))
    if tail.length > MAX_ROWS:
        raise DataError(
            f"the rows that a bundle keeps lie on a grid of {tail.length} (at most {MAX_ROWS})",
            fix="leave out the series that ended long ago with --exclude, or pass --resample",
        )
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
        parameters=forecaster.parameters,
        horizon=origin.horizon,
        context_length=origin.context_length,
        season_length=origin.season_length,
        columns=origin.columns,
        clock=_clock_spec(tail.clock),
        unique_ids=tail.unique_ids,
        tail_rows=tail.length,
        covariates=_covariate_specs(tail),
        scaler=origin.scaler,
        transform=origin.target.transform,
        non_negative=origin.target.non_negative,
        fingerprint=origin.fingerprint,
        rows=origin.rows,
        levels=origin.levels,
        intervals=origin.intervals,
        scores=origin.scores,
        notes=origin.notes,
        interrupted=origin.interrupted,
    )
    bundle = Bundle(
        manifest=manifest,
        forecaster=forecaster,
        tail=tail,
        intervals=intervals,
        interval_scale=interval_scale,
        example=worked_example(forecaster, tail, origin.horizon),
        transform=transform,
    )
    return replace(bundle, manifest=seal(bundle))


def worked_example(forecaster: Forecaster, tail: Panel, horizon: int) -> FloatArray:
    """Forecast of the first series of a tail from its last row, shape (n, H)."""
    few = tail.take(np.arange(min(EXAMPLE_SERIES, tail.n_series), dtype=np.int64))
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


def _covariate_specs(tail: Panel) -> tuple[CovariateSpec, ...]:
    if tail.covariates is None:
        return ()
    return tuple(
        CovariateSpec(name=column.name, role=column.role, words=column.words)
        for column in tail.covariates.every
    )


def _clock_spec(clock: Clock) -> CalendarSpec | CountSpec:
    if isinstance(clock, CalendarClock):
        kinds = clock.kinds if isinstance(clock, ObservedClock) else ()
        zone = None if clock.origin.tz is None else str(clock.origin.tz)
        return CalendarSpec(
            origin=clock.origin.isoformat(), freq=clock.freq, time_zone=zone, kinds=kinds
        )
    return CountSpec(step=clock.step, length=clock.length)
