"""What walk-forward validation found: the forecasts of each fold, and their scores."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Self

import numpy as np

from forecast.metrics.aggregate import Judged, Scores, judge
from forecast.metrics.scaled import owa
from forecast.metrics.sums import Outcome
from forecast.validation.memory import largest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from forecast.data.arrays import FloatArray, IntArray
    from forecast.data.panel import Span
    from forecast.models.forecaster import FitReport, Forecaster
    from forecast.models.intervals import Spread
    from forecast.validation.plan import Fold
    from forecast.validation.quantiles import QuantileForecasts

OWA_REFERENCE = "naive2"


@dataclass(frozen=True)
class Seconds:
    """Wall time that a model takes for itself.

    Parameters
    ----------
    fit : float
        Building and fitting it.
    validate : float
        Forecasting from the cutoffs of the folds.
    """

    fit: float
    validate: float

    @property
    def total(self) -> float:
        """Both together."""
        return self.fit + self.validate

    def __add__(self, other: Self) -> Self:
        return type(self)(self.fit + other.fit, self.validate + other.validate)


@dataclass(frozen=True, eq=False)
class Begun:
    """A forecaster whose fit was begun, and the rows that it was given."""

    forecaster: Forecaster
    span: Span


@dataclass(frozen=True, eq=False)
class Recursion:
    """Residuals of forecasts made beyond the trained horizon.

    Parameters
    ----------
    cutoffs : array of shape (K',)
        At most 64 of the fold's.
    residuals : array of shape (N, K', R), in scales of the series
        Those of `Spread`, R up to four horizons; nan where the actual value is not known.
    """

    cutoffs: IntArray
    residuals: FloatArray


@dataclass(frozen=True, eq=False)
class Judgement:
    """What one candidate made of one fold.

    Parameters
    ----------
    forecasts : array of shape (N, K, H)
    seconds : Seconds
    parameters : int
        How many numbers it had learnt.
    recursion : Recursion or None
    said : tuple of str
        What a rule told the monitor while it was fitted.
    quantiles : QuantileForecasts or None
    memory : int or None, in bytes
    """

    forecasts: FloatArray
    seconds: Seconds
    parameters: int
    recursion: Recursion | None = None
    said: tuple[str, ...] = ()
    quantiles: QuantileForecasts | None = None
    memory: int | None = None


@dataclass(frozen=True, eq=False)
class FoldResult:
    """Everything that one fold tells, by name of candidate.

    Parameters
    ----------
    fold : Fold
    y : array of shape (N, K, H), in units of the file
        Actual values after each cutoff, nan where missing.
    mase_scale : array of shape (N,)
        Seasonal naive error within all rows of the span, as in the M competitions.
    deviation : array of shape (N,)
        Population deviation of the rows that a scaler is fitted on: those before the validation
        tail, as in the benchmarks of long horizons.
    forecasts : mapping of str to array of shape (N, K, H)
    seconds : mapping of str to Seconds
    fits : mapping of str to FitReport or None
        None for a rule, and where the model of the fold before was judged again.
    recursive : mapping of str to Recursion
        Only of the candidates that asked for it, where the data reach beyond the horizon.
    spreads : mapping of str to Spread
        Where the intervals of each candidate are made.
    rmsse_scale : array of shape (N,), optional
        See `forecast.metrics.sums.Outcome`.
    parameters : mapping of str to int
        How many numbers each candidate had learnt.
    quantiles : mapping of str to QuantileForecasts
        Only of the candidates that were asked for some.
    memory : mapping of str to int or None, in bytes
        The most that fitting and forecasting took; None where that is not known.
    """

    fold: Fold
    y: FloatArray
    mase_scale: FloatArray
    deviation: FloatArray
    forecasts: Mapping[str, FloatArray]
    seconds: Mapping[str, Seconds]
    fits: Mapping[str, FitReport | None]
    recursive: Mapping[str, Recursion]
    spreads: Mapping[str, Spread]
    rmsse_scale: FloatArray | None = None
    parameters: Mapping[str, int] = field(default_factory=dict)
    quantiles: Mapping[str, QuantileForecasts] = field(default_factory=dict)
    memory: Mapping[str, int | None] = field(default_factory=dict)

    def outcome(self, name: str) -> Outcome:
        """Forecasts of one candidate beside what happened."""
        return Outcome(
            self.y, self.forecasts[name], self.mase_scale, self.deviation, self.rmsse_scale
        )


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The folds of a run and what each candidate made of them.

    Parameters
    ----------
    horizon, season_length : int, in steps
    models : tuple of str
        Names of the candidates, in the order given; the first is the main model.
    folds : tuple of FoldResult
        Finished folds only.
    interrupted : bool
        Whether the user stopped the walk before its last fold was finished.
    begun : mapping of str to tuple of Begun
        The last two fits of each candidate, oldest first; the last may have been cut short. Fits of
        rules whose judgements were known are not among them.
    """

    horizon: int
    season_length: int
    models: tuple[str, ...]
    folds: tuple[FoldResult, ...]
    interrupted: bool = False
    begun: Mapping[str, tuple[Begun, ...]] = field(default_factory=dict)

    def scores(self, name: str) -> Scores:
        """Score one candidate over all folds, with OWA where Naive2 was judged, too."""
        found = self._judge(name).scores
        if OWA_REFERENCE not in self.models:
            return found
        return _with_owa(found, self._judge(OWA_REFERENCE).scores)

    def _judge(self, name: str, index: int | None = None) -> Judged:
        """Look at the forecasts of one candidate, in one fold or, without index, in all; once."""
        if index is None and len(self.folds) == 1:
            index = 0
        if (name, index) not in self._judged:
            chosen = self.folds if index is None else (self.folds[index],)
            self._judged[name, index] = judge([result.outcome(name) for result in chosen])
        return self._judged[name, index]

    @cached_property
    def _judged(self) -> dict[tuple[str, int | None], Judged]:
        """What was looked at before."""
        return {}

    def seconds(self, name: str) -> Seconds:
        """Wall time of one candidate over all folds."""
        return sum((result.seconds[name] for result in self.folds), Seconds(0.0, 0.0))

    def memory(self, name: str) -> int | None:
        """Return the most bytes that one candidate took in a fold; None where no fold tells."""
        return largest(*(result.memory.get(name) for result in self.folds))

    def fold_scores(self, name: str, index: int) -> Scores:
        """Score one candidate in one fold."""
        return self._judge(name, index).scores

    def series(self, name: str) -> Mapping[str, FloatArray]:
        """Score each series of one candidate over all folds; arrays of shape (N,)."""
        return self._judge(name).series

    def steps(self, name: str, index: int | None = None) -> Sequence[Mapping[str, float | None]]:
        """Score each horizon step of one candidate, in one fold or, without index, in all."""
        return self._judge(name, index).steps


def _with_owa(scores: Scores, reference: Scores) -> Scores:
    """Add OWA, None where a part of it is undefined."""
    numbers = [found.metrics[name] for found in (scores, reference) for name in ("smape", "mase")]
    values = [np.nan if number is None else number for number in numbers]
    ratio = owa(values[0], values[1], reference_smape=values[2], reference_mase=values[3])
    if np.isfinite(ratio):
        return replace(scores, metrics={**scores.metrics, "owa": ratio})
    note = "owa is undefined: smape or mase is, or that of naive2 is undefined or 0"
    return replace(scores, metrics={**scores.metrics, "owa": None}, notes=(*scores.notes, note))
