"""Whether two models differ by more than chance: the Diebold-Mariano test.

The loss of a cutoff is the mean over series and steps of ``|error| / scale``, the scale of MASE, or
of the plain ``|error|`` where models are compared by MAE. With ``d_t`` the difference of the losses
at cutoff t, n cutoffs and L lags,

    DM = mean(d) / sqrt((g_0 + 2 (g_1 + ... + g_L)) / n),   g_k = sum (d_t - m) (d_{t-k} - m) / n
    DM* = DM sqrt((n + 1 - 2 h + h (h - 1) / n) / n),       m = mean(d), h = L + 1

and DM* is compared with Student's t of n - 1 degrees, from both sides. Forecasts of h steps err
alike as long as they overlap: L is the largest number of cutoffs after which a horizon still
reaches into that of the first, ``ceil(horizon / step) - 1`` where they are evenly spaced.

The sum of autocovariances may come out at 0 or below it. Then they are weighted by ``1 - k / (L +
1)``, with which it cannot be negative (Newey & West). A test needs 10 cutoffs, and ``n >= 5 h``:
where few horizons lie side by side it finds differences that are none (simulated at a level of 5 %
under the worst overlap, it does so in 14 % of the cases at 5 h, 9 % at 10 h, 6 % at 20 h).

References
----------
Diebold & Mariano (1995), Comparing predictive accuracy, Journal of Business & Economic Statistics
13. Harvey, Leybourne & Newbold (1997), Testing the equality of prediction mean squared errors,
International Journal of Forecasting 13, equations 8 and 9. Newey & West (1987), Econometrica 55.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtr

from forecast.metrics.scaled import scaled_error

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecast.data.arrays import FloatArray, IntArray
    from forecast.validation.evaluation import Evaluation, FoldResult

NEEDED = 10  # cutoffs
APART = 5  # of them side by side, so that no horizon reaches into another
LEVEL = 0.05  # a larger p is a tie
SMALLEST = 0.001  # that is written out
NOTHING = 1e-24  # a variance that is rounding noise beside the squared mean


@dataclass(frozen=True)
class Difference:
    """How a model compares with another.

    Parameters
    ----------
    model : str
        The other one.
    cutoffs : int
        At which both have a loss.
    p : float or None
        Of as large a difference by chance, were both equally good; None without a test.
    statistic : float or None
        DM*; below 0 where the model itself has the smaller losses. None without a test, and where
        it is infinite.
    reason : str or None
        Why there is no test, or no statistic.
    """

    model: str
    cutoffs: int
    p: float | None
    statistic: float | None
    reason: str | None = None

    @property
    def tie(self) -> bool | None:
        """Whether chance explains the difference; None without a test."""
        return None if self.p is None else self.p > LEVEL

    @property
    def shown(self) -> str | None:
        """The probability with three decimals; None without a test."""
        if self.p is None:
            return None
        return f"<{SMALLEST:g}" if self.p < SMALLEST else f"{self.p:.3f}"

    def document(self) -> dict[str, object]:
        """Return its JSON."""
        return {
            "model": self.model,
            "p": self.p,
            "statistic": self.statistic,
            "cutoffs": self.cutoffs,
            "tie": self.tie,
            "reason": self.reason,
        }


def difference_between(
    evaluation: Evaluation,
    names: Sequence[str],
    others: Sequence[str],
    *,
    measure: str,
    model: str,
) -> Difference:
    """Compare two models of an evaluation, by their losses at the cutoffs of all folds.

    Parameters
    ----------
    names, others : sequence of str
        What each is called in the evaluation, once a seed: their losses are averaged.
    model : str
        What the other is called.
    measure : {"mase", "mae"}
        Whether errors are divided by the scale of MASE.
    """
    cutoffs = np.concatenate([np.array(result.fold.cutoffs) for result in evaluation.folds])
    found = [
        mean_by_cutoff(_points(result, names, others, measure=measure))
        for result in evaluation.folds
    ]
    return compare_losses(np.concatenate(found), cutoffs, horizon=evaluation.horizon, model=model)


def compare_losses(
    differences: FloatArray, cutoffs: IntArray, *, horizon: int, model: str
) -> Difference:
    """Test whether losses differ in the mean.

    Parameters
    ----------
    differences : array of shape (n,)
        Loss of a model less that of ``model`` at each cutoff; nan where one has none.
    cutoffs : array of shape (n,), in steps
    horizon : int, in steps

    Examples
    --------
    >>> found = compare_losses(np.array([1.0, -1.0] * 6), np.arange(12), horizon=1, model="naive")
    >>> found.p, found.tie
    (1.0, True)
    """
    known = np.isfinite(differences)
    order = np.argsort(cutoffs[known], kind="stable")
    found, rows = differences[known][order], cutoffs[known][order]
    n, lags = len(found), overlap(rows, horizon)
    if n < NEEDED:
        return Difference(model, n, None, None, f"{n} cutoffs, needs {NEEDED}")
    if n < APART * (lags + 1):
        why = f"{n} cutoffs, needs {APART * (lags + 1)} as horizons overlap"
        return Difference(model, n, None, None, why)
    mean = float(found.mean())
    variance = mean_variance(found, lags)
    if variance <= NOTHING * mean**2:  # both are 0 where all losses are equal
        if mean == 0:
            return Difference(model, n, 1.0, 0.0)
        why = "the losses differ by the same at each cutoff"
        return Difference(model, n, 0.0, None, why)
    statistic = mean / math.sqrt(variance) * small_sample(n, lags)
    return Difference(model, n, float(2 * stdtr(n - 1, -abs(statistic))), statistic)


def overlap(cutoffs: IntArray, horizon: int) -> int:
    """Return how many cutoffs later a horizon still reaches into that of an earlier one, at most.

    Parameters
    ----------
    cutoffs : array of shape (n,), in steps
        Ascending.

    Examples
    --------
    >>> overlap(np.array([0, 8, 16, 24, 99]), 24)  # ceil(24 / 8) - 1
    2
    """
    last = np.searchsorted(cutoffs, cutoffs + horizon, side="left") - 1
    return int((last - np.arange(len(cutoffs))).max(initial=0))


def mean_variance(values: FloatArray, lags: int) -> float:
    """Return the variance of the mean of n dependent values, weighted where it is not positive."""
    n, centred = len(values), values - values.mean()
    covariance = np.array([centred[lag:] @ centred[: n - lag] / n for lag in range(lags + 1)])
    plain = float(covariance[0] + 2 * covariance[1:].sum()) / n
    if plain > NOTHING * float(covariance[0]):
        return plain
    weights = 1 - np.arange(1, lags + 1) / (lags + 1)
    return max(0.0, float(covariance[0] + 2 * weights @ covariance[1:])) / n


def small_sample(n: int, lags: int) -> float:
    """Return the factor of Harvey, Leybourne and Newbold.

    Examples
    --------
    >>> small_sample(10, 0) == math.sqrt(9 / 10)
    True
    """
    h = lags + 1
    return math.sqrt((n + 1 - 2 * h + h * (h - 1) / n) / n)


def mean_by_cutoff(points: FloatArray) -> FloatArray:
    """Mean over series and steps of what is known: (N, K, H) to (K,), nan where nothing is."""
    known = np.isfinite(points)
    count = known.sum(axis=(0, 2))
    total = np.where(known, points, 0.0).sum(axis=(0, 2))
    found: FloatArray = np.full(len(count), np.nan)
    np.divide(total, count, out=found, where=count > 0)
    return found


def _points(
    result: FoldResult, names: Sequence[str], others: Sequence[str], *, measure: str
) -> FloatArray:
    """Difference of the losses at each point, where both models have a forecast."""
    scale = result.mase_scale if measure == "mase" else np.ones(len(result.y))
    with np.errstate(over="ignore", invalid="ignore"):
        mine, theirs = (
            np.mean([np.abs(result.y - result.forecasts[name]) for name in both], axis=0)
            for both in (names, others)
        )
        return scaled_error(mine, theirs, scale[:, None, None])
