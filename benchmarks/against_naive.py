"""Default models against seasonal naive on two hourly files, three seeds each.

    python benchmarks/against_naive.py

Every model is trained as ``forecast train FILE [--target OT] --horizon 24 --model M --seed S`` and
nothing else. ETTh1 is looked for in the folder that FORECAST_DATASETS names, else in
``../shared/datasets``, and left out with a line that says so where it is not there.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import forecast

MODELS, SEEDS, HORIZON = ("gru", "lstm", "rnn"), (0, 1, 2), 24
ROOT = Path(__file__).parents[1]
DATASETS = Path(os.environ.get("FORECAST_DATASETS") or ROOT.parent / "shared" / "datasets")
FILES = {
    "pedestrians_hourly": (ROOT / "data" / "pedestrians_hourly.csv", ()),
    "ETTh1 OT": (DATASETS / "ltsf" / "ETTh1.csv", ("OT",)),
}


def train(file: Path, target: tuple[str, ...], model: str, seed: int) -> tuple[float, float, float]:
    """Return MAE of the model, MAE of seasonal naive, and the seconds of the whole command."""
    with tempfile.TemporaryDirectory() as folder:
        config = forecast.Config(
            data={"target": target},
            model={"name": model, "horizon": HORIZON},
            training={"seed": seed},
            run={"output": str(Path(folder) / "run")},
        )
        result = forecast.train(file, config)
    naive = result.baselines["seasonal_naive"]["mae"]
    return result.metrics["mae"], naive, result.seconds.total


def main() -> None:
    """Print one line a file and model."""
    print(f"{'file':<20}{'model':<7}{'MAE, seeds 0 1 2':>26}{'seasonal naive':>17}{'seconds':>9}")
    for name, (file, target) in FILES.items():
        if not file.exists():
            print(f"{name:<20}not at {file}: set FORECAST_DATASETS")
            continue
        for model in MODELS:
            found = [train(file, target, model, seed) for seed in SEEDS]
            errors = "  ".join(f"{error:.4g}" for error, _, _ in found)
            seconds = max(taken for _, _, taken in found)
            print(
                f"{name:<20}{model:<7}{errors:>26}{found[0][1]:>17.4g}{seconds:>9.1f}", flush=True
            )


if __name__ == "__main__":
    main()
