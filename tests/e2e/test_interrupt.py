"""Ctrl-C while a real training runs: the first keeps the best so far, the second leaves at once."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import command, environment

if TYPE_CHECKING:
    from tests.e2e.conftest import Forecast

ENDLESS = ("--epochs", "100000", "--set", "training.patience=100000", "--max-steps", "10000000")


@pytest.fixture
def training(sales: Path, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A training without end, past its first epoch."""
    with subprocess.Popen(
        command("train", "sales.csv", "--output", "run", "--horizon", "7", *ENDLESS),
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            hear(process, "epoch 2/")
            yield process
        finally:
            process.kill()


def hear(process: subprocess.Popen[str], words: str) -> None:
    assert process.stderr is not None
    talk = ""
    while words not in talk:
        line = process.stderr.readline()
        assert line, talk
        talk += line


@pytest.fixture
def kept(training: subprocess.Popen[str], tmp_path: Path) -> subprocess.Popen[str]:
    """The training past its first checkpoint."""
    while not list(tmp_path.glob(".run.partial-*/*.checkpoint")):
        hear(training, "epoch")
    return training


def test_first_interrupt_keeps_a_bundle_that_forecasts(
    forecast: Forecast, training: subprocess.Popen[str], tmp_path: Path
) -> None:
    training.send_signal(signal.SIGINT)
    out, talk = training.communicate(timeout=30)
    assert training.returncode == 130
    assert out == ""
    assert "Traceback" not in talk
    stopped = talk.splitlines()[-3:]
    assert stopped[0].startswith("stopped: ")
    assert "best weights so far" in stopped[0]
    assert {path.name for path in tmp_path.iterdir()} == {"sales.csv", "run"}
    assert "worked example: equal" in forecast("inspect", "run", "--verify").out
    assert len(forecast("predict", "run").out.splitlines()) == 8


@pytest.mark.slow
def test_second_interrupt_leaves_at_once(
    forecast: Forecast, kept: subprocess.Popen[str], tmp_path: Path
) -> None:
    kept.send_signal(signal.SIGINT)
    hear(kept, "stopping after this step")
    begun = time.monotonic()
    kept.send_signal(signal.SIGINT)
    _, talk = kept.communicate(timeout=30)
    assert kept.returncode == 130
    assert time.monotonic() - begun < 10
    assert "Traceback" not in talk
    (left,) = {path.name for path in tmp_path.iterdir()} - {"sales.csv"}
    assert left in ("run", ".run.cut-off")  # the first one may have been quicker than the second
    assert f"forecast train --resume {left}" in talk
    assert left != "run" or forecast("predict", "run").code == 0


@pytest.mark.slow
def test_terminated_training_leaves_what_can_go_on(
    forecast: Forecast, kept: subprocess.Popen[str], tmp_path: Path
) -> None:
    kept.terminate()
    _, talk = kept.communicate(timeout=30)
    assert kept.returncode == 143
    assert "Traceback" not in talk
    assert {path.name for path in tmp_path.iterdir()} == {"sales.csv", ".run.cut-off"}
    assert "kept: forecast train --resume .run.cut-off goes on" in talk.replace("\n", " ")
    planned = forecast("train", "--resume", ".run.cut-off", "--dry-run")
    assert planned.code == 0, planned.err
