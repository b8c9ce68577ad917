"""Forecasts beside what happened, and how they did: what every form of ``evaluate`` comes to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from forecast.bundle.bundle import ErrorScales
from forecast.data.arrays import FloatArray, IntArray
from forecast.data.panel import Panel
from forecast.metrics.aggregate import Scores, aggregate
from forecast.metrics.sums import Outcome
from forecast.models.intervals import edge_shares, interval_columns
from forecast.validation.bands import (
    NO_BANDS,
    IntervalScore,
    chunks,
    score_intervals,
)
from forecast.validation.evaluation import Seconds
from forecast.validation.quantiles import (
    NO_FORECAST,
    QuantileForecasts,
    QuantileScore,
    between_edges,
    score_quantiles,
    without_quantiles,
)
from forecast.validation.verdict import skills_among
from forecast.workflows.results import SCHEMA, Metrics

if TYPE_CHECKING:
    from forecast.bundle.manifest import Manifest
    from forecast.validation.quantiles import Edges


@dataclass(frozen=True, eq=False)
class Trial:
    """Forecasts of one or more models beside what happened.

    Parameters
    ----------
    model : str
        The one that is judged; the others of ``forecasts`` stand beside it.
    y : array of shape (N, K, H), in units of the file
    forecasts : mapping of str to array of shape (N, K, H)
    edges : mapping of float to two arrays of shape (N, K, H)
        Lower and upper ends of the intervals of the model, by level in percent.
    scales : ErrorScales
        Of the N series.
    quantiles : QuantileForecasts or None
        Of the model's own head.
    """

    model: str
    y: FloatArray
    forecasts: Mapping[str, FloatArray]
    edges: Edges
    scales: ErrorScales
    quantiles: QuantileForecasts | None = None

    def scores(self) -> dict[str, Scores]:
        """Score each model."""
        by = self.scales
        return {
            name: aggregate([Outcome(self.y, found, by.seasonal, by.deviation, by.square)])
            for name, found in self.forecasts.items()
        }

    def intervals(self) -> dict[float, IntervalScore]:
        """Score the intervals of each level."""
        return self.held(self.edges)

    def held(self, edges: Edges) -> dict[float, IntervalScore]:
        """Score intervals of the same forecasts."""
        blocks = ((self.y[part], _part(edges, part)) for part in self._parts())
        return score_intervals(blocks, tuple(edges))

    def quantile_scores(self) -> QuantileScore:
        """Score the quantiles of the model's own head; without, those of its intervals."""
        own = self.quantiles
        if own is not None:
            return score_quantiles(
                (self.y[part], replace(own, values=own.values[part])) for part in self._parts()
            )
        if not self.edges:
            return without_quantiles(NO_BANDS)
        tried = {
            level: pair
            for level, pair in self.edges.items()
            if np.isfinite(pair[0] + pair[1]).any()
        }
        if not tried:
            return without_quantiles(NO_FORECAST)
        y_hat = self.forecasts[self.model]
        return score_quantiles(
            (
                (self.y[part], between_edges(y_hat[part], _part(tried, part)))
                for part in self._parts()
            ),
            missing=[
                share for lost in self.edges if lost not in tried for share in edge_shares(lost)
            ],
        )

    def _parts(self) -> Iterator[slice]:
        return chunks(len(self.y), self.y[:1].size)

    def table(self, panel: Panel, cutoffs: IntArray) -> pd.DataFrame:
        """Lay the forecasts out in the long layout.

        Parameters
        ----------
        panel : Panel
            Of the N series; tells names and stamps.
        cutoffs : array of shape (N, K)
            Grid rows.

        Returns
        -------
        DataFrame
            ``unique_id``, ``ds``, ``cutoff``, ``y``, one column per model, then the intervals; a
            row with neither value nor forecast is left out.
        """
        columns = {"y": self.y, **self.forecasts}
        for level, edges in self.edges.items():
            columns |= dict(zip(interval_columns(self.model, level), edges, strict=True))
        flat = {name: values.reshape(-1) for name, values in columns.items()}
        alive = ~np.all([np.isnan(values) for values in flat.values()], axis=0)
        shape = self.y.shape
        series = np.arange(shape[0], dtype=np.int64)[:, None, None]
        place = np.broadcast_to(series, shape).reshape(-1)[alive]
        cutoff = np.broadcast_to(cutoffs[:, :, None], shape).reshape(-1)[alive]
        step = np.broadcast_to(np.arange(1, shape[2] + 1), shape).reshape(-1)[alive]
        return pd.DataFrame(
            {
                "unique_id": np.array(panel.unique_ids, dtype=object)[place],
                "ds": panel.clock.stamps(place, cutoff + step),
                "cutoff": panel.clock.stamps(place, cutoff),
                **{name: values[alive] for name, values in flat.items()},
            }
        )


def _part(edges: Edges, part: slice) -> Edges:
    return {level: (low[part], high[part]) for level, (low, high) in edges.items()}


@dataclass(frozen=True)
class Adapted:
    """Adaptive intervals beside the plain ones; see `forecast.validation.adaptive`.

    Parameters
    ----------
    gamma : float
    intervals : mapping of float to IntervalScore
        By level in percent.
    """

    gamma: float
    intervals: Mapping[float, IntervalScore]

    def document(self) -> dict[str, object]:
        """Return the JSON of it."""
        scores = {f"{level:g}": asdict(score) for level, score in self.intervals.items()}
        return {"gamma": self.gamma, "intervals": scores}


@dataclass(frozen=True)
class Stretch:
    """All that was judged, as a fold of its own: its first cutoff as a stamp, its scores."""

    fold: int
    cutoff: str
    cutoffs: int
    metrics: Metrics


@dataclass(frozen=True, eq=False)
class EvaluateResult:
    """What ``evaluate`` found.

    Parameters
    ----------
    path : Path or None
        The bundle or run folder; None where a file of forecasts was scored without.
    manifest : Manifest or None
        What the bundle says of itself.
    model : str
    metrics, metrics_standardised : mapping of str to float or None
        See `forecast.metrics.aggregate.Scores`.
    baselines : mapping of str to mapping
        The same metrics of what stands beside it.
    intervals : mapping of float to IntervalScore
        By level in percent.
    quantiles : QuantileScore
        Of the model's own head, or of its intervals.
    fold : Stretch
        The first cutoff, and how many there are.
    scaled_by : str or None
        Whose rows MASE and the standardised errors are relative to; None where they are undefined.
    parameters : int or None
    seconds : Seconds
        Nothing is fitted.
    lay_out : callable
        Makes the table of all forecasts beside what happened.
    notes : tuple of str
    adaptive : Adapted or None
        Where that was asked for.
    """

    path: Path | None
    manifest: Manifest | None = field(repr=False)
    model: str
    metrics: Metrics
    metrics_standardised: Metrics = field(repr=False)
    baselines: Mapping[str, Metrics] = field(repr=False)
    intervals: Mapping[float, IntervalScore] = field(repr=False)
    quantiles: QuantileScore = field(repr=False)
    fold: Stretch
    horizon: int | None
    scaled_by: str | None
    parameters: int | None = field(repr=False)
    seconds: Seconds = field(repr=False)
    lay_out: Callable[[], pd.DataFrame] = field(repr=False)
    notes: tuple[str, ...] = ()
    adaptive: Adapted | None = None

    @property
    def skills(self) -> Mapping[str, float | None]:
        """1 - MASE / MASE of seasonal naive, of each model (MAE where MASE is undefined)."""
        return skills_among({self.model: self.metrics, **self.baselines})

    @property
    def table(self) -> pd.DataFrame:
        """All forecasts beside what happened, in the long layout."""
        return self.lay_out()

    def document(self) -> dict[str, object]:
        """Return the JSON document of ``evaluate --json``."""
        manifest = self.manifest
        return {
            "schema": SCHEMA,
            "command": "evaluate",
            "run": str(self.path) if self.path is not None and self.path.is_dir() else None,
            "bundle": None if self.path is None else str(_file(self.path)),
            "model": self.model,
            "horizon": self.horizon,
            "context_length": None if manifest is None else manifest.context_length,
            "season_length": None if manifest is None else manifest.season_length,
            "metrics": dict(self.metrics),
            "metrics_standardised": dict(self.metrics_standardised),
            "baselines": {name: dict(scores) for name, scores in self.baselines.items()},
            "intervals": {f"{level:g}": asdict(score) for level, score in self.intervals.items()},
            "quantiles": self.quantiles.document(),
            "adaptive": None if self.adaptive is None else self.adaptive.document(),
            "folds": [asdict(self.fold)],
            "skill": self.skills.get(self.model),
            "scaled_by": self.scaled_by,
            "parameters": self.parameters,
            "seconds": {
                "fit": self.seconds.fit,
                "validate": self.seconds.validate,
                "total": self.seconds.total,
            },
            "notes": list(self.notes),
        }


def _file(path: Path) -> Path:
    from forecast.bundle.layout import bundle_file

    return bundle_file(path)
