"""The leaderboard of a comparison: one row for each model and setting, best first.

A network that is trained with several seeds has their means in its row, and how far they spread.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from forecast.report.table import ScoreRow
from forecast.validation.evaluation import Evaluation, Seconds
from forecast.validation.memory import largest
from forecast.validation.significance import Difference, difference_between
from forecast.validation.top import Top
from forecast.validation.verdict import REFERENCE, errors_of, measure_of, skills_of, spoken
from forecast.workflows.results import Metrics, seconds_document

if TYPE_CHECKING:
    from forecast.workflows.comparing.contenders import Contender

DIGITS = 6  # of a score; what lies behind them is rounding noise and ranks nothing


@dataclass(frozen=True)
class LeaderboardRow:
    """One contender of a comparison.

    Parameters
    ----------
    rank : int or None
        1 is best by MASE (MAE where MASE is undefined); None of an ensemble, which is judged in
        other folds.
    model : str
        Name of the contender: the model, and what is varied.
    metrics, metrics_standardised : mapping of str to float or None
        Means over the seeds; None where one of them is undefined.
    spread : mapping of str to float or None, or None
        Sample standard deviation of each metric over the seeds; None with one seed.
    skill : float or None
    parameters : int or None
    seconds : Seconds or None
        Of all seeds together; None where its time is that of the models it is made of.
    settings : mapping of str to object
        What is varied, by dotted key.
    seeds : tuple of int
        Run seeds that it was trained with; none of a rule.
    peak_memory : int or None, in bytes
        The most that a fit or forecast took.
    against_reference, against_above : Difference or None
        From seasonal naive, and from the contender one rank above.
    """

    rank: int | None
    model: str
    metrics: Metrics
    metrics_standardised: Metrics
    skill: float | None
    parameters: int | None
    seconds: Seconds | None
    settings: Mapping[str, object] = field(default_factory=dict)
    seeds: tuple[int, ...] = ()
    spread: Metrics | None = None
    peak_memory: int | None = None
    against_reference: Difference | None = None
    against_above: Difference | None = None

    def in_report(self) -> ScoreRow:
        """Return the row as the report's table takes it."""
        return ScoreRow(
            self.model,
            self.metrics,
            self.skill,
            self.rank,
            self.parameters,
            self.seconds,
            self.peak_memory,
            self.against_reference,
            self.against_above,
        )

    def document(self) -> dict[str, object]:
        """Return the row's JSON."""
        pairs = {"reference": self.against_reference, "above": self.against_above}
        against = {
            f"against_{key}": None if found is None else found.document()
            for key, found in pairs.items()
        }
        return {
            "rank": self.rank,
            "model": self.model,
            "metrics": dict(self.metrics),
            "metrics_standardised": dict(self.metrics_standardised),
            "skill": self.skill,
            "parameters": self.parameters,
            "seconds": None if self.seconds is None else seconds_document(self.seconds),
            "settings": dict(self.settings),
            "seeds": list(self.seeds),
            "spread": None if self.spread is None else dict(self.spread),
            "peak_memory": self.peak_memory,
            **against,
        }


def entries_of(name: str, seeds: Sequence[int]) -> tuple[str, ...]:
    """Return what a contender is called in the evaluation and the tables, with each seed.

    Examples
    --------
    >>> entries_of("gru", [0]), entries_of("gru", [0, 1]), entries_of("theta", [])
    (('gru',), ('gru seed=0', 'gru seed=1'), ('theta',))
    """
    if len(seeds) < 2:  # noqa: PLR2004 - one seed needs no name
        return (name,)
    return tuple(f"{name} seed={seed}" for seed in seeds)


def ranked(
    evaluation: Evaluation, parameters: Mapping[str, int], contenders: Sequence[Contender]
) -> list[Contender]:
    """Order the contenders by MASE, by MAE where no model has a MASE; best first.

    Of those whose errors agree in six digits the one with fewer parameters comes first, then
    the one whose name does.
    """
    errors = errors_of(evaluation, measure_of(evaluation))

    def place(contender: Contender) -> tuple[float, int, str]:
        error = _mean([errors[name] for name in contender.entries])
        rounded = math.inf if error is None else float(f"{error:.{DIGITS}g}")
        return rounded, parameters[contender.entries[0]], contender.name

    return sorted(contenders, key=place)


def leaderboard(
    evaluation: Evaluation,
    parameters: Mapping[str, int],
    contenders: Sequence[Contender],
    *,
    final: Seconds,
    top: Top | None = None,
) -> tuple[LeaderboardRow, ...]:
    """Give each contender its row, best first, and the ensemble the last one.

    Parameters
    ----------
    evaluation : Evaluation
    parameters : mapping of str to int
        How many numbers each entry has learnt.
    contenders : sequence of Contender
    final : Seconds
        What fitting the best model on all rows took; it counts as its.
    top : Top, optional
    """
    skills, measure = skills_of(evaluation), measure_of(evaluation)
    order = ranked(evaluation, parameters, contenders)
    reference = next((each for each in contenders if each.name == REFERENCE), None)
    rows = []
    for index, contender in enumerate(order):
        entries = contender.entries
        scores = [evaluation.scores(name) for name in entries]
        metrics = [found.metrics for found in scores]
        seconds = sum((evaluation.seconds(name) for name in entries), Seconds(0.0, 0.0))
        rows.append(
            LeaderboardRow(
                rank=index + 1,
                model=contender.name,
                metrics=_over_seeds(metrics, _mean),
                metrics_standardised=_over_seeds([each.standardised for each in scores], _mean),
                skill=_mean([skills[name] for name in entries]),
                parameters=parameters[entries[0]],
                seconds=seconds if index else seconds + final,
                settings=contender.settings,
                seeds=contender.seeds,
                spread=_over_seeds(metrics, _deviation) if len(entries) > 1 else None,
                peak_memory=largest(*(evaluation.memory(name) for name in entries)),
                against_reference=_against(evaluation, contender, reference, measure),
                against_above=_against(
                    evaluation, contender, order[index - 1] if index else None, measure
                ),
            )
        )
    return (*rows, *([] if top is None else [ensemble_row(top)]))


def ensemble_row(top: Top) -> LeaderboardRow:
    """Give the ensemble a row; its scores and skill are those of the folds that it is judged in."""
    evaluation, name = top.evaluation, top.name
    scores, measure = evaluation.scores(name), measure_of(evaluation)
    against = None
    if REFERENCE in evaluation.models:
        pair = ((name,), (REFERENCE,))
        against = difference_between(evaluation, *pair, measure=measure, model=REFERENCE)
    return LeaderboardRow(
        rank=None,
        model=name,
        metrics=scores.metrics,
        metrics_standardised=scores.standardised,
        skill=skills_of(evaluation)[name],
        parameters=None,
        seconds=None,
        against_reference=against,
    )


def standing(rows: Sequence[LeaderboardRow]) -> str | None:
    """Say how sure the winner is of its place; None without a second model."""
    if len(rows) < 2 or rows[1].against_above is None:  # noqa: PLR2004
        return None
    first, second, found = spoken(rows[0].model), spoken(rows[1].model), rows[1].against_above
    if found.p is None:
        return f"whether {first} is better than {second} was not tested: {found.reason}"
    over = f"(p {found.shown} over {found.cutoffs} cutoffs)"
    if found.tie:
        return f"{first} and {second} tie {over}"
    return f"{first} is better than {second} {over}"


def _against(
    evaluation: Evaluation, one: Contender, other: Contender | None, measure: str
) -> Difference | None:
    if other is None or other is one:
        return None
    return difference_between(
        evaluation, one.entries, other.entries, measure=measure, model=other.name
    )


def _over_seeds(
    rows: Sequence[Metrics], combine: Callable[[Sequence[float | None]], float | None]
) -> dict[str, float | None]:
    """Combine each metric over the seeds."""
    return {key: combine([row[key] for row in rows]) for key in rows[0]}


def _mean(values: Sequence[float | None]) -> float | None:
    """Mean; None where a value is undefined, and of one value that value, to the last bit."""
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return None
    return known[0] if len(known) == 1 else statistics.fmean(known)


def _deviation(values: Sequence[float | None]) -> float | None:
    """Sample standard deviation; None where a value is undefined."""
    known = [value for value in values if value is not None]
    return statistics.stdev(known) if len(known) == len(values) else None
