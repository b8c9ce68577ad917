"""P2 for a whole walk-forward run of every model: what happens later changes nothing before it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest

from forecast.config.schema import Config
from forecast.data.arrays import FloatArray
from forecast.data.load import read_panel
from forecast.data.panel import Panel
from forecast.data.table.columns import ColumnChoice
from forecast.models.forecaster import Forecaster
from forecast.models.registry import MODELS
from forecast.training.monitor import SILENT
from forecast.validation.conformal import intervals_for_folds
from forecast.validation.evaluation import Evaluation
from forecast.validation.folds import FoldPlan, make_folds
from forecast.validation.walk_forward import Candidate, walk_forward
from forecast.workflows.resolving.automatic import resolve
from tests.conformance.conftest import ACCOMPANIED, build_small

Build = Callable[[], Forecaster]
H, SEASON, ROWS = 3, 4, 120
LEVELS = (50.0, 80.0)
PLAN = FoldPlan(folds=2, gap=2)


def some_panel() -> Panel:
    rng = np.random.default_rng(0)
    rows = np.arange(ROWS)
    frame = pd.DataFrame({name: np.sin(rows * np.pi / 2) + rng.normal(size=ROWS) for name in "ab"})
    frame.loc[[3, 50, 90], "a"] = np.nan
    frame["b"] = 40 + 9 * frame["b"]
    return read_panel(frame, columns=ColumnChoice(target=("all",))).panel


def walk(panel: Panel, build: Build) -> tuple[Evaluation, list[dict[str, bytes]]]:
    """Walk a model through the folds; its evaluation and what it learnt in each fold."""
    made: list[Forecaster] = []

    def make(_: object) -> Forecaster:
        made.append(build())
        return made[-1]

    schedule = make_folds(panel.length, plan=PLAN, horizon=H, context_length=6)
    evaluation = walk_forward(
        panel,
        schedule,
        candidates=[Candidate("model", make, intervals=True, trained=True)],
        horizon=H,
        season_length=SEASON,
        seed=3,
        monitor=SILENT,
    )
    states = [
        {name: value.numpy().tobytes() for name, value in model.state().items()} for model in made
    ]
    return evaluation, states


def altered_from(panel: Panel, row: int, seed: int) -> Panel:
    rows = np.arange(len(panel.values)) - np.repeat(panel.offsets[:-1] - panel.first, panel.lengths)
    other = np.random.default_rng(seed).choice([np.nan, -1e9, 0.0, 1e9], len(rows))
    return replace(panel, values=np.where(rows >= row, other, panel.values))


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2))]
)
@pytest.mark.parametrize("name", [*MODELS, ACCOMPANIED])
def test_p2_nothing_after_the_first_cutoff_of_a_fold_changes_it_or_an_earlier_one(
    name: str, seed: int
) -> None:
    panel = some_panel()
    build = partial(build_small, name)
    known, learnt = walk(panel, build)
    widths = intervals_for_folds(known, "model", LEVELS)
    for index, result in enumerate(known.folds):
        cutoff = result.fold.cutoffs[0]
        other, relearnt = walk(altered_from(panel, cutoff + 1, seed=3 * seed + index), build)

        assert relearnt[: index + 1] == learnt[: index + 1]
        for before, after in zip(known.folds[:index], other.folds[:index], strict=True):
            np.testing.assert_array_equal(after.forecasts["model"], before.forecasts["model"])
            np.testing.assert_array_equal(after.y, before.y)
        np.testing.assert_array_equal(
            other.folds[index].forecasts["model"][:, 0], result.forecasts["model"][:, 0]
        )
        for scale in ("mase_scale", "deviation"):
            np.testing.assert_array_equal(
                getattr(other.folds[index], scale), getattr(result, scale)
            )
        found = intervals_for_folds(other, "model", LEVELS)
        np.testing.assert_array_equal(found[: index + 1], widths[: index + 1])


def test_rows_in_the_gap_change_forecasts_but_nothing_learnt(build_network: Build) -> None:
    panel = some_panel()
    known, learnt = walk(panel, build_network)
    fold = known.folds[0].fold
    assert fold.cutoffs[0] + 1 - fold.span.stop == 2
    other, relearnt = walk(altered_from(panel, fold.span.stop, seed=1), build_network)
    assert relearnt[0] == learnt[0]
    assert not np.array_equal(
        other.folds[0].forecasts["model"][:, 0], known.folds[0].forecasts["model"][:, 0]
    )


def test_intervals_of_a_fold_do_depend_on_the_folds_before_it(build: Build) -> None:
    # Without this the law above would hold for intervals that are always empty.
    panel = some_panel()
    known = intervals_for_folds(walk(panel, build)[0], "model", LEVELS)
    assert np.isnan(known[0]).all()
    assert np.isfinite(known[1]).all()
    first = walk(panel, build)[0].folds[0].fold
    nudged = panel.values.copy()
    nudged[first.test_stop - 1] += 50
    other = intervals_for_folds(walk(replace(panel, values=nudged), build)[0], "model", LEVELS)
    assert not np.array_equal(other[1], known[1])


ROWS_AUTO = 800
STEPS = np.arange(ROWS_AUTO)
NOISE = np.random.default_rng(1).normal(size=ROWS_AUTO)
SERIES: Mapping[str, FloatArray] = {
    "season": 0.02 * STEPS + 10 * np.sin(2 * np.pi * STEPS / 50) + NOISE,
    "noise": NOISE,
    "walk": np.cumsum(NOISE),
}
FUTURES: Mapping[str, FloatArray] = {
    "noise": 1e4 * np.random.default_rng(2).normal(size=ROWS_AUTO),
    "season of 10": 1e4 * np.sin(2 * np.pi * STEPS / 10),
    "spikes": 1e4 * (STEPS % 25 == 0),
    "walk": 1e3 * np.cumsum(np.random.default_rng(3).normal(size=ROWS_AUTO)),
    "nothing": np.zeros(ROWS_AUTO),
}


def resolved(values: FloatArray) -> tuple[object, ...]:
    """Everything automatic for a file without frequency: its season has to be detected."""
    reading = read_panel(pd.DataFrame({"y": values}), columns=ColumnChoice())
    assert reading.freq is None
    plan = resolve(reading, Config())
    return plan.config, plan.schedule, plan.notes


CASES = [(past, future) for past in SERIES for future in FUTURES]


@pytest.mark.parametrize(("past", "future"), CASES)
def test_p2_nothing_after_the_first_cutoff_changes_an_automatic_value(
    past: str, future: str
) -> None:
    values = SERIES[past]
    expected = resolved(values)
    schedule = expected[1]
    cutoff = schedule.folds[0].cutoffs[0]  # type: ignore[attr-defined]
    altered = np.where(cutoff < STEPS, FUTURES[future], values)
    assert resolved(altered) == expected
