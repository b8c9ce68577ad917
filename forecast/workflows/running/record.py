"""What a finished run knows, before it is written down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from forecast.bundle.bundle import ErrorScales
from forecast.config.schema import Config
from forecast.data.load import Reading
from forecast.data.panel import Panel, Span
from forecast.data.transform import Target
from forecast.metrics.scaled import seasonal_scales, seasonal_square_scales, training_deviation
from forecast.models.forecaster import Forecaster
from forecast.models.intervals import FEWEST, ConformalIntervals, Spread, fit_spread
from forecast.validation.bands import NO_BANDS, Bands, FoldBands, IntervalScore, untested_notes
from forecast.validation.conformal import calibrate, interval_notes
from forecast.validation.evaluation import Evaluation
from forecast.validation.folds import FoldSchedule
from forecast.validation.quantiles import QuantileScore, without_quantiles
from forecast.validation.verdict import Verdict
from forecast.workflows.notes import Notes

if TYPE_CHECKING:
    from forecast.report.table import ScoreRow
    from forecast.training.monitor import EpochRecord

NO_FOLD = "there is no fold"


@dataclass(frozen=True)
class Attempt:
    """One fit of a model, begun or finished, and the rows it was given."""

    forecaster: Forecaster
    span: Span

    @property
    def cut_short(self) -> bool:
        """Whether the user stopped it before its end."""
        report = self.forecaster.report
        return report is not None and report.stopped == "interrupted"

    @property
    def fit(self) -> str:
        """Name of the fit, such as ``gru, fold 1 of 3``."""
        report = self.forecaster.report
        return report.records[-1].fit if report and report.records else self.forecaster.name


@dataclass(frozen=True, eq=False)
class Kept:
    """The model of a run, how it was judged, and so what its intervals are made of.

    Parameters
    ----------
    attempt : Attempt
        The fit that is kept.
    evaluation : Evaluation or None
        None without folds, and where the run was interrupted.
    name : str
        Of the model.
    schedule : FoldSchedule
        The folds that were asked for.
    interrupted : str or None
        A sentence on where the user stopped the run.
    """

    attempt: Attempt
    evaluation: Evaluation | None
    name: str
    schedule: FoldSchedule
    interrupted: str | None = None

    @property
    def forecaster(self) -> Forecaster:
        """The fitted model."""
        return self.attempt.forecaster

    def spread(self, panel: Panel, target: Target) -> Spread:
        """What intervals are made with, of the rows that the kept fit learnt from."""
        return fit_spread(panel, self.attempt.span, target)

    def error_scales(self, panel: Panel, season: int) -> ErrorScales:
        """What errors are divided by, of the rows that the kept fit learnt from."""
        span = self.attempt.span
        return ErrorScales(
            seasonal_scales(panel, span.start, span.stop, season_length=season),
            seasonal_square_scales(panel, span.start, span.stop, season_length=season),
            training_deviation(panel, span.start, span.train_stop),
        )

    @cached_property
    def intervals(self) -> ConformalIntervals | None:
        """Conformal intervals from the residuals of all folds; None without folds."""
        return None if self.evaluation is None else calibrate(self.evaluation, self.name)

    def interval_notes(self, levels: Sequence[float]) -> list[str]:
        """Say which intervals of the forecasts to come are missing, and why."""
        if self.intervals is None or self.evaluation is None:
            return []
        return [
            *self._unscaled(),
            *self._lost(),
            *interval_notes(self.intervals, levels, self.evaluation.horizon),
        ]

    def _unscaled(self) -> list[str]:
        """Say how many series have no deviation that their errors could be held against."""
        folds = () if self.evaluation is None else self.evaluation.folds
        scales = [fold.spreads[self.name].scale for fold in folds]
        most = max((int(np.isnan(scale).sum()) for scale in scales), default=0)
        if not most:
            return []
        have = "has" if most == 1 else "have"
        few = f"{most} of {len(scales[0])} series {have} no interval in a fold"
        return [f"{few}: constant, or fewer than {FEWEST} values in its training rows"]

    def _lost(self) -> list[str]:
        """Say how many errors of the folds are in no interval, for want of a transformed value."""
        name = self.name
        folds = () if self.evaluation is None else self.evaluation.folds
        lost = sum(fold.spreads[name].lost(fold.forecasts[name]) for fold in folds)
        if not lost:
            return []
        kind = folds[0].spreads[name].transform.target.transform
        few = "1 forecast of the folds is" if lost == 1 else f"{lost} forecasts of the folds are"
        return [f"{few} not in the intervals: {kind} does not take such values"]


@dataclass(frozen=True)
class JudgedBands:
    """Intervals and quantiles of a model, and how they did in the folds.

    Parameters
    ----------
    bands : Bands
    intervals : mapping of float to IntervalScore
        How often intervals held, by level in percent.
    quantiles : QuantileScore
    """

    bands: Bands
    intervals: Mapping[float, IntervalScore]
    quantiles: QuantileScore


@dataclass(frozen=True)
class RunRecord:
    """Everything that the files of a run folder are made of.

    Parameters
    ----------
    title : str
        Of the report.
    config : Config
        Resolved.
    reading, kept, verdict, history
        What was read, fitted, found, and how the fits went.
    command : str or None
        What trains the model that the verdict recommends instead.
    rows : sequence of ScoreRow
        The table of the report.
    judged : JudgedBands
        Of what intervals are made, and how they did.
    notes : Notes
    """

    title: str
    config: Config
    reading: Reading
    kept: Kept
    verdict: Verdict | None
    command: str | None
    rows: Sequence[ScoreRow]
    judged: JudgedBands
    history: tuple[EpochRecord, ...]
    notes: Notes


def interval_findings(kept: Kept, bands: Bands) -> tuple[JudgedBands, tuple[str, ...]]:
    """Score the intervals of a model, and say which could not be scored or made, and why."""
    levels, evaluation = bands.levels, kept.evaluation
    if evaluation is None:
        scores = dict.fromkeys(levels, IntervalScore(None, None, 0))
        quantiles = without_quantiles(NO_FOLD if levels else NO_BANDS)
        return JudgedBands(bands, scores, quantiles), (*untested_notes(scores, 0, bands.kind),)
    made = FoldBands(evaluation, kept.name, bands)
    judged = JudgedBands(bands, made.interval_scores(), made.quantile_scores())
    notes = untested_notes(judged.intervals, len(evaluation.folds), bands.kind)
    if bands.kind == "conformal":
        notes += kept.interval_notes(levels)
    return judged, tuple(notes)
