"""Quantiles of forecasts, and how they did.

They are the model's own where its head knows a distribution. Of any other model they are the ends
of its intervals, and its forecast, about which these lie evenly, as the median.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, Self, TypeAlias

import numpy as np

from forecast.metrics.quantile import crps_from_quantiles, pinball
from forecast.models.intervals import edge_shares

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from forecast.data.arrays import FloatArray, IntArray
    from forecast.data.panel import Panel
    from forecast.models.forecaster import Forecaster

Edges: TypeAlias = "Mapping[float, tuple[FloatArray, FloatArray]]"
QuantileSource: TypeAlias = Literal["head", "intervals"]
MEDIAN = 0.5
AT_ONCE = 100_000
"""Forecasts that are asked for at once: beyond the trained horizon each takes 500 paths."""
NO_FORECAST = "no forecast has both the quantiles and an actual value"


@dataclass(frozen=True, eq=False)
class QuantileForecasts:
    """Quantiles of each step after each cutoff.

    Parameters
    ----------
    levels : tuple of float
        Above 0 and below 1, ascending.
    values : array of shape (N, K, H, Q) or (N, ..., Q), in units of the file
    source : str
        ``head``, or ``intervals`` where they are the ends of intervals and the forecast between.
    """

    levels: tuple[float, ...]
    values: FloatArray
    source: QuantileSource = "head"

    @classmethod
    def ask(
        cls,
        forecaster: Forecaster,
        panel: Panel,
        cutoffs: IntArray,
        *,
        horizon: int,
        levels: Sequence[float],
    ) -> Self:
        """Ask a forecaster that knows them; see `Forecaster.predict_quantiles`."""
        size = max(1, AT_ONCE // max(1, panel.n_series * horizon))
        parts = [
            forecaster.predict_quantiles(
                panel, cutoffs[begin : begin + size], horizon=horizon, levels=levels
            )
            for begin in range(0, max(1, len(cutoffs)), size)
        ]
        found = np.concatenate(parts, axis=1)
        return cls(tuple(levels), found.astype(np.float64, copy=False))

    def pick(self, series: IntArray, cutoffs: IntArray) -> QuantileForecasts:
        """Return those of some series and cutoffs."""
        return replace(self, values=self.values[np.ix_(series, cutoffs)])

    def edges(self, level: float) -> tuple[FloatArray, FloatArray]:
        """Both ends of the interval of ``level`` percent, each of shape (N, K, H).

        Raises
        ------
        ValueError
            If they are not among the quantiles.
        """
        low, high = (self.levels.index(share) for share in edge_shares(level))
        return self.values[..., low], self.values[..., high]


def between_edges(y_hat: FloatArray, edges: Edges) -> QuantileForecasts:
    """Read intervals around forecasts (n, ...) as quantiles."""
    found: dict[float, FloatArray] = {MEDIAN: y_hat}
    for level, pair in edges.items():
        found |= dict(zip(edge_shares(level), pair, strict=True))
    levels = sorted(found)
    values = np.stack([found[level] for level in levels], axis=-1)
    return QuantileForecasts(tuple(levels), values, source="intervals")


@dataclass(frozen=True)
class QuantileScore:
    """How quantiles did. Lower is better.

    Only forecasts with all of the quantiles count. Pinball loss and CRPS are pooled over the
    forecasts of a series, then averaged over series; the weighted quantile loss is relative to the
    sum of all actual values, of all series together.

    Parameters
    ----------
    source : str or None
        See `QuantileForecasts`; None where there are none.
    pinball : mapping of float to float or None, in units of the file
        By quantile level.
    weighted_quantile_loss : float or None
    crps : float or None, in units of the file
        From the quantiles, and so the nearer to that of the distribution the more there are.
    forecasts : int
        How many were scored.
    reasons : mapping of str to str
        Why a number is undefined, by its name.
    """

    source: QuantileSource | None = None
    pinball: Mapping[float, float | None] = field(default_factory=dict)
    weighted_quantile_loss: float | None = None
    crps: float | None = None
    forecasts: int = 0
    reasons: Mapping[str, str] = field(default_factory=dict)

    def document(self) -> dict[str, object]:
        """Return the JSON of it."""
        return {
            "source": self.source,
            "pinball": {f"{level:g}": loss for level, loss in self.pinball.items()},
            "weighted_quantile_loss": self.weighted_quantile_loss,
            "crps": self.crps,
            "forecasts": self.forecasts,
            "reasons": dict(self.reasons),
        }


def score_quantiles(
    blocks: Iterable[tuple[FloatArray, QuantileForecasts]], *, missing: Iterable[float] = ()
) -> QuantileScore:
    """Score quantiles beside actual values.

    Parameters
    ----------
    blocks : iterable of (array of shape (n, ...), QuantileForecasts of shape (n, ..., Q))
        Some of the series each, with the same levels.
    missing : iterable of float
        Levels that were asked for and that no forecast has.
    """
    losses, crps, above, below, count = [], [], 0.0, 0.0, 0
    levels: tuple[float, ...] = ()
    source: QuantileSource | None = None
    for actual, found in blocks:
        source, levels = found.source, found.levels
        y = actual.reshape(len(actual), -1)
        values = found.values.reshape(*y.shape, len(levels))
        scored = np.isfinite(y) & np.isfinite(values).all(axis=-1)
        y = np.where(scored, y, np.nan)
        y, values = y[scored.any(axis=1)], values[scored.any(axis=1)]
        losses.append([pinball(y, values[..., [q]], (level,)) for q, level in enumerate(levels)])
        crps.append(crps_from_quantiles(y, values, levels))
        few = int(scored.sum())
        if few:
            flat = values.reshape(-1, len(levels))
            above += 2.0 * few * float(pinball(y.reshape(-1), flat, levels))
            below, count = below + float(np.nansum(np.abs(y))), count + few
    if not count:
        return without_quantiles(NO_FORECAST)
    each = np.concatenate(losses, axis=1)  # (Q, N)
    pinballs: dict[float, float | None] = dict.fromkeys(sorted({*levels, *missing}))
    for level, loss in zip(levels, each, strict=True):
        pinballs[level] = float(loss.mean())
    reasons = {f"pinball {level:g}": NO_FORECAST for level in missing}
    if not below:
        reasons["weighted_quantile_loss"] = "every actual value is 0"
    return QuantileScore(
        source,
        pinballs,
        above / below if below else None,
        float(np.concatenate(crps).mean()),
        count,
        reasons,
    )


def without_quantiles(why: str) -> QuantileScore:
    """Return a score of nothing, and why."""
    return QuantileScore(reasons=dict.fromkeys(("weighted_quantile_loss", "crps"), why))
