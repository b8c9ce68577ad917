"""From many forecasts to one number per measure.

A measure is pooled over the forecasts of a series, then averaged over series, so that a long
series weighs no more than a short one. What is undefined is None, with the reason in a note.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from forecast.data.arrays import FloatArray

POINT_METRICS = ("mae", "mse", "rmse", "mape", "smape", "wape", "mase")
STANDARDISED_METRICS = ("mae", "mse", "rmse")


@dataclass(frozen=True, eq=False)
class Judged:
    """Forecasts of one fold beside what happened.

    Parameters
    ----------
    y, y_hat : array of shape (N, K, H), in units of the file
        nan where there is nothing to score.
    mase_scale : array of shape (N,)
        In-sample error of the seasonal naive forecast.
    mean, deviation : array of shape (N,)
        Of the training rows; the deviation is that of the population.
    """

    y: FloatArray
    y_hat: FloatArray
    mase_scale: FloatArray
    mean: FloatArray
    deviation: FloatArray


@dataclass(frozen=True)
class Scores:
    """Measures of one model; None where undefined, with the reason in ``notes``."""

    metrics: Mapping[str, float | None]
    standardised: Mapping[str, float | None]
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _Tally:
    """Sums over the K cutoffs of a fold, each (N, H); adding two adds their forecasts."""

    actual: FloatArray
    scored: FloatArray
    absolute: FloatArray
    square: FloatArray
    size: FloatArray
    percent: FloatArray
    percent_scored: FloatArray
    symmetric: FloatArray
    symmetric_scored: FloatArray
    scaled: FloatArray
    scaled_scored: FloatArray
    standard: FloatArray
    standard_square: FloatArray
    standard_scored: FloatArray

    def __add__(self, other: Self) -> Self:
        return type(self)(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    def over_steps(self) -> Self:
        """Sum over the horizon, shape (N, 1)."""
        return type(self)(*(getattr(self, f.name).sum(axis=1, keepdims=True) for f in fields(self)))


def aggregate(parts: Sequence[Judged]) -> Scores:
    """Score all forecasts of ``parts`` together.

    Parameters
    ----------
    parts : sequence of Judged
        Folds of the same series and horizon.

    Returns
    -------
    Scores

    Examples
    --------
    >>> one = np.ones(1)
    >>> y, y_hat = np.array([[[1.0, 2.0]]]), np.array([[[1.0, 4.0]]])
    >>> aggregate([Judged(y, y_hat, one, one, one)]).metrics["mae"]
    1.0
    """
    tally = _tally(parts[0])
    for part in parts[1:]:
        tally = tally + _tally(part)
    total = tally.over_steps()
    with np.errstate(over="ignore"):
        plain, standard = _per_series(total), _standardised(total)
    metrics = {name: _average(plain[name][:, 0]) for name in POINT_METRICS}
    standardised = {name: _average(standard[name][:, 0]) for name in STANDARDISED_METRICS}
    return Scores(metrics, standardised, _notes(total, plain, standard))


def by_step(*parts: Judged) -> list[dict[str, float | None]]:
    """Score each horizon step on its own, all cutoffs of ``parts`` together.

    Returns
    -------
    list of dict
        H of them, with the keys of `POINT_METRICS`.
    """
    tally = _tally(parts[0])
    for part in parts[1:]:
        tally = tally + _tally(part)
    with np.errstate(over="ignore"):
        plain = _per_series(tally)
    steps = range(tally.actual.shape[1])
    return [{name: _average(plain[name][:, step]) for name in POINT_METRICS} for step in steps]


def _tally(part: Judged) -> _Tally:
    known = ~np.isnan(part.y)
    with np.errstate(over="ignore", invalid="ignore"):
        absolute = np.abs(part.y - part.y_hat)
        scored = ~np.isnan(absolute)
        absolute[~scored] = 0.0
        size = np.where(scored, np.abs(part.y), 0.0)
        both = size + np.where(scored, np.abs(part.y_hat), 0.0)
        count = scored.sum(axis=1).astype(np.float64)
        error, square = absolute.sum(axis=1), np.square(absolute).sum(axis=1)
        percent = np.divide(absolute, size, out=np.zeros_like(absolute), where=size > 0)
        symmetric = np.divide(absolute, both, out=np.zeros_like(absolute), where=both > 0)
        mase_inverse, deviation_inverse = _inverse(part.mase_scale), _inverse(part.deviation)
        return _Tally(
            actual=known.sum(axis=1).astype(np.float64),
            scored=count,
            absolute=error,
            square=square,
            size=size.sum(axis=1),
            percent=percent.sum(axis=1),
            percent_scored=(size > 0).sum(axis=1).astype(np.float64),
            symmetric=symmetric.sum(axis=1),
            symmetric_scored=(both > 0).sum(axis=1).astype(np.float64),
            scaled=error * mase_inverse,
            scaled_scored=count * (mase_inverse > 0),
            standard=error * deviation_inverse,
            standard_square=square * deviation_inverse**2,
            standard_scored=count * (deviation_inverse > 0),
        )


def _inverse(scale: FloatArray) -> FloatArray:
    """Return 1 / scale as (N, 1); 0 where the scale is 0 or undefined."""
    usable = np.nan_to_num(scale) > 0
    inverse = np.zeros(scale.shape)
    np.divide(1.0, scale, out=inverse, where=usable)
    return inverse[:, None]


def _per_series(tally: _Tally) -> dict[str, FloatArray]:
    """Each measure of each series, in the shape of the tally; nan where undefined."""
    squared = _over(tally.square, tally.scored)
    return {
        "mae": _over(tally.absolute, tally.scored),
        "mse": squared,
        "rmse": np.sqrt(squared),
        "mape": 100.0 * _over(tally.percent, tally.percent_scored),
        "smape": 200.0 * _over(tally.symmetric, tally.symmetric_scored),
        "wape": 100.0 * _over(tally.absolute, tally.size),
        "mase": _over(tally.scaled, tally.scaled_scored),
    }


def _standardised(tally: _Tally) -> dict[str, FloatArray]:
    squared = _over(tally.standard_square, tally.standard_scored)
    absolute = _over(tally.standard, tally.standard_scored)
    return {"mae": absolute, "mse": squared, "rmse": np.sqrt(squared)}


def _over(total: FloatArray, count: FloatArray) -> FloatArray:
    ratio = np.full(total.shape, np.nan)
    np.divide(total, count, out=ratio, where=count > 0)
    return ratio


def _average(values: FloatArray) -> float | None:
    """Mean over the series where the measure is defined."""
    defined = values[np.isfinite(values)]
    return float(defined.mean()) if defined.size else None


def _notes(
    total: _Tally, plain: Mapping[str, FloatArray], standard: Mapping[str, FloatArray]
) -> tuple[str, ...]:
    actual, scored = int(total.actual.sum()), int(total.scored.sum())
    if not scored:
        return ("no forecast could be scored: no actual value has a forecast beside it",)
    notes = []
    if scored < actual:
        notes.append(f"{actual - scored} of {actual} actual values have no forecast")
    zeros = scored - int(total.percent_scored.sum())
    if zeros:
        notes.append(f"mape leaves out {zeros} of {scored} points whose actual value is 0")
    zeros = scored - int(total.symmetric_scored.sum())
    if zeros:
        notes.append(f"smape leaves out {zeros} of {scored} points where actual and forecast are 0")
    judged = total.scored[:, 0] > 0
    reasons = {
        "mae": "no forecast to score",
        "mse": "the squared errors overflow",
        "mape": "every actual value is 0",
        "smape": "every actual value and forecast is 0",
        "wape": "every actual value is 0",
        "mase": "the seasonal naive error in the training rows is 0 or has no pair of rows",
        "the standardised error": "the training rows do not vary",
    }
    columns = {**plain, "the standardised error": standard["mae"]}
    for name, reason in reasons.items():
        counted = ~np.isfinite(columns[name][:, 0])
        missing = int(counted.sum() if name == "mae" else (counted & judged).sum())
        if missing:
            notes.append(f"{name} is undefined for {missing} of {len(judged)} series: {reason}")
    return tuple(notes)
