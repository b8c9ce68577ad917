"""That the configurations in configs/ run as their first line says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from forecast.config.load import resolve_config

if TYPE_CHECKING:
    from tests.docs.conftest import Said

CONFIGS = sorted((Path(__file__).resolve().parents[2] / "configs").glob("*.yaml"))


@pytest.mark.parametrize("file", CONFIGS, ids=lambda file: file.stem)
def test_configuration_runs_as_its_first_line_says(said: Said, place: Path, file: Path) -> None:
    first = file.read_text(encoding="utf-8").splitlines()[0]
    said(*first.removeprefix("# forecast ").split(), "--output", "run", "--quiet")
    document = json.loads((place / "run" / "metrics.json").read_text(encoding="utf-8"))
    config = resolve_config(file=file, environ={}, flags={}, sets=[]).config
    assert document["model"] == config.model.name
    for key in ("horizon", "context_length"):  # a recipe leaves them to the data and to flags
        assert getattr(config.model, key) in ("auto", "long", document[key])
    folds = config.validation.folds if config.validation.train_size is None else 1
    assert folds in ("auto", len(document["folds"]))
    assert document["metrics"]["mase"] > 0
