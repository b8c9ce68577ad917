"""What importing costs and changes, seen from a fresh process."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import forecast

HEAVY = ("matplotlib", "numpy", "pandas", "scipy", "sklearn", "torch")
BARE = """
import json, random, sys, warnings
before = (list(warnings.filters), random.getstate())
import forecast
changed = before != (list(warnings.filters), random.getstate())
print(json.dumps([changed, sorted(sys.modules)]))
"""
HELP = """
import sys
sys.argv = ["forecast", *sys.argv[1:]]
from forecast.cli.app import main
try:
    main()
except SystemExit as stop:
    assert stop.code == 0, stop.code
import json
print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


def _python(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done


def _heavy(modules: list[str]) -> set[str]:
    return {name.split(".")[0] for name in modules}.intersection(HEAVY)


def test_import_loads_nothing_heavy_and_changes_no_state() -> None:
    changed, modules = json.loads(_python(BARE).stdout)
    assert not changed
    assert _heavy(modules) == set()


@pytest.mark.parametrize(
    "command",
    ["", "train", "predict", "compare", "check", "init", "inspect", "models", "config show"],
)
def test_help_loads_nothing_heavy(command: str) -> None:
    done = _python(HELP, *command.split(), "--help")
    assert "Usage" in done.stdout
    assert _heavy(json.loads(done.stderr.splitlines()[-1])) == set()


def test_list_of_models_loads_nothing_heavy() -> None:
    done = _python(HELP, "models", "--json")
    assert _heavy(json.loads(done.stderr.splitlines()[-1])) == set()


def test_public_names_are_alphabetical_and_there() -> None:
    assert forecast.__all__ == sorted(set(forecast.__all__))
    assert [name for name in forecast.__all__ if not hasattr(forecast, name)] == []
    assert set(forecast.__all__) <= set(dir(forecast))
