"""What a finished run knows, before it is written down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from forecast.config.schema import Config
from forecast.data.arrays import FloatArray
from forecast.data.load import Reading
from forecast.data.panel import Panel, Span
from forecast.models.forecaster import Forecaster
from forecast.models.intervals import ConformalIntervals, interval_scale
from forecast.validation.conformal import calibrate, interval_notes
from forecast.validation.folds import FoldSchedule
from forecast.validation.verdict import Verdict
from forecast.validation.walk_forward import Evaluation

if TYPE_CHECKING:
    from forecast.report.table import ScoreRow
    from forecast.training.monitor import EpochRecord


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


@dataclass(frozen=True)
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

    def interval_scale(self, panel: Panel) -> FloatArray:
        """Scale of the intervals, (N,): deviations of the rows that the kept fit learnt from."""
        return interval_scale(panel, self.attempt.span)

    def intervals(self) -> ConformalIntervals | None:
        """Conformal intervals from the residuals of all folds; None without folds."""
        return None if self.evaluation is None else calibrate(self.evaluation, self.name)

    def notes(self, levels: Sequence[float]) -> list[str]:
        """Say which intervals are missing, and why."""
        intervals = self.intervals()
        if intervals is None or self.evaluation is None:
            return []
        return interval_notes(intervals, levels, self.evaluation.horizon)


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
    rows : sequence of ScoreRow
        The table of the report.
    decided : tuple of str
        How data and configuration were understood; the same model may come from other words.
    notes : tuple of str
        What was said on the way.
    """

    title: str
    config: Config
    reading: Reading
    kept: Kept
    verdict: Verdict | None
    rows: Sequence[ScoreRow]
    history: tuple[EpochRecord, ...]
    decided: tuple[str, ...]
    notes: tuple[str, ...]
