"""From many forecasts to one number per measure.

A measure is pooled over the forecasts of a series, then averaged over series, so that a long
series weighs no more than a short one. What is undefined is None, with the reason in a note. The
formulas are those of `point` and `scaled`, as ratios of `sums`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecast.metrics.pool import over
from forecast.metrics.sums import Outcome, Sums, sums_by_step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecast.data.arrays import FloatArray, IntArray

POINT_METRICS = ("mae", "mse", "rmse", "mape", "smape", "wape", "mase", "rmsse", "bias")
STANDARDISED_METRICS = ("mae", "mse", "rmse")


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


@dataclass(frozen=True, eq=False)
class Judged:
    """Every measure of some forecasts: in all, by horizon step, and by series.

    Parameters
    ----------
    scores : Scores
    steps : sequence of mapping
        H of them, with the keys of `POINT_METRICS`: each step on its own, all cutoffs together.
    series : mapping of str to array of shape (N,)
        With the keys of `POINT_METRICS`; nan where undefined.
    """

    scores: Scores
    steps: Sequence[Mapping[str, float | None]]
    series: Mapping[str, FloatArray]


def aggregate(parts: Sequence[Outcome]) -> Scores:
    """Score all forecasts of ``parts`` together, see `judge`.

    Examples
    --------
    >>> one = np.ones(1)
    >>> y, y_hat = np.array([[[1.0, 2.0]]]), np.array([[[1.0, 4.0]]])
    >>> aggregate([Outcome(y, y_hat, one, one)]).metrics["mae"]
    1.0
    """
    return judge(parts).scores


def judge(parts: Sequence[Outcome]) -> Judged:
    """Score all forecasts of ``parts`` together.

    Parameters
    ----------
    parts : sequence of Outcome
        Folds of the same series and horizon.

    Examples
    --------
    >>> y, scale = np.array([[[1.0, 2.0]], [[0.0, 0.0]]]), np.array([1.0, 0.0])
    >>> found = judge([Outcome(y, y + 1, scale, scale)])
    >>> found.series["mae"], found.series["mase"], found.series["mape"]
    (array([1., 1.]), array([ 1., nan]), array([75., nan]))
    >>> found.steps[1]["mae"]
    1.0
    """
    plain, standard, counts, steps = [], [], [], _StepMeans()
    with np.errstate(over="ignore", invalid="ignore"):
        for sums in sums_by_step(parts):
            steps.add(_measures(sums))
            each = sums.over_steps()
            plain.append(_measures(each))
            standard.append(_standardised(each))
            counts.append(_counts(each))
    one, other = _joined(plain), _joined(standard)
    scores = Scores(
        {name: _average(values) for name, values in one.items()},
        {name: _average(values) for name, values in other.items()},
        _notes(np.concatenate(counts), one, other),
    )
    defined = {name: np.where(np.isfinite(found), found, np.nan) for name, found in one.items()}
    return Judged(scores, steps.means(), defined)


class _StepMeans:
    """Mean of each measure of each step over the series where it is defined."""

    def __init__(self) -> None:
        self.found: dict[str, tuple[FloatArray, IntArray]] = {}

    def add(self, measures: Mapping[str, FloatArray]) -> None:
        """Count some series, arrays of shape (n, H)."""
        for name, values in measures.items():
            defined = np.isfinite(values)
            total, count = np.where(defined, values, 0.0).sum(axis=0), defined.sum(axis=0)
            before = self.found.get(name, (0.0, 0))
            self.found[name] = (before[0] + total, before[1] + count)

    def means(self) -> list[dict[str, float | None]]:
        """Return the measures of each step."""
        means = {name: over(total, count).tolist() for name, (total, count) in self.found.items()}
        return [
            {
                name: mean if np.isfinite(mean) else None
                for name, mean in zip(means, step, strict=True)
            }
            for step in zip(*means.values(), strict=True)
        ]


def _measures(sums: Sums) -> dict[str, FloatArray]:
    """Measures by the names and in the order of `POINT_METRICS`."""
    mse = over(sums.square, sums.scored)
    return {
        "mae": over(sums.absolute, sums.scored),
        "mse": mse,
        "rmse": np.sqrt(mse),
        "mape": 100.0 * over(sums.percent, sums.percents),
        "smape": 200.0 * over(sums.symmetric, sums.symmetrics),
        "wape": 100.0 * over(sums.absolute, sums.size),
        "mase": over(sums.scaled, sums.scaleds),
        "rmsse": np.sqrt(over(sums.scaled_square, sums.scaled_squares)),
        "bias": over(sums.error, sums.scored),
    }


def _standardised(sums: Sums) -> dict[str, FloatArray]:
    """Measures by the names and in the order of `STANDARDISED_METRICS`."""
    mse = over(sums.standard_square, sums.standards)
    return {"mae": over(sums.standard, sums.standards), "mse": mse, "rmse": np.sqrt(mse)}


def _counts(sums: Sums) -> IntArray:
    """Count for each series: actual values, forecasts scored, those that MAPE and SMAPE take."""
    counted = np.stack([sums.actual, sums.scored, sums.percents, sums.symmetrics], axis=1)
    return counted.astype(np.int64)


def _joined(blocks: Sequence[dict[str, FloatArray]]) -> dict[str, FloatArray]:
    return {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}


def _average(values: FloatArray) -> float | None:
    """Mean over the series where the measure is defined."""
    defined = values[np.isfinite(values)]
    with np.errstate(over="ignore"):
        mean = float(defined.mean()) if defined.size else np.inf
    return mean if np.isfinite(mean) else None


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
