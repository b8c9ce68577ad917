"""Learning from the last position of a context, or from every one, on four files.

    python benchmarks/supervision.py [SEEDS]

``last`` is the default, with its linear path; ``last, no path`` and ``every-step`` go without:
a position of ``every-step`` must not be told by a path what comes after it. One line a file: MASE
over the folds, mean of the seeds (3 unless told), and the seconds of a training. The larger public
series are looked for in the folder that FORECAST_DATASETS names, else in ``../shared/datasets``,
and left out with a line that says so where they are not there.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from pathlib import Path

import forecast

ROOT = Path(__file__).parents[1]
DATASETS = Path(os.environ.get("FORECAST_DATASETS") or ROOT.parent / "shared" / "datasets")
FILES: dict[str, tuple[Path, dict[str, object]]] = {
    "pedestrians_hourly": (ROOT / "data" / "pedestrians_hourly.csv", {"model.horizon": 24}),
    "electrical_turnover_monthly": (
        ROOT / "data" / "electrical_turnover_monthly.csv",
        {"model.horizon": 12},
    ),
    "daily-min-temperatures": (
        DATASETS / "classic" / "daily-min-temperatures.csv",
        {"model.horizon": 14},
    ),
    "ETTh1 OT": (
        DATASETS / "ltsf" / "ETTh1.csv",
        {"model.horizon": 24, "data.target": ("OT",), "validation.folds": 1},
    ),
}
WAYS: dict[str, dict[str, object]] = {
    "last": {},
    "last, no path": {"model.skip": "none"},
    "every-step": {"model.supervision": "every-step"},
}


def train(file: Path, values: dict[str, object], seed: int) -> tuple[float, float]:
    """Return MASE and the seconds of the training."""
    with tempfile.TemporaryDirectory() as folder:
        values = {**values, "training.seed": seed, "run.output": str(Path(folder) / "run")}
        result = forecast.train(file, values)
    return result.metrics["mase"] or float("nan"), result.seconds.total


def main() -> None:
    """Print the table."""
    seeds = range(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
    print("| file | " + " | ".join(f"{way}: MASE, seconds" for way in WAYS) + " |")
    print("|---" * (len(WAYS) + 1) + "|")
    for name, (file, values) in FILES.items():
        if not file.exists():
            print(f"{name}: not at {file}: set FORECAST_DATASETS")
            continue
        cells = []
        for more in WAYS.values():
            found = [train(file, {**values, **more}, seed) for seed in seeds]
            mean = [statistics.mean(part) for part in zip(*found, strict=True)]
            cells.append(f"{mean[0]:.3f}, {mean[1]:.0f}")
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
