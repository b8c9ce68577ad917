"""The ensemble of the best models: chosen on earlier folds, judged on the later ones.

For each fold the k models of least MASE (MAE where MASE is undefined) over the folds that were over
before its first cutoff are taken, and the mean of their forecasts is one more forecast. Beside it
stand all models on those same folds, so that none has an easier task.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from forecast.validation.evaluation import Seconds
from forecast.validation.verdict import REFERENCE, errors_of, measure_of, spoken

if TYPE_CHECKING:
    from forecast.validation.evaluation import Evaluation, FoldResult

TOP = 3  # models, unless asked otherwise
NEEDED = 2  # models, and folds
LISTED = 4  # folds whose choice is spelled out in a sentence


@dataclass(frozen=True)
class Top:
    """An ensemble that was chosen fold by fold.

    Parameters
    ----------
    name : str
        Such as ``top 3``.
    choices : tuple of tuple of str
        The models that it is made of, best first, for each fold that it is judged in.
    evaluation : Evaluation
        Of those folds, the ensemble being its last model.
    """

    name: str
    choices: tuple[tuple[str, ...], ...]
    evaluation: Evaluation

    @property
    def best(self) -> str:
        """The single model with the least error in the same folds."""
        return _in_order(self.evaluation, [*self.evaluation.models[:-1]])[0]

    @property
    def folds(self) -> tuple[int, ...]:
        """Indices of the folds that it is judged in."""
        return tuple(result.fold.index for result in self.evaluation.folds)

    @property
    def words(self) -> str:
        """Say what it is made of, and how it did beside others; no full stop at the end."""
        measure = measure_of(self.evaluation)
        errors = errors_of(self.evaluation, measure)
        beside = [name for name in dict.fromkeys((self.best, REFERENCE)) if name in errors]
        others = " and ".join(f"{spoken(name)} {_number(errors[name])}" for name in beside)
        return (
            f"{self.name} is the mean of those best in the folds before ({self._chosen()}): "
            f"{measure.upper()} {_number(errors[self.name])} {self._where()}, {others} there"
        )

    def _chosen(self) -> str:
        if len(set(self.choices)) == 1:
            return ", ".join(self.choices[0])
        if len(self.choices) > LISTED:
            return f"{len(set(self.choices))} choices in {len(self.choices)} folds"
        pairs = zip(self.folds, self.choices, strict=True)
        return "; ".join(f"fold {fold + 1}: {', '.join(names)}" for fold, names in pairs)

    def _where(self) -> str:
        first, last = self.folds[0] + 1, self.folds[-1] + 1
        return f"in fold {first}" if first == last else f"in folds {first} to {last}"

    def document(self) -> dict[str, object]:
        """Return its JSON: who was chosen, and the scores of all in those folds."""
        return {
            "name": self.name,
            "folds": list(self.folds),
            "choices": [list(names) for names in self.choices],
            "best": self.best,
            "metrics": {
                name: dict(self.evaluation.scores(name).metrics) for name in self.evaluation.models
            },
        }


def best_of_earlier(evaluation: Evaluation, k: int) -> Top | None:
    """Judge the ensemble of the ``k`` best.

    Parameters
    ----------
    evaluation : Evaluation
    k : int
        At least 1; of fewer models all are taken.

    Returns
    -------
    Top or None
        None with a single model, or where no fold was over before another one began.
    """
    folds, models = evaluation.folds, evaluation.models
    if len(folds) < NEEDED or len(models) < NEEDED:
        return None
    k = min(k, len(models))
    name, choices, later = f"top {k}", [], []
    for result in folds:
        known = result.fold.cutoffs[0] + 1
        over = tuple(other for other in folds if other.fold.test_stop <= known)
        if not over:
            continue
        choice = _in_order(replace(evaluation, folds=over), list(models))[:k]
        choices.append(tuple(choice))
        later.append(_with_mean(result, name, choice))
    if not later:
        return None
    judged = replace(evaluation, models=(*models, name), folds=tuple(later))
    return Top(name, tuple(choices), judged)


def _in_order(evaluation: Evaluation, models: list[str]) -> list[str]:
    """Put the models of least error first; those without any last."""
    errors = errors_of(evaluation, measure_of(evaluation))

    def place(name: str) -> tuple[bool, float]:
        error = errors[name]
        return error is None, 0.0 if error is None else error

    return sorted(models, key=place)


def _with_mean(result: FoldResult, name: str, choice: list[str]) -> FoldResult:
    parts = [result.forecasts[model] for model in choice]
    mean = sum(parts[1:], parts[0]) / len(choice)
    return replace(
        result,
        forecasts={**result.forecasts, name: mean},
        seconds={**result.seconds, name: Seconds(0.0, 0.0)},
    )


def _number(error: float | None) -> str:
    return "undefined" if error is None else f"{error:.3g}"
