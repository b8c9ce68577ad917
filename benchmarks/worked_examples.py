"""How far above known noise do the default models end? Two series, three seeds.

    python benchmarks/worked_examples.py [gru lstm rnn]

The classic worked example of recurrent forecasting, ``0.02 t + 10 sin(2 pi t / 50) + N(0, 1)`` with
1,000 points, and ``sin(0.02 t) + sin(0.005 t) + N(0, 0.05)`` with 5,000. Every model is trained as
``forecast train FILE --horizon 50 --test-size 0.2 --seed S`` and nothing else; the error of each
forecast is divided by the realised noise of the same test points, by RMSE, at the first step and
over all 50.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

import forecast
from forecast.data.arrays import FloatArray

HORIZON, SEEDS = 50, (0, 1, 2)


def trend_and_season(rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Return the first example and its noise, (1000,) each."""
    t, noise = np.arange(1000), rng.normal(0, 1, 1000)
    return 0.02 * t + 10 * np.sin(2 * np.pi * t / 50) + noise, noise


def two_waves(rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Return the second example and its noise, (5000,) each."""
    t, noise = np.arange(5000), rng.normal(0, 0.05, 5000)
    return np.sin(0.02 * t) + np.sin(0.005 * t) + noise, noise


def ratios(y: FloatArray, noise: FloatArray, *, model: str, seed: int) -> tuple[float, float]:
    """Train on a file of ``y`` and return error over noise at step 1 and over all steps."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "example.csv"
        pd.DataFrame({"t": np.arange(len(y)), "y": y}).to_csv(file, index=False)
        config = forecast.Config(
            model={"name": model, "horizon": HORIZON},
            training={"seed": seed},
            validation={"test_size": 0.2},
            run={"output": str(Path(folder) / "run")},
        )
        result = forecast.train(file, config)
    (fold,) = result.evaluation.folds
    error = fold.y[0] - fold.forecasts[model][0]  # (K, H)
    steps = np.array(fold.fold.cutoffs)[:, None] + np.arange(1, HORIZON + 1)
    floor = noise[steps]
    return _rms(error[:, 0]) / _rms(floor[:, 0]), _rms(error) / _rms(floor)


def _rms(values: FloatArray) -> float:
    return float(np.sqrt((values**2).mean()))


def main(models: list[str]) -> None:
    """Print one line an example and model."""
    print(f"{'example':<18}{'model':<6}{'step 1':>24}{'all 50 steps':>24}")
    for example in (trend_and_season, two_waves):
        for model in models:
            found = [
                ratios(*example(np.random.default_rng(seed)), model=model, seed=seed)
                for seed in SEEDS
            ]
            cells = [
                "  ".join(f"{value:.3f}" for value in column) for column in zip(*found, strict=True)
            ]
            print(f"{example.__name__:<18}{model:<6}{cells[0]:>24}{cells[1]:>24}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:] or ["gru", "lstm", "rnn"])
