"""What each verb returns: small values that print nothing and know their JSON document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import numpy as np

from forecast.report.table import ScoreRow

if TYPE_CHECKING:
    import pandas as pd

    from forecast.bundle.manifest import Manifest
    from forecast.config.schema import Config
    from forecast.data.load import Reading
    from forecast.data.panel import Panel
    from forecast.training.monitor import EpochRecord
    from forecast.validation.verdict import Verdict
    from forecast.validation.walk_forward import Evaluation

Metrics: TypeAlias = Mapping[str, float | None]
Result = TypeVar("Result", "TrainResult", "CompareResult")
SCHEMA = 1


@dataclass(frozen=True)
class FoldSummary:
    """One fold of the judged model: its place, its first cutoff as a stamp, its scores."""

    fold: int
    cutoff: str
    cutoffs: int
    metrics: Metrics


def fold_summaries(
    evaluation: Evaluation | None, panel: Panel, name: str
) -> tuple[FoldSummary, ...]:
    """Sum up each fold of model ``name``; none without an evaluation."""
    if evaluation is None:
        return ()
    return tuple(
        FoldSummary(
            fold=index,
            cutoff=stamp_text(panel, result.fold.cutoffs[0]),
            cutoffs=len(result.fold.cutoffs),
            metrics=evaluation.fold_scores(name, index).metrics,
        )
        for index, result in enumerate(evaluation.folds)
    )


def stamp_text(panel: Panel, position: int) -> str:
    """Stamp of a grid row as ISO 8601, or the first series' count."""
    stamp = panel.clock.stamps(np.zeros(1, np.int64), np.array([position], np.int64))[0]
    return str(stamp.isoformat()) if hasattr(stamp, "isoformat") else str(stamp)


@dataclass(frozen=True)
class Seconds:
    """Wall time of the parts of a run."""

    fit: float
    validate: float
    total: float


@dataclass(frozen=True)
class TrainResult:
    """What ``train`` did; ``config`` has every automatic value resolved."""

    run: Path
    bundle: Path
    config: Config
    reading: Reading
    evaluation: Evaluation | None
    metrics: Metrics
    metrics_standardised: Metrics
    baselines: Mapping[str, Metrics]
    folds: tuple[FoldSummary, ...]
    verdict: Verdict | None
    history: tuple[EpochRecord, ...]
    parameters: int
    seconds: Seconds
    notes: tuple[str, ...]

    def document(self) -> dict[str, object]:
        """Return the JSON document of ``train --json``."""
        return {
            "schema": SCHEMA,
            "command": "train",
            "run": str(self.run),
            "bundle": str(self.bundle),
            "model": self.config.model.name,
            "horizon": self.config.model.horizon,
            "context_length": self.config.model.context_length,
            "season_length": self.config.data.season_length,
            "metrics": dict(self.metrics),
            "metrics_standardised": dict(self.metrics_standardised),
            "baselines": {name: dict(scores) for name, scores in self.baselines.items()},
            "folds": [
                {
                    "fold": fold.fold,
                    "cutoff": fold.cutoff,
                    "cutoffs": fold.cutoffs,
                    "metrics": dict(fold.metrics),
                }
                for fold in self.folds
            ],
            "verdict": None if self.verdict is None else self.verdict.words,
            "skill": None if self.verdict is None else self.verdict.skill,
            "parameters": self.parameters,
            "seconds": {
                "fit": self.seconds.fit,
                "validate": self.seconds.validate,
                "total": self.seconds.total,
            },
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class LeaderboardRow:
    """One model of a comparison; rank 1 is best by MASE (MAE where MASE is undefined)."""

    rank: int
    model: str
    metrics: Metrics
    metrics_standardised: Metrics
    skill: float | None
    parameters: int
    seconds: Seconds

    def in_report(self) -> ScoreRow:
        """Return the row as the report's table takes it."""
        return ScoreRow(
            self.model, self.metrics, self.skill, self.rank, self.parameters, self.seconds.total
        )

    def document(self) -> dict[str, object]:
        """Return the row's JSON."""
        return {
            "rank": self.rank,
            "model": self.model,
            "metrics": dict(self.metrics),
            "metrics_standardised": dict(self.metrics_standardised),
            "skill": self.skill,
            "parameters": self.parameters,
            "seconds": {
                "fit": self.seconds.fit,
                "validate": self.seconds.validate,
                "total": self.seconds.total,
            },
        }


@dataclass(frozen=True)
class CompareResult:
    """What ``compare`` did; the bundle is that of the best model."""

    run: Path
    bundle: Path
    config: Config
    reading: Reading
    evaluation: Evaluation
    leaderboard: tuple[LeaderboardRow, ...]
    verdict: Verdict | None
    history: tuple[EpochRecord, ...]
    seconds: float
    notes: tuple[str, ...]

    def document(self) -> dict[str, object]:
        """Return the JSON document of ``compare --json``."""
        return {
            "schema": SCHEMA,
            "command": "compare",
            "run": str(self.run),
            "bundle": str(self.bundle),
            "leaderboard": [row.document() for row in self.leaderboard],
            "verdict": None if self.verdict is None else self.verdict.words,
            "seconds": {"total": self.seconds},
            "notes": list(self.notes),
        }


def in_place(result: Result, where: Path) -> Result:
    """Return the result with the run folder at the place where it came to lie."""
    return replace(result, run=where, bundle=where / result.bundle.name)


@dataclass(frozen=True)
class PredictResult:
    """Forecasts in the long layout, one row per series and step.

    Parameters
    ----------
    frame : DataFrame
        ``unique_id``, ``ds``, one column named by the model, then ``<model>-lo-80``,
        ``<model>-hi-80`` for each level; empty interval cells are nan and explained in ``notes``.
    recent : DataFrame
        ``unique_id``, ``ds``, ``y``: the rows before the cutoff, for a chart.
    model : str
        Name of the model and of its column.
    levels : tuple of float
        In percent.
    notes : tuple of str
        What was decided or is missing, one sentence each.
    table : DataFrame or None
        The forecasts as the training file would hold them, where that was asked for.
    """

    frame: pd.DataFrame
    recent: pd.DataFrame
    model: str
    levels: tuple[float, ...]
    notes: tuple[str, ...]
    table: pd.DataFrame | None = None

    @property
    def written(self) -> pd.DataFrame:
        """What a file of forecasts holds."""
        return self.frame if self.table is None else self.table

    def document(self) -> dict[str, object]:
        """Return the JSON document of ``predict --json``; nan becomes null, stamps ISO 8601."""
        columns = self.written.copy()
        if self.table is None and columns["ds"].dtype.kind not in "iu":
            columns["ds"] = columns["ds"].map(lambda stamp: stamp.isoformat())
        rows = [
            {str(key): (None if value != value else value) for key, value in row.items()}  # noqa: PLR0124
            for row in columns.to_dict("records")
        ]
        return {
            "schema": SCHEMA,
            "command": "predict",
            "model": self.model,
            "forecasts": rows,
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class InspectResult:
    """What a bundle says of itself, and whether its worked example came out equal."""

    path: Path
    manifest: Manifest
    verified: bool | None
    size: int

    def document(self) -> dict[str, object]:
        """Return the JSON document of ``inspect --json``."""
        return {
            "schema": SCHEMA,
            "command": "inspect",
            "bundle": str(self.path),
            "bytes": self.size,
            "verified": self.verified,
            "manifest": self.manifest.model_dump(mode="json"),
        }
