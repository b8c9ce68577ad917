"""A linear map beside a network: weighed on the validation rows, and no part of its training."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from forecast.data.arrays import FloatArray
from forecast.data.panel import Panel, Span
from forecast.data.times.clock import CountClock
from forecast.models.forecaster import FitContext, settled_share
from forecast.models.neural import FitSettings, NeuralForecaster
from forecast.models.restore import restore_neural
from forecast.networks.combinations import contradictions
from forecast.networks.shape import NetworkShape, SkipKind
from forecast.training.monitor import SILENT
from forecast.training.plan import TrainingPlan

L, H, ROWS, TRAIN, SEEN = 12, 4, 400, 300, 360
BLENDED = NetworkShape("gru", L, H, hidden_size=8, skip="blended")
PLAN = TrainingPlan(
    epochs=3,
    stop_after=3,
    max_steps=None,
    batch_size=32,
    learning_rate=1e-2,
    weight_decay=0.0,
    gradient_clip=1.0,
    schedule="cosine",
    warmup=2,
    patience=5,
)
VALIDATED, WHOLE = Span(0, TRAIN, SEEN), Span(0, SEEN, SEEN)


def autoregressive() -> Panel:
    """Values that are a linear map of those before them, and noise."""
    rng, values = np.random.default_rng(0), np.zeros(ROWS)
    for row in range(8, ROWS):
        values[row] = 0.9 * values[row - 8] - 0.3 * values[row - 3] + rng.normal()
    return panel_of(values)


def panel_of(values: FloatArray) -> Panel:
    bounds, last = np.array([0, ROWS]), np.array([ROWS - 1])
    return Panel(("s",), values, bounds, np.zeros(1, dtype=np.int64), CountClock(last, 1, ROWS))


def fitted(
    shape: NetworkShape, *, span: Span = VALIDATED, share: float | None = None
) -> NeuralForecaster:
    fitting = FitSettings(PLAN, share=share, threads=1)
    forecaster = NeuralForecaster(shape, scaler="standard", fitting=fitting)
    return forecaster.fit(autoregressive(), span=span, context=FitContext("gru", 0, 1, 0, SILENT))


def share_of(forecaster: NeuralForecaster) -> float | None:
    assert forecaster.report is not None
    return forecaster.report.share


def forecasts(forecaster: NeuralForecaster, cutoffs: range) -> FloatArray:
    return forecaster.predict(autoregressive(), np.array(cutoffs, dtype=np.int64), horizon=H)


def error(forecaster: NeuralForecaster, cutoffs: range) -> float:
    y = autoregressive().horizon_after(np.array(cutoffs, dtype=np.int64), H)
    return float(np.abs(y - forecasts(forecaster, cutoffs)).mean())


def test_forecast_is_the_mean_of_both_by_the_share() -> None:
    parts = {share: fitted(BLENDED, share=share) for share in (0.0, 0.25, 1.0)}
    alone, mixed, beside = (forecasts(part, range(TRAIN, ROWS - H)) for part in parts.values())
    np.testing.assert_allclose(mixed, 0.75 * alone + 0.25 * beside, rtol=1e-4, atol=1e-5)
    assert np.abs(alone - beside).max() > 0.1


def test_network_is_trained_as_if_it_were_alone() -> None:
    alone = fitted(replace(BLENDED, skip="none"))
    with_none_of_it = fitted(BLENDED, share=0.0)
    cutoffs = range(TRAIN, ROWS - H)
    np.testing.assert_array_equal(forecasts(alone, cutoffs), forecasts(with_none_of_it, cutoffs))


def test_map_is_found_in_the_units_in_which_the_network_reads() -> None:
    hasty = replace(PLAN, learning_rate=0.3)  # the learnt gain and offset go far
    found = {}
    for kind in ("standard", "reversible"):
        shape = replace(BLENDED, window_normalisation=kind)
        fitting = FitSettings(hasty, share=1.0, threads=1)
        forecaster = NeuralForecaster(shape, scaler="standard", fitting=fitting)
        forecaster.fit(autoregressive(), span=VALIDATED, context=FitContext("gru", 0, 1, 0, SILENT))
        found[kind] = error(forecaster, range(L, TRAIN - H))
    assert found["reversible"] < 1.2 * found["standard"]


def test_share_is_the_one_that_forecasts_the_validation_rows_best() -> None:
    chosen, tail = share_of(fitted(BLENDED)), range(TRAIN - 1, SEEN - H)
    tried = {place / 10: error(fitted(BLENDED, share=place / 10), tail) for place in range(11)}
    assert chosen == min(tried, key=tried.__getitem__)
    assert chosen is not None
    assert chosen > 0  # the values are a linear map of those before


def test_rows_after_the_span_move_no_share() -> None:
    panel = autoregressive()
    values = panel.values.copy()
    values[SEEN:] = 1e6
    later = replace(panel, values=values)
    one, other = (
        fitted(BLENDED),
        NeuralForecaster(BLENDED, scaler="standard", fitting=FitSettings(PLAN, threads=1)),
    )
    other.fit(later, span=VALIDATED, context=FitContext("gru", 0, 1, 0, SILENT))
    for name, value in one.state().items():
        np.testing.assert_array_equal(value.numpy(), other.state()[name].numpy())


def test_random_walk_is_forecast_as_its_last_value() -> None:
    walk = panel_of(np.random.default_rng(0).normal(size=ROWS).cumsum())
    forecaster = NeuralForecaster(
        BLENDED, scaler="standard", fitting=FitSettings(PLAN, threads=1)
    ).fit(walk, span=VALIDATED, context=FitContext("gru", 0, 1, 0, SILENT))
    cutoffs = np.arange(SEEN, ROWS - H, dtype=np.int64)
    found = forecaster.predict(walk, cutoffs, horizon=H)[0]
    last = np.repeat(walk.values[cutoffs][:, None], H, axis=1)
    np.testing.assert_allclose(found, last, rtol=1e-6)
    assert share_of(forecaster) == 0


def test_without_validation_rows_the_share_is_what_was_settled_before() -> None:
    assert share_of(fitted(BLENDED, span=WHOLE, share=0.3)) == 0.3
    assert share_of(fitted(BLENDED, span=WHOLE)) == 0.5


def test_bundle_keeps_the_map_and_its_share() -> None:
    one = fitted(BLENDED)
    other = restore_neural(one.settings(), one.state(), unique_ids=("s",))
    cutoffs = range(TRAIN, ROWS - H)
    np.testing.assert_array_equal(forecasts(one, cutoffs), forecasts(other, cutoffs))


def test_share_of_a_final_fit_is_the_median_of_those_of_the_folds() -> None:
    assert settled_share([0.1, 0.9, None, 0.2]) == 0.2
    assert settled_share([None]) is None


@pytest.mark.parametrize("skip", ["linear", "mixture", "blended"])
def test_no_path_from_a_whole_context_is_taught_at_every_step(skip: SkipKind) -> None:
    shape = replace(BLENDED, skip=skip, supervision="every-step")
    assert [wrong.field for wrong in contradictions(shape)] == ["supervision"]
