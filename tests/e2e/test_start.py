"""What a command loads before it does anything: each of these costs a second or more."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.e2e.conftest import command, environment

COMPILER = {"torch._dynamo", "torch.fx.experimental.symbolic_shapes", "sympy"}
FITTING = {"sklearn", "scipy", "joblib", "matplotlib", "forecast.training.loop"}
NAMES_AND_SHAPES = """
import itertools, sys, typing
import torch
from forecast.networks import combinations, shape
from forecast.networks.build import build_network
kinds = (shape.EncoderKind, shape.DecoderKind, shape.HeadKind, shape.SkipKind)
named = dict(series_embedding=2, n_series=3, past_channels=1, future_channels=1, static_channels=1)
built = 0
for kind in itertools.product(*map(typing.get_args, kinds)):
    values = dict(zip(("encoder", "decoder", "head", "skip"), kind))
    wanted = shape.NetworkShape(**values, context_length=8, horizon=4, initial_season=2, **named)
    try:
        combinations.check_shape(wanted)
    except ValueError:
        continue
    with torch.device("meta"):
        build_network(wanted)
    built += 1
print(built, *{"torch._dynamo", "sympy"} & set(sys.modules))
"""


def loaded(*arguments: str | Path, folder: Path) -> set[str]:
    """Run a command in ``folder`` and return the modules that it loaded."""
    python, *words = command(*arguments)
    done = subprocess.run(
        [python, "-X", "importtime", *words],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}


def test_forecast_loads_neither_a_compiler_nor_what_only_a_fit_needs(
    trained: Path, tmp_path: Path
) -> None:
    modules = loaded("predict", trained, folder=tmp_path)
    assert "torch" in modules
    assert modules.isdisjoint(COMPILER | FITTING | {"rich", "forecast.data.table.read"})


def test_no_network_needs_a_compiler_to_be_loaded() -> None:
    done = subprocess.run(
        [sys.executable, "-c", NAMES_AND_SHAPES],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    (built,) = done.stdout.split()
    assert int(built) > 100
