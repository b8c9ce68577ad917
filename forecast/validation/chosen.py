"""Cutoffs given one by one: a fold each, judged on the one horizon after it."""

from __future__ import annotations

from itertools import pairwise

from forecast.errors import NotEnoughDataError, UsageError
from forecast.validation.plan import (
    Fold,
    FoldPlan,
    FoldSchedule,
    GivenCutoff,
    reuse_models,
    training_span,
)

PLACE = "validation.cutoffs"
YEAR_DIGITS = 4


def chosen_folds(length: int, *, plan: FoldPlan, horizon: int, context_length: int) -> FoldSchedule:
    """Lay out a fold for each cutoff of ``plan``.

    Raises
    ------
    UsageError
        If the cutoffs are not in the order of time.
    NotEnoughDataError
        If there are too few rows before a cutoff, or no whole horizon after it.
    """
    _check_order(plan)
    earliest = context_length + 2 * horizon + plan.gap - 1
    latest = length - 1 - horizon
    for given in plan.cutoffs:
        _check_late(given, latest, length, horizon)
    for given in plan.cutoffs:
        if given.row < earliest:
            raise _too_early(given, earliest, length, plan, (context_length, horizon))
    folds, notes = [], []
    for index, given in enumerate(plan.cutoffs):
        span, shrunk = training_span(
            given.row + 1, plan, horizon=horizon, context_length=context_length
        )
        folds.append(Fold(index, span, (given.row,), given.row + 1 + horizon))
        if shrunk is not None and not index:
            notes.append(f"fold 1: {shrunk}")
    schedule = reuse_models(folds, plan)
    return FoldSchedule(schedule.folds, (*notes, *schedule.notes))


def _check_order(plan: FoldPlan) -> None:
    for earlier, later in pairwise(plan.cutoffs):
        if later.row > earlier.row:
            continue
        same = later.row == earlier.row
        sorted_ = sorted({given.row: given.words for given in plan.cutoffs}.items())
        raise UsageError(
            f"cutoff {later.words!r} is {'the same row as' if same else 'before'} "
            f"{earlier.words!r}, and follows it",
            location=PLACE,
            fix="give them once each, the earliest first: "
            + " ".join(f"--cutoffs {words}" for _, words in sorted_),
        )


def _check_late(given: GivenCutoff, latest: int, length: int, horizon: int) -> None:
    if given.row <= latest:
        return
    after = max(0, length - 1 - given.row)
    rows = f"{after} row{'' if after == 1 else 's'}"
    steps = f"{horizon} step{'' if horizon == 1 else 's'}"
    shorter = f", or --horizon {after} or less" if after else ""
    raise NotEnoughDataError(
        f"cutoff {given.words!r} is too late: {rows} follow it, and a forecast of {steps} is "
        f"judged by {horizon}",
        location=PLACE,
        fix=f"--cutoffs {horizon}, which is {steps} back from the end, or an earlier one" + shorter,
    )


def _too_early(
    given: GivenCutoff, earliest: int, length: int, plan: FoldPlan, sizes: tuple[int, int]
) -> NotEnoughDataError:
    context, horizon = sizes
    gap = f" + gap {plan.gap}" if plan.gap else ""
    back = length - 1 - earliest
    ways = "a shorter --context-length or --horizon"
    if back >= horizon:
        ways = (
            f"--cutoffs {back}, which is {back} steps back from the end, or a later one, or {ways}"
        )
    if len(given.words) == YEAR_DIGITS and given.words.isdigit():
        ways += f"; the year {given.words} is written {given.words}-01-01"
    return NotEnoughDataError(
        f"cutoff {given.words!r} is too early: {max(0, given.row + 1)} rows up to it are too few "
        f"for context {context} + horizon {horizon} + validation {horizon}{gap} = {earliest + 1}",
        location=PLACE,
        fix=ways,
    )
