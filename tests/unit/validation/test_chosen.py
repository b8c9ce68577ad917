"""Cutoffs given one by one, and stretches by themselves: what is refused, and the fix."""

from __future__ import annotations

import pytest

from forecast.errors import NotEnoughDataError, UsageError
from forecast.validation.folds import FoldPlan, make_folds
from forecast.validation.plan import GivenCutoff

H, CONTEXT, LENGTH = 4, 8, 60


def at(*rows: int) -> tuple[GivenCutoff, ...]:
    return tuple(GivenCutoff(str(LENGTH - 1 - row), row) for row in rows)


def lay_out(plan: FoldPlan, length: int = LENGTH) -> list[tuple[int, ...]]:
    schedule = make_folds(length, plan=plan, horizon=H, context_length=CONTEXT)
    return [fold.cutoffs for fold in schedule.folds]


def test_late_cutoff_is_refused_and_the_latest_one_named_works() -> None:
    with pytest.raises(NotEnoughDataError, match="cutoff '3' is too late: 3 rows follow it") as bad:
        lay_out(FoldPlan(cutoffs=at(40, LENGTH - 4)))
    assert str(bad.value.fix).startswith("--cutoffs 4,")
    assert lay_out(FoldPlan(cutoffs=at(40, LENGTH - 1 - 4))) == [(40,), (55,)]


def test_early_cutoff_is_refused_and_the_earliest_one_named_works() -> None:
    with pytest.raises(NotEnoughDataError, match=r"'45' is too early: 15 rows .* = 18") as bad:
        lay_out(FoldPlan(cutoffs=at(14, 40), gap=2))
    assert str(bad.value.fix).startswith("--cutoffs 42,")
    assert lay_out(FoldPlan(cutoffs=at(LENGTH - 1 - 42, 40), gap=2)) == [(17,), (40,)]


def test_year_that_was_read_as_a_count_is_said_to_be_one() -> None:
    plan = FoldPlan(cutoffs=(GivenCutoff("2015", LENGTH - 1 - 2015),))
    with pytest.raises(NotEnoughDataError) as bad:
        lay_out(plan)
    assert str(bad.value.fix).endswith("the year 2015 is written 2015-01-01")


def test_cutoffs_out_of_order_are_refused_with_their_order() -> None:
    with pytest.raises(UsageError, match="cutoff '19' is before '9', and follows it") as bad:
        lay_out(FoldPlan(cutoffs=at(50, 40, 30)))
    assert str(bad.value.fix).endswith("--cutoffs 29 --cutoffs 19 --cutoffs 9")
    with pytest.raises(UsageError, match="cutoff '9' is the same row as '9'"):
        lay_out(FoldPlan(cutoffs=at(50, 50)))


@pytest.mark.parametrize(
    ("plan", "named"),
    [
        (FoldPlan(cutoffs=at(40, 50), folds=3), "--folds 3"),
        (FoldPlan(cutoffs=at(40, 50), step_size=2), "--step-size 2"),
        (FoldPlan(cutoffs=at(40, 50), test_size=9), "--test-size"),
        (FoldPlan(cutoffs=at(40, 50), window="blocked"), "--window blocked"),
        (FoldPlan(window="blocked", refit=None), "--refit never"),
        (FoldPlan(window="blocked", train_size=30), "--train-size"),
        (FoldPlan(window="blocked", max_train_size=30), "--max-train-size 30"),
    ],
)
def test_contradictions_name_both_flags(plan: FoldPlan, named: str) -> None:
    with pytest.raises(UsageError, match=f"{named} contradict each other") as bad:
        lay_out(plan)
    assert named in str(bad.value.fix)


def test_blocked_folds_take_a_fifth_of_each_stretch_to_test() -> None:
    plan = FoldPlan(window="blocked", folds=3, gap=1)
    schedule = make_folds(301, plan=plan, horizon=H, context_length=CONTEXT)
    assert [fold.span.start for fold in schedule.folds] == [1, 101, 201]
    assert [fold.cutoffs[0] + 1 for fold in schedule.folds] == [81, 181, 281]
    assert [fold.test_stop for fold in schedule.folds] == [101, 201, 301]
    assert schedule.notes == ("the first 1 rows are in no stretch",)


def test_stretch_too_short_names_the_folds_that_fit() -> None:
    with pytest.raises(NotEnoughDataError, match="60 rows are 5 stretches of 12") as bad:
        lay_out(FoldPlan(window="blocked", folds=5))
    assert str(bad.value.fix).startswith("--folds 3,")
    assert len(lay_out(FoldPlan(window="blocked", folds=3))) == 3
