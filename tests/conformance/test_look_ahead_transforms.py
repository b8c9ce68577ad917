"""P2 for transforms and scalers: what happens later changes no bit of what came before."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from forecast.data.arrays import FloatArray
from forecast.data.panel import Panel, Span
from forecast.data.scale import ScalerScope
from forecast.data.times.clock import CalendarClock
from forecast.data.transform import Target, TransformKind
from forecast.models.forecaster import FitContext, Forecaster
from forecast.models.neural import FitSettings, NeuralForecaster
from forecast.models.transformed import TransformedForecaster
from forecast.networks.shape import NetworkShape
from forecast.training.monitor import SILENT
from forecast.training.plan import TrainingPlan
from forecast.validation.bands import Bands
from forecast.validation.conformal import intervals_for_folds
from forecast.validation.evaluation import Evaluation
from forecast.validation.folds import FoldPlan, make_folds
from forecast.validation.frames import forecasts_frame
from forecast.validation.walk_forward import Candidate, walk_forward

H, SEASON, ROWS = 3, 4, 120
CONTEXT = FitContext("fit", 0, 1, 0, SILENT)
PLAN = TrainingPlan(
    epochs=1,
    stop_after=1,
    max_steps=4,
    batch_size=32,
    learning_rate=1e-2,
    weight_decay=0.0,
    gradient_clip=1.0,
    schedule="constant",
    warmup=0,
    patience=5,
)
KINDS: tuple[TransformKind, ...] = (
    "none",
    "log1p",
    "sqrt",
    "box-cox",
    "difference",
    "seasonal-difference",
)
SCOPES: tuple[ScalerScope, ...] = ("series", "global")


def some_panel() -> Panel:
    """Three series above 0: skewed, constant until row 80, and one that begins at row 70."""
    rng = np.random.default_rng(0)
    skewed = rng.gamma(2, 10, size=ROWS) * (2 + np.sin(np.arange(ROWS) * np.pi / 2))
    skewed[[3, 50, 90]] = np.nan
    still = np.where(np.arange(ROWS) < 80, 4.0, 4.0 + rng.gamma(2, size=ROWS))
    return Panel(
        ("skewed", "still", "late"),
        np.concatenate([skewed, still, rng.gamma(3, size=ROWS - 70)]),
        np.array([0, ROWS, 2 * ROWS, 3 * ROWS - 70], dtype=np.int64),
        np.array([0, 0, 70], dtype=np.int64),
        CalendarClock(pd.Timestamp("2024-01-29"), "D"),
    )


def target_of(kind: TransformKind) -> Target:
    return Target(kind, SEASON if kind == "seasonal-difference" else 1, non_negative=True)


def build(kind: TransformKind, scope: ScalerScope) -> TransformedForecaster:
    shape = NetworkShape("gru", 6, H, segment_length=2, hidden_size=4)
    fitting = FitSettings(PLAN, device="cpu", threads=1)
    inner = NeuralForecaster(shape, scaler="standard", fitting=fitting, scope=scope)
    return TransformedForecaster(inner, target_of(kind))


def walk(
    panel: Panel, kind: TransformKind, scope: ScalerScope
) -> tuple[Evaluation, list[dict[str, bytes]]]:
    made: list[Forecaster] = []

    def make(_: object) -> Forecaster:
        made.append(build(kind, scope))
        return made[-1]

    schedule = make_folds(panel.length, plan=FoldPlan(folds=3), horizon=H, context_length=10)
    evaluation = walk_forward(
        panel,
        schedule,
        candidates=[Candidate("gru", make, intervals=True, trained=True, target=target_of(kind))],
        horizon=H,
        season_length=SEASON,
        seed=1,
        monitor=SILENT,
    )
    states = [{key: value.numpy().tobytes() for key, value in one.state().items()} for one in made]
    return evaluation, states


def altered_from(panel: Panel, row: int) -> Panel:
    """The panel with every value at ``row`` and later replaced by wild ones that are above 0."""
    rows = np.arange(len(panel.values)) - np.repeat(panel.offsets[:-1] - panel.first, panel.lengths)
    other = np.random.default_rng(2).choice([np.nan, 1e-9, 1.0, 1e9], len(rows))
    return replace(panel, values=np.where(rows >= row, other, panel.values))


def bands(evaluation: Evaluation, panel: Panel, fold: int) -> FloatArray:
    """Intervals of the first cutoff of a fold, as the table of forecasts has them."""
    frame = forecasts_frame(evaluation, panel, Bands("conformal", (80.0,)))[0]
    cutoff = panel.clock.stamps(np.zeros(1, np.int64), np.array(first_cutoff(evaluation, fold)))[0]
    rows = frame[frame["cutoff"] == cutoff]
    found: FloatArray = rows[["gru-lo-80", "gru-hi-80"]].to_numpy()
    return found


def first_cutoff(evaluation: Evaluation, fold: int) -> list[int]:
    return [evaluation.folds[fold].fold.cutoffs[0]]


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("kind", KINDS)
def test_p2_nothing_after_a_cutoff_changes_a_transform_a_forecast_or_an_interval(
    kind: TransformKind, scope: ScalerScope
) -> None:
    panel = some_panel()
    known, learnt = walk(panel, kind, scope)
    for index in (0, 2):
        other_panel = altered_from(panel, first_cutoff(known, index)[0] + 1)
        other, relearnt = walk(other_panel, kind, scope)
        assert relearnt[: index + 1] == learnt[: index + 1]
        np.testing.assert_array_equal(
            other.folds[index].forecasts["gru"][:, 0], known.folds[index].forecasts["gru"][:, 0]
        )
        for fold in range(index + 1):
            before, after = known.folds[fold].spreads["gru"], other.folds[fold].spreads["gru"]
            np.testing.assert_array_equal(after.scale, before.scale)
            np.testing.assert_array_equal(
                after.transform.parameter,
                before.transform.parameter,
            )
        np.testing.assert_array_equal(
            intervals_for_folds(other, "gru", (80.0,))[index],
            intervals_for_folds(known, "gru", (80.0,))[index],
        )
    found = bands(known, panel, 2)
    np.testing.assert_array_equal(bands(other, other_panel, 2), found)
    assert np.isfinite(found).all()
    assert (found >= 0).all()


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("kind", KINDS)
def test_validation_tail_and_rows_before_a_rolling_window_change_no_transform(
    kind: TransformKind, scope: ScalerScope
) -> None:
    panel, span = some_panel(), Span(20, 80, 95)
    state = build(kind, scope).fit(panel, span=span, context=CONTEXT).state()
    later = build(kind, scope).fit(altered_from(panel, 80), span=span, context=CONTEXT).state()
    for name in state:
        if not name.startswith("network."):
            assert later[name].numpy().tobytes() == state[name].numpy().tobytes(), name
    rows = np.arange(len(panel.values)) - np.repeat(panel.offsets[:-1] - panel.first, panel.lengths)
    earlier = replace(panel, values=np.where(rows < 20, 1e9, panel.values))
    again = build(kind, scope).fit(earlier, span=span, context=CONTEXT).state()
    assert {name: value.numpy().tobytes() for name, value in again.items()} == {
        name: value.numpy().tobytes() for name, value in state.items()
    }


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("kind", KINDS)
def test_series_never_seen_is_forecast_from_its_rows_up_to_each_cutoff(
    kind: TransformKind, scope: ScalerScope
) -> None:
    panel = some_panel()
    model = build(kind, scope).fit(panel, span=Span(0, 60, 60), context=CONTEXT)
    strangers = replace(panel, unique_ids=("a", "b", "c"))
    cutoffs = np.array([75, 99], dtype=np.int64)
    expected = model.predict(strangers, cutoffs, horizon=2 * H)
    for place, cutoff in enumerate(cutoffs):
        other = altered_from(strangers, int(cutoff) + 1)
        found = model.predict(other, cutoffs, horizon=2 * H)
        np.testing.assert_array_equal(found[:, place], expected[:, place])


@pytest.mark.parametrize("kind", KINDS[1:])
def test_a_transform_and_a_scope_are_used(kind: TransformKind) -> None:
    # Without this the laws above would hold for transforms that nothing looks at.
    panel = some_panel()
    plain = walk(panel, "none", "series")[0].folds[2].forecasts["gru"]
    for scope in SCOPES:
        assert not np.array_equal(walk(panel, kind, scope)[0].folds[2].forecasts["gru"], plain)
    assert not np.array_equal(walk(panel, "none", "global")[0].folds[2].forecasts["gru"], plain)
