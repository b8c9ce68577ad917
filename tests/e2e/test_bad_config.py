"""Configurations that are refused, and what a person means by a scalar."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.tables import contents, write

if TYPE_CHECKING:
    from tests.e2e.conftest import Forecast, Refused


@pytest.mark.parametrize(
    ("lines", "at", "words"),
    [
        (["model:", "  horizn: 3"], 2, "unknown key 'model.horizn'"),
        (["model:", "  horizon: 3", "modle:", "  horizon: 3"], 3, "'modle'"),
        (["model:", "  horizon: many"], 2, "many"),
        (["model:", "  horizon: 3", "  horizon: 4"], 3, "twice"),
        (["model:", "  horizon: !!python/object/apply:os.system ['touch ran']"], 2, "tags"),
        (["model:", "  name: !model gru"], 2, "tags"),
        (["model: &m", "  horizon: 3"], 1, "anchors"),
        (["model:", "  name: [gru"], 3, ""),
    ],
    ids=["key", "section", "value", "twice", "object", "tag", "anchor", "broken"],
)
def test_file_is_refused_with_its_line(
    refused: Refused, sales: Path, tmp_path: Path, lines: list[str], at: int, words: str
) -> None:
    write(tmp_path / "run.yaml", lines)
    what, where, _ = refused(2, "train", "sales.csv", "--config", "run.yaml")
    assert words in what
    assert where == f"  in:  run.yaml:{at}"


def test_unknown_key_names_the_nearest(refused: Refused, sales: Path, tmp_path: Path) -> None:
    write(tmp_path / "run.yaml", ["model:", "  horizn: 3"])
    _, _, fix = refused(2, "train", "sales.csv", "--config", "run.yaml")
    assert "'model.horizon'" in fix


def test_scalars_mean_what_a_person_means(forecast: Forecast, tmp_path: Path) -> None:
    lines = ["data:", "  id: [NO, on]", "model:", "  horizon: 012"]
    write(tmp_path / "run.yaml", [*lines, "training:", "  learning_rate: 1e-3"])
    done = forecast("config", "show", "--config", "run.yaml", "--json")
    assert done.code == 0, done.err
    shown = json.loads(done.out)["values"]
    assert shown["data.id"]["value"] == ["NO", "on"]
    assert shown["model.horizon"]["value"] == 12
    assert shown["training.learning_rate"]["value"] == 1e-3


def test_config_show_tells_where_each_value_comes_from(
    forecast: Forecast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "run.yaml", ["model:", "  horizon: 12", "  hidden_size: 8", "  dropout: 0.1"])
    monkeypatch.setenv("FORECAST_MODEL_HIDDEN_SIZE", "16")
    monkeypatch.setenv("FORECAST_MODEL_HORIZON", "24")
    done = forecast(
        "config", "show", "-c", "run.yaml", "--horizon", "48", "--set", "data.season_length=7"
    )
    shown = {line.split()[0]: line.split(maxsplit=2)[1:] for line in done.out.splitlines()}
    assert shown["model.horizon"] == ["48", "flag --horizon"]
    assert shown["data.season_length"] == ["7", "flag --set"]
    assert shown["model.hidden_size"] == ["16", "environment FORECAST_MODEL_HIDDEN_SIZE"]
    assert shown["model.dropout"] == ["0.1", "run.yaml:4"]
    assert shown["model.num_layers"] == ["1", "default"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("FORECAST_MODEL_HORIZN", "3"), ("FORECAST_MODEL_HORIZON", "many")],
    ids=["name", "value"],
)
def test_variable_is_refused_by_name(
    refused: Refused, sales: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    assert name in "".join(refused(2, "train", "sales.csv"))


def test_output_that_exists_is_left_alone(refused: Refused, sales: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    write(tmp_path / "mine" / "thesis.txt", ["years of work"])
    what, where, fix = refused(2, "train", "sales.csv", "--output", "mine")
    assert "'mine' exists already" in what
    assert where.endswith("mine")
    assert "--force" in fix
    refused(2, "train", "sales.csv", "--output", "mine", "--force")


def test_forecast_file_that_exists_is_left_alone_unless_forced(
    forecast: Forecast, refused: Refused, trained: Path, tmp_path: Path
) -> None:
    write(tmp_path / "out.csv", ["mine"])
    refused(2, "predict", trained, "--output", "out.csv")
    assert forecast("predict", trained, "--output", "out.csv", "--force").code == 0
    assert (tmp_path / "out.csv").read_text(encoding="utf-8").startswith("unique_id,ds,gru")


def test_forced_run_replaces_the_old_one_and_leaves_nothing_else(
    forecast: Forecast, sales: Path, tmp_path: Path
) -> None:
    flags = ("train", "sales.csv", "--output", "run", "--model", "naive", "--horizon")
    assert forecast(*flags, "7").code == 0
    assert forecast(*flags, "3", "--force").code == 0
    assert {path.name for path in tmp_path.iterdir()} == {"run", "sales.csv"}
    assert json.loads(contents(tmp_path)["run/metrics.json"] or b"")["horizon"] == 3
