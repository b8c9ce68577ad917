"""A fitted model with all that it needs to forecast, as one value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from forecast.bundle.manifest import ColumnNames, Manifest, Scores
from forecast.data.arrays import BoolArray, FloatArray, IntArray
from forecast.data.panel import Panel
from forecast.data.transform import AS_IT_IS, PLAIN, Target, TargetTransform
from forecast.models.forecaster import Forecaster
from forecast.models.intervals import ConformalIntervals, IntervalKind, Spread

if TYPE_CHECKING:
    from pydantic import JsonValue

EXAMPLE_SERIES = 3


@dataclass(frozen=True, eq=False)
class ErrorScales:
    """What the errors of N series are divided by, of the rows that a model learnt from.

    Parameters
    ----------
    seasonal : array of shape (N,), in units of the series
        Error of seasonal naive within them: MASE is in multiples of it; nan where undefined.
    square : array of shape (N,), in units of the series
        Its root mean squared error: RMSSE is in multiples of it; nan where undefined.
    deviation : array of shape (N,), in units of the series
        Population deviation of those that a scaler is fitted on; nan where undefined.
    """

    seasonal: FloatArray
    square: FloatArray
    deviation: FloatArray

    def take(self, indices: IntArray) -> ErrorScales:
        """Return those of the series at ``indices``."""
        return ErrorScales(self.seasonal[indices], self.square[indices], self.deviation[indices])

    def where(self, known: BoolArray, other: ErrorScales) -> ErrorScales:
        """Return these where ``known`` (N,) is true, and ``other`` elsewhere."""
        pairs = (
            (self.seasonal, other.seasonal),
            (self.square, other.square),
            (self.deviation, other.deviation),
        )
        return ErrorScales(*(np.where(known, mine, theirs) for mine, theirs in pairs))


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
    interval_scale : array of shape (N,), in transformed units of the series
        Training deviation of each series.
    example : array of shape (n, H), in units of the series
        Forecast of the tail for its first n <= 3 series, which `verify` computes again.
    transform : TargetTransform
        Where the intervals are made.
    error_scales : ErrorScales or None
        None in a bundle that was written without.
    """

    manifest: Manifest
    forecaster: Forecaster
    tail: Panel
    intervals: ConformalIntervals | None
    interval_scale: FloatArray
    example: FloatArray
    transform: TargetTransform = PLAIN
    error_scales: ErrorScales | None = None

    @property
    def spread(self) -> Spread:
        """What intervals are made with."""
        return Spread(self.interval_scale, self.transform)


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
    intervals: IntervalKind = "conformal"
    scores: Scores = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    interrupted: str | None = None
    target: Target = AS_IT_IS
