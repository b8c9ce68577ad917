"""Options that a rule has no use for."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from forecast.config.differences import with_settings
from forecast.config.schema import Config
from forecast.workflows.train import train
from forecast.workflows.unread import unread_notes


def test_options_that_change_nothing_are_named_in_the_notes_of_the_run(tmp_path: Path) -> None:
    days = pd.date_range("2024-01-01", periods=60)
    frame = pd.DataFrame({"ds": days, "y": days.day_of_week * 1.0})
    asked = {
        "model.name": "drift",
        "model.horizon": 3,
        "model.decoder": "seq2seq",
        "training.epochs": 50,
        "run.output": str(tmp_path / "run"),
    }
    said = "drift has no layers and no epochs: model.decoder, training.epochs change nothing here"
    assert said in list(train(frame, asked).notes)


@pytest.mark.parametrize(
    "asked", [{"model.horizon": 5}, {"training.seed": 9, "model.name": "naive"}]
)
def test_options_that_every_model_takes_are_not(asked: dict[str, object]) -> None:
    assert unread_notes(with_settings(Config(), asked), "naive") == ()
    assert unread_notes(with_settings(Config(), {**asked, "model.hidden_size": 9}), "gru") == ()
