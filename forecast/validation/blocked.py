"""Blocked folds: the rows are cut into stretches, each trained and judged by itself.

    fold 1  ===========---####
    fold 2                    ===========---####
    fold 3                                      ===========---####

No row belongs to two folds, so that their scores are as independent as the data allow. The test
block takes the last fifth of a stretch, or two horizons where that is more.
"""

from __future__ import annotations

from forecast.data.panel import Span
from forecast.errors import NotEnoughDataError
from forecast.validation.plan import (
    DEFAULT_FOLDS,
    MAX_CUTOFFS,
    Fold,
    FoldPlan,
    FoldSchedule,
    automatic_tail,
    place_cutoffs,
    shrunk_tail,
)
from forecast.validation.ways import both_shorter, join, shorter

TEST_SHARE = 5  # a test block is one part in five of a stretch


def blocked_folds(
    length: int, *, plan: FoldPlan, horizon: int, context_length: int
) -> FoldSchedule:
    """Lay out as many stretches of equal length as folds, at the end of the rows.

    Raises
    ------
    NotEnoughDataError
        If a stretch does not hold a context, a horizon to learn, one to validate, and one to test.
    """
    needs = context_length + 3 * horizon + plan.gap
    wanted = DEFAULT_FOLDS if plan.folds is None else plan.folds
    count = wanted if plan.folds is not None else max(1, min(wanted, length // needs))
    stretch = length // count
    if stretch < needs:
        raise _too_few(length, count, plan, horizon, context_length)
    full = max(2 * horizon, stretch // TEST_SHARE)
    block = min(full, stretch - plan.gap - context_length - 2 * horizon)
    notes = []
    if count < wanted:
        word = "fold" if count == 1 else "folds"
        notes.append(f"{count} {word} instead of {wanted}: {length} rows hold no more")
    if block < full:
        notes.append(f"test blocks of {block} rows instead of {full}, to leave enough for training")
    rows = stretch - block - plan.gap
    tail = automatic_tail(rows, horizon=horizon, context_length=context_length)
    shrunk = shrunk_tail(rows, tail, horizon=horizon)
    notes += [] if shrunk is None else [f"each fold: {shrunk}"]
    if length % count:
        notes.append(f"the first {length % count} rows are in no stretch")
    folds = []
    for index in range(count):
        end = length - (count - 1 - index) * stretch
        start, first = end - block, end - stretch
        span = Span(first, start - plan.gap - tail, start - plan.gap)
        cutoffs = place_cutoffs(
            start, end, horizon=horizon, step_size=plan.step_size, most=MAX_CUTOFFS
        )
        folds.append(Fold(index, span, cutoffs, end))
    return FoldSchedule(tuple(folds), tuple(notes))


def _too_few(
    length: int, count: int, plan: FoldPlan, horizon: int, context_length: int
) -> NotEnoughDataError:
    stretch = length // count
    needs = context_length + 3 * horizon + plan.gap
    spare = stretch - plan.gap
    ways = [f"--folds {length // needs}"] if length >= needs else []
    ways += shorter(spare - context_length, 3, spare - 3 * horizon)
    gap = f" + gap {plan.gap}" if plan.gap else ""
    return NotEnoughDataError(
        f"{length} rows are {count} stretch{'' if count == 1 else 'es'} of {stretch}: context "
        f"{context_length} + horizon {horizon} + validation {horizon}{gap} + test {horizon} need "
        f"{needs} in each",
        location="validation.window",
        fix=join(ways or both_shorter(spare, 3)),
    )
