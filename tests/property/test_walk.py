"""Nothing after a cutoff reaches its fold, for any sizes, gaps, windows and unequal lengths."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

import numpy as np
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from forecast.data.panel import Panel
from forecast.data.times.clock import CountClock
from forecast.data.windows import Places, training_windows, validation_windows
from forecast.errors import NotEnoughDataError
from forecast.models.registry import RULES, build_classic
from forecast.training.monitor import SILENT
from forecast.validation.evaluation import Evaluation
from forecast.validation.folds import Fold, FoldPlan, FoldSchedule, make_folds
from forecast.validation.plan import GivenCutoff
from forecast.validation.walk_forward import Candidate, walk_forward

LENGTH, SEASON = 90, 4
plans = (
    st.builds(
        FoldPlan,
        folds=st.integers(1, 4),
        gap=st.integers(0, 6),
        max_train_size=st.none() | st.integers(20, 60),
        refit=st.none() | st.integers(1, 3),
        step_size=st.none() | st.integers(1, 5),
    )
    | st.builds(
        FoldPlan,
        window=st.just("blocked"),
        folds=st.integers(1, 4),
        gap=st.integers(0, 3),
    )
    | st.builds(
        FoldPlan,
        cutoffs=st.sets(st.integers(25, 84), min_size=1, max_size=4).map(
            lambda rows: tuple(GivenCutoff(str(row), row) for row in sorted(rows))
        ),
        refit=st.none() | st.integers(1, 3),
    )
)


def panel_between(ends: list[tuple[int, int]], seed: int) -> Panel:
    """Series from one grid row to another, some values missing."""
    rng = np.random.default_rng(seed)
    first, stop = np.array(ends, dtype=np.int64).T
    sizes = stop - first
    values = rng.normal(10, 2, int(sizes.sum()))
    values[rng.random(len(values)) < 0.1] = np.nan
    names = tuple(f"s{place}" for place in range(len(sizes)))
    offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    return Panel(names, values, offsets, first, CountClock(sizes - 1, 1, LENGTH))


def changed_after(panel: Panel, cutoff: int) -> Panel:
    """Every value after a grid row is another."""
    rows = np.arange(len(panel.values)) - np.repeat(panel.offsets[:-1], panel.lengths)
    late = rows + np.repeat(panel.first, panel.lengths) > cutoff
    values = np.where(late, -1e6, panel.values)
    return Panel(panel.unique_ids, values, panel.offsets, panel.first, panel.clock)


def rule(fold: Fold, *, name: str) -> object:
    return build_classic(name, season_length=SEASON)


def walked(panel: Panel, schedule: FoldSchedule, horizon: int) -> Evaluation:
    return walk_forward(
        panel,
        schedule,
        candidates=[Candidate(name, partial(rule, name=name)) for name in RULES],  # type: ignore[arg-type]
        horizon=horizon,
        season_length=SEASON,
        seed=0,
        monitor=SILENT,
    )


@settings(max_examples=40)
@given(
    lengths=st.lists(st.integers(1, LENGTH), max_size=3),
    plan=plans,
    horizon=st.integers(1, 6),
    seed=st.integers(0, 99),
)
def test_p2_no_fold_reacts_to_what_comes_after_its_first_cutoff(
    lengths: list[int], plan: FoldPlan, horizon: int, seed: int
) -> None:
    panel = panel_between([(0, LENGTH), *((LENGTH - size, LENGTH) for size in lengths)], seed)
    try:
        schedule = make_folds(LENGTH, plan=plan, horizon=horizon, context_length=5)
    except NotEnoughDataError:
        assume(False)
    before = walked(panel, schedule, horizon)
    for place, fold in enumerate(schedule.folds):
        after = walked(changed_after(panel, fold.cutoffs[0]), schedule, horizon).folds[place]
        seen = before.folds[place]
        np.testing.assert_array_equal(seen.mase_scale, after.mase_scale)
        np.testing.assert_array_equal(seen.deviation, after.deviation)
        for name in RULES:
            mine, other = seen.forecasts[name][:, 0], after.forecasts[name][:, 0]
            np.testing.assert_array_equal(mine, other)
            np.testing.assert_array_equal(seen.spreads[name].scale, after.spreads[name].scale)


def targets(panel: Panel, places: Places, horizon: int) -> set[tuple[int, int]]:
    """Series and grid row of all that windows ask for; each lies inside its series."""
    found = set()
    windows = places.pick(torch.arange(len(places)))
    for row, series, stop in zip(
        windows.row.tolist(), windows.series.tolist(), windows.stop.tolist(), strict=True
    ):
        begin = int(panel.offsets[series])
        assert begin <= row < stop <= panel.offsets[series + 1]
        rows = range(row + 1, min(row + 1 + horizon, stop))
        found |= {(series, int(panel.first[series]) + place - begin) for place in rows}
    return found


@settings(max_examples=60)
@given(
    spans=st.lists(
        st.tuples(st.integers(0, LENGTH - 1), st.integers(1, LENGTH)), min_size=1, max_size=3
    ),
    plan=plans,
    horizon=st.integers(1, 6),
    seed=st.integers(0, 99),
)
def test_no_fold_learns_from_a_row_that_it_is_judged_by_whatever_the_lengths(
    spans: list[tuple[int, int]], plan: FoldPlan, horizon: int, seed: int
) -> None:
    """Series begin and end anywhere; one is whole."""
    try:
        schedule = make_folds(LENGTH, plan=plan, horizon=horizon, context_length=5)
    except NotEnoughDataError:
        assume(False)
    panel = panel_between([(0, LENGTH), *((a, min(a + n, LENGTH)) for a, n in spans)], seed)
    evaluation = walked(panel, schedule, horizon)
    for fold, result in zip(schedule.folds, evaluation.folds, strict=True):
        span = fold.span
        seen = panel.slice(span.start, span.stop)
        tail_start = span.train_stop - span.start
        train = training_windows(seen, seen.values, context_length=5, stop=tail_start)
        tail = validation_windows(
            seen, seen.values, horizon=horizon, start=tail_start, stop=seen.length
        )
        learnt, watched = targets(seen, train, horizon), targets(seen, tail, horizon)
        assert all(row < tail_start for _, row in learnt)
        assert all(tail_start <= row < seen.length for _, row in watched)
        judged = {cutoff + 1 + step for cutoff in fold.cutoffs for step in range(horizon)}
        if fold.trained:
            assert span.stop + plan.gap == min(judged)
        assert span.stop + plan.gap <= min(judged)
        assert max(judged) < fold.test_stop
        rows = np.array(fold.cutoffs)[:, None] + 1 + np.arange(horizon)
        truth = panel.at(rows.reshape(-1)).reshape(panel.n_series, *rows.shape)
        np.testing.assert_array_equal(result.y, truth)
    if not plan.cutoffs:
        for one, later in pairwise(schedule.folds):
            assert one.test_stop <= later.cutoffs[0] + 1
