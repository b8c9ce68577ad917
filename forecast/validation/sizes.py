"""Explicit sizes: one fold laid out from the first row, the way published benchmarks are split.

    |---- train_size ----|-- validation_size --|-gap-|== test_size ==| rows beyond are unused

Without ``validation_size`` the last of the training rows validate, and the test block follows them.
Of the others what is left out takes the rest: with ``test_size`` alone the test block is the last
rows and the training rows are all before it.
"""

from __future__ import annotations

from dataclasses import dataclass

from forecast.data.panel import Span
from forecast.errors import NotEnoughDataError, UsageError
from forecast.validation.plan import (
    BLOCK_SHARE,
    Fold,
    FoldPlan,
    FoldSchedule,
    Size,
    automatic_tail,
    flag,
    place_cutoffs,
    shrunk_tail,
)
from forecast.validation.ways import too_few

ROUNDING = 1e-9  # 0.29 x 100 is 28.999..., and means 29


@dataclass(frozen=True)
class _Sizes:
    train: int
    validation: int
    test: int
    notes: tuple[str, ...] = ()


def explicit_fold(
    length: int, *, plan: FoldPlan, horizon: int, context_length: int
) -> FoldSchedule:
    """Lay out the one fold that explicit sizes ask for.

    Raises
    ------
    UsageError
        If a size is no fraction and no count.
    NotEnoughDataError
        If the rows or one of the parts do not hold what is asked.
    """
    sizes = _complete(length, plan, horizon, context_length)
    _check_total(length, plan, sizes, horizon)
    _check_parts(plan, sizes, horizon, context_length)
    stop = sizes.train + sizes.validation
    start = 0 if plan.max_train_size is None else max(0, stop - plan.max_train_size)
    if sizes.train - start < context_length + horizon:
        raise NotEnoughDataError(
            f"{max(sizes.train - start, 0)} training rows are too few: context {context_length} "
            f"+ horizon {horizon} need {context_length + horizon}",
            location="validation",
            fix=_more_training(length, plan, sizes, (context_length, horizon)),
        )
    block = stop + plan.gap
    cutoffs = place_cutoffs(
        block, block + sizes.test, horizon=horizon, step_size=plan.step_size, most=None
    )
    fold = Fold(0, Span(start, sizes.train, stop), cutoffs, block + sizes.test)
    return FoldSchedule((fold,), sizes.notes)


def count_rows(name: str, size: Size, length: int) -> int:
    """Turn a size into rows: a float is a fraction of ``length``, an int counts.

    Raises
    ------
    UsageError
        If the size is out of range.

    Examples
    --------
    >>> count_rows("test_size", 0.2, 1000), count_rows("test_size", 200, 1000)
    (200, 200)
    """
    least = 0 if name == "validation_size" else 1
    if isinstance(size, float):
        if not 0 < size < 1:
            raise UsageError(
                f"{name} {size} is not a fraction between 0 and 1",
                location=f"validation.{name}",
                fix=f"write rows without a decimal point: {flag(name)} {max(least, int(size))}",
            )
        return int(size * length + ROUNDING)
    if size < least:
        raise UsageError(
            f"{name} must be at least {least}, but is {size}",
            location=f"validation.{name}",
            fix=f"pass {flag(name)} {least} or more, or a fraction such as 0.2",
        )
    return size


def _complete(length: int, plan: FoldPlan, horizon: int, context_length: int) -> _Sizes:
    rows = {name: count_rows(name, size, length) for name, size in plan.sizes.items()}
    train, validation = rows.get("train_size"), rows.get("validation_size")
    test = rows.get("test_size")
    free = length - plan.gap - (validation or 0)
    if train is None:
        test = max(2 * horizon, length // BLOCK_SHARE) if test is None else test
        train = free - test
    elif test is None:
        test = free - train
    if validation is not None:
        return _Sizes(train, validation, test)
    learnt = train if plan.max_train_size is None else min(train, plan.max_train_size)
    tail = automatic_tail(learnt, horizon=horizon, context_length=context_length)
    notes = [shrunk_tail(learnt, tail, horizon=horizon)]
    if plan.train_size is not None:
        notes.append(f"the last {tail} of the {train} training rows validate")
    return _Sizes(train - tail, tail, test, tuple(note for note in notes if note))


def _check_total(length: int, plan: FoldPlan, sizes: _Sizes, horizon: int) -> None:
    needs = sizes.train + sizes.validation + plan.gap + sizes.test
    if needs <= length:
        return
    room = length - sizes.train - sizes.validation - plan.gap
    test = f"--test-size {room}" if room >= horizon else "smaller sizes"
    raise NotEnoughDataError(
        f"{too_few(length)} for train {sizes.train} + validation {sizes.validation} + "
        f"gap {plan.gap} + test {sizes.test} = {needs}",
        location="validation",
        fix=f"{test}, or fractions such as --train-size 0.6 --validation-size 0.2 --test-size 0.2",
    )


def _check_parts(plan: FoldPlan, sizes: _Sizes, horizon: int, context_length: int) -> None:
    if sizes.test < horizon:
        raise NotEnoughDataError(
            f"a test block of {max(sizes.test, 0)} rows holds no whole horizon of {horizon}",
            location="validation.test_size",
            fix=_shorter("test_size", sizes.test, horizon, given="test_size" in plan.sizes),
        )
    if sizes.validation and sizes.validation < horizon:
        raise NotEnoughDataError(
            f"{sizes.validation} validation rows hold no whole horizon of {horizon}",
            location="validation.validation_size",
            fix=_shorter("validation_size", sizes.validation, horizon, given=True),
        )
    limit = plan.max_train_size
    needs = context_length + horizon + sizes.validation
    if limit is not None and limit < needs:
        raise NotEnoughDataError(
            f"max_train_size {limit} is too small: context {context_length} + horizon {horizon} "
            f"+ validation {sizes.validation} need {needs}",
            location="validation.max_train_size",
            fix=f"--max-train-size {needs} or more",
        )


def _shorter(name: str, rows: int, horizon: int, *, given: bool) -> str:
    first = f"{flag(name)} {horizon} or more" if given else "smaller sizes for the other parts"
    return first + (f", or --horizon {rows} or less" if rows > 0 else "")


def _more_training(length: int, plan: FoldPlan, sizes: _Sizes, needs: tuple[int, int]) -> str:
    """Ways to have as many training rows as a context and a horizon take."""
    context_length, horizon = needs
    missing = context_length + horizon - sizes.train
    ways: list[str] = []
    if plan.train_size is not None:
        carved = plan.validation_size is None  # the tail, from the training rows
        wanted = context_length + horizon + (horizon if carved else 0)
        test = horizon if plan.test_size is None else sizes.test
        if wanted + (0 if carved else sizes.validation) + plan.gap + test <= length:
            ways.append(f"--train-size {wanted} or more")
    elif sizes.test - missing >= horizon:
        ways.append(f"--test-size {sizes.test - missing} or less")
    if sizes.train - horizon >= 1:
        ways.append(f"--context-length {sizes.train - horizon} or less")
    if not ways:
        ways.append("a shorter --horizon and --context-length")
    return ", or ".join(ways)
