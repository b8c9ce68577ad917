from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from forecast.metrics import point
from forecast.metrics.aggregate import POINT_METRICS, aggregate, judge
from forecast.metrics.sums import Outcome

if TYPE_CHECKING:
    from forecast.data.arrays import FloatArray

N, K, H = 3, 4, 5


def random_part(seed: int = 0, *, holes: float = 0.0) -> Outcome:
    rng = np.random.default_rng(seed)
    y, y_hat = rng.normal(3, 2, (N, K, H)), rng.normal(3, 2, (N, K, H))
    y[rng.random(y.shape) < holes] = np.nan
    y_hat[rng.random(y.shape) < holes] = np.nan
    return Outcome(y, y_hat, *rng.uniform(0.5, 2, (3, N)))


def slow(parts: list[Outcome], metric: str, series: int, step: slice = slice(None)) -> float:
    y = np.concatenate([part.y[series, :, step].ravel() for part in parts])
    y_hat = np.concatenate([part.y_hat[series, :, step].ravel() for part in parts])
    if metric not in {"mase", "rmsse"}:
        return float(getattr(point, metric)(y, y_hat))
    each = [part.mase_scale if metric == "mase" else part.square_scale for part in parts]
    sizes = [part.y[series, :, step].size for part in parts]
    error = (y - y_hat) / np.repeat([scale[series] for scale in each], sizes)
    return float(np.nanmean(np.abs(error)) if metric == "mase" else np.nanmean(error**2) ** 0.5)


def one(y: FloatArray, y_hat: FloatArray, *, scale: float = 1.0, deviation: float = 1.0) -> Outcome:
    full = np.ones(len(y))
    return Outcome(y[:, None], y_hat[:, None], scale * full, deviation * full, scale * full)


@pytest.mark.parametrize("holes", [0.0, 0.3])
@pytest.mark.parametrize("metric", POINT_METRICS)
def test_aggregate_pools_a_series_over_folds_then_averages_series(
    metric: str, holes: float
) -> None:
    parts = [random_part(0, holes=holes), random_part(1, holes=holes)]
    expected = np.mean([slow(parts, metric, series) for series in range(N)])
    assert aggregate(parts).metrics[metric] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("metric", POINT_METRICS)
def test_judge_scores_each_step_alone(metric: str) -> None:
    parts = [random_part(2, holes=0.2), random_part(3, holes=0.2)]
    for step, scores in enumerate(judge(parts).steps):
        each = [slow(parts, metric, series, slice(step, step + 1)) for series in range(N)]
        assert scores[metric] == pytest.approx(np.mean(each), rel=1e-12)


def test_aggregate_standardised_is_on_the_scale_of_the_training_rows() -> None:
    part = random_part(4)
    error = (part.y - part.y_hat) / part.deviation[:, None, None]
    found = aggregate([part]).standardised
    assert found["mae"] == pytest.approx(np.abs(error).mean())
    assert found["mse"] == pytest.approx((error**2).mean())
    assert found["rmse"] == pytest.approx(np.sqrt((error**2).mean(axis=(1, 2))).mean())


def test_aggregate_long_series_weighs_no_more_than_a_short_one() -> None:
    y = np.array([[1.0, 1.0, 1.0, 1.0], [1.0, np.nan, np.nan, np.nan]])
    y_hat = np.array([[1.0, 1.0, 1.0, 1.0], [3.0, 0.0, 0.0, 0.0]])
    assert aggregate([one(y, y_hat)]).metrics["mae"] == 1.0


def test_aggregate_complete_data_has_no_notes() -> None:
    assert aggregate([random_part()]).notes == ()


def test_aggregate_undefined_measures_are_none_with_a_reason() -> None:
    scores = aggregate([one(np.zeros((2, 3)), np.ones((2, 3)), scale=0.0, deviation=0.0)])
    assert scores.metrics["mae"] == 1.0
    assert [name for name, value in scores.metrics.items() if value is None] == [
        "mape",
        "wape",
        "mase",
        "rmsse",
    ]
    assert set(scores.standardised.values()) == {None}
    text = "\n".join(scores.notes)
    for words in (
        "mape over 0 of 6 points: 6 actual values are 0",
        "mape is undefined for 2 of 2 series",
        "wape is undefined for 2 of 2",
        "mase is undefined for 2 of 2",
        "the standardised error is undefined for 2 of 2",
    ):
        assert words in text


def test_aggregate_series_without_a_scale_is_left_out_of_mase_and_counted() -> None:
    part = random_part()
    part.mase_scale[1] = np.nan
    scores = aggregate([part])
    expected = np.mean([slow([part], "mase", 0), slow([part], "mase", 2)])
    assert scores.metrics["mase"] == pytest.approx(expected)
    assert any(note.startswith("mase is undefined for 1 of 3 series") for note in scores.notes)


def test_aggregate_forecast_that_is_missing_is_counted() -> None:
    y = np.ones((1, 3))
    scores = aggregate([one(y, np.array([[1.0, np.nan, 2.0]]))])
    assert scores.metrics["mae"] == 0.5
    assert scores.notes == ("1 of 3 actual values have no forecast",)


def test_aggregate_both_zero_is_left_out_of_smape_and_counted() -> None:
    scores = aggregate([one(np.array([[0.0, 1.0]]), np.array([[0.0, 1.0]]))])
    assert scores.metrics["smape"] == 0.0
    assert any("smape over 1 of 2 points: in 1 both" in note for note in scores.notes)


def test_aggregate_nothing_to_score_is_none_throughout_and_says_why() -> None:
    scores = aggregate([one(np.full((1, 2), np.nan), np.ones((1, 2)))])
    assert set(scores.metrics.values()) == {None}
    assert scores.notes == (
        "no forecast could be scored: no actual value has a forecast beside it",
    )


def test_aggregate_overflow_is_none_and_not_infinite() -> None:
    scores = aggregate([one(np.array([[1e200]]), np.array([[-1e200]]))])
    assert scores.metrics["mse"] is None
    assert scores.metrics["mae"] == 2e200
    assert any("overflow" in note for note in scores.notes)


def test_aggregate_says_over_how_many_points_a_percentage_goes() -> None:
    y = np.ones((1, 120))
    y[0, [3, 50, 119]] = 0.0
    scores = aggregate([one(y, np.full((1, 120), 2.0))])
    assert scores.metrics["mape"] == 100.0
    assert "mape over 117 of 120 points: 3 actual values are 0" in scores.notes


def test_aggregate_without_a_squared_scale_has_no_rmsse() -> None:
    full = np.ones(1)
    found = aggregate([Outcome(np.ones((1, 1, 2)), np.zeros((1, 1, 2)), full, full)])
    assert found.metrics["rmsse"] is None
    assert found.metrics["bias"] == 1.0


def test_judge_does_not_depend_on_how_much_is_looked_at_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parts = [random_part(5, holes=0.2), random_part(6)]
    whole = judge(parts)
    monkeypatch.setattr("forecast.metrics.sums.CELLS", 2 * H)  # a series, and two cutoffs of it
    found = judge(parts)
    assert found.scores.metrics == pytest.approx(whole.scores.metrics, rel=1e-12)
    assert found.scores.notes == whole.scores.notes
    for step, expected in zip(found.steps, whole.steps, strict=True):
        assert step == pytest.approx(expected, rel=1e-12)
    for name in POINT_METRICS:
        np.testing.assert_allclose(found.series[name], whole.series[name], rtol=1e-12)
