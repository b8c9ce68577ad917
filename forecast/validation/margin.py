"""How sure a comparison with a baseline is: fold by fold, and step by step.

Skill is that of the verdict, 1 - error / error of the baseline, taken in each fold by itself. The
standard error is the deviation of those skills (with n - 1) over the square root of n: folds of
one series follow each other, so it is a hint at the noise and no test.
"""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from forecast.metrics.scaled import skill

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from forecast.validation.evaluation import Evaluation


@dataclass(frozen=True)
class Margin:
    """By how much a model is ahead of a baseline.

    Parameters
    ----------
    baseline : str
    skill : float or None
        Over all folds; None where undefined, or the baseline is perfect.
    by_fold : tuple of float or None
        In each fold by itself.
    error : float or None
        Standard error of the skill over folds; None with less than two.
    ends_at : int or None
        The step (from 1) from which on the model is no better than the baseline at any step;
        None where it is better at the last one.
    but_at : tuple of int
        Steps before that at which it is no better either.
    """

    baseline: str
    skill: float | None
    by_fold: tuple[float | None, ...]
    error: float | None
    ends_at: int | None
    but_at: tuple[int, ...] = ()

    @property
    def words(self) -> str:
        """Both findings, without a full stop at the end."""
        return f"{self._folds()}; {self._steps()}"

    def _folds(self) -> str:
        known = [value for value in self.by_fold if value is not None]
        if self.error is None:
            return f"of how sure that is, {self._silent(len(known))}"
        low, high = _percent(min(known)), _percent(max(known))
        return f"skill {low} to {high} in {len(known)} folds, standard error {_percent(self.error)}"

    def _silent(self, known: int) -> str:
        """Say which folds tell nothing."""
        folds = len(self.by_fold)
        if folds == 1:
            return "one fold says nothing"
        few = "one" if known else "none"
        return f"{few} of {folds} folds has a skill, which says nothing"

    def _steps(self) -> str:
        if self.ends_at == 1:
            return "better than it at no step"
        known = "better than it up to the last step, but for"
        if self.ends_at is not None:
            known = f"no better than it from step {self.ends_at} on, nor at"
        if not self.but_at:
            return known.rpartition(",")[0]
        return f"{known} step{'s' if len(self.but_at) > 1 else ''} {_listed(self.but_at)}"


def margin_over(evaluation: Evaluation, name: str, baseline: str, *, measure: str) -> Margin:
    """Compare a model with a baseline of the same evaluation.

    Parameters
    ----------
    evaluation : Evaluation
        Of at least one fold.
    name, baseline : str
        Candidates of it.
    measure : {"mase", "mae"}
        What errors are compared by.
    """

    def ahead(mine: Mapping[str, float | None], theirs: Mapping[str, float | None]) -> float | None:
        error, reference = mine[measure], theirs[measure]
        return skill(error, reference) if error is not None and reference else None

    by_fold = tuple(
        ahead(
            evaluation.fold_scores(name, index).metrics,
            evaluation.fold_scores(baseline, index).metrics,
        )
        for index in range(len(evaluation.folds))
    )
    known = [value for value in by_fold if value is not None]
    several = len(known) > 1
    steps = [
        _better(mine[measure], theirs[measure])
        for mine, theirs in zip(evaluation.steps(name), evaluation.steps(baseline), strict=True)
    ]
    last = max((step for step, better in enumerate(steps, 1) if better), default=0)
    return Margin(
        baseline=baseline,
        skill=ahead(evaluation.scores(name).metrics, evaluation.scores(baseline).metrics),
        by_fold=by_fold,
        error=statistics.stdev(known) / math.sqrt(len(known)) if several else None,
        ends_at=None if last == len(steps) else last + 1,
        but_at=tuple(step for step, better in enumerate(steps[:last], 1) if not better),
    )


def _listed(steps: Sequence[int]) -> str:
    """Name some steps; runs of them by their ends.

    Examples
    --------
    >>> _listed([1, 3, 4, 5])
    '1, 3 to 5'
    """
    runs: list[list[int]] = []
    for step in steps:
        if runs and step == runs[-1][-1] + 1:
            runs[-1].append(step)
        else:
            runs.append([step])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs)


def _better(mine: float | None, theirs: float | None) -> bool:
    return mine is not None and theirs is not None and mine < theirs


def _percent(value: float) -> str:
    return f"{round(value, 2) + 0:.0%}".replace("%", " %")  # 0 has no sign
