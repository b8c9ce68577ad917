"""P2 for fills and split series: what happens later changes no bit of what came before."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from forecast.data.gaps import FillKind, Gaps
from forecast.data.load import read_panel
from forecast.data.panel import Panel, Span
from forecast.data.table.columns import ColumnChoice
from forecast.models.forecaster import FitContext
from forecast.models.neural import FitSettings, NeuralForecaster
from forecast.networks.shape import NetworkShape
from forecast.training.monitor import SILENT
from forecast.training.plan import TrainingPlan
from forecast.validation.evaluation import Evaluation
from forecast.validation.folds import FoldPlan, make_folds
from forecast.validation.walk_forward import Candidate, walk_forward

H, CONTEXT, ROWS = 3, 8, 140
POLICIES = [
    Gaps(fill, 4, max_gap)
    for fill in ("none", "interpolate", "forward", "seasonal", "zero")
    for max_gap in (None, 4)
    if (fill, max_gap) != ("none", None)
]


def gappy_panel() -> Panel:
    """Two series with gaps of one to nine rows, some of them open at a cutoff."""
    rng = np.random.default_rng(0)
    rows = np.arange(ROWS)
    frame = pd.DataFrame({name: np.sin(rows * np.pi / 2) + rng.normal(size=ROWS) for name in "ab"})
    for name, starts in (("a", (9, 40, 77, 96, 111, 120)), ("b", (20, 60, 90, 100, 115, 130))):
        for length, start in enumerate(starts, start=2):
            frame.loc[start : start + length, name] = np.nan
    return read_panel(frame, columns=ColumnChoice(target=("all",))).panel


def forecaster(gaps: Gaps) -> NeuralForecaster:
    shape = NetworkShape(
        encoder="gru",
        context_length=CONTEXT,
        horizon=H,
        segment_length=2,
        hidden_size=4,
        num_layers=1,
        dropout=0.0,
        window_normalisation="last",
        skip="linear",
        initial_season=1,
    )
    plan = TrainingPlan(
        epochs=2,
        stop_after=2,
        max_steps=None,
        batch_size=32,
        learning_rate=1e-2,
        weight_decay=0.0,
        gradient_clip=1.0,
        schedule="constant",
        warmup=0,
        patience=5,
    )
    # From the season, so that so few steps improve on it.
    fitting = FitSettings(plan, start="season", device="cpu", threads=1)
    return NeuralForecaster(shape, scaler="standard", fitting=fitting, gaps=gaps)


def walk(panel: Panel, gaps: Gaps) -> tuple[Evaluation, list[dict[str, bytes]]]:
    made: list[NeuralForecaster] = []

    def make(_: object) -> NeuralForecaster:
        made.append(forecaster(gaps))
        return made[-1]

    schedule = make_folds(panel.length, plan=FoldPlan(folds=3), horizon=H, context_length=CONTEXT)
    evaluation = walk_forward(
        panel,
        schedule,
        candidates=[Candidate("gru", make, trained=True)],
        horizon=H,
        season_length=4,
        seed=1,
        monitor=SILENT,
    )
    states = [{key: value.numpy().tobytes() for key, value in one.state().items()} for one in made]
    return evaluation, states


def altered_from(panel: Panel, row: int, kind: str) -> Panel:
    rows = np.arange(len(panel.values)) - np.repeat(panel.offsets[:-1] - panel.first, panel.lengths)
    other = {"filled": 1e6, "emptied": np.nan}[kind]
    return replace(panel, values=np.where(rows >= row, other, panel.values))


@pytest.mark.parametrize("kind", ["filled", "emptied"])
@pytest.mark.parametrize("gaps", POLICIES, ids=lambda gaps: f"{gaps.fill}-{gaps.max_gap}")
def test_p2_nothing_after_a_cutoff_changes_a_fill_or_a_split(gaps: Gaps, kind: str) -> None:
    panel = gappy_panel()
    known, learnt = walk(panel, gaps)
    for index in (0, 2):
        fold = known.folds[index].fold
        other, relearnt = walk(altered_from(panel, fold.cutoffs[0] + 1, kind), gaps)
        assert relearnt[: index + 1] == learnt[: index + 1]
        np.testing.assert_array_equal(
            other.folds[index].forecasts["gru"][:, 0], known.folds[index].forecasts["gru"][:, 0]
        )


def test_a_forecast_from_an_open_gap_does_not_know_how_it_ends() -> None:
    panel = gappy_panel()
    cutoffs = np.arange(92, 139, dtype=np.int64)
    model = forecaster(Gaps("interpolate"))
    context = FitContext(name="fit", index=0, total=1, seed=0, monitor=SILENT)
    model.fit(panel, span=Span(0, 90, 90), context=context)
    whole = model.predict(panel, cutoffs, horizon=H)
    for place, cutoff in enumerate(cutoffs):
        other = altered_from(panel, int(cutoff) + 1, "filled")
        found = model.predict(other, cutoffs, horizon=H)
        np.testing.assert_array_equal(found[:, place], whole[:, place])


@pytest.mark.parametrize("fill", ["interpolate", "forward", "seasonal", "zero"])
def test_a_fill_is_used(fill: FillKind) -> None:
    # Without this the laws above would hold for a policy that nothing looks at.
    panel = gappy_panel()
    masked, filled = (walk(panel, gaps)[0].folds for gaps in (Gaps(), Gaps(fill, 4)))
    same = [
        np.array_equal(one.forecasts["gru"], other.forecasts["gru"])
        for one, other in zip(masked, filled, strict=True)
    ]
    assert not all(same)  # a fold that learnt nothing forecasts its last value, filled or not
