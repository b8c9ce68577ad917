"""The linear comparator on ETTh1, beside what was published for DLinear.

    python benchmarks/linear_etth1.py [--horizons 96 192 336 720] [--threads 1]

Every channel is a series; split 8640, 2880, 2880 rows; context 720; every window of the test rows
is judged, errors on the scale of the training rows. First the harness itself is checked: "repeat
last value" has to give its known errors. The linear comparator then runs as it is by default; the
best epoch, and the penalty of the regression that it begins with, are chosen without the test rows.
The table goes to docs/long-horizon.md. The file is looked for in the folder that FORECAST_DATASETS
names, else in ../shared/datasets.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shlex
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DATASETS = Path(os.environ.get("FORECAST_DATASETS") or ROOT.parent / "shared" / "datasets")
PAGE = ROOT / "docs" / "long-horizon.md"
SPLIT = "--train-size 8640 --validation-size 2880 --test-size 2880 --no-final-fit"
COMMAND = f"forecast train ETTh1.csv --target all --context-length 720 {SPLIT}"
NAIVE = {96: 1.294, 192: 1.325, 336: 1.330, 720: 1.335}
DLINEAR = {96: 0.381, 192: 0.419, 336: 0.454, 720: 0.499}
HEAD = """# Long horizons: ETTh1

All seven channels, every window of the test rows, trained once; errors on the scale of the training
rows, each channel weighing the same. The command is, for each horizon H,

    {command} \\
        --horizon H --model linear

and nothing else is set, whatever the horizon. The regression that the linear map begins as is
chosen on the last of the training rows, the best epoch on the validation rows; epoch 0 is that
regression as it began. The same line with `--model naive` repeats the last value: its errors on
this protocol are known, and check the harness. Published for `linear` are the errors of DLinear
(Zeng et al. 2023, arXiv 2205.13504) as a later public comparison lists them. Written by
`python benchmarks/linear_etth1.py`; wall seconds of the whole command, {machine}.

"""


@dataclass(frozen=True)
class Found:
    """What one run scored on standardised values, its best epoch, and its wall seconds."""

    mse: float
    mae: float
    epoch: int | None
    seconds: float


def train(file: Path, model: str, horizon: int, threads: int) -> Found:
    """Run the command, raising CalledProcessError where it fails."""
    words = shlex.split(COMMAND)[3:]  # what follows the file
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FORECAST_")}
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        chosen = ["--horizon", str(horizon), "--model", model, "--quiet", "--json"]
        if model != "naive":
            chosen += ["--set", f"training.threads={threads}"]
        chosen += ["--output", str(Path(folder) / "run")]
        done = subprocess.run(
            [sys.executable, "-m", "forecast", "train", str(file), *words, *chosen],
            capture_output=True,
            text=True,
            check=True,
            env={**kept, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": str(threads)},
        )
    said = json.loads(done.stdout)
    errors, fits = said["metrics_standardised"], said["fits"]
    epoch = fits[0]["best_epoch"] if fits else None
    return Found(errors["mse"], errors["mae"], epoch, time.perf_counter() - begun)


def row(model: str, horizon: int, found: Found, published: float) -> str:
    """Return a row of the table."""
    cells = [model, horizon, f"{found.mse:.3f}", f"{found.mae:.3f}", f"{published:.3f}"]
    epoch = "" if found.epoch is None else str(found.epoch)
    cells += [f"{found.mse / published:.3f}", epoch, f"{found.seconds:.0f}"]
    return f"| {' | '.join(map(str, cells))} |"


def main() -> int:
    """Check the harness, run the comparator, print and write the table."""
    parser = argparse.ArgumentParser(description="The linear comparator on ETTh1.")
    parser.add_argument("--horizons", type=int, nargs="+", choices=tuple(NAIVE), default=[*NAIVE])
    parser.add_argument("--threads", type=int, default=1)
    asked = parser.parse_args()
    file = DATASETS / "ltsf" / "ETTh1.csv"
    if not file.exists():
        print(f"skipped: no {file}; set FORECAST_DATASETS")
        return 0
    lines = [
        "| model | horizon | MSE | MAE | published MSE | ratio | best epoch | seconds |",
        "|---|---|---|---|---|---|---|---|",
    ]
    print("\n".join(lines), flush=True)
    for horizon in asked.horizons:
        found = train(file, "naive", horizon, asked.threads)
        lines.append(row("naive", horizon, found, NAIVE[horizon]))
        print(lines[-1], flush=True)
        if abs(found.mse - NAIVE[horizon]) > 0.001:
            print(f"the harness is wrong: naive at {horizon} must give {NAIVE[horizon]}")
            return 1
    above = []
    for horizon in asked.horizons:
        found = train(file, "linear", horizon, asked.threads)
        lines.append(row("linear", horizon, found, DLINEAR[horizon]))
        print(lines[-1], flush=True)
        if found.mse > DLINEAR[horizon]:
            above.append(horizon)
    if asked.horizons == [*NAIVE]:
        threads = "one thread" if asked.threads == 1 else f"{asked.threads} threads"
        machine = f"{threads} on {os.cpu_count()} shared cores ({platform.machine()})"
        text = HEAD.format(command=COMMAND, machine=machine) + "\n".join(lines) + "\n"
        PAGE.write_text(text, encoding="utf-8")
    print(f"above the published error: {', '.join(map(str, above)) or 'none'}")
    return 1 if above else 0


if __name__ == "__main__":
    sys.exit(main())
