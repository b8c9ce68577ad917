"""The configuration file that is written from a check."""

from __future__ import annotations

from pathlib import Path

import pytest

from forecast.config.load import resolve_config
from forecast.config.schema import Config
from forecast.config.yaml import read_yaml
from forecast.workflows.init import init
from forecast.workflows.reading import read_data
from forecast.workflows.resolving.automatic import resolve
from tests.unit.workflows.test_check import file, shops, week

COMMAND = "forecast train sales.csv --config sales.yaml"


def written(path: Path, config: Config | None = None) -> tuple[str, Config]:
    text = init(path, config, command=COMMAND).text
    kept = path.parent / "sales.yaml"
    kept.write_text(text, encoding="utf-8")
    return text, resolve_config(file=kept, environ={}).config


def test_first_line_is_the_command_and_each_key_has_a_comment(tmp_path: Path) -> None:
    text, _ = written(file(tmp_path, week()))
    lines = text.splitlines()
    assert lines[0] == f"# {COMMAND}"
    keys = [place for place, line in enumerate(lines) if line.startswith("  ") and "#" not in line]
    assert keys
    assert all(lines[place - 1].startswith("  # ") for place in keys)
    assert max(map(len, lines)) <= 100


def test_training_by_the_file_is_training_by_the_line(tmp_path: Path) -> None:
    path = shops(tmp_path, week(), [*week(200, seed=1), *[""] * 9])
    _, config = written(path)
    asked = resolve(read_data(path, config.data), config)
    found = resolve(read_data(path, Config().data), Config())
    assert asked.config == found.config
    assert asked.schedule.folds == found.schedule.folds
    assert config.data.id == ("shop",)
    assert config.data.freq == "D"
    assert config.model.horizon == 7


def test_what_mends_the_file_is_written_with_its_reason(tmp_path: Path) -> None:
    path = file(tmp_path, [*week(), -999, -999, -999])
    text, config = written(path)
    assert config.data.missing_values == ("-999",)
    above = text.splitlines()[text.splitlines().index('  missing_values: ["-999"]') - 1]
    assert above.startswith("  # ")
    assert "marker of missing values" in text


def test_what_was_asked_for_is_kept(tmp_path: Path) -> None:
    asked = Config.model_validate(
        {"model": {"name": "lstm", "horizon": 3}, "training": {"seed": 7}}
    )
    _, config = written(file(tmp_path, week()), asked)
    assert (config.model.name, config.model.horizon, config.training.seed) == ("lstm", 3, 7)


def test_rule_has_no_sizes_to_tell_of(tmp_path: Path) -> None:
    asked = Config.model_validate({"model": {"name": "seasonal_naive"}})
    text, config = written(file(tmp_path, week()), asked)
    assert config.model.name == "seasonal_naive"
    assert "a rule, nothing is trained" in text


def test_file_with_too_few_rows_is_written_with_the_reason(tmp_path: Path) -> None:
    asked = Config.model_validate({"model": {"horizon": 30}})
    text, config = written(file(tmp_path, week(50)), asked)
    assert config.data.target == ("sales",)
    assert "# mend: 50 rows are too few" in text


@pytest.mark.parametrize("name", ["a#b", "a: b", "\N{BELL}\u2028", "'", '"', "é 🚲"])
def test_names_of_any_kind_do_not_break_the_file(tmp_path: Path, name: str) -> None:
    path = tmp_path / "odd.csv"
    rows = [line.split(",") for line in file(tmp_path, week()).read_text().splitlines()[1:]]
    far = [[day, "900" if place == 50 else y] for place, (day, y) in enumerate(rows)]
    quoted = '"' + name.replace('"', '""') + '"'
    path.write_text(
        "\n".join(["date,shop,sales", *(f"{day},{quoted},{y}" for day, y in far)]) + "\n",
        encoding="utf-8",
    )
    config = Config.model_validate({"data": {"id": ["shop"]}})
    text = init(path, config, command=f"forecast train {name}").text
    document, _ = read_yaml(text, name="odd.yaml")
    assert set(document) == {"data", "model", "training", "validation"}
