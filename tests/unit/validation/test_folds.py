from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from sklearn.model_selection import TimeSeriesSplit

from forecast.data.panel import Span
from forecast.errors import NotEnoughDataError, UsageError
from forecast.validation.folds import (
    FoldPlan,
    FoldSchedule,
    draw_folds,
    final_span,
    make_folds,
)

if TYPE_CHECKING:
    from forecast.validation.plan import Size


def lay_out(
    length: int, plan: FoldPlan | None = None, *, horizon: int = 24, context_length: int = 48
) -> FoldSchedule:
    return make_folds(
        length, plan=plan or FoldPlan(), horizon=horizon, context_length=context_length
    )


def blocks(schedule: FoldSchedule) -> list[tuple[int, int]]:
    return [(fold.cutoffs[0] + 1, fold.test_stop) for fold in schedule.folds]


def refusal(length: int, plan: FoldPlan, *, horizon: int, context_length: int) -> str:
    with pytest.raises(NotEnoughDataError) as caught:
        lay_out(length, plan, horizon=horizon, context_length=context_length)
    return str(caught.value)


def test_folds_default_three_consecutive_blocks_of_five_percent_at_the_end() -> None:
    schedule = lay_out(17420)
    assert blocks(schedule) == [(14807, 15678), (15678, 16549), (16549, 17420)]
    assert schedule.notes == ()


def test_folds_short_data_block_is_two_horizons() -> None:
    assert blocks(lay_out(500)) == [(356, 404), (404, 452), (452, 500)]


def test_folds_default_has_sixty_four_even_cutoffs_with_whole_horizons() -> None:
    for fold in lay_out(17420).folds:
        steps = np.diff(fold.cutoffs)
        assert len(fold.cutoffs) == 64
        assert steps.max() - steps.min() <= 1
        assert fold.cutoffs[-1] + 24 == fold.test_stop - 1


def test_folds_small_block_keeps_every_cutoff() -> None:
    assert lay_out(500).folds[0].cutoffs == tuple(range(355, 380))


def test_folds_step_size_fixes_the_spacing_and_is_not_thinned() -> None:
    fold = lay_out(17420, FoldPlan(step_size=2)).folds[0]
    assert fold.cutoffs == tuple(range(14806, 15654, 2))


def test_folds_validation_tail_is_ten_percent_of_the_training_rows() -> None:
    assert lay_out(17420).folds[0].span == Span(0, 14807 - 1480, 14807)


def test_folds_validation_tail_is_at_least_one_horizon() -> None:
    assert lay_out(300).folds[0].span == Span(0, 156 - 24, 156)


def test_folds_gap_ends_training_before_the_first_cutoff_not_the_context() -> None:
    plain, gapped = lay_out(1000), lay_out(1000, FoldPlan(gap=10))
    assert blocks(plain) == blocks(gapped)
    assert [fold.span.stop for fold in gapped.folds] == [840, 890, 940]


@pytest.mark.parametrize("window", ["expanding", "rolling"])
def test_folds_max_train_size_rolls_the_start(window: str) -> None:
    plan = FoldPlan(max_train_size=200, window="rolling" if window == "rolling" else "expanding")
    spans = [fold.span for fold in lay_out(1000, plan).folds]
    assert [(span.start, span.stop) for span in spans] == [(650, 850), (700, 900), (750, 950)]
    assert spans[0].train_stop == 850 - 24


@pytest.mark.parametrize("gap", [0, 5])
@pytest.mark.parametrize("limit", [None, 120])
def test_folds_equal_those_of_scikit_learn(gap: int, limit: int | None) -> None:
    plan = FoldPlan(folds=4, gap=gap, max_train_size=limit)
    schedule = lay_out(700, plan, horizon=10, context_length=20)
    split = TimeSeriesSplit(n_splits=4, test_size=35, gap=gap, max_train_size=limit)
    pairs = zip(schedule.folds, split.split(np.zeros(700)), strict=True)
    for fold, (train, test) in pairs:
        assert train.tolist() == list(range(fold.span.start, fold.span.stop))
        assert test.tolist() == list(range(fold.cutoffs[0] + 1, fold.test_stop))


def test_folds_automatic_count_shrinks_and_says_so() -> None:
    schedule = lay_out(200, horizon=24, context_length=24)
    assert blocks(schedule) == [(104, 152), (152, 200)]
    assert schedule.notes == ("2 folds instead of 3: 200 rows hold no more",)


def test_folds_automatic_block_shrinks_after_the_count_and_says_so() -> None:
    schedule = lay_out(110, horizon=24, context_length=24)
    assert blocks(schedule) == [(72, 110)]
    assert "1 fold instead of 3" in schedule.notes[0]
    assert "38 rows instead of 48" in schedule.notes[1]


def test_folds_asked_for_keep_their_number_with_smaller_blocks() -> None:
    schedule = lay_out(200, FoldPlan(folds=4), horizon=24, context_length=24)
    assert [stop - start for start, stop in blocks(schedule)] == [32] * 4
    assert len(schedule.notes) == 1


def test_folds_too_many_says_has_needs_and_what_fits() -> None:
    text = refusal(150, FoldPlan(folds=4), horizon=24, context_length=24)
    assert "150 rows are too few for 4 folds" in text
    assert "need 168" in text
    assert "--folds 3, or --horizon 21 or less, or --context-length 6 or less" in text
    assert len(lay_out(150, FoldPlan(folds=3), horizon=24, context_length=24).folds) == 3
    assert len(lay_out(150, FoldPlan(folds=4), horizon=21, context_length=24).folds) == 4
    assert len(lay_out(150, FoldPlan(folds=4), horizon=24, context_length=6).folds) == 4


def test_folds_large_gap_says_which_gap_fits() -> None:
    text = refusal(100, FoldPlan(gap=50), horizon=10, context_length=30)
    assert "--gap 40 or less" in text
    assert len(lay_out(100, FoldPlan(gap=40), horizon=10, context_length=30).folds) == 1


def test_folds_hardly_any_rows_offers_a_fit_without_folds() -> None:
    text = refusal(50, FoldPlan(), horizon=10, context_length=25)
    assert "need 55" in text
    assert "--folds 0" in text
    assert final_span(50, 10, FoldPlan(folds=0), context_length=25) == Span(0, 40, 50)


def test_folds_rolling_window_too_short_says_what_fits() -> None:
    text = refusal(1000, FoldPlan(max_train_size=50), horizon=24, context_length=48)
    assert "max_train_size 50" in text
    assert "--max-train-size 96 or more" in text
    assert len(lay_out(1000, FoldPlan(max_train_size=96)).folds) == 3


def test_folds_zero_is_no_fold() -> None:
    assert lay_out(10, FoldPlan(folds=0)) == FoldSchedule((), ())


@pytest.mark.parametrize(
    ("plan", "word"),
    [
        (FoldPlan(folds=-1), "folds"),
        (FoldPlan(step_size=0), "step_size"),
        (FoldPlan(gap=-1), "gap"),
        (FoldPlan(max_train_size=0), "max_train_size"),
        (FoldPlan(window="rolling"), "max_train_size"),
        (FoldPlan(test_size=1.5), "test_size"),
        (FoldPlan(train_size=0), "train_size"),
        (FoldPlan(folds=3, test_size=0.2), "--folds 3 and --test-size"),
        (FoldPlan(folds=0, train_size=10), "--folds 0 and --train-size"),
    ],
    ids=str,
)
def test_folds_impossible_plan_is_a_usage_error(plan: FoldPlan, word: str) -> None:
    with pytest.raises(UsageError, match=word):
        lay_out(1000, plan)


def test_sizes_all_three_count_from_the_first_row_with_every_cutoff() -> None:
    plan = FoldPlan(train_size=8640, validation_size=2880, test_size=2880)
    (fold,) = lay_out(17420, plan, horizon=96, context_length=720).folds
    assert fold.span == Span(0, 8640, 11520)
    assert fold.cutoffs == tuple(range(11519, 14304))
    assert fold.test_stop == 14400


def test_sizes_test_alone_is_the_last_rows_with_an_automatic_tail() -> None:
    (fold,) = lay_out(1000, FoldPlan(test_size=0.2), horizon=50, context_length=100).folds
    assert fold.span == Span(0, 720, 800)
    assert fold.cutoffs == tuple(range(799, 950))
    assert fold.test_stop == 1000


@pytest.mark.parametrize(
    ("train", "validation", "test", "expected"),
    [
        (600, None, 200, (540, 600, 600, 800)),
        (0.6, None, 0.2, (540, 600, 600, 800)),
        (600, 100, None, (600, 700, 700, 1000)),
        (600, None, None, (540, 600, 600, 1000)),
        (None, 100, 200, (700, 800, 800, 1000)),
        (None, 100, None, (850, 950, 950, 1000)),
        (0.7, 0.1, 0.2, (700, 800, 800, 1000)),
        (0.29, 0, 0.2, (290, 290, 290, 490)),
        (800, None, 200, (720, 800, 800, 1000)),
        (500, 100, 200, (500, 600, 600, 800)),
    ],
)
def test_sizes_left_out_take_the_rest(
    train: Size | None,
    validation: Size | None,
    test: Size | None,
    expected: tuple[int, int, int, int],
) -> None:
    plan = FoldPlan(train_size=train, validation_size=validation, test_size=test)
    (fold,) = lay_out(1000, plan, horizon=10, context_length=20).folds
    found = (fold.span.train_stop, fold.span.stop, fold.cutoffs[0] + 1, fold.test_stop)
    assert found == expected


def test_sizes_fraction_is_not_spoilt_by_its_binary_form() -> None:
    assert 0.29 * 100 < 29
    (fold,) = lay_out(100, FoldPlan(test_size=0.29), horizon=5, context_length=5).folds
    assert fold.cutoffs[0] == 70


def test_sizes_without_validation_take_its_rows_from_training_and_say_so() -> None:
    plan = FoldPlan(train_size=0.8, test_size=0.2)
    schedule = lay_out(1000, plan, horizon=10, context_length=20)
    assert schedule.notes == ("the last 80 of the 800 training rows validate",)


def test_tail_that_shrank_says_so_with_its_numbers() -> None:
    words = "validation tail of {} rows instead of {}, to leave a context and a horizon"
    schedule = lay_out(340, horizon=4, context_length=270)
    span = schedule.folds[0].span
    full = span.stop // 10
    assert any(words.format(span.stop - span.train_stop, full) in n for n in schedule.notes)
    assert span.stop - span.train_stop < full
    (note,) = lay_out(340, FoldPlan(test_size=0.2), horizon=4, context_length=250).notes
    assert words.format(18, 27) in note


def test_sizes_gap_lies_between_validation_and_test() -> None:
    plan = FoldPlan(train_size=500, validation_size=100, test_size=200, gap=7)
    (fold,) = lay_out(1000, plan, horizon=10, context_length=20).folds
    assert (fold.span.stop, fold.cutoffs[0], fold.test_stop) == (600, 606, 807)


def test_sizes_step_size_spaces_the_cutoffs() -> None:
    (fold,) = lay_out(1000, FoldPlan(test_size=100, step_size=30), horizon=10).folds
    assert fold.cutoffs == (899, 929, 959, 989)


def test_sizes_max_train_size_rolls_the_start() -> None:
    (fold,) = lay_out(1000, FoldPlan(test_size=200, max_train_size=300)).folds
    assert fold.span == Span(500, 770, 800)  # a tenth of its 300 rows


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (
            FoldPlan(train_size=700, validation_size=200, test_size=200),
            ["1000 rows", "= 1100", "--test-size 100"],
        ),
        (FoldPlan(test_size=20), ["20 rows", "horizon of 24", "--test-size 24", "--horizon 20"]),
        (
            FoldPlan(validation_size=5, test_size=100),
            ["5 validation rows", "--validation-size 24", "--horizon 5"],
        ),
        (FoldPlan(train_size=990), ["holds no whole horizon", "smaller sizes"]),
        (
            FoldPlan(train_size=60, test_size=100),
            ["36 training rows", "need 72", "--train-size 96", "--context-length 12"],
        ),
        (FoldPlan(test_size=930), ["46 training rows", "need 72", "--test-size 904"]),
        (FoldPlan(test_size=200, max_train_size=90), ["max_train_size 90", "--max-train-size 96"]),
    ],
    ids=str,
)
def test_sizes_that_do_not_fit_say_has_needs_and_what_would(
    plan: FoldPlan, words: list[str]
) -> None:
    text = refusal(1000, plan, horizon=24, context_length=48)
    for word in words:
        assert word in text


def test_final_span_is_all_rows_with_a_tail_only_without_folds() -> None:
    assert final_span(1000, 24, FoldPlan()) == Span(0, 1000, 1000)
    assert final_span(1000, 24, FoldPlan(folds=0)) == Span(0, 900, 1000)
    assert final_span(90, 24, FoldPlan(folds=0), context_length=40) == Span(0, 66, 90)


def test_final_span_too_few_rows_says_has_and_needs() -> None:
    with pytest.raises(NotEnoughDataError) as caught:
        final_span(50, 24, FoldPlan(folds=0), context_length=20)
    assert "50 rows are too few" in caught.value.message
    assert "need 68" in caught.value.message
    assert caught.value.fix == "--horizon 15 or less, or --context-length 2 or less"


def test_draw_folds_shows_each_part_in_its_place() -> None:
    plan = FoldPlan(folds=2, gap=10, max_train_size=60)
    schedule = lay_out(100, plan, horizon=5, context_length=10)
    assert draw_folds(schedule, 100, width=20) == [
        "fold 1    ==========--..##",
        "fold 2      ==========--..##",
    ]


def test_draw_folds_never_loses_a_small_block() -> None:
    schedule = lay_out(100_000, FoldPlan(test_size=24))
    (line,) = draw_folds(schedule, 100_000, width=30)
    assert line.endswith("-#")
    assert len(line) == len("fold 1  ") + 30
