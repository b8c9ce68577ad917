from __future__ import annotations

from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import StandardScaler

from forecast.data.panel import Panel, Span
from forecast.data.times.clock import CalendarClock
from forecast.models.forecaster import FitReport
from forecast.models.naive import Naive, SeasonalNaive
from forecast.training.monitor import SILENT, SilentMonitor
from forecast.validation.evaluation import Evaluation
from forecast.validation.folds import FoldPlan, FoldSchedule, make_folds
from forecast.validation.walk_forward import Candidate, fold_seed, walk_forward

if TYPE_CHECKING:
    from forecast.data.arrays import FloatArray, IntArray
    from forecast.models.forecaster import FitContext

H, SEASON, LENGTH = 4, 6, 120


def make_panel(length: int = LENGTH) -> Panel:
    rng = np.random.default_rng(0)
    lengths = np.array([length, length - 50, length], dtype=np.int64)
    values = rng.normal(10, 2, lengths.sum())
    values[rng.random(values.size) < 0.05] = np.nan
    return Panel(
        ("a", "b", "c"),
        values,
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        length - lengths,
        CalendarClock(pd.Timestamp("2024-01-01"), "D"),
    )


class Recorder(Naive):
    """Naive, and remembers how it was called."""

    def __init__(self, calls: list[tuple[str, Span, FitContext]]) -> None:
        self.calls = calls
        self.predicted: list[tuple[int, int]] = []

    def fit(self, panel: Panel, *, span: Span, context: FitContext) -> Self:
        self.calls.append((context.name, span, context))
        return super().fit(panel, span=span, context=context)

    def predict(self, panel: Panel, cutoffs: IntArray, *, horizon: int) -> FloatArray:
        self.predicted.append((len(cutoffs), horizon))
        return super().predict(panel, cutoffs, horizon=horizon)


def walk(
    panel: Panel, *candidates: Candidate, plan: FoldPlan | None = None, seed: int = 0
) -> tuple[FoldSchedule, Evaluation]:
    schedule = make_folds(
        panel.length, plan=plan or FoldPlan(), horizon=H, context_length=2 * SEASON
    )
    return schedule, walk_forward(
        panel,
        schedule,
        candidates=candidates,
        horizon=H,
        season_length=SEASON,
        seed=seed,
        monitor=SILENT,
    )


def test_p3_walk_fits_a_fresh_forecaster_on_the_span_of_each_fold() -> None:
    calls: list[tuple[str, Span, FitContext]] = []
    made: list[Recorder] = []

    def make(_: object) -> Recorder:
        made.append(Recorder(calls))
        return made[-1]

    schedule, _ = walk(make_panel(), Candidate("m", make, trained=True))
    assert len(made) == 3
    assert [name for name, _, _ in calls] == [f"m, fold {i} of 3" for i in (1, 2, 3)]
    assert [span for _, span, _ in calls] == [fold.span for fold in schedule.folds]
    assert [(c.index, c.total) for _, _, c in calls] == [(0, 3), (1, 3), (2, 3)]
    assert [c.seed for _, _, c in calls] == [fold_seed(0, index) for index in range(3)]


@pytest.mark.parametrize(
    ("refit", "trained", "fits"),
    [(1, [0, 1, 2, 3], [0, 1, 2, 3]), (2, [0, 2], [0, 0, 2, 2]), (None, [0], [0, 0, 0, 0])],
)
def test_fold_without_a_training_of_its_own_is_judged_by_the_model_before(
    refit: int | None, trained: list[int], fits: list[int]
) -> None:
    calls: list[tuple[str, Span, FitContext]] = []
    made: list[Recorder] = []

    def make(_: object) -> Recorder:
        made.append(Recorder(calls))
        return made[-1]

    plan = FoldPlan(folds=4, refit=refit)
    panel = make_panel()
    schedule, evaluation = walk(panel, Candidate("m", make, trained=True), plan=plan)
    assert [name for name, _, _ in calls] == [f"m, fold {i + 1} of 4" for i in trained]
    assert [(c.index, c.total) for _, _, c in calls] == [
        (place, len(trained)) for place in range(len(trained))
    ]
    assert [c.seed for _, _, c in calls] == [fold_seed(0, index) for index in trained]
    judged = [
        [len(fold.cutoffs) for fold in schedule.folds if fits[fold.index] == i] for i in trained
    ]
    assert [[count for count, _ in recorder.predicted] for recorder in made] == judged
    assert schedule.fits == tuple(fits)
    whole, _ = walk(panel, Candidate("m", make, trained=True), plan=FoldPlan(folds=4))
    assert [fold.cutoffs for fold in whole.folds] == [fold.cutoffs for fold in schedule.folds]
    for result, fit in zip(evaluation.folds, fits, strict=True):
        assert result.fold.span == whole.folds[fit].span
        assert (result.seconds["m"].fit > 0) == (result.fold.index in trained)


def test_walk_forward_gives_every_candidate_the_same_seed_in_a_fold() -> None:
    calls: list[tuple[str, Span, FitContext]] = []
    one = Candidate("one", lambda _: Recorder(calls), trained=True)
    two = Candidate("two", lambda _: Recorder(calls), trained=True)
    walk(make_panel(), one, two, seed=5)
    seeds = [context.seed for _, _, context in calls]
    assert seeds[::2] == seeds[1::2]
    assert len(set(seeds)) == 3
    assert [context.index for _, _, context in calls] == list(range(6))


def test_walk_forward_predicts_a_fold_in_one_call() -> None:
    recorder = Recorder([])
    schedule, _ = walk(make_panel(), Candidate("m", lambda _: recorder))
    assert recorder.predicted == [(len(fold.cutoffs), H) for fold in schedule.folds]


def test_walk_forward_holds_actual_values_and_forecasts_of_each_cutoff() -> None:
    panel = make_panel()
    schedule, evaluation = walk(panel, Candidate("naive", lambda _: Naive()))
    for fold, result in zip(schedule.folds, evaluation.folds, strict=True):
        cutoffs = np.array(fold.cutoffs, dtype=np.int64)
        np.testing.assert_array_equal(result.y, panel.horizon_after(cutoffs, H))
        expected = Naive().predict(panel, cutoffs, horizon=H)
        np.testing.assert_array_equal(result.forecasts["naive"], expected)
        assert result.fits["naive"] is None
        assert result.seconds["naive"].validate > 0


def test_walk_forward_scales_by_the_rows_before_the_fold_only() -> None:
    panel = make_panel()
    _, before = walk(panel, Candidate("naive", lambda _: Naive()))
    stop = before.folds[0].fold.span.stop
    for index in (0, 2):
        panel.series(index)[stop:] *= 50.0
    _, after = walk(panel, Candidate("naive", lambda _: Naive()))
    for name in ("mase_scale", "deviation"):
        old = [getattr(result, name) for result in before.folds]
        new = [getattr(result, name) for result in after.folds]
        np.testing.assert_array_equal(old[0], new[0])
        assert not np.allclose(old[2], new[2], equal_nan=True)


def test_walk_forward_standardises_by_the_rows_before_the_validation_tail() -> None:
    panel = make_panel()
    _, before = walk(panel, Candidate("naive", lambda _: Naive()))
    span = before.folds[0].fold.span
    panel.series(0)[span.train_stop : span.stop] *= 50.0
    _, after = walk(panel, Candidate("naive", lambda _: Naive()))
    np.testing.assert_array_equal(before.folds[0].deviation, after.folds[0].deviation)
    assert before.folds[0].mase_scale[0] < after.folds[0].mase_scale[0]


def test_standardised_error_is_of_values_scaled_by_scikit_learn_on_the_training_rows() -> None:
    panel = make_panel()
    _, evaluation = walk(panel, Candidate("naive", lambda _: Naive()), plan=FoldPlan(folds=1))
    (result,) = evaluation.folds
    errors = []
    for index in range(panel.n_series):
        rows = panel.slice(result.fold.span.start, result.fold.span.train_stop).series(index)
        scaler = StandardScaler().fit(rows[:, None])
        y, y_hat = (
            scaler.transform(found[index].reshape(-1, 1))
            for found in (result.y, result.forecasts["naive"])
        )
        errors.append(np.nanmean((y - y_hat) ** 2))
    found = evaluation.scores("naive").standardised["mse"]
    assert found == pytest.approx(np.mean(errors), rel=1e-12)


def test_walk_forward_reaches_four_horizons_or_as_far_as_the_data_answer() -> None:
    panel = make_panel()
    _, evaluation = walk(panel, Candidate("naive", lambda _: Naive(), intervals=True))
    reach = [result.recursive["naive"].residuals.shape[2] for result in evaluation.folds]
    assert reach == [4 * H, 4 * H, 2 * H]
    last = evaluation.folds[-1].recursive["naive"]
    y = panel.horizon_after(last.cutoffs, 2 * H)
    found = Naive().predict(panel, last.cutoffs, horizon=2 * H)
    deviation = evaluation.folds[-1].deviation[:, None, None]
    np.testing.assert_array_equal(last.residuals, (y - found) / deviation)


def test_walk_forward_leaves_rows_beyond_explicit_sizes_unused() -> None:
    plan = FoldPlan(train_size=60, validation_size=10, test_size=12)
    candidate = Candidate("naive", lambda _: Naive(), intervals=True)
    _, evaluation = walk(make_panel(), candidate, plan=plan)
    found = evaluation.folds[0].recursive["naive"]
    late = found.cutoffs[:, None] + 1 + np.arange(found.residuals.shape[2]) >= 82
    assert np.isnan(found.residuals[:, late]).all()
    assert found.residuals.shape[2] == 12
    assert int(found.cutoffs.max()) + H < 81


def test_walk_forward_block_of_one_horizon_has_nothing_beyond() -> None:
    candidate = Candidate("naive", lambda _: Naive(), intervals=True)
    _, evaluation = walk(make_panel(), candidate, plan=FoldPlan(test_size=H))
    assert evaluation.folds[0].recursive == {}


def test_walk_forward_only_asked_candidates_reach_beyond() -> None:
    _, evaluation = walk(
        make_panel(),
        Candidate("naive", lambda _: Naive(), intervals=True),
        Candidate("seasonal_naive", lambda _: SeasonalNaive(SEASON)),
    )
    assert [set(result.recursive) for result in evaluation.folds] == [{"naive"}] * 3
    assert evaluation.models == ("naive", "seasonal_naive")


class Impatient(SilentMonitor):
    """Stops the walk after some fits."""

    def __init__(self, fits: int) -> None:
        self.left = fits

    def should_stop(self) -> bool:
        self.left -= 1
        return self.left < 0


@pytest.mark.parametrize(("fits", "folds"), [(0, 0), (1, 0), (2, 1), (5, 2), (6, 3)])
def test_walk_forward_stopped_keeps_the_finished_folds(fits: int, folds: int) -> None:
    panel = make_panel()
    evaluation = walk_forward(
        panel,
        make_folds(panel.length, plan=FoldPlan(), horizon=H, context_length=12),
        candidates=[
            Candidate("a", lambda _: Naive()),
            Candidate("b", lambda _: Naive()),
        ],
        horizon=H,
        season_length=SEASON,
        seed=0,
        monitor=Impatient(fits),
    )
    assert len(evaluation.folds) == folds
    assert evaluation.interrupted == (folds < 3)


def test_fold_whose_last_fit_was_cut_short_is_not_finished() -> None:
    class Cut(Naive):
        report = FitReport(1, 1, "interrupted", ())

    _, evaluation = walk(make_panel(), Candidate("cut", lambda _: Cut()))
    assert (evaluation.folds, evaluation.interrupted) == ((), True)


def test_evaluation_scores_of_all_folds_pool_the_forecasts() -> None:
    _, evaluation = walk(make_panel(), Candidate("naive", lambda _: Naive()))
    error = np.concatenate(
        [np.abs(result.y - result.forecasts["naive"]) for result in evaluation.folds], axis=1
    )
    expected = np.nanmean(error.reshape(3, -1), axis=1).mean()
    assert evaluation.scores("naive").metrics["mae"] == pytest.approx(expected)
    first = np.nanmean(error[:, : error.shape[1] // 3].reshape(3, -1), axis=1).mean()
    assert evaluation.fold_scores("naive", 0).metrics["mae"] == pytest.approx(first)
    steps = [step["mae"] for step in evaluation.steps("naive")]
    assert steps == pytest.approx(np.nanmean(error, axis=1).mean(axis=0).tolist())
    assert len(evaluation.steps("naive", 1)) == H


def test_evaluation_seconds_are_summed_over_the_folds() -> None:
    _, evaluation = walk(make_panel(), Candidate("naive", lambda _: Naive()))
    each = [result.seconds["naive"] for result in evaluation.folds]
    found = evaluation.seconds("naive")
    assert found.fit == sum(seconds.fit for seconds in each)
    assert found.validate == sum(seconds.validate for seconds in each)
    assert found.total == found.fit + found.validate


def test_p3_fold_seed_does_not_repeat_between_runs_and_folds() -> None:
    seeds = {fold_seed(seed, fold) for seed in range(20) for fold in range(20)}
    assert len(seeds) == 400
