"""That no model pays for the start of torch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

FIRST_MODEL = """
import os, sys
import pandas as pd
import forecast
from forecast.workflows.running import fitting
assert "torch" not in sys.modules
def build(*arguments, **options):
    print("torch" in sys.modules, flush=True)
    os._exit(0)
fitting.build = build
rows = pd.date_range("2024-01-01", periods=60)
frame = pd.DataFrame({{"ds": rows, "y": rows.day_of_week * 1.0}})
forecast.{call}
"""
QUICK = "{'training.max_steps': 1, 'validation.folds': 1, 'model.horizon': 2}"


@pytest.mark.parametrize(
    ("call", "ready"),
    [
        (f"train(frame, {QUICK})", "True"),
        (f"compare(frame, {QUICK}, models=['rnn'])", "True"),
        (f"compare(frame, {QUICK}, models=['drift'])", "False"),
    ],
)
def test_torch_is_loaded_before_the_first_network_is_timed(
    call: str, ready: str, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FIRST_MODEL.format(call=call)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [ready]


def test_warming_up_draws_no_number_of_the_caller() -> None:
    import torch

    from forecast.workflows.running.warm import warm_up

    torch.manual_seed(1)
    expected = torch.rand(3).tolist()
    torch.manual_seed(1)
    warm_up.cache_clear()
    warm_up("cpu")
    assert torch.rand(3).tolist() == expected
