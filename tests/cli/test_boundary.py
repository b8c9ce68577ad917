"""Errors end in one place: three lines, a documented code, no traceback."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from forecast import errors
from forecast.cli import console
from forecast.cli.app import run
from forecast.errors import UsageError

if TYPE_CHECKING:
    from tests.cli.conftest import Verbs

Run = Callable[..., int]
Capture = pytest.CaptureFixture[str]


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (errors.ForecastError, 1),
        (errors.UsageError, 2),
        (errors.ConfigError, 2),
        (errors.MissingExtraError, 2),
        (errors.SchemaError, 3),
        (errors.NotEnoughDataError, 3),
        (errors.CorruptBundleError, 4),
        (errors.CheckFailed, 5),
        (errors.WriteError, 6),
        (errors.DivergedError, 7),
    ],
)
def test_error_is_three_lines_and_its_code(
    forecast: Run, capsys: Capture, verbs: Verbs, kind: type[errors.ForecastError], code: int
) -> None:
    verbs.error = kind("series [b] has 3 rows :smile:", location="a.csv", fix="give more")
    assert forecast("train", "a.csv") == code
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.splitlines() == [
        "error: series [b] has 3 rows :smile:",
        "  in:  a.csv",
        "  fix: give more",
    ]


def test_error_is_on_one_line_however_long(forecast: Run, capsys: Capture, verbs: Verbs) -> None:
    verbs.error = errors.DataError("word " * 100)
    assert forecast("train", "a.csv") == 3
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_interruption_is_no_error_and_130(forecast: Run, capsys: Capture, verbs: Verbs) -> None:
    verbs.error = errors.Interrupted("stopped in fold 2 of 3", location="runs/a")
    assert forecast("train", "a.csv") == 130
    assert capsys.readouterr().err.startswith("stopped: stopped in fold 2")
    verbs.error = KeyboardInterrupt()
    assert forecast("train", "a.csv") == 130
    assert capsys.readouterr().err == "interrupted\n"


def test_bug_is_three_lines_and_keeps_its_traceback(
    forecast: Run, capsys: Capture, verbs: Verbs
) -> None:
    verbs.error = ZeroDivisionError("division by zero\nsecond line")
    assert forecast("train", "a.csv") == 1
    what, where, fix = capsys.readouterr().err.splitlines()
    assert what == "error: this is a bug: ZeroDivisionError: division by zero"
    assert "report it" in fix
    assert "--debug" in fix
    path = Path(where.removeprefix("  in:  "))
    assert "Traceback (most recent call last)" in path.read_text(encoding="utf-8")
    path.unlink()


@pytest.mark.parametrize("how", ["flag", "variable"])
def test_debug_prints_the_traceback(
    forecast: Run, capsys: Capture, verbs: Verbs, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    if how == "variable":
        monkeypatch.setenv("FORECAST_DEBUG", "1")
    flag = ["--debug"] if how == "flag" else []
    verbs.error = ZeroDivisionError("oh")
    assert forecast("train", "a.csv", *flag) == 1
    assert "Traceback (most recent call last)" in capsys.readouterr().err
    verbs.error = errors.DataError("oh")
    assert forecast("train", "a.csv", *flag) == 3
    assert "Traceback (most recent call last)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("trian",), "Did you mean 'train'?"),
        (("train", "a.csv", "--horizn", "3"), "no such option: --horizn"),
        (("inspect", "a.csv", "b.csv"), "unexpected extra argument"),
        (("train", "a.csv", "-"), "standard input is read alone"),
        (("train", "--horizon", "3"), "no data are named"),
        (("predict", "run", "--output", ""), "name of the file is empty"),
        (("train", "a.csv", "--horizon", "0"), "model.horizon is 0"),
        (("train", "a.csv", "--config", "nope.yaml"), "'nope.yaml'"),
        (("train", "a.csv", "--set", "model.horizn=3"), "unknown key 'model.horizn'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_usage_error_is_three_lines_and_2(
    forecast: Run, capsys: Capture, arguments: tuple[str, ...], words: str
) -> None:
    assert forecast(*arguments) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    lines = shown.err.splitlines()
    assert [line[:6] for line in lines] == ["error:", "  in: ", "  fix:"]
    assert words in lines[0]


@pytest.mark.parametrize(
    ("arguments", "fix"),
    [
        (("train", "--peephole"), "pass --set model.peephole=true"),
        (("train", "--no-layer-norm"), "pass --set model.layer_norm=false"),
        (("train", "--peephole=no"), "pass --set model.peephole=false"),
        (("train", "--nonlinearity", "relu"), "pass --set model.nonlinearity=relu"),
        (("train", "--attention", "dott"), "pass --set model.attention=dot"),
        (("train", "--dilation", "1,2"), "pass --set model.dilation=1,2"),
        (("train", "--dilation=1,2"), "pass --set model.dilation=1,2"),
        (("compare", "--forget-bias", "-2"), "pass --set model.forget_bias=-2"),
        (("train", "--recurrent-dropuot", "0.1"), "pass --set model.recurrent_dropout=0.1"),
        (("train", "--warmup", "--force"), "pass --set training.warmup=auto"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_key_written_as_a_flag_is_told_how_it_is_set(
    forecast: Run, capsys: Capture, arguments: tuple[str, ...], fix: str
) -> None:
    assert forecast(*arguments, "a.csv") == 2
    what, _, mend = capsys.readouterr().err.splitlines()
    assert what.startswith(f"error: no such option: {arguments[1].partition('=')[0]}")
    assert mend == f"  fix: {fix}"
    flags = fix.removeprefix("pass ").split()
    assert forecast("config", "show", *flags) == 0


@pytest.mark.parametrize(
    ("arguments", "flag"),
    [
        (("train", "a.csv", "--horizn", "3"), "--horizon"),
        (("compare", "a.csv", "--model", "gru"), "--models"),
        (("predict", "run", "--quantile", "0.1"), "--quantiles"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_mistyped_flag_names_the_nearest(
    forecast: Run, capsys: Capture, arguments: tuple[str, ...], flag: str
) -> None:
    assert forecast(*arguments) == 2
    assert f"did you mean {flag}?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "what", "fix"),
    [
        (("models", "--hidden-size", "0"), "--hidden-size is '0'", "--hidden-size 1"),
        (("models", "--num-layers", "99"), "--num-layers is '99'", "--num-layers 16"),
        (("models", "--input-size", "x"), "--input-size is 'x'", "--input-size 1"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_refused_number_is_named_with_one_that_works(
    forecast: Run, capsys: Capture, arguments: tuple[str, ...], what: str, fix: str
) -> None:
    assert forecast(*arguments) == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith(f"error: {what}, and must be ")
    assert lines[1:] == [f"  in:  flag {arguments[1]}", f"  fix: for example {fix}"]
    assert forecast("models", *fix.split()) == 0


def test_predict_takes_numbers_with_commas(forecast: Run, verbs: Verbs) -> None:
    assert forecast("predict", "run", "--quantiles", "0.1,0.9", "--quantiles", "0.5") == 0
    assert verbs.calls["predict"]["chances"].quantiles == (0.1, 0.9, 0.5)
    assert forecast("predict", "run", "--level", "80, 95") == 0
    assert verbs.calls["predict"]["chances"].levels == (80.0, 95.0)
    assert forecast("train", "a.csv", "--level", "80,95") == 0
    assert verbs.config.validation.level == (80.0, 95.0)


def test_terminal_is_no_data(
    forecast: Run, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    assert forecast("train", "-") == 2
    assert "forecast train - < sales.csv" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["predict", "x" * 300],
        ["inspect", "x" * 300],
        ["config", "show", "--config", "x" * 300],
        ["train", "--resume", "x" * 300],
        ["train", "a.csv", "--patience="],
        ["audit", "a.csv", "--jobs", "2"],
        ["predict", "a", "--horizon", "10000000000"],
    ],
    ids=lambda arguments: " ".join(arguments)[:24],
)
def test_what_cannot_be_is_refused_in_three_lines(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    what, where, fix = capsys.readouterr().err.splitlines()
    assert what.startswith("error: ")
    assert where.startswith("  in:  ")
    assert fix.startswith("  fix: ")
    assert "bug" not in what


def test_what_a_stranger_wrote_does_not_steer_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    console.say("a\x1b]0;b\x07c")
    console.say_error(UsageError("d\x1b[2Je", location="f\x9b", fix="g\rh"))
    said = capsys.readouterr().err
    assert not {"\x1b", "\x07", "\x9b", "\r"} & set(said)
    assert "a?]0;b?c" in said
