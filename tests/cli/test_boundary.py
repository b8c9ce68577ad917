"""Errors end in one place: three lines, a documented code, no traceback."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from forecast import errors

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


def test_bug_is_one_line_and_keeps_its_traceback(
    forecast: Run, capsys: Capture, verbs: Verbs
) -> None:
    verbs.error = ZeroDivisionError("division by zero\nsecond line")
    assert forecast("train", "a.csv") == 1
    (line,) = capsys.readouterr().err.splitlines()
    found = re.fullmatch(
        r"error: this is a bug: ZeroDivisionError: division by zero \(traceback in (.*)\)", line
    )
    assert found
    path = Path(found[1])
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
        (("train", "a.csv", "--horizn", "3"), "--horizon"),
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


def test_terminal_is_no_data(
    forecast: Run, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    assert forecast("train", "-") == 2
    assert "forecast train - < sales.csv" in capsys.readouterr().err
