"""The command line as a user has it: real verbs, real files, few steps of training."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest

from tests.e2e.tables import contents, daily, long, values, write

QUICK = {"FORECAST_TRAINING_MAX_STEPS": "3", "FORECAST_TRAINING_THREADS": "1"}
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Done:
    """How a command ended and what it wrote to its two streams."""

    code: int
    out: str
    err: str


class Forecast(Protocol):
    """Runs a command line in this process."""

    def __call__(self, *arguments: str | Path) -> Done: ...


class Refused(Protocol):
    """Runs a command line that must be refused, and returns the three lines of the error."""

    def __call__(self, code: int, *arguments: str | Path) -> list[str]: ...


def environment(**changes: str) -> dict[str, str]:
    """The environment of a process that runs ``python -m forecast`` from any folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FORECAST_")}
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    return {**kept, "PYTHONPATH": path, **QUICK, **changes}


def command(*arguments: str | Path) -> Sequence[str]:
    """The command line of such a process."""
    return [sys.executable, "-m", "forecast", *map(str, arguments)]


@pytest.fixture
def forecast(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Forecast:
    """Run commands in an empty folder, with an environment of its own."""
    from forecast.cli.app import run

    _quick(monkeypatch)
    monkeypatch.chdir(tmp_path)

    def forecast(*arguments: str | Path) -> Done:
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        shown = capsys.readouterr()
        return Done(code, shown.out, shown.err)

    return forecast


@pytest.fixture
def refused(forecast: Forecast, tmp_path: Path) -> Refused:
    """Expect a refusal: its code, three lines, no traceback, and nothing written or changed."""

    def refused(code: int, *arguments: str | Path) -> list[str]:
        before = contents(tmp_path)
        done = forecast(*arguments)
        assert contents(tmp_path) == before
        assert done.code == code, done.err
        assert done.out == ""
        assert "Traceback" not in done.err
        talk = done.err.splitlines()
        start = next(place for place, line in enumerate(talk) if line.startswith("error: "))
        lines = talk[start:]
        assert [line[:7] for line in lines] == ["error: ", "  in:  ", "  fix: "], lines
        return lines

    return refused


@pytest.fixture
def sales(tmp_path: Path) -> Path:
    """200 days of one series."""
    return write(tmp_path / "sales.csv", daily(values(200)))


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run folder: gru, horizon 7, on 200 days of one series."""
    folder = tmp_path_factory.mktemp("trained")
    return _train(folder, write(folder / "sales.csv", daily(values(200))), "--horizon", "7")


@pytest.fixture(scope="session")
def trained_shops(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run folder: gru, horizon 7, on 200 days of two shops of different size."""
    folder = tmp_path_factory.mktemp("shops")
    shops = {"north": values(200), "south": values(200, seed=1, level=500)}
    return _train(folder, write(folder / "shops.csv", long(shops)), "--horizon", "7")


def _train(folder: Path, data: Path, *flags: str) -> Path:
    from forecast.cli.app import run

    output = folder / "run"
    with pytest.MonkeyPatch.context() as patch:
        _quick(patch)
        assert run(["train", str(data), "--output", str(output), "--quiet", *flags]) == 0
    return output


def _quick(patch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("FORECAST_")]:
        patch.delenv(name)
    for name, value in QUICK.items():
        patch.setenv(name, value)
