"""What each verb prints, and where."""

from __future__ import annotations

import io
import json
import re
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from forecast.workflows.forecasting.chances import Chances

if TYPE_CHECKING:
    from tests.cli.conftest import Verbs

Run = Callable[..., int]
Capture = pytest.CaptureFixture[str]
COMMANDS: tuple[list[str], ...] = (
    [],
    ["train"],
    ["predict"],
    ["audit"],
    ["compare"],
    ["evaluate"],
    ["inspect"],
    ["models"],
    ["config"],
    ["config", "show"],
)


@pytest.mark.parametrize("flag", ["-h", "--help"])
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_of_every_command(
    forecast: Run, capsys: Capture, command: list[str], flag: str
) -> None:
    assert forecast(*command, flag) == 0
    shown = capsys.readouterr()
    assert "Usage: forecast" in shown.out
    assert shown.err == ""
    if command:
        assert shown.out.count(f" forecast {command[0]} ") >= 3  # usage and two examples


def test_help_lists_every_command_with_the_first_paragraph_of_its_own_help(
    forecast: Run, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert forecast("--help") == 0
    listed = re.findall(r"^│ (\w+) +(.+?) +│$", capsys.readouterr().out, re.MULTILINE)
    assert len(listed) == 10
    for name, summary in listed:
        assert forecast(name, "--help") == 0
        assert f"\n {summary} " in capsys.readouterr().out


@pytest.mark.parametrize(
    "command", [c for c in COMMANDS if c not in (["models"], ["config", "show"])], ids=" ".join
)
def test_command_without_arguments_shows_its_help(
    forecast: Run, capsys: Capture, command: list[str]
) -> None:
    assert forecast(*command) == 2
    shown = capsys.readouterr()
    assert "Usage: forecast" in shown.out
    assert shown.err == ""


def test_version_is_that_of_the_project(forecast: Run, capsys: Capture, root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert forecast("--version") == 0
    assert capsys.readouterr().out == f"forecast {project['version']}\n"


RESULTS = [
    "model             MAE   RMSE  MAPE %   MASE  skill %",
    "gru              1.23  2.000       -  0.710     22.8",
    "naive           12.35  3.000       -  0.920      0.0",
    "seasonal_naive  12.35  3.000       -  0.920      0.0",
    "",
    "80 % intervals held 78.4 % of 120 values (mean width 12.34)",
    "gru beats seasonal naive by 23 %",
]


def test_train_prints_results_on_stdout_and_talk_on_stderr(forecast: Run, capsys: Capture) -> None:
    assert forecast("train", "sales.csv", "--horizon", "3") == 0
    shown = capsys.readouterr()
    assert shown.out.splitlines() == RESULTS
    talk = shown.err.splitlines()
    assert talk[:4] == [
        "season 24 by the step h",
        "gru, fold 1 of 1: fit 1 of 1, at most 2 epochs",
        "gru, fold 1 of 1: epoch 1/2, loss 0.5000, validation 0.2500 *",
        "final fit for 3 epochs",
    ]
    assert talk[4] == ""
    assert talk[-1].startswith("wrote ")
    assert "next: forecast predict" in talk[-1]


def test_notes_come_last_by_subject_and_none_is_said_twice(forecast: Run, capsys: Capture) -> None:
    assert forecast("train", "sales.csv") == 0
    assert capsys.readouterr().err.splitlines()[5:-1] == [
        "notes",
        "  data    2 values are empty",
        "          1 stamp is absent",
        "  scores  MAPE is undefined: zero actuals",
    ]


def test_verdict_is_followed_by_the_command_that_does_better(
    forecast: Run, capsys: Capture, verbs: Verbs
) -> None:
    verbs.instead = "seasonal_naive"
    assert forecast("train", "sales.csv") == 0
    config = verbs.folder / "runs/sales-gru/config.yaml"
    expected = f"  forecast train sales.csv --config {config} --model seasonal_naive"
    assert capsys.readouterr().out.splitlines()[-1] == expected


def test_train_without_folds_says_that_nothing_is_known(
    forecast: Run, capsys: Capture, verbs: Verbs
) -> None:
    verbs.judged = False
    assert forecast("train", "sales.csv") == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("not validated")


def test_quiet_train_prints_table_and_verdict_alone(forecast: Run, capsys: Capture) -> None:
    assert forecast("train", "sales.csv", "--quiet") == 0
    assert capsys.readouterr().out.splitlines() == RESULTS


@pytest.mark.parametrize("verb", ["train", "compare"])
def test_quiet_keeps_the_results_and_drops_the_talk(
    forecast: Run, capsys: Capture, verb: str
) -> None:
    assert forecast(verb, "sales.csv", "--quiet") == 0
    shown = capsys.readouterr()
    assert "skill %" in shown.out
    assert shown.err == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ("train", "a.csv"),
        ("compare", "a.csv"),
        ("predict", "run"),
        ("inspect", "run"),
        ("config", "show"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_json_is_one_document_and_nothing_else(
    forecast: Run, capsys: Capture, arguments: tuple[str, ...]
) -> None:
    assert forecast(*arguments, "--json") == 0
    document = json.loads(
        capsys.readouterr().out, parse_constant=lambda name: pytest.fail(f"{name} in JSON")
    )
    assert document["schema"] == 1
    assert document["command"].split()[0] == arguments[0]


def test_undefined_number_is_null_in_json(forecast: Run, capsys: Capture) -> None:
    assert forecast("train", "a.csv", "--json") == 0
    assert json.loads(capsys.readouterr().out)["metrics_standardised"]["mse"] is None


def test_compare_prints_the_leaderboard(forecast: Run, capsys: Capture) -> None:
    assert forecast("compare", "sales.csv") == 0
    lines = capsys.readouterr().out.splitlines()
    assert (
        lines[:4]
        == """
rank  model            MASE  skill %  parameters  fit s  predict s  peak MB  vs naive  vs above
   1  gru             0.710     23.0       4,321    1.0        2.0     12.3    <0.001         -
   2  seasonal_naive  0.920        -           0    0.0        0.1        -         -       tie
   -  top 2           0.710     25.0           -      -          -        -         -         -
""".strip("\n").split("\n")
    )
    tie = "gru and seasonal naive tie (p 0.410 over 64 cutoffs)"
    assert lines[4:] == ["", tie, "", "gru beats seasonal naive by 23 %"]


def test_predict_passes_its_flags_and_prints_csv(
    forecast: Run, capsys: Capture, verbs: Verbs
) -> None:
    arguments = ("--horizon", "9", "--cutoff", "2024-01-03", "--level", "80", "--input", "n.csv")
    chances = ("--quantiles", "0.1", "--quantiles", "0.9", "--samples", "5", "--seed", "3")
    assert forecast("predict", "run", *arguments, *chances, "--future", "f.csv") == 0
    assert verbs.calls["predict"] == {
        "bundle": Path("run"),
        "horizon": 9,
        "data": Path("n.csv"),
        "future": Path("f.csv"),
        "cutoff": "2024-01-03",
        "chances": Chances((80.0,), (0.1, 0.9), 5, 3),
        "names": "standard",
    }
    shown = capsys.readouterr()
    assert shown.out.splitlines() == [
        "unique_id,ds,gru,gru-lo-80,gru-hi-80",
        "a,2024-01-04,1.5,1.0,2.0",
        "a,2024-01-05,2.5,,",
    ]
    assert shown.err == "note: too few residuals\n"


def test_predict_leaves_levels_not_given_to_the_bundle(forecast: Run, verbs: Verbs) -> None:
    assert forecast("predict", "run") == 0
    assert verbs.calls["predict"]["chances"] == Chances()


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--output", ""), "name of the file is empty"),
        (("--plot", ""), "name of the file is empty"),
        (("--plot", "a.jpg"), "fix: pass --plot a.png"),
        (("--plot", "my chart"), "fix: pass --plot 'my chart.png'"),
        (("--output", "a.png", "--plot", "a.png"), "both name 'a.png'"),
        (("--horizon", "x"), "horizon"),
    ],
    ids=str,
)
def test_predict_refuses_what_it_cannot_write_before_it_loads(
    forecast: Run, capsys: Capture, verbs: Verbs, flags: tuple[str, ...], words: str
) -> None:
    assert forecast("predict", "run", *flags) == 2
    shown = capsys.readouterr().err
    assert words in shown
    assert [line[:6] for line in shown.splitlines()] == ["error:", "  in: ", "  fix:"]
    assert "predict" not in verbs.calls


def test_predict_writes_a_file_and_replaces_it_only_by_force(
    forecast: Run, capsys: Capture, tmp_path: Path
) -> None:
    path = tmp_path / "f.csv"
    assert forecast("predict", "run", "-o", str(path)) == 0
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.endswith(f"wrote {path}\n")
    assert path.read_text().startswith("unique_id,ds,gru")
    path.write_text("mine")
    assert forecast("predict", "run", "-o", str(path)) == 2
    assert path.read_text() == "mine"
    assert "is there already" in capsys.readouterr().err
    assert forecast("predict", "run", "-o", str(path), "-f") == 0
    assert path.read_text() != "mine"


def test_predict_plot_is_a_png(forecast: Run, tmp_path: Path) -> None:
    path = tmp_path / "f.png"
    assert forecast("predict", "run", "--plot", str(path)) == 0
    assert path.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("verb", "arguments"), [("train", ("-",)), ("predict", ("run", "--input", "-"))]
)
def test_dash_reads_standard_input(
    forecast: Run,
    verbs: Verbs,
    monkeypatch: pytest.MonkeyPatch,
    verb: str,
    arguments: tuple[str, ...],
) -> None:
    stream = io.StringIO("ds,y\n")
    monkeypatch.setattr(sys, "stdin", stream)
    assert forecast(verb, *arguments) == 0
    assert verbs.calls[verb]["data"] is stream


@pytest.mark.parametrize(("verified", "code"), [(None, 0), (True, 0), (False, 5)])
def test_inspect_says_what_is_inside_and_whether_it_holds(
    forecast: Run, capsys: Capture, verbs: Verbs, verified: bool | None, code: int
) -> None:
    verbs.verified = verified
    assert forecast("inspect", "run", "--verify") == code
    assert verbs.calls["inspect"]["verify"] is True
    out = capsys.readouterr().out
    assert ("worked example" in out) == (verified is not None)
    assert [line for line in out.splitlines() if "worked" not in line] == [
        "a.safetensors (0.00 MB)",
        "  forecasts   north?[2J, south, west and 96 more, 24 steps ahead, step D",
        "  model       gru, 448 parameters, reads the last value, season of 7 steps",
        "  trained on  8,760 rows, time date, id shop, target sales",
        "  intervals   80 %, 95 %",
        "  written by  forecast 0.1.0, torch 2.6",
        "",
        "model             MAE   RMSE  MAPE %   MASE  skill %",
        "gru              1.23  2.000       -  0.710     22.8",
        "seasonal_naive  12.35  3.000       -  0.920      0.0",
        "naive           12.35  3.000       -      -        -",
        "",
        "1 note, every setting and tensor: --json",
    ]


def test_config_show_gives_value_and_origin(
    forecast: Run, capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.yaml").write_text("model:\n  horizon: 3\n  dropout: 0.5\n")
    monkeypatch.setenv("FORECAST_TRAINING_SEED", "5")
    flags = ("--model", "lstm", "--set", "training.patience=4", "-c", "a.yaml")
    assert forecast("config", "show", *flags) == 0
    rows = [line.split(maxsplit=2) for line in capsys.readouterr().out.splitlines()]
    shown = {key: (value, origin) for key, value, origin in rows}
    assert shown["key"] == ("value", "origin")
    assert shown["model.horizon"] == ("3", "a.yaml:2")
    assert shown["training.seed"] == ("5", "environment FORECAST_TRAINING_SEED")
    assert shown["model.name"] == ("lstm", "flag --model")
    assert shown["training.patience"] == ("4", "flag --set")
    assert shown["model.loss"][1] == "default"


@pytest.mark.parametrize("verb", ["train", "compare"])
def test_run_that_goes_on_needs_no_data_and_heeds_no_environment(
    verb: str, forecast: Callable[..., int], verbs: Verbs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORECAST_MODEL_HORIZON", "5")
    assert forecast(verb, "--resume", "runs/.sales-gru.partial-4711") == 0
    called = verbs.calls[verb]
    assert str(called["resume"]) == "runs/.sales-gru.partial-4711"
    assert called["data"] is None
    assert called["config"].model.horizon == "auto"
