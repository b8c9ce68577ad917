"""Gradients that do not arrive are told of, where a user looks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from tests.e2e.tables import daily, values, write

if TYPE_CHECKING:
    from tests.e2e.conftest import Forecast

LONG = ("--segment-length", "1", "--context-length", "280", "--folds", "0", "--horizon", "3")


def test_long_plain_recurrence_is_told_what_its_first_steps_teach_it(
    forecast: Forecast, tmp_path: Path
) -> None:
    write(tmp_path / "sales.csv", daily(values(340)))
    done = forecast("train", "sales.csv", "--model", "rnn", "--output", "run", *LONG)
    assert done.code == 0
    assert "gradients reaching the first steps are" in done.err
    assert done.err.count("shorten the context") == 1
    lines = (tmp_path / "run" / "history.jsonl").read_text(encoding="utf-8").splitlines()
    norms = json.loads(lines[0])["gradient_norms"]
    assert len(norms) > 2
    assert any(layer.endswith("l0") and norm > 0 for layer, norm in norms.items())


def test_automatic_sizes_say_nothing_of_gradients(forecast: Forecast, sales: Path) -> None:
    done = forecast("train", "sales.csv", "--model", "rnn", "--output", "run", "--folds", "0")
    assert done.code == 0
    assert "gradients" not in done.err
