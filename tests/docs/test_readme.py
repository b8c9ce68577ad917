"""That the README shows what the program says, and that its commands run."""

from __future__ import annotations

import re
import runpy
import subprocess
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from forecast import errors
from forecast.cli import app
from tests.docs import readme

if TYPE_CHECKING:
    from tests.docs.conftest import Said

TEXT = readme.README.read_text(encoding="utf-8")
NUMBER = re.compile(r"-?\d[\d.,:-]*")
BARS = re.compile(r"[▁-█]+")
SCORE = re.compile(
    r"^(?: +\d+  )?(\w+) +(\d+\.\d+) ", re.MULTILINE
)  # of a table: model, its first score
# Lines that depend on who wins: the verdict, what follows from it, what was kept and what learnt.
OPEN = re.compile(
    r"seasonal naive|standard error|  forecast train|final fit|^wrote|^note: no "
    r"|the linear start|its layers had no| was not tested: | tie \(p | is better than "
)


def shape(text: str) -> list[str]:
    """Lines without their numbers, in alphabetical order: ranks differ with few steps."""
    lines = [line for line in text.splitlines() if not OPEN.search(line)]
    masked = [BARS.sub("~", NUMBER.sub("#", line)) for line in lines]
    return sorted(" ".join(line.split()) for line in masked)


def test_generated_blocks_are_what_is_generated_now() -> None:
    now = readme.quick()
    shown = readme.blocks(TEXT)
    assert set(now) <= set(shown)
    stale = [name for name, body in now.items() if shown[name] != body]
    assert stale == [], "run 'make readme'"


def test_session_runs_and_says_the_same_but_for_its_numbers(said: Said, place: Path) -> None:
    shown = readme.blocks(TEXT)["session"]
    now = readme.session(shown, folder=place, run=said)
    assert shape(readme.fenced(now)) == shape(shown)
    assert (place / "days.png").is_file()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_session_trained_in_full_scores_as_shown() -> None:
    shown = readme.blocks(TEXT)["session"]
    now = readme.sessions(TEXT)["session"]
    assert shape(now) == shape(shown)
    assert "gru beats seasonal naive" in now
    before, after = (sorted(SCORE.findall(text)) for text in (shown, now))
    assert [model for model, _ in before] == [model for model, _ in after]
    assert len(before) == 3 + 7
    for (model, then), (_, error) in zip(before, after, strict=True):
        assert float(error) == pytest.approx(float(then), rel=0.25), model


@pytest.mark.timeout(240)
def test_other_commands_run(said: Said, place: Path) -> None:
    shown = {line for body in readme.blocks(TEXT).values() for line in readme.COMMAND.findall(body)}
    others = [line for line in readme.COMMAND.findall(TEXT) if line not in shown]
    assert len(others) >= 5
    for line in others:
        assert said(*line.split()[1:]).strip(), line


def test_python_runs(said: Said, capsys: pytest.CaptureFixture[str], place: Path) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    (place / "program.py").write_text(program, encoding="utf-8")
    runpy.run_path("program.py")
    printed = capsys.readouterr().out
    assert "lstm" in printed
    assert "2018-05-01" in printed  # 24 months on
    assert (place / "runs" / "electrical_turnover_monthly-lstm" / "report.html").is_file()


def test_no_other_kind_of_block_holds_commands() -> None:
    fences = re.findall(r"^```(\w*)$", TEXT, re.MULTILINE)
    assert set(fences) == {"", "sh", "console", "python"}
    (shell,) = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
    assert [line.split("#")[0].strip() for line in shell.splitlines()] == ["make run", "make test"]


def test_make_run_trains_on_the_hourly_file_and_make_test_tests(root: Path) -> None:
    recipes = [
        subprocess.run(  # -n: what would be done, without doing it
            ["make", "-n", "--no-print-directory", target],  # noqa: S607
            cwd=root,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for target in ("run", "test")
    ]
    assert "forecast train data/pedestrians_hourly.csv" in recipes[0]
    assert "report.html" in recipes[0]
    assert "pytest" in recipes[1]


def test_make_targets_that_are_named_are_there(root: Path) -> None:
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z-]+)", TEXT)) <= targets


def test_exit_codes_are_those_of_the_program() -> None:
    section = TEXT.split("## Exit codes")[1].split("\n## ")[0]
    shown = {int(code) for code in re.findall(r"^\| (\d+) \|", section, re.MULTILINE)}
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    known = {kind.exit_code for kind in kinds if issubclass(kind, errors.ForecastError)}
    signals = {app.HUNG_UP, app.INTERRUPTED, app.CLOSED_PIPE, app.TERMINATED}
    assert shown == {0, app.BUG} | known | signals


def test_links_lead_to_files_and_headings(root: Path) -> None:
    targets = [link for link in re.findall(r"\]\(([^)]+)\)", TEXT) if "://" not in link]
    headings = {
        "#" + re.sub(r"[^\w-]", "", line.lower().replace(" ", "-"))
        for line in re.findall(r"^#+ (.*)$", TEXT, re.MULTILINE)
    }
    assert [link for link in targets if link[0] == "#" and link not in headings] == []
    assert [link for link in targets if link[0] != "#" and not (root / link).exists()] == []


def test_files_of_a_run_are_those_that_are_told_of(said: Said, place: Path) -> None:
    said("train", "data/sunspots_yearly.csv", "--output", "run")
    told = re.findall(r"^\| `([\w.]+)` \|", TEXT.split("## Commands")[0], re.MULTILINE)
    assert {path.name for path in (place / "run").iterdir()} == set(told)


def test_first_sentence_is_the_description_of_the_package(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert TEXT.startswith("# forecast\n\nTrain, judge and use recurrent forecasters")
    assert project["description"].startswith("Train, judge and use recurrent forecasters")
    assert project["readme"] == "README.md"
