"""Nothing after a cutoff reaches its fold, for any sizes, gaps, windows and unequal lengths."""

from __future__ import annotations

from functools import partial

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from forecast.data.clock import CountClock
from forecast.data.panel import Panel
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


def panel_of(lengths: list[int], seed: int) -> Panel:
    """Series that end together, some values missing."""
    rng = np.random.default_rng(seed)
    sizes = np.array([LENGTH, *lengths], dtype=np.int64)
    values = rng.normal(10, 2, int(sizes.sum()))
    values[rng.random(len(values)) < 0.1] = np.nan
    names = tuple(f"s{place}" for place in range(len(sizes)))
    offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    return Panel(names, values, offsets, LENGTH - sizes, CountClock(sizes - 1, 1, LENGTH))


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
def test_no_fold_reacts_to_what_comes_after_its_first_cutoff(
    lengths: list[int], plan: FoldPlan, horizon: int, seed: int
) -> None:
    panel = panel_of(lengths, seed)
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
