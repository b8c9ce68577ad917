"""Commands of the documentation, run in a folder of their own with few steps of training."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol

import pytest

from tests.docs.readme import linked

QUICK = {"FORECAST_TRAINING_MAX_STEPS": "1", "FORECAST_TRAINING_THREADS": "1"}


class Said(Protocol):
    """Runs a command that must succeed, and returns its two streams: talk, then results."""

    def __call__(self, *arguments: str, folder: Path | None = None) -> str: ...


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder from which data/ and configs/ are reachable, and an environment without ours."""
    for name in [name for name in os.environ if name.startswith("FORECAST_")]:
        monkeypatch.delenv(name)
    for name, value in QUICK.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("COLUMNS", "80")
    linked(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def said(place: Path, capsys: pytest.CaptureFixture[str]) -> Said:
    """Run commands in this process."""
    from forecast.cli.app import run

    def said(*arguments: str, folder: Path | None = None) -> str:
        capsys.readouterr()
        code = run(list(arguments))
        shown = capsys.readouterr()
        assert code == 0, shown.err
        return shown.err + shown.out

    return said
