"""What a fold is, and what may be asked about folds.

    row 0                                                          length
    |-------- training --------|-- validation tail --|-gap-|== test block ==|
    span.start        span.train_stop           span.stop  ^cutoffs[0] + 1  ^test_stop

A cutoff is the last row that a forecast may see. Every cutoff of a fold has its whole horizon
inside the test block; its context may reach back across the gap to the cutoff itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from forecast.data.panel import Span
from forecast.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
DEFAULT_FOLDS = 3
MAX_CUTOFFS = 64
BLOCK_SHARE = 20  # a test block is at least one part in twenty (5 %) of the rows
TAIL_SHARE = 10  # a validation tail is at least one part in ten (10 %) of the training rows

Size: TypeAlias = int | float


@dataclass(frozen=True)
class GivenCutoff:
    """A cutoff that the user named: his words, and the grid row that they mean.

    The row may lie outside the grid.
    """

    words: str
    row: int


@dataclass(frozen=True)
class FoldPlan:
    """What the user asked for; None is automatic.

    Parameters
    ----------
    folds : int, optional
        Number of folds; 0 for none, automatic is 3.
    step_size : int, optional
        Rows between cutoffs; automatic is at most 64 cutoffs, evenly spaced.
    gap : int
        Rows between the last training target and the first cutoff.
    window : {"expanding", "rolling", "blocked"}
        Rolling needs ``max_train_size``; a ``max_train_size`` alone is rolling, too.
    cutoffs : tuple of GivenCutoff
        One fold each.
    max_train_size : int, optional
        Most rows to train on, the validation tail included.
    refit : int, optional
        A model is trained for the first fold and each so many after it; None is never again.
    train_size, validation_size, test_size : int or float, optional
        Rows, or with a float the fraction of all rows. Any of them implies one fold.
    """

    folds: int | None = None
    step_size: int | None = None
    gap: int = 0
    window: Literal["expanding", "rolling", "blocked"] = "expanding"
    cutoffs: tuple[GivenCutoff, ...] = ()
    max_train_size: int | None = None
    refit: int | None = 1
    train_size: Size | None = None
    validation_size: Size | None = None
    test_size: Size | None = None

    @property
    def sizes(self) -> dict[str, Size]:
        """The explicit sizes that were given, by name."""
        sizes = {
            "train_size": self.train_size,
            "validation_size": self.validation_size,
            "test_size": self.test_size,
        }
        return {name: size for name, size in sizes.items() if size is not None}

    def trains(self, index: int) -> bool:
        """Whether a model is trained for fold ``index``.

        Examples
        --------
        >>> [FoldPlan(refit=2).trains(index) for index in range(4)]
        [True, False, True, False]
        """
        return index == 0 or (self.refit is not None and index % self.refit == 0)

    @property
    def explicit(self) -> bool:
        """Whether explicit sizes were given, which means one fold and no final fit unasked."""
        return bool(self.sizes)


@dataclass(frozen=True)
class Fold:
    """The cutoffs of one test block, and the rows that the model judged there has learnt from.

    Parameters
    ----------
    index : int
        From 0, in the order of time.
    span : Span
        Rows to learn from; those of the fold before where no model is trained for this one.
    cutoffs : tuple of int
        Grid rows, inclusive, ascending; the first is the row before the test block.
    test_stop : int
        One past the last row of the test block.
    trained : bool
        Whether a model is trained for it; else the model of the fold before is judged again.
    """

    index: int
    span: Span
    cutoffs: tuple[int, ...]
    test_stop: int
    trained: bool = True


@dataclass(frozen=True)
class FoldSchedule:
    """The folds of a run, in the order of time, and what was decided about them."""

    folds: tuple[Fold, ...]
    notes: tuple[str, ...]

    @property
    def trained(self) -> tuple[Fold, ...]:
        """Those that a model is trained for."""
        return tuple(fold for fold in self.folds if fold.trained)

    @property
    def fits(self) -> tuple[int, ...]:
        """For each fold the index of the fold whose model is judged there."""
        found: list[int] = []
        for fold in self.folds:
            found.append(fold.index if fold.trained else found[-1])
        return tuple(found)


def check_plan(plan: FoldPlan) -> None:
    """Refuse a plan that no data could fulfil.

    Raises
    ------
    UsageError
        If a count is out of range or two settings contradict each other.
    """
    least = {"folds": 0, "step_size": 1, "gap": 0, "max_train_size": 1, "refit": 1}
    given = {
        "refit": plan.refit,
        "folds": plan.folds,
        "step_size": plan.step_size,
        "gap": plan.gap,
        "max_train_size": plan.max_train_size,
    }
    for name, value in given.items():
        if value is not None and value < least[name]:
            raise UsageError(
                f"{name} must be at least {least[name]}, but is {value}",
                location=f"validation.{name}",
                fix=f"pass {flag(name)} {least[name]} or more",
            )
    if plan.window == "rolling" and plan.max_train_size is None:
        raise UsageError(
            "a rolling window needs a length, but max_train_size is not set",
            location="validation.window",
            fix="add --max-train-size ROWS, or leave --window rolling out",
        )
    _check_cutoffs(plan)
    _check_blocked(plan)
    if plan.explicit and plan.folds not in (None, 1):
        names = " and ".join(flag(name) for name in plan.sizes)
        raise UsageError(
            f"--folds {plan.folds} and {names} contradict each other: explicit sizes are one fold",
            location="validation.folds",
            fix=f"leave out either --folds or {names}",
        )


def _check_cutoffs(plan: FoldPlan) -> None:
    count = len(plan.cutoffs)
    beside = [flag(name) for name in plan.sizes]
    if plan.folds not in (None, count):
        beside.append(f"--folds {plan.folds}")
    if plan.step_size is not None:
        beside.append(f"--step-size {plan.step_size}")
    if plan.window == "blocked":
        beside.append("--window blocked")
    if count and beside:
        cutoffs = "1 cutoff is" if count == 1 else f"{count} cutoffs are"
        raise UsageError(
            f"--cutoffs and {beside[0]} contradict each other: {cutoffs} as many folds",
            location="validation.cutoffs",
            fix=f"leave out either --cutoffs or {beside[0]}",
        )


def _check_blocked(plan: FoldPlan) -> None:
    beside = [flag(name) for name in plan.sizes]
    if plan.refit != 1:
        beside.append(f"--refit {'never' if plan.refit is None else plan.refit}")
    if plan.max_train_size is not None:
        beside.append(f"--max-train-size {plan.max_train_size}")
    if plan.window == "blocked" and beside:
        raise UsageError(
            f"--window blocked and {beside[0]} contradict each other: every stretch is trained "
            "and judged by itself",
            location="validation.window",
            fix=f"leave out either --window blocked or {beside[0]}",
        )


def flag(name: str) -> str:
    """Return the flag that sets ``name``."""
    return "--" + name.replace("_", "-")


def automatic_tail(rows: int, *, horizon: int, context_length: int) -> int:
    """Rows of the validation tail among ``rows`` training rows.

    The larger of one horizon and 10 %, but no more than leaves one context and one horizon.
    """
    return max(horizon, min(rows // TAIL_SHARE, rows - context_length - horizon))


def shrunk_tail(rows: int, tail: int, *, horizon: int) -> str | None:
    """Say that a validation tail of ``rows`` training rows is shorter than it would be; or None."""
    full = max(horizon, rows // TAIL_SHARE)
    if tail >= full:
        return None
    return (
        f"validation tail of {tail} rows instead of {full}, to leave a context and a horizon of "
        "training rows"
    )


def reuse_models(folds: Sequence[Fold], plan: FoldPlan) -> FoldSchedule:
    """Leave each fold that no model is trained for to the model of the fold before, and say so."""
    found: list[Fold] = []
    for fold in folds:
        if plan.trains(fold.index):
            found.append(fold)
        else:
            found.append(replace(fold, span=found[-1].span, trained=False))
    schedule = FoldSchedule(tuple(found), ())
    count = len(schedule.trained)
    if count == len(found):
        return schedule
    times = "once, for the first of" if count == 1 else f"{count} times for"
    note = f"trained {times} {len(found)} folds: the others are judged by the model before them"
    return replace(schedule, notes=(note,))


def training_span(
    start: int, plan: FoldPlan, *, horizon: int, context_length: int
) -> tuple[Span, str | None]:
    """Rows to learn from before a test block that begins at row ``start``.

    Returns
    -------
    span : Span
    shrunk : str or None
        Says that the validation tail is shorter than it would be.
    """
    stop = start - plan.gap
    first = 0 if plan.max_train_size is None else max(0, stop - plan.max_train_size)
    tail = automatic_tail(stop - first, horizon=horizon, context_length=context_length)
    return Span(first, stop - tail, stop), shrunk_tail(stop - first, tail, horizon=horizon)


def place_cutoffs(
    start: int, stop: int, *, horizon: int, step_size: int | None, most: int | None
) -> tuple[int, ...]:
    """Cutoffs whose whole horizon lies in the test block ``start`` to ``stop - 1``.

    Parameters
    ----------
    start, stop : int
        Rows of the block; the first cutoff is ``start - 1``.
    horizon : int, in steps
    step_size : int or None
        Rows between cutoffs; None is 1, thinned to ``most``.
    most : int or None
        With no step size, keep at most so many, evenly spaced from the first to the last.

    Examples
    --------
    >>> place_cutoffs(10, 16, horizon=2, step_size=None, most=None)
    (9, 10, 11, 12, 13)
    >>> place_cutoffs(10, 16, horizon=2, step_size=None, most=3)
    (9, 11, 13)
    """
    last = stop - horizon - 1
    if step_size is not None:
        return tuple(range(start - 1, last + 1, step_size))
    count = last - start + 2
    if most is None or count <= most:
        return tuple(range(start - 1, last + 1))
    picked = np.linspace(start - 1, last, most).round().astype(np.int64)
    return tuple(int(cutoff) for cutoff in picked)
