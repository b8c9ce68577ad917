"""What a finished run knows, before it is written down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from forecast.config.schema import Config
from forecast.data.load import Reading
from forecast.models.forecaster import Forecaster
from forecast.models.intervals import ConformalIntervals
from forecast.validation.conformal import calibrate, interval_notes
from forecast.validation.folds import FoldSchedule
from forecast.validation.verdict import Verdict
from forecast.validation.walk_forward import Evaluation

if TYPE_CHECKING:
    from forecast.report.table import ScoreRow
    from forecast.training.monitor import EpochRecord


@dataclass(frozen=True)
class Kept:
    """The model of a run, how it was judged, and so what its intervals are made of."""

    forecaster: Forecaster
    evaluation: Evaluation | None
    name: str
    schedule: FoldSchedule

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
    notes: tuple[str, ...]
