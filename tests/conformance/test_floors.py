"""Default models come close to the error that no forecast can go below, and never under it.

A ratio is the RMSE of a model over that of the true one, on the same test block: four series of
3,000 hours, 64 cutoffs in the last twentieth, 24 steps ahead.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import forecast
from forecast.data.arrays import FloatArray
from forecast.models.registry import RECURRENT
from forecast.testing.generators import GENERATORS, MadeSeries, random_walk

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
Squares = Callable[..., tuple[FloatArray, ...]]

HORIZON, SERIES = 24, 4
MOST = {"gru": 1.10, "lstm": 1.10, "rnn": 1.25}
LEAST = 0.97
"""The floor is that of the noise that happened: chance alone may pass it by a little."""


@pytest.fixture
def squares(tmp_path: Path) -> Squares:
    """Trains a default model; mean squared errors of each series: its own and the true model's."""

    def squares(made: MadeSeries, name: str, loss: str | None = None) -> tuple[FloatArray, ...]:
        asked = {
            "model.name": name,
            "model.horizon": HORIZON,
            "validation.folds": 1,
            "validation.final_fit": False,
            "training.threads": 1,
            "run.output": str(tmp_path / "run"),
        }
        result = forecast.train(made.frame, asked | ({"model.loss": loss} if loss else {}))
        assert result.evaluation is not None
        (fold,) = result.evaluation.folds
        errors = fold.y - fold.forecasts[name], made.surprise(fold.fold.cutoffs, HORIZON)
        return tuple((error**2).mean(axis=(1, 2)) for error in errors)

    return squares


def ratio(model: FloatArray, floor: FloatArray) -> float:
    return float(np.sqrt(model.mean() / floor.mean()))


@pytest.mark.parametrize("name", RECURRENT)
@pytest.mark.parametrize("kind", GENERATORS)
def test_default_model_comes_close_to_the_floor(squares: Squares, kind: str, name: str) -> None:
    found = ratio(*squares(GENERATORS[kind](n_series=SERIES), name))
    assert LEAST < found < MOST[name]


@pytest.mark.parametrize("name", RECURRENT)
def test_random_walk_is_not_beaten(squares: Squares, name: str) -> None:
    # Series are independent, the errors within one are not.
    model, floor = squares(random_walk(1500, n_series=16, seed=1), name)
    gain = floor - model
    assert gain.mean() < 3 * gain.std(ddof=1) / np.sqrt(len(gain))
    assert ratio(model, floor) < MOST[name]
