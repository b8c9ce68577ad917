"""Walk-forward folds: who learns from which rows, and from where it is judged.

Three folds of an expanding window, each with its own training rows (=), validation tail (-) and
test block (#); a later fold learns from what an earlier one was judged on:

    fold 1  ==================================------######
    fold 2  =======================================-------######
    fold 3  =============================================-------######

A fold is pure arithmetic on grid rows: no value of the data is looked at.
"""

from __future__ import annotations

import math

from forecast.data.panel import Span
from forecast.errors import NotEnoughDataError
from forecast.validation.blocked import blocked_folds
from forecast.validation.chosen import chosen_folds
from forecast.validation.plan import (
    BLOCK_SHARE,
    DEFAULT_FOLDS,
    MAX_CUTOFFS,
    Fold,
    FoldPlan,
    FoldSchedule,
    automatic_tail,
    check_plan,
    place_cutoffs,
    reuse_models,
    training_span,
)
from forecast.validation.sizes import explicit_fold
from forecast.validation.ways import both_shorter, join, shorter, too_few

__all__ = ["Fold", "FoldPlan", "FoldSchedule", "draw_folds", "final_span", "make_folds"]


def make_folds(length: int, *, plan: FoldPlan, horizon: int, context_length: int) -> FoldSchedule:
    """Lay out the folds of a panel of ``length`` rows.

    Parameters
    ----------
    length : int
        Rows of the grid.
    plan : FoldPlan
        What was asked for. Automatic values shrink to fit and a note says so; given ones never do.
    horizon, context_length : int, in steps
        Each fold keeps at least one context and one horizon of training rows before its
        validation tail. Pass the smallest acceptable context when it is automatic.

    Returns
    -------
    FoldSchedule
        No folds when ``plan.folds`` is 0.

    Raises
    ------
    UsageError
        If the plan contradicts itself.
    NotEnoughDataError
        If the rows do not hold what was asked for; says what would fit.

    Examples
    --------
    >>> plan = FoldPlan(folds=2)
    >>> schedule = make_folds(40, plan=plan, horizon=3, context_length=4)
    >>> [(fold.span.train_stop, fold.cutoffs, fold.test_stop) for fold in schedule.folds]
    [(25, (27, 28, 29, 30), 34), (31, (33, 34, 35, 36), 40)]
    """
    check_plan(plan)
    if plan.explicit:
        return explicit_fold(length, plan=plan, horizon=horizon, context_length=context_length)
    if plan.folds == 0:
        return FoldSchedule((), ())
    if plan.window == "blocked":
        return blocked_folds(length, plan=plan, horizon=horizon, context_length=context_length)
    _check_window(plan, horizon, context_length)
    if plan.cutoffs:
        return chosen_folds(length, plan=plan, horizon=horizon, context_length=context_length)
    count, block, notes = _fit_blocks(length, plan, horizon, context_length)
    folds = []
    for index in range(count):
        start = length - (count - index) * block
        span, shrunk = training_span(start, plan, horizon=horizon, context_length=context_length)
        notes = notes if shrunk is None or index else (*notes, f"fold 1: {shrunk}")
        cutoffs = place_cutoffs(
            start, start + block, horizon=horizon, step_size=plan.step_size, most=MAX_CUTOFFS
        )
        folds.append(Fold(index, span, cutoffs, start + block))
    schedule = reuse_models(folds, plan)
    return FoldSchedule(schedule.folds, (*notes, *schedule.notes))


def final_span(length: int, horizon: int, plan: FoldPlan, *, context_length: int = 1) -> Span:
    """Rows of the final fit: all of them, with a validation tail only when there are no folds.

    Raises
    ------
    NotEnoughDataError
        If there are fewer rows than the fit needs.

    Examples
    --------
    >>> final_span(100, 5, FoldPlan())
    Span(start=0, train_stop=100, stop=100)
    >>> final_span(100, 5, FoldPlan(folds=0))
    Span(start=0, train_stop=90, stop=100)
    """
    alone = plan.folds == 0
    needs = context_length + horizon + (horizon if alone else 0)
    if length < needs:
        blocks = 2 if alone else 1
        tail = f" + validation {horizon}" if alone else ""
        raise NotEnoughDataError(
            f"{too_few(length)}: context {context_length} + horizon {horizon}{tail} need {needs}",
            fix=join(shorter(length - context_length, blocks, length - blocks * horizon)),
        )
    if not alone:
        return Span(0, length, length)
    tail_rows = automatic_tail(length, horizon=horizon, context_length=context_length)
    return Span(0, length - tail_rows, length)


def draw_folds(schedule: FoldSchedule, length: int, width: int = 60) -> list[str]:
    """Draw the folds on the time axis, one line each.

    ``=`` training, ``-`` validation tail, ``.`` gap and rows that a model trained for an earlier
    fold has not seen, ``#`` test block, blank unused.

    Examples
    --------
    >>> plan = FoldPlan(folds=2, gap=2)
    >>> schedule = make_folds(40, plan=plan, horizon=3, context_length=4)
    >>> for line in draw_folds(schedule, 40, width=40):
    ...     print(line)
    fold 1  =======================---..######
    fold 2  =============================---..######
    """
    lines = []
    digits = len(str(len(schedule.folds)))
    for fold in schedule.folds:
        span, block = fold.span, fold.cutoffs[0] + 1
        cells = [" "] * width
        parts = (
            ("=", span.start, span.train_stop),
            ("-", span.train_stop, span.stop),
            (".", span.stop, block),
            ("#", block, fold.test_stop),
        )
        for mark, start, stop in parts:
            if stop > start:
                begin = min(start * width // length, width - 1)
                end = max(math.ceil(stop * width / length), begin + 1)
                cells[begin:end] = [mark] * (end - begin)
        lines.append(f"fold {fold.index + 1:<{digits}}  {''.join(cells)}".rstrip())
    return lines


def _check_window(plan: FoldPlan, horizon: int, context_length: int) -> None:
    needs = context_length + 2 * horizon
    if plan.max_train_size is not None and plan.max_train_size < needs:
        limit = plan.max_train_size
        raise NotEnoughDataError(
            f"max_train_size {limit} is too small: context {context_length} + horizon {horizon} "
            f"+ validation {horizon} need {needs}",
            location="validation.max_train_size",
            fix=join(
                [
                    f"--max-train-size {needs} or more",
                    *shorter(limit - context_length, 2, limit - 2 * horizon),
                ]
            ),
        )


def _fit_blocks(
    length: int, plan: FoldPlan, horizon: int, context_length: int
) -> tuple[int, int, tuple[str, ...]]:
    """Find the number of folds and the rows of a test block: fewer folds, then smaller blocks."""
    wanted = DEFAULT_FOLDS if plan.folds is None else plan.folds
    full = max(2 * horizon, length // BLOCK_SHARE)
    room = length - plan.gap - context_length - 2 * horizon  # rows that test blocks may take
    count = wanted if plan.folds is not None else max(1, min(wanted, room // full))
    block = min(full, room // count)
    if block < horizon:
        raise _too_few(length, plan, count, horizon, context_length)
    notes = []
    if count < wanted:
        word = "fold" if count == 1 else "folds"
        notes.append(f"{count} {word} instead of {wanted}: {length} rows hold no more")
    if block < full:
        notes.append(f"test blocks of {block} rows instead of {full}, to leave enough for training")
    return count, block, tuple(notes)


def _too_few(
    length: int, plan: FoldPlan, count: int, horizon: int, context_length: int
) -> NotEnoughDataError:
    needs = (count + 2) * horizon + plan.gap + context_length
    ways = []
    fewer = (length - plan.gap - context_length - 2 * horizon) // horizon
    if 1 <= fewer < count:
        ways.append(f"--folds {fewer}")
    spare = length - plan.gap
    ways += shorter(spare - context_length, count + 2, spare - (count + 2) * horizon)
    if length - (needs - plan.gap) >= 0:
        ways.append(f"--gap {length - (needs - plan.gap)} or less")
    elif length >= context_length + 2 * horizon:
        ways.append("--folds 0, which skips validation")
    word = "fold" if count == 1 else "folds"
    gap = f" + gap {plan.gap}" if plan.gap else ""
    return NotEnoughDataError(
        f"{too_few(length)} for {count} {word}: context {context_length} + horizon "
        f"{horizon} + validation {horizon}{gap} + {count} x test {horizon} need {needs}",
        fix=join(ways or both_shorter(spare, count + 2)),
    )
