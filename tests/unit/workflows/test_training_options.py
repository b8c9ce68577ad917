"""That every key of the training section changes what is learnt, or is refused."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forecast.bundle.load import load_bundle
from forecast.config.load import resolve_config
from forecast.config.training import TrainingConfig
from forecast.errors import ConfigError
from forecast.training.monitor import SilentMonitor
from forecast.workflows.train import train

Usual = Callable[..., dict[str, object]]
BASE: dict[str, object] = {
    "model.name": "rnn",
    "model.horizon": 3,
    "model.context_length": 12,
    "model.segment_length": 1,
    "model.hidden_size": 4,
    "model.skip": "none",
    "validation.folds": 0,
    "training.epochs": 6,
    "training.batch_size": 16,
    "training.learning_rate": 0.03,
    "training.device": "cpu",
    "training.threads": 1,
    "training.patience": 9,
}
OTHER: dict[str, dict[str, object]] = {
    "epochs": {"epochs": 2},
    "max_steps": {"max_steps": 60},
    "batch_size": {"batch_size": 8},
    "learning_rate": {"learning_rate": 0.02},
    "weight_decay": {"weight_decay": 0.5},
    "gradient_clip": {"gradient_clip": 0.01},
    "clip_by": {"clip_by": "value", "gradient_clip": 0.01},
    "schedule": {"schedule": "exponential"},
    "warmup": {"warmup": 50},
    "precision": {"precision": "bf16"},
    "average": {"average": "ema"},
    "max_time": {"max_time": 1e-9},
    "truncate": {"truncate": 2},
    "ensemble": {"ensemble": 2},
    "seed": {"seed": 1},
}
ELSEWHERE = {
    "patience",  # tests/unit/training/test_loop.py
    "device",  # tests/unit/training/test_device.py
    "threads",  # changes how fast, and rounding, at most
}


def learnt(folder: Path, name: str, **training: object) -> dict[str, object]:
    rows = np.arange(400)
    y = np.sin(rows / 3)
    frame = pd.DataFrame({"ds": pd.date_range("2024-01-01", periods=len(rows)), "y": y})
    changed = {f"training.{key}": value for key, value in training.items()}
    values = {**BASE, "run.output": str(folder / name), **changed}
    train(frame, values, monitor=SilentMonitor())
    state = load_bundle(folder / name).forecaster.state()
    return {key: value.tolist() for key, value in state.items()}


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Usual:
    """Give what is learnt with the usual values but for some; each is trained once."""
    found: dict[str, dict[str, object]] = {}

    def learn(**training: object) -> dict[str, object]:
        key = repr(training)
        if key not in found:
            found[key] = learnt(tmp_path_factory.mktemp("usual"), "run", **training)
        return found[key]

    return learn


def test_every_key_is_tried() -> None:
    assert set(OTHER) | ELSEWHERE == set(TrainingConfig.model_fields)


@pytest.mark.parametrize("key", OTHER)
def test_p8_key_changes_what_is_learnt(key: str, tmp_path: Path, usual: Usual) -> None:
    kept = {name: value for name, value in OTHER[key].items() if name != key}
    assert learnt(tmp_path, "other", **OTHER[key]) != usual(**kept)


def test_the_same_values_learn_the_same(tmp_path: Path, usual: Usual) -> None:
    assert learnt(tmp_path, "again") == usual()


def test_each_schedule_trains_another_model(tmp_path: Path) -> None:
    kinds = ("constant", "cosine", "exponential", "one-cycle")  # plateau waits longer than this
    found = [learnt(tmp_path, kind, schedule=kind) for kind in kinds]
    assert all(one != other for one, other in combinations(found, 2))


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90.0), ("90s", 90.0), ("10m", 600.0), ("1.5h", 5400.0)]
)
def test_time_is_seconds_or_a_span_in_words(text: str, seconds: float) -> None:
    resolved = resolve_config(flags={"training.max_time": text})
    assert resolved.config.training.max_time == seconds


@pytest.mark.parametrize("text", ["10 minutes", "0", "-5s", "m", "0s"])
def test_time_that_is_none_is_refused_with_what_is(text: str) -> None:
    with pytest.raises(ConfigError, match="seconds above 0, a time such as 90s, 10m") as refused:
        resolve_config(flags={"training.max_time": text})
    assert refused.value.fix == "for example --max-time 10m"


@pytest.mark.parametrize("given", [32, "32"])
def test_precision_may_be_written_as_the_number_that_it_is(given: object) -> None:
    config = resolve_config(values={"training.precision": given}).config
    assert config.training.precision == "32"
