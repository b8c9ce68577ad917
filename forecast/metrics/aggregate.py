"""From many forecasts to one number per measure.

A measure is pooled over the forecasts of a series, then averaged over series, so that a long
series weighs no more than a short one. What is undefined is None, with the reason in a note. The
formulas are those of `point` and `scaled`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from forecast.metrics.point import bias, mae, mape, mse, rmse, smape, wape
from forecast.metrics.scaled import NOTHING, scaled_error

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecast.data.arrays import FloatArray, IntArray

Formula: TypeAlias = Callable[["FloatArray", "FloatArray"], "FloatArray"]

_PLAIN: Mapping[str, Formula] = {
    "mae": mae,
    "mse": mse,
    "rmse": rmse,
    "mape": mape,
    "smape": smape,
    "wape": wape,
}
_STANDARDISED: Mapping[str, Formula] = {"mae": mae, "mse": mse, "rmse": rmse}
POINT_METRICS = (*_PLAIN, "mase", "rmsse", "bias")
STANDARDISED_METRICS = tuple(_STANDARDISED)
BLOCK_CELLS = 1 << 22
"""Forecast values looked at together: 32 MB, and a few times that."""


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

    def take(self, series: slice) -> Outcome:
        """Return some of the series."""
        arrays = (self.y, self.y_hat, self.mase_scale, self.deviation, self.square_scale)
        return Outcome(*(array[series] for array in arrays))

    @property
    def square_scale(self) -> FloatArray:
        """The scale of RMSSE; nan where it is not known."""
        return np.full(len(self.y), np.nan) if self.rmsse_scale is None else self.rmsse_scale


@dataclass(frozen=True)
class Scores:
    """Measures of one model.

    Parameters
    ----------
    metrics : mapping of str to float or None
        By the names in `POINT_METRICS`; None where undefined. MASE is relative to the error of
        seasonal naive within all rows that a fold learns from, its validation tail included, as
        published for the M competitions.
    standardised : mapping of str to float or None
        By the names in `STANDARDISED_METRICS`: the errors after values and forecasts are reduced
        by the mean and divided by the population deviation of the rows that a scaler is fitted
        on, whatever the scaler of the model. These are the rows before the validation tail, as
        published for the benchmarks of long horizons.
    notes : tuple of str
        What is undefined or left out, and why.
    """

    metrics: Mapping[str, float | None]
    standardised: Mapping[str, float | None]
    notes: tuple[str, ...]


def aggregate(parts: Sequence[Outcome]) -> Scores:
    """Score all forecasts of ``parts`` together.

    Parameters
    ----------
    parts : sequence of Outcome
        Folds of the same series and horizon.

    Returns
    -------
    Scores

    Examples
    --------
    >>> one = np.ones(1)
    >>> y, y_hat = np.array([[[1.0, 2.0]]]), np.array([[[1.0, 4.0]]])
    >>> aggregate([Outcome(y, y_hat, one, one)]).metrics["mae"]
    1.0
    """
    plain, standard, counts = [], [], []
    with np.errstate(over="ignore", invalid="ignore"):
        for block in _blocks(parts):
            flat = _Pool(*(array.reshape(len(array), -1) for array in _laid_out(block)))
            error = np.concatenate([_error(part, part.deviation) for part in block], axis=1)
            plain.append(_measures(flat))
            standard.append(_standardised(error.reshape(len(error), -1)))
            counts.append(_counts(flat))
    one, other = _joined(plain), _joined(standard)
    return Scores(
        {name: _average(values) for name, values in one.items()},
        {name: _average(values) for name, values in other.items()},
        _notes(np.concatenate(counts), one, other),
    )


def by_step(*parts: Outcome) -> list[dict[str, float | None]]:
    """Score each horizon step on its own, all cutoffs of ``parts`` together.

    Returns
    -------
    list of dict
        H of them, with the keys of `POINT_METRICS`.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        found = _joined(
            [
                _measures(_Pool(*(array.swapaxes(1, 2) for array in _laid_out(block))))
                for block in _blocks(parts)
            ]
        )
    steps = range(parts[0].y.shape[2])
    return [{name: _average(found[name][:, step]) for name in POINT_METRICS} for step in steps]


def by_series(parts: Sequence[Outcome]) -> dict[str, FloatArray]:
    """Score each series on its own, all forecasts of ``parts`` together.

    Returns
    -------
    dict of str to array of shape (N,)
        With the keys of `POINT_METRICS`; nan where undefined.

    Examples
    --------
    >>> y, scale = np.array([[[1.0, 2.0]], [[0.0, 0.0]]]), np.array([1.0, 0.0])
    >>> found = by_series([Outcome(y, y + 1, scale, scale)])
    >>> found["mae"], found["mase"], found["mape"]
    (array([1., 1.]), array([ 1., nan]), array([75., nan]))
    """
    with np.errstate(over="ignore", invalid="ignore"):
        pools = (
            _Pool(*(array.reshape(len(array), -1) for array in _laid_out(block)))
            for block in _blocks(parts)
        )
        found = _joined([_measures(pool) for pool in pools])
    return {name: np.where(np.isfinite(found[name]), found[name], np.nan) for name in POINT_METRICS}


class _Pool(NamedTuple):
    """Actual values, forecasts, errors in scales of MASE and RMSSE; the last axis is pooled."""

    y: FloatArray
    y_hat: FloatArray
    scaled: FloatArray
    square: FloatArray


def _blocks(parts: Sequence[Outcome]) -> Iterator[list[Outcome]]:
    """Take as many series at once as fit into a block, from all folds."""
    n_series, _, horizon = parts[0].y.shape
    cutoffs = sum(part.y.shape[1] for part in parts)
    size = max(1, BLOCK_CELLS // max(1, cutoffs * horizon))
    for start in range(0, max(1, n_series), size):
        yield [part.take(slice(start, start + size)) for part in parts]


def _laid_out(block: Sequence[Outcome]) -> tuple[FloatArray, ...]:
    """Lay the folds end to end: what a `_Pool` holds, each of shape (n, K, H)."""
    return (
        np.concatenate([part.y for part in block], axis=1),
        np.concatenate([part.y_hat for part in block], axis=1),
        np.concatenate([_error(part, part.mase_scale) for part in block], axis=1),
        np.concatenate([_error(part, part.square_scale) for part in block], axis=1),
    )


def _error(part: Outcome, scale: FloatArray) -> FloatArray:
    return scaled_error(part.y, part.y_hat, scale[:, None, None])


def _measures(pool: _Pool) -> dict[str, FloatArray]:
    found = {name: formula(pool.y, pool.y_hat) for name, formula in _PLAIN.items()}
    found["mase"] = mae(pool.scaled, NOTHING)
    found["rmsse"] = rmse(pool.square, NOTHING)
    found["bias"] = bias(pool.y, pool.y_hat)
    return found


def _standardised(error: FloatArray) -> dict[str, FloatArray]:
    return {name: formula(error, NOTHING) for name, formula in _STANDARDISED.items()}


def _counts(pool: _Pool) -> IntArray:
    """Count for each series: actual values, forecasts scored, those that MAPE and SMAPE take."""
    scored = ~np.isnan(pool.y - pool.y_hat)
    sizes = np.abs(pool.y), np.abs(pool.y) + np.abs(pool.y_hat)
    counted = (~np.isnan(pool.y), scored, *(scored & (size > 0) for size in sizes))
    return np.stack([found.sum(axis=-1) for found in counted], axis=1)


def _joined(blocks: Sequence[dict[str, FloatArray]]) -> dict[str, FloatArray]:
    return {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}


def _average(values: FloatArray) -> float | None:
    """Mean over the series where the measure is defined."""
    defined = values[np.isfinite(values)]
    return float(defined.mean()) if defined.size else None


def _notes(
    counts: IntArray, plain: Mapping[str, FloatArray], standard: Mapping[str, FloatArray]
) -> tuple[str, ...]:
    actual, scored, for_mape, for_smape = (int(number) for number in counts.sum(axis=0))
    if not scored:
        return ("no forecast could be scored: no actual value has a forecast beside it",)
    notes = []
    if scored < actual:
        notes.append(f"{actual - scored} of {actual} actual values have no forecast")
    if for_mape < scored:
        left = scored - for_mape
        zeros = "1 actual value is 0" if left == 1 else f"{left} actual values are 0"
        notes.append(f"mape over {for_mape} of {scored} points: {zeros}")
    if for_smape < scored:
        left = scored - for_smape
        notes.append(
            f"smape over {for_smape} of {scored} points: in {left} both actual and forecast are 0"
        )
    judged = counts[:, 1] > 0
    reasons = {
        "mae": "no forecast to score",
        "mse": "the squared errors overflow",
        "mape": "every actual value is 0",
        "smape": "every actual value and forecast is 0",
        "wape": "every actual value is 0",
        "mase": "the seasonal naive error in the training rows is 0 or has no pair of rows; so "
        "is rmsse",
        "the standardised error": "the training rows do not vary",
    }
    columns = {**plain, "the standardised error": standard["mae"]}
    for name, reason in reasons.items():
        counted = ~np.isfinite(columns[name])
        missing = int(counted.sum() if name == "mae" else (counted & judged).sum())
        if missing:
            notes.append(f"{name} is undefined for {missing} of {len(judged)} series: {reason}")
    return tuple(notes)
