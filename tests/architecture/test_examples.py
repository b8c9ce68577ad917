"""That each file in data/ is told of and has a configuration; others are recipes for any file."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from forecast.config.load import resolve_config

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "data").glob("*.csv"))
MOST_BYTES = 1_000_000
RECIPES = {"long-horizon", "many-series"}
"""Configurations for a kind of problem: the file comes with the command."""

each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


@each_file
def test_data_file_is_small_and_its_row_in_the_readme_counts_right(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as lines:
        rows = sum(1 for _ in csv.reader(lines)) - 1
    assert path.stat().st_size < MOST_BYTES
    readme = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    assert f"| `{path.name}` | {rows:,} |" in readme


@each_file
def test_config_starts_with_its_command_and_names_columns_of_the_file(path: Path) -> None:
    file = ROOT / "configs" / f"{path.stem}.yaml"
    first = file.read_text(encoding="utf-8").splitlines()[0]
    assert first == f"# forecast train data/{path.name} --config configs/{file.name}"
    data = resolve_config(file=file, environ={}, flags={}, sets=[]).config.data
    header = path.read_text(encoding="utf-8").splitlines()[0].split(",")
    assert set(header) == {*data.time, *data.id, *data.target}


def test_every_config_has_its_file() -> None:
    configs = {path.stem for path in (ROOT / "configs").glob("*.yaml")}
    assert configs == {path.stem for path in FILES} | RECIPES
