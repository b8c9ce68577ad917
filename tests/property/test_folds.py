"""Laws of the fold schedule, for any size of data and any plan."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.model_selection import TimeSeriesSplit

from forecast.errors import NotEnoughDataError, UsageError
from forecast.validation.folds import FoldPlan, FoldSchedule, draw_folds, make_folds
from forecast.validation.plan import GivenCutoff, Size

counts = st.integers(1, 40)
plans = st.builds(
    FoldPlan,
    folds=st.none() | st.integers(0, 8),
    step_size=st.none() | st.integers(1, 30),
    gap=st.integers(0, 20),
    max_train_size=st.none() | st.integers(1, 300),
    refit=st.none() | st.integers(1, 5),
)
blocked_plans = st.builds(
    FoldPlan,
    window=st.just("blocked"),
    folds=st.none() | st.integers(1, 8),
    step_size=st.none() | st.integers(1, 30),
    gap=st.integers(0, 20),
)
chosen_plans = st.builds(
    FoldPlan,
    cutoffs=st.lists(st.integers(-5, 400), min_size=1, max_size=6).map(
        lambda rows: tuple(GivenCutoff(f"row {row}", row) for row in rows)
    ),
    gap=st.integers(0, 20),
    max_train_size=st.none() | st.integers(1, 300),
    refit=st.none() | st.integers(1, 5),
)
size = st.none() | st.integers(1, 300) | st.floats(0.05, 0.9)
explicit_plans = st.builds(
    FoldPlan,
    gap=st.integers(0, 20),
    step_size=st.none() | st.integers(1, 30),
    max_train_size=st.none() | st.integers(1, 300),
    train_size=size,
    validation_size=size,
    test_size=st.integers(1, 300) | st.floats(0.05, 0.9),
)


def lay_out(
    length: int, plan: FoldPlan, *, horizon: int, context_length: int
) -> FoldSchedule | NotEnoughDataError | UsageError:
    try:
        return make_folds(length, plan=plan, horizon=horizon, context_length=context_length)
    except (NotEnoughDataError, UsageError) as error:
        return error


def check_fold_laws(
    schedule: FoldSchedule, plan: FoldPlan, *, length: int, horizon: int, context_length: int
) -> None:
    for fold in schedule.folds:
        span = fold.span
        assert fold.trained == plan.trains(fold.index)
        if fold.trained:
            assert span.stop == fold.cutoffs[0] + 1 - plan.gap
        else:
            assert span == schedule.folds[fold.index - 1].span
        assert span.stop <= fold.cutoffs[0] + 1 - plan.gap
        assert span.start >= 0
        assert span.train_stop - span.start >= context_length + horizon
        assert span.stop >= span.train_stop
        assert span.stop == span.train_stop or span.stop - span.train_stop >= horizon
        assert fold.cutoffs[-1] + horizon < fold.test_stop <= length
        assert all(later > earlier for earlier, later in pairwise(fold.cutoffs))
        if plan.step_size is not None:
            assert all(b - a == plan.step_size for a, b in pairwise(fold.cutoffs))
            assert fold.cutoffs[-1] + plan.step_size + horizon >= fold.test_stop
        if plan.max_train_size is not None:
            assert span.stop - span.start <= plan.max_train_size
    assert len(draw_folds(schedule, length)) == len(schedule.folds)


def check_laws(
    schedule: FoldSchedule, plan: FoldPlan, *, length: int, horizon: int, context_length: int
) -> None:
    check_fold_laws(schedule, plan, length=length, horizon=horizon, context_length=context_length)
    for earlier, later in pairwise(schedule.folds):
        assert earlier.test_stop == later.cutoffs[0] + 1


@given(length=st.integers(1, 3000), plan=plans, horizon=counts, context_length=counts)
def test_folds_keep_their_laws_or_say_what_is_missing(
    length: int, plan: FoldPlan, horizon: int, context_length: int
) -> None:
    schedule = lay_out(length, plan, horizon=horizon, context_length=context_length)
    assert not isinstance(schedule, UsageError)
    if isinstance(schedule, NotEnoughDataError):
        assert schedule.fix
        limit = plan.max_train_size
        folds = 1 if plan.folds is None else plan.folds
        assert (limit is not None and limit < context_length + 2 * horizon) or (
            length < context_length + plan.gap + (2 + folds) * horizon
        )
        return
    check_laws(schedule, plan, length=length, horizon=horizon, context_length=context_length)
    if plan.folds is not None:
        assert len(schedule.folds) == plan.folds
    if schedule.folds:
        assert schedule.folds[-1].test_stop == length
        assert max(len(fold.cutoffs) for fold in schedule.folds) <= 64 or plan.step_size


@given(length=st.integers(1, 2000), plan=blocked_plans, horizon=counts, context_length=counts)
def test_blocked_folds_share_no_row_and_keep_the_laws(
    length: int, plan: FoldPlan, horizon: int, context_length: int
) -> None:
    schedule = lay_out(length, plan, horizon=horizon, context_length=context_length)
    assert not isinstance(schedule, UsageError)
    if isinstance(schedule, NotEnoughDataError):
        assert schedule.fix
        assert length // (plan.folds or 1) < context_length + 3 * horizon + plan.gap
        return
    check_fold_laws(schedule, plan, length=length, horizon=horizon, context_length=context_length)
    folds = schedule.folds
    assert len(folds) == (plan.folds or len(folds))
    assert folds[-1].test_stop == length
    assert all(fold.trained for fold in folds)
    assert len({fold.test_stop - fold.span.start for fold in folds}) == 1
    for earlier, later in pairwise(folds):
        assert earlier.test_stop == later.span.start


@given(length=st.integers(1, 400), plan=chosen_plans, horizon=counts, context_length=counts)
def test_cutoffs_given_one_by_one_are_those_of_the_folds_or_are_refused_by_name(
    length: int, plan: FoldPlan, horizon: int, context_length: int
) -> None:
    rows = [given.row for given in plan.cutoffs]
    schedule = lay_out(length, plan, horizon=horizon, context_length=context_length)
    if isinstance(schedule, UsageError):
        later = [b for a, b in pairwise(rows) if b <= a]
        assert f"'row {later[0]}'" in schedule.message
        return
    if isinstance(schedule, NotEnoughDataError):
        limit, first = plan.max_train_size, context_length + 2 * horizon
        odd = [row for row in rows if row + horizon >= length]
        odd = odd or [row for row in rows if row + 1 < first + plan.gap]
        assert (limit is not None and limit < first) or f"'row {odd[0]}'" in schedule.message
        return
    check_fold_laws(schedule, plan, length=length, horizon=horizon, context_length=context_length)
    assert [fold.cutoffs for fold in schedule.folds] == [(row,) for row in rows]
    assert all(fold.test_stop == fold.cutoffs[0] + 1 + horizon for fold in schedule.folds)


@given(length=st.integers(1, 1000), plan=explicit_plans, horizon=counts, context_length=counts)
def test_explicit_sizes_keep_the_laws_or_say_what_is_missing(
    length: int, plan: FoldPlan, horizon: int, context_length: int
) -> None:
    schedule = lay_out(length, plan, horizon=horizon, context_length=context_length)
    assert not isinstance(schedule, UsageError)
    if isinstance(schedule, NotEnoughDataError):
        assert schedule.fix
        return
    check_laws(schedule, plan, length=length, horizon=horizon, context_length=context_length)
    (fold,) = schedule.folds
    if isinstance(plan.test_size, int):
        assert fold.test_stop - fold.cutoffs[0] - 1 == plan.test_size
    if plan.step_size is None:
        assert fold.cutoffs == tuple(range(fold.cutoffs[0], fold.test_stop - horizon))


@given(
    length=st.integers(50, 2000),
    folds=st.integers(2, 6),  # scikit-learn makes two folds or more
    gap=st.integers(0, 10),
    limit=st.none() | st.integers(30, 400),
    horizon=st.integers(1, 10),
)
def test_folds_equal_scikit_learn_where_both_are_defined(
    length: int, folds: int, gap: int, limit: int | None, horizon: int
) -> None:
    plan = FoldPlan(folds=folds, gap=gap, max_train_size=limit)
    schedule = lay_out(length, plan, horizon=horizon, context_length=5)
    assume(isinstance(schedule, FoldSchedule))
    assert isinstance(schedule, FoldSchedule)
    first = schedule.folds[0]
    block = first.test_stop - first.cutoffs[0] - 1
    rows = np.zeros(length)
    split = TimeSeriesSplit(n_splits=folds, test_size=block, gap=gap, max_train_size=limit)
    for fold, (train, test) in zip(schedule.folds, split.split(rows), strict=True):
        assert (train[0], train[-1] + 1) == (fold.span.start, fold.span.stop)
        assert (test[0], test[-1] + 1) == (fold.cutoffs[0] + 1, fold.test_stop)


@given(length=st.integers(60, 3000), horizon=st.integers(1, 20), more=st.integers(0, 500))
def test_folds_more_rows_never_make_fewer_folds(length: int, horizon: int, more: int) -> None:
    found = [
        make_folds(rows + 100, plan=FoldPlan(), horizon=horizon, context_length=10)
        for rows in (length, length + more)
    ]
    assert len(found[0].folds) <= len(found[1].folds)


@given(
    st.integers(5, 300),
    size,
    size,
    st.none() | st.integers(1, 300) | st.floats(0.05, 0.9),
    st.integers(0, 20),
    counts,
    st.integers(1, 60),
)
def test_what_mends_too_few_training_rows_mends_them(
    length: int, train: Size | None, tail: Size | None, test: Size | None, gap: int, h: int, c: int
) -> None:
    plan = FoldPlan(train_size=train, validation_size=tail, test_size=test, gap=gap)
    refused = lay_out(length, plan, horizon=h, context_length=c)
    if not isinstance(refused, NotEnoughDataError) or "training rows" not in str(refused):
        return
    for flag, rows in re.findall(r"--([a-z-]+) (\d+) or (?:more|less)", refused.fix or ""):
        number = int(rows)
        changed: dict[str, Any] = (
            {} if flag == "context-length" else {flag.replace("-", "_"): number}
        )
        other = replace(plan, **changed)
        context = c if changed else number
        mended = lay_out(length, other, horizon=h, context_length=context)
        assert isinstance(mended, FoldSchedule), f"--{flag} {rows}: {mended}"
