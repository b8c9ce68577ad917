"""The leaderboard of a comparison: one row for each model, best first."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from forecast.report.table import ScoreRow
from forecast.validation.evaluation import Evaluation, Seconds
from forecast.validation.verdict import errors_of, measure_of, skills_of
from forecast.workflows.results import Metrics, seconds_document

DIGITS = 6  # of a score; what lies behind them is rounding noise and ranks nothing


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
            "seconds": seconds_document(self.seconds),
        }


def ranked(evaluation: Evaluation, parameters: Mapping[str, int]) -> list[str]:
    """Order the models by MASE, by MAE where no model has a MASE; best first.

    Of models whose errors agree in six digits the one with fewer parameters comes first, then
    the one whose name does.
    """
    errors = errors_of(evaluation, measure_of(evaluation))

    def place(name: str) -> tuple[float, int, str]:
        error = errors[name]
        rounded = math.inf if error is None else float(f"{error:.{DIGITS}g}")
        return rounded, parameters[name], name

    return sorted(evaluation.models, key=place)


def leaderboard(
    evaluation: Evaluation, parameters: Mapping[str, int], *, final: Seconds
) -> tuple[LeaderboardRow, ...]:
    """Give each model its row, best first.

    Parameters
    ----------
    evaluation : Evaluation
    parameters : mapping of str to int
        How many numbers each model has learnt.
    final : Seconds
        What fitting the best model on all rows took; it counts as its.
    """
    skills = skills_of(evaluation)
    rows = []
    for index, name in enumerate(ranked(evaluation, parameters)):
        scores, seconds = evaluation.scores(name), evaluation.seconds(name)
        rows.append(
            LeaderboardRow(
                rank=index + 1,
                model=name,
                metrics=scores.metrics,
                metrics_standardised=scores.standardised,
                skill=skills[name],
                parameters=parameters[name],
                seconds=seconds if index else seconds + final,
            )
        )
    return tuple(rows)
