"""What a user reads where training brought a network no further than its start."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forecast.config.schema import Config
from forecast.training.monitor import SilentMonitor
from forecast.workflows.compare import compare
from forecast.workflows.running.fitting import _final_words
from forecast.workflows.train import train

ROWS = 120
ALONE = (
    "no epoch improved on the linear start by more than chance: gru forecasts by its linear path "
    "alone, and options of its layers had no effect"
)


def frame(*, noisy: bool = True) -> pd.DataFrame:
    """Noise, of which long strides learn nothing; or the size of a wave, which is not linear."""
    rows = np.arange(ROWS)
    rng = np.random.default_rng(0)
    y = rng.normal(size=ROWS) if noisy else np.abs(np.sin(rows / 2)) ** 3
    return pd.DataFrame({"ds": pd.date_range("2024-01-01", periods=ROWS, freq="D"), "y": y})


def config(folder: Path, *, rate: float = 1.0, **model: object) -> Config:
    sizes = {"horizon": 4, "context_length": 8, "hidden_size": 4}
    return Config.model_validate(
        {
            "model": {**sizes, **model},
            "training": {
                "epochs": 2,
                "threads": 1,
                "device": "cpu",
                "learning_rate": rate,
                "batch_size": 16,
                "warmup": 0,
            },
            "run": {"output": str(folder / "run")},
        }
    )


def test_network_that_never_left_its_start_is_said_to_be_its_linear_path(tmp_path: Path) -> None:
    done = train(frame(), config(tmp_path), monitor=SilentMonitor())
    assert [fit.best_epoch for fit in done.fits] == [0, 0, 0]
    assert ALONE in done.notes.training
    assert ALONE in json.loads((done.run / "metrics.json").read_text(encoding="utf-8"))["notes"]


def test_linear_path_with_companions_is_not_said_to_be_alone(tmp_path: Path) -> None:
    done = train(frame(), config(tmp_path, companions=("theta",)), monitor=SilentMonitor())
    words = ALONE.replace("linear path alone", "linear path and its companions alone")
    assert words in list(done.notes)
    assert ALONE not in list(done.notes)


def test_companions_that_do_not_count_are_not_said_to_forecast(tmp_path: Path) -> None:
    line = pd.DataFrame({"ds": pd.date_range("2024-01-01", periods=ROWS, freq="D")})
    line["y"] = np.arange(ROWS) % 2.0  # the linear start repeats it; a moving mean never would
    done = train(line, config(tmp_path, companions=("theta",)), monitor=SilentMonitor())
    shares = [note.split(" goes ")[1].split(" ")[0] for note in done.notes if " goes " in note]
    assert set(shares) == {"0%"}
    assert ALONE in list(done.notes)


def test_network_that_learns_is_said_nothing_of(tmp_path: Path) -> None:
    done = train(
        frame(noisy=False), config(tmp_path, rate=0.03, skip="none"), monitor=SilentMonitor()
    )
    assert any(fit.best_epoch for fit in done.fits)
    assert not [note for note in done.notes if "by more than chance" in note]


def test_networks_that_tie_because_none_left_its_start_are_named(tmp_path: Path) -> None:
    done = compare(frame(), config(tmp_path), models=("gru", "lstm", "rnn"))
    assert "gru, lstm and rnn tie: none left the linear start" in list(done.notes)
    errors = {row.metrics["mae"] for row in done.leaderboard if row.seeds}
    assert len(errors) == 1


@pytest.mark.parametrize(
    ("best", "where"),
    [
        ((0, 0, 0), "in the folds"),
        ((0, 3, 0), "in most folds"),
        ((0, 1), "in half of the folds"),
        ((0,), "in the fold"),
    ],
)
def test_final_fit_says_in_how_many_folds_no_epoch_was_better(
    best: tuple[int, ...], where: str
) -> None:
    resolved = Config.model_validate({"model": {"skip": "linear"}})
    assert _final_words(0, best, resolved) == (
        f"final fit of the linear start alone: {where} no epoch improved on it"
    )
