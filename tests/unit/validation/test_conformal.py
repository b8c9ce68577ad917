from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from forecast.data.arrays import FloatArray
from forecast.data.panel import Panel
from forecast.data.times.clock import CalendarClock
from forecast.data.transform import AS_IT_IS, Target
from forecast.models.intervals import ConformalIntervals
from forecast.models.naive import Naive
from forecast.training.monitor import SILENT
from forecast.validation.bands import Bands, FoldBands, IntervalScore, untested_notes
from forecast.validation.conformal import calibrate, interval_notes, intervals_for_folds
from forecast.validation.evaluation import Evaluation
from forecast.validation.folds import FoldPlan, make_folds
from forecast.validation.walk_forward import Candidate, walk_forward

H = 4
LEVELS = (50.0, 80.0, 95.0)


def make_panel() -> Panel:
    values = np.random.default_rng(0).normal(size=(2, 160)) * [[1.0], [100.0]]
    return Panel(
        ("small", "large"),
        values.reshape(-1),
        np.array([0, 160, 320], dtype=np.int64),
        np.zeros(2, dtype=np.int64),
        CalendarClock(pd.Timestamp("2024-01-01"), "D"),
    )


def walk(panel: Panel, plan: FoldPlan | None = None, *, target: Target = AS_IT_IS) -> Evaluation:
    return walk_forward(
        panel,
        make_folds(panel.length, plan=plan or FoldPlan(), horizon=H, context_length=8),
        candidates=[Candidate("naive", lambda _: Naive(), intervals=True, target=target)],
        horizon=H,
        season_length=1,
        seed=0,
        monitor=SILENT,
    )


def interval_scores(
    evaluation: Evaluation, levels: tuple[float, ...]
) -> dict[float, IntervalScore]:
    return FoldBands(evaluation, "naive", Bands("conformal", levels)).interval_scores()


def test_intervals_for_folds_first_fold_has_none_and_later_ones_do() -> None:
    widths = intervals_for_folds(walk(make_panel()), "naive", LEVELS)
    assert [width.shape for width in widths] == [(3, H)] * 3
    assert np.isnan(widths[0]).all()
    assert np.isfinite(widths[2][1]).all()


def test_intervals_for_folds_come_from_earlier_folds_scaled_by_series() -> None:
    evaluation = walk(make_panel())
    first, second = evaluation.folds[:2]
    pool = np.abs(first.y - first.forecasts["naive"]) / first.deviation[:, None, None]
    expected = np.quantile(
        pool.reshape(-1, H), 0.8 * (1 + 1 / (2 * len(first.fold.cutoffs))), axis=0, method="higher"
    )
    found = intervals_for_folds(evaluation, "naive", (80.0,))[1][0]
    np.testing.assert_allclose(found, expected)
    low, high = second.spreads["naive"].around(second.forecasts["naive"], found)
    half = second.deviation[:, None, None] * expected
    np.testing.assert_allclose(second.forecasts["naive"] - low, np.broadcast_to(half, low.shape))
    np.testing.assert_allclose(high - second.forecasts["naive"], np.broadcast_to(half, low.shape))


def test_intervals_for_folds_do_not_react_to_the_future() -> None:
    panel = make_panel()
    before = walk(panel)
    cutoff = before.folds[2].fold.cutoffs[0]
    for index in range(2):
        panel.series(index)[cutoff + 1 :] = 1e6
    after = walk(panel)
    for old, new in zip(
        intervals_for_folds(before, "naive", LEVELS),
        intervals_for_folds(after, "naive", LEVELS),
        strict=True,
    ):
        np.testing.assert_array_equal(old, new)


def test_calibrate_pools_every_fold_and_reaches_four_horizons() -> None:
    evaluation = walk(make_panel())
    pool = calibrate(evaluation, "naive")
    cutoffs = sum(len(result.fold.cutoffs) for result in evaluation.folds)
    assert pool.steps == 4 * H
    assert pool.counts[:H].tolist() == [2 * cutoffs] * H
    assert (pool.counts[H:] > 0).all()
    assert np.isfinite(pool.half_width(80.0, 3 * H)).all()
    assert np.isnan(pool.half_width(80.0, 5 * H)[4 * H :]).all()


def test_calibrate_half_width_covers_about_its_level_of_the_pool() -> None:
    evaluation = walk(make_panel())
    width = calibrate(evaluation, "naive").half_width(80.0, H)
    inside = [
        np.abs(result.y - result.forecasts["naive"]) / result.deviation[:, None, None] <= width
        for result in evaluation.folds
    ]
    share = np.concatenate([part.reshape(-1, H) for part in inside]).mean(axis=0)
    assert share.tolist() == [25 / 30] * H  # rank ceil(31 x 0.8) of 30


def test_errors_of_constant_and_of_late_series_say_nothing_of_the_others() -> None:
    panel = make_panel()
    alone = calibrate(walk(panel.take(np.array([0]))), "naive")
    for rows, value in ((slice(None), 7.0), (slice(0, 150), np.nan)):  # one constant, one late
        panel.series(1)[rows] = value
        beside = calibrate(walk(panel), "naive")
        np.testing.assert_array_equal(beside.scores, alone.scores)


def test_calibrate_one_fold_at_the_end_reaches_as_far_as_its_block() -> None:
    pool = calibrate(walk(make_panel(), FoldPlan(folds=1)), "naive")
    assert pool.steps == 2 * H


def test_calibrate_without_folds_has_no_interval() -> None:
    assert calibrate(walk(make_panel(), FoldPlan(folds=0)), "naive").steps == 0


def test_interval_notes_say_how_many_are_there_and_needed() -> None:
    pool = ConformalIntervals.from_residuals(np.ones((10, 2)))
    assert interval_notes(pool, (80.0,), 2) == []
    assert interval_notes(pool, (80.0, 95.0), 3) == [
        "too few residuals for 80 %: 0, needs 4 (no interval from step 3 on)",
        "too few residuals for 95 %: 10, needs 19 (no interval from step 1 on)",
    ]


def test_interval_scores_count_what_lay_inside_over_the_folds_that_have_intervals() -> None:
    evaluation = walk(make_panel())
    widths = intervals_for_folds(evaluation, "naive", LEVELS)
    inside, sizes = [], []
    for result, width in list(zip(evaluation.folds, widths, strict=True))[1:]:
        half = result.deviation[:, None, None] * width[1]
        inside.append(np.abs(result.y - result.forecasts["naive"]) <= half)
        sizes.append(np.broadcast_to(2 * half, result.y.shape))
    found = interval_scores(evaluation, LEVELS)[80.0]
    assert found.coverage == pytest.approx(np.concatenate(inside, axis=1).mean())
    assert found.width == pytest.approx(np.concatenate(sizes, axis=1).mean())
    assert found.forecasts == sum(part.size for part in inside)


def test_interval_scores_of_a_transform_are_those_of_its_lopsided_intervals() -> None:
    panel = make_panel()
    panel.values[:] = np.exp(panel.values / np.repeat([1.0, 100.0], 160))
    evaluation = walk(panel, target=Target("log1p"))
    inside, sizes = [], []
    widths = intervals_for_folds(evaluation, "naive", (80.0,))
    for result, width in list(zip(evaluation.folds, widths, strict=True))[1:]:
        rows = panel.values.reshape(2, 160)[:, : result.fold.span.train_stop]
        half = np.log1p(rows).std(axis=1)[:, None, None] * width[0]
        centre = np.log1p(result.forecasts["naive"])
        inside.append(np.abs(np.log1p(result.y) - centre) <= half)
        sizes.append(np.exp(centre + half) - np.exp(centre - half))
    found = interval_scores(evaluation, (80.0,))[80.0]
    assert found.coverage == pytest.approx(np.concatenate(inside, axis=1).mean())
    assert found.width == pytest.approx(np.concatenate(sizes, axis=1).mean())


def test_interval_scores_weigh_a_series_with_gaps_like_another() -> None:
    panel = make_panel()
    panel.series(1)[100::2] = np.nan
    panel.series(1)[140:] *= 3.0
    evaluation = walk(panel)
    whole = interval_scores(evaluation, (80.0,))[80.0]
    shares = []
    for index in range(2):
        pairs = [
            (
                np.abs(result.y - result.forecasts["naive"])[index : index + 1],
                result.deviation[index] * width[0],
            )
            for result, width in zip(evaluation.folds, whole_widths(evaluation), strict=True)
        ]
        known = [np.isfinite(error) & np.isfinite(half) for error, half in pairs]
        held = [(error <= half) & there for (error, half), there in zip(pairs, known, strict=True)]
        shares.append(sum(part.sum() for part in held) / sum(part.sum() for part in known))
    assert shares[0] != shares[1]
    assert whole.coverage == pytest.approx(np.mean(shares))


def whole_widths(evaluation: Evaluation) -> tuple[FloatArray, ...]:
    return intervals_for_folds(evaluation, "naive", (80.0,))


def test_interval_scores_of_one_fold_are_unknown_and_that_is_said() -> None:
    scores = interval_scores(walk(make_panel(), FoldPlan(folds=1)), (80.0,))
    assert scores == {80.0: IntervalScore(None, None, 0)}
    assert "one fold" in untested_notes(scores, 1)[0]


def test_untested_notes_name_the_levels_that_no_fold_has() -> None:
    none, some = IntervalScore(None, None, 0), IntervalScore(0.8, 1.0, 9)
    assert untested_notes({80.0: some}, 3) == []
    assert untested_notes({80.0: some, 99.9: none}, 3) == [
        "coverage of the 99.9 % interval is unknown: too few errors in the folds before the last"
    ]
    assert "there is no fold" in untested_notes({80.0: none}, 0)[0]
