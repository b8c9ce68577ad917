"""Trainings that are killed or interrupted, go on, and end as if nothing had happened."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

import pytest

from forecast.storage.run_folder import leftovers
from tests.e2e.conftest import command, environment
from tests.e2e.tables import daily, values, write

FLAGS = ("--horizon", "7", "--epochs", "8", "--batch-size", "16", "--dropout", "0.1")
EXTRA = ("--set", "training.average=ema", "--set", "training.schedule=plateau")
MORE = ("--hidden-size", "8", "--set", "training.patience=20", "--folds", "2")
LEARNS = ("--set", "model.skip=none")  # without the linear path no start is as good as epochs
# Each epoch is kept, and takes long enough to be killed in.
SLOW = """
import sys, time
from forecast.training import loop
from forecast.cli.app import main
loop.SAVE_SHARE = float("inf")
judge = loop._Loop._judge
def slow(self, *given):
    time.sleep(0.02)
    judge(self, *given)
loop._Loop._judge = slow
sys.argv = ["forecast", *sys.argv[1:]]
main()
"""


def start(folder: Path, *arguments: str | Path) -> subprocess.Popen[str]:
    _, *module = command(*arguments)
    return subprocess.Popen(
        [command()[0], "-c", SLOW, *module[2:]],
        cwd=folder,
        env={**environment(), "FORECAST_TRAINING_MAX_STEPS": "100"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def hear(process: subprocess.Popen[str], words: str) -> None:
    assert process.stderr is not None
    talk = ""
    while words not in talk:
        line = process.stderr.readline()
        assert line, talk
        talk += line


def finish(process: subprocess.Popen[str]) -> str:
    out, talk = process.communicate(timeout=50)
    assert process.returncode == 0, talk
    return out + talk


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the data, and in ``run`` what an undisturbed training makes of them."""
    folder = tmp_path_factory.mktemp("whole")
    write(folder / "sales.csv", daily(values(120)))
    finish(start(folder, "train", "sales.csv", "--output", "run", *FLAGS, *EXTRA, *MORE, *LEARNS))
    return folder


def scores(run: Path) -> object:
    document = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    return {
        key: value for key, value in document.items() if key not in ("seconds", "run", "bundle")
    }


def assert_same(run: Path, whole: Path) -> None:
    for name in ("bundle.safetensors", "metrics.csv", "forecasts.csv", "history.jsonl"):
        assert (run / name).read_bytes() == (whole / "run" / name).read_bytes(), name
    assert scores(run) == scores(whole / "run")
    assert {path.name for path in run.iterdir()} == {
        path.name for path in (whole / "run").iterdir()
    }


MOMENTS = [
    pytest.param("fold 1 of 2: fit", marks=pytest.mark.slow),
    pytest.param("fold 1 of 2: epoch 1/", marks=pytest.mark.slow),
    pytest.param("fold 2 of 2: epoch 3/", marks=pytest.mark.slow),
    pytest.param("fold 2 of 2: epoch 8/", marks=pytest.mark.slow),
    pytest.param("final fit: epoch 1/", marks=pytest.mark.slow),
]


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_training_ends_as_if_it_had_not_been(
    moment: str, whole: Path, tmp_path: Path
) -> None:
    write(tmp_path / "sales.csv", daily(values(120)))
    arguments = ("train", "sales.csv", "--output", "run", *FLAGS, *EXTRA, *MORE, *LEARNS)
    with start(tmp_path, *arguments) as process:
        hear(process, moment)
        process.kill()
    (left,) = leftovers(tmp_path)
    talk = finish(start(tmp_path, "train", "--resume", left.name))
    assert "Traceback" not in talk
    assert_same(tmp_path / "run", whole)
    assert {path.name for path in tmp_path.iterdir()} == {"sales.csv", "run"}


@pytest.mark.slow  # in one process: tests/unit/workflows/running/test_resume.py
def test_interrupted_training_goes_on_in_its_place(whole: Path, tmp_path: Path) -> None:
    write(tmp_path / "sales.csv", daily(values(120)))
    arguments = ("train", "sales.csv", "--output", "run", *FLAGS, *EXTRA, *MORE, *LEARNS)
    with start(tmp_path, *arguments) as process:
        hear(process, "fold 2 of 2: epoch 3/")
        process.send_signal(signal.SIGINT)
        _, talk = process.communicate(timeout=50)
    assert process.returncode == 130
    assert "to go on: forecast train --resume run" in talk
    assert (tmp_path / "run" / "bundle.safetensors").is_file()
    finish(start(tmp_path, "train", "--resume", "run"))
    assert_same(tmp_path / "run", whole)
