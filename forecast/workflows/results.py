"""What each verb returns: small values that print nothing and know their JSON document.

Everywhere, `Seconds` has one meaning: ``fit`` is the wall time of fitting a model in all folds and,
where it is the one that is kept, on all rows; ``validate`` that of forecasting from the cutoffs of
the folds; ``total`` both together. Reading, writing and the start of torch belong to no model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from forecast.validation.evaluation import Seconds
from forecast.validation.verdict import skills_among
from forecast.workflows.again import again, command_instead
from forecast.workflows.forecasting.ahead import stamp_at
from forecast.workflows.notes import Notes

if TYPE_CHECKING:
    import pandas as pd

    from forecast.bundle.manifest import Manifest
    from forecast.config.schema import Config
    from forecast.data.load import Reading
    from forecast.data.panel import Panel
    from forecast.training.monitor import EpochRecord
    from forecast.validation.bands import IntervalScore
    from forecast.validation.evaluation import Evaluation
    from forecast.validation.quantiles import QuantileScore
    from forecast.validation.top import Top
    from forecast.validation.verdict import Verdict
    from forecast.workflows.comparing.leaderboard import LeaderboardRow

Metrics: TypeAlias = Mapping[str, float | None]
Result = TypeVar("Result", "TrainResult", "CompareResult")
SCHEMA = 1


@dataclass(frozen=True)
class FoldSummary:
    """One fold of the judged model: its place, its first cutoff as a stamp, its scores.

    ``fit`` is the fold whose model was judged there: the fold itself where one was trained for it.
    """

    fold: int
    cutoff: str
    cutoffs: int
    metrics: Metrics
    fit: int


@dataclass(frozen=True)
class FitSummary:
    """One training of the judged model for folds: which it judges, and where it ended.

    Parameters
    ----------
    fold : int
        The first of the folds that are judged by it, and the one that it was trained for.
    folds : tuple of int
        All that are judged by it.
    best_epoch, epochs : int
        The epoch whose weights were kept, and how many there were.
    """

    fold: int
    folds: tuple[int, ...]
    best_epoch: int
    epochs: int


def fit_summaries(evaluation: Evaluation | None, name: str) -> tuple[FitSummary, ...]:
    """Sum up each training of model ``name`` in the folds; none of a rule."""
    found: list[FitSummary] = []
    for result in () if evaluation is None else evaluation.folds:
        report, index = result.fits[name], result.fold.index
        if report is not None:
            found.append(FitSummary(index, (index,), report.best_epoch, report.epochs_run))
        elif found:
            found[-1] = replace(found[-1], folds=(*found[-1].folds, index))
    return tuple(found)


def fold_summaries(
    evaluation: Evaluation | None, panel: Panel, name: str
) -> tuple[FoldSummary, ...]:
    """Sum up each fold of model ``name``; none without an evaluation."""
    if evaluation is None:
        return ()
    found: list[FoldSummary] = []
    for index, result in enumerate(evaluation.folds):
        cutoffs = result.fold.cutoffs
        stamp = stamp_at(panel, cutoffs[0])
        cutoff = stamp.isoformat() if isinstance(stamp, datetime) else str(stamp)
        scores = evaluation.fold_scores(name, index)
        fit = index if result.fold.trained else found[-1].fit
        found.append(FoldSummary(index, cutoff, len(cutoffs), scores.metrics, fit))
    return tuple(found)


@dataclass(frozen=True)
class TrainResult:
    """What ``train`` did.

    Parameters
    ----------
    run, bundle : path
        The run folder and the model in it.
    config : Config
        With every automatic value resolved.
    data : tuple of str
        The data as words of a command.
    reading : Reading
    evaluation : Evaluation or None
        None without folds, and with it all scores.
    metrics, metrics_standardised : mapping of str to float or None
        See `forecast.metrics.aggregate.Scores`.
    baselines : mapping of str to mapping
        The same metrics of the baselines.
    skills : mapping of str to float or None
        1 - MASE / MASE of seasonal naive, of the model and its baselines.
    intervals : mapping of float to IntervalScore
        By level in percent: how often intervals held, over the folds that have them.
    quantiles : QuantileScore
        Of the model's own head, or of its intervals.
    folds : tuple of FoldSummary
    fits : tuple of FitSummary
        The trainings that the folds were judged by; none of a rule.
    verdict : Verdict or None
    history : tuple of EpochRecord
    parameters : int
        How many numbers were learnt.
    seconds : Seconds
    notes : Notes
    """

    run: Path
    bundle: Path = field(repr=False)
    config: Config = field(repr=False)
    data: tuple[str, ...] = field(repr=False)
    reading: Reading = field(repr=False)
    evaluation: Evaluation | None = field(repr=False)
    metrics: Metrics
    metrics_standardised: Metrics = field(repr=False)
    baselines: Mapping[str, Metrics] = field(repr=False)
    skills: Mapping[str, float | None]
    intervals: Mapping[float, IntervalScore] = field(repr=False)
    quantiles: QuantileScore = field(repr=False)
    folds: tuple[FoldSummary, ...] = field(repr=False)
    fits: tuple[FitSummary, ...] = field(repr=False)
    verdict: Verdict | None
    history: tuple[EpochRecord, ...] = field(repr=False)
    parameters: int = field(repr=False)
    seconds: Seconds = field(repr=False)
    notes: Notes = field(repr=False)

    @property
    def command(self) -> str | None:
        """What trains the model that the verdict recommends instead; None where it has none."""
        return command_instead(self.verdict, again(self.data, self.run))

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
            "intervals": _intervals(self.intervals),
            "quantiles": self.quantiles.document(),
            "folds": [asdict(fold) for fold in self.folds],
            "fits": [asdict(fit) for fit in self.fits],
            "verdict": None if self.verdict is None else self.verdict.words,
            "margin": _margin(self.verdict),
            "skill": self.skills.get(self.config.model.name),
            "parameters": self.parameters,
            "seconds": seconds_document(self.seconds),
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class CompareResult:
    """What ``compare`` did; bundle, intervals, quantiles and verdict are those of the best model.

    ``seconds`` is the sum over the leaderboard, ``standing`` says how sure the winner is of its
    place, ``top`` is the ensemble of the best; the other parameters are those of `TrainResult`.
    """

    run: Path
    bundle: Path = field(repr=False)
    config: Config = field(repr=False)
    data: tuple[str, ...] = field(repr=False)
    reading: Reading = field(repr=False)
    evaluation: Evaluation = field(repr=False)
    leaderboard: tuple[LeaderboardRow, ...] = field(repr=False)
    standing: str | None
    top: Top | None = field(repr=False)
    intervals: Mapping[float, IntervalScore] = field(repr=False)
    quantiles: QuantileScore = field(repr=False)
    verdict: Verdict | None
    history: tuple[EpochRecord, ...] = field(repr=False)
    seconds: Seconds = field(repr=False)
    notes: Notes = field(repr=False)

    @property
    def command(self) -> str | None:
        """What trains the model that the verdict recommends instead; None where it has none."""
        return command_instead(self.verdict, again(self.data, self.run))

    def document(self) -> dict[str, object]:
        """Return the JSON document of ``compare --json``."""
        return {
            "schema": SCHEMA,
            "command": "compare",
            "run": str(self.run),
            "bundle": str(self.bundle),
            "leaderboard": [row.document() for row in self.leaderboard],
            "standing": self.standing,
            "top": None if self.top is None else self.top.document(),
            "intervals": _intervals(self.intervals),
            "quantiles": self.quantiles.document(),
            "verdict": None if self.verdict is None else self.verdict.words,
            "margin": _margin(self.verdict),
            "seconds": seconds_document(self.seconds),
            "notes": list(self.notes),
        }


def seconds_document(seconds: Seconds) -> dict[str, float]:
    """Return the JSON of wall times."""
    return {"fit": seconds.fit, "validate": seconds.validate, "total": seconds.total}


def _margin(verdict: Verdict | None) -> dict[str, object] | None:
    return None if verdict is None or verdict.margin is None else asdict(verdict.margin)


def _intervals(scores: Mapping[float, IntervalScore]) -> dict[str, dict[str, float | None]]:
    return {f"{level:g}": asdict(score) for level, score in scores.items()}


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
        ``<model>-hi-80`` for each level and ``<model>-q-0.1`` for each quantile; empty interval
        cells are nan and explained in ``notes``.
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
    samples : DataFrame or None
        ``unique_id``, ``ds``, ``sample``, one column named by the model, where they were asked for.
    """

    frame: pd.DataFrame
    recent: pd.DataFrame
    model: str
    levels: tuple[float, ...]
    notes: tuple[str, ...]
    table: pd.DataFrame | None = None
    samples: pd.DataFrame | None = None

    @property
    def written(self) -> pd.DataFrame:
        """What a file of forecasts holds."""
        if self.samples is not None:
            return self.samples
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

    @property
    def skills(self) -> Mapping[str, float | None]:
        """1 - MASE / MASE of seasonal naive, of each model (MAE where MASE is undefined)."""
        return skills_among(self.manifest.scores)

    def document(self) -> dict[str, object]:
        """Return the JSON document of ``inspect --json``."""
        return {
            "schema": SCHEMA,
            "command": "inspect",
            "bundle": str(self.path),
            "bytes": self.size,
            "parameters": self.manifest.parameters,
            "verified": self.verified,
            "manifest": self.manifest.model_dump(mode="json"),
        }
