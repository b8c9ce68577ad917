"""Forecasts beside what happened, looked at once: the sums that every measure is a ratio of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from forecast.data.arrays import BoolArray, FloatArray, IntArray

CELLS = 1 << 18
"""Forecast values looked at together: 2 MB of each array, which a processor keeps at hand."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """Forecasts of one model in one fold beside what happened.

    Parameters
    ----------
    y, y_hat : array of shape (N, K, H), in units of the file
        nan where there is nothing to score.
    mase_scale : array of shape (N,)
        Error of the seasonal naive forecast within the rows of the fold before its cutoffs.
    deviation : array of shape (N,)
        Population deviation of those of them that a scaler is fitted on.
    rmsse_scale : array of shape (N,), optional
        Root mean squared error where ``mase_scale`` is the mean absolute one; without, RMSSE is
        undefined.
    """

    y: FloatArray
    y_hat: FloatArray
    mase_scale: FloatArray
    deviation: FloatArray
    rmsse_scale: FloatArray | None = None

    @property
    def square_scale(self) -> FloatArray:
        """The scale of RMSSE; nan where it is not known."""
        return np.full(len(self.y), np.nan) if self.rmsse_scale is None else self.rmsse_scale


class Sums(NamedTuple):
    """Sums over forecasts, each an array of one shape; ``e`` is the error of a scored point.

    Parameters
    ----------
    actual, scored : counts
        Of actual values, and of those that have a forecast.
    error, absolute, square, size
        Of ``e``, ``|e|``, ``e^2`` and ``|y|``, over what is scored.
    percent, percents : sum and count
        Of ``|e| / |y|`` where ``y`` is not 0.
    symmetric, symmetrics : sum and count
        Of ``|e| / (|y| + |y_hat|)`` where they are not both 0.
    scaled, scaleds : sum and count
        Of ``|e|`` in scales of MASE.
    scaled_square, scaled_squares : sum and count
        Of ``e^2`` in scales of RMSSE.
    standard, standard_square, standards : sums and count
        Of ``|e|`` and ``e^2`` in deviations.
    """

    actual: FloatArray
    scored: FloatArray
    error: FloatArray
    absolute: FloatArray
    square: FloatArray
    size: FloatArray
    percent: FloatArray
    percents: FloatArray
    symmetric: FloatArray
    symmetrics: FloatArray
    scaled: FloatArray
    scaleds: FloatArray
    scaled_square: FloatArray
    scaled_squares: FloatArray
    standard: FloatArray
    standard_square: FloatArray
    standards: FloatArray

    def over_steps(self) -> Sums:
        """Add up the last axis."""
        return Sums(*(array.sum(axis=-1) for array in self))


def sums_by_step(parts: Sequence[Outcome]) -> Iterator[Sums]:
    """Add up the cutoffs of all folds, some series at a time.

    Parameters
    ----------
    parts : sequence of Outcome
        Folds of the same series and horizon.

    Yields
    ------
    Sums
        Arrays of shape (n, H), series after series.
    """
    n_series, _, horizon = parts[0].y.shape
    cutoffs = sum(part.y.shape[1] for part in parts)
    size = max(1, CELLS // max(1, cutoffs * horizon))
    for start in range(0, max(1, n_series), size):
        series = slice(start, start + size)
        found = [_sums(part, series, cells) for part in parts for cells in _cutoffs(part, series)]
        yield Sums(*(np.sum(arrays, axis=0) for arrays in zip(*found, strict=True)))


def _cutoffs(part: Outcome, series: slice) -> Iterator[slice]:
    """Take as many cutoffs at once as there is room for."""
    n_series, cutoffs, horizon = part.y[series].shape
    size = max(1, CELLS // max(1, n_series * horizon))
    for start in range(0, max(1, cutoffs), size):
        yield slice(start, start + size)


def _sums(part: Outcome, series: slice, cutoffs: slice) -> Sums:
    """Add up some cutoffs of some series, (n, H) each."""
    y, y_hat = part.y[series, cutoffs], part.y_hat[series, cutoffs]
    error = y - y_hat
    missing = np.isnan(error)
    actual = scored = np.full((len(y), y.shape[2]), float(y.shape[1]))
    if missing.any():
        actual, scored = _count(~np.isnan(y)), _count(~missing)
        error, y, y_hat = (np.where(missing, 0.0, array) for array in (error, y, y_hat))
    absolute, size = np.abs(error), np.abs(y)
    total = absolute.sum(axis=1)
    mase_scale, square_scale, deviation = (
        scale[series, None] for scale in (part.mase_scale, part.square_scale, part.deviation)
    )
    return Sums(
        actual=actual,
        scored=scored,
        error=error.sum(axis=1),
        absolute=total,
        square=_square(error),
        size=size.sum(axis=1),
        **_shares("percent", absolute, size),
        **_shares("symmetric", absolute, size + np.abs(y_hat)),
        scaled=_scaled(total, mase_scale),
        scaleds=_where(scored, mase_scale),
        scaled_square=_square(_scaled(error, square_scale[:, None])),
        scaled_squares=_where(scored, square_scale),
        standard=_scaled(total, deviation),
        standard_square=_square(_scaled(error, deviation[:, None])),
        standards=_where(scored, deviation),
    )


def _count(there: BoolArray) -> FloatArray:
    counted: IntArray = there.sum(axis=1)
    return counted.astype(np.float64)


def _square(error: FloatArray) -> FloatArray:
    squares: FloatArray = np.einsum("nkh,nkh->nh", error, error)
    return squares


def _shares(name: str, error: FloatArray, size: FloatArray) -> dict[str, FloatArray]:
    """Add up errors in shares of a size, and count those where there is one."""
    there = size > 0
    share = np.divide(error, size, out=np.zeros_like(error), where=there)
    return {name: share.sum(axis=1), f"{name}s": _count(there)}


def _scaled(values: FloatArray, scale: FloatArray) -> FloatArray:
    """Divide by the scale of each series; 0 where it has none."""
    return np.divide(values, scale, out=np.zeros_like(values), where=_usable(scale))


def _where(count: FloatArray, scale: FloatArray) -> FloatArray:
    """Count only where a series has a scale."""
    return np.where(_usable(scale), count, 0.0)


def _usable(scale: FloatArray) -> BoolArray:
    return np.nan_to_num(scale) > 0
