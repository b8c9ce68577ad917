"""That a run goes on where it was stopped, and never with what was said of something else."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.accuracy import asking
from benchmarks.accuracy.asking import run_missing, words
from benchmarks.accuracy.journal import Entry, Journal, Task, code_digest, digests
from benchmarks.accuracy.process import DATASETS, Finished

CONFIG = "recipe.yaml"
TASK = Task((("train", "datasets/a.csv", "--config", CONFIG, "--seed", "0"),))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / CONFIG).write_text("model: {}\n", encoding="utf-8")
    return tmp_path


def journal(root: Path, code: str | None = "one") -> Journal:
    return Journal(root / "journal.jsonl", root=root, code=code)


def made(root: Path, task: Task = TASK, code: str = "one", failed: str | None = None) -> Entry:
    said = [{"mse": 0.5}]
    return Entry([*task.commands], digests(root, task.configs), code, "m", [1.0], said, failed)


def test_what_was_added_is_found_by_another_process(root: Path) -> None:
    journal(root).add(made(root))
    assert journal(root).find(TASK) == made(root)


def test_another_seed_is_another_task(root: Path) -> None:
    journal(root).add(made(root))
    assert journal(root).find(Task(((*TASK.steps[0][:-1], "1"),))) is None


def test_another_content_of_the_configuration_is_not_what_was_run(root: Path) -> None:
    journal(root).add(made(root))
    (root / CONFIG).write_text("model: {hidden_size: 8}\n", encoding="utf-8")
    assert journal(root).find(TASK) is None
    journal(root).add(replace(made(root), said=[{"mse": 0.4}]))
    (root / CONFIG).write_text("model: {}\n", encoding="utf-8")
    assert journal(root).find(TASK) == made(root)


def test_what_other_code_said_counts_only_where_asked_for(root: Path) -> None:
    journal(root).add(made(root, code="other"))
    assert journal(root).find(TASK) is None
    assert journal(root, code=None).find(TASK) == made(root, code="other")


def test_a_line_that_was_cut_off_is_no_entry_and_gives_way_to_the_next(root: Path) -> None:
    journal(root).add(made(root))
    file = root / "journal.jsonl"
    whole = file.read_text(encoding="utf-8")
    file.write_text(whole + whole[:40], encoding="utf-8")
    torn = journal(root)
    assert torn.find(TASK) == made(root)
    torn.add(made(root, code="two"))
    lines = file.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["code"] for line in lines] == ["one", "two"]


def test_code_is_other_code_when_a_file_changes(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n", encoding="utf-8")
    before = code_digest(tmp_path)
    (tmp_path / "a.py").write_text("x = 2\n", encoding="utf-8")
    assert code_digest(tmp_path) != before


@pytest.fixture
def ran(root: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that were started instead of `forecast`, which printed a document."""
    started: list[list[str]] = []

    def forecast(words: list[str], *, longest: float) -> Finished:
        started.append(words)
        return Finished(0, '{"mse": 0.5, "series": [1, 2]}', "", 2.0)

    (root / "a.csv").write_text("y\n1\n", encoding="utf-8")
    monkeypatch.setattr(asking, "forecast", forecast)
    monkeypatch.setattr(asking, "DATASETS", root)
    monkeypatch.setattr(asking, "ROOT", root)
    return started


def test_a_task_is_run_once_and_its_document_kept(root: Path, ran: list[list[str]]) -> None:
    for _ in range(2):
        found = run_missing(journal(root), code="one")(TASK)
        assert found is not None
        assert found.said == [{"mse": 0.5}]
    assert len(ran) == 1
    assert ran[0][1] == str(root / "a.csv")
    assert ran[0][-2:] == ["--quiet", "--json"]


def test_a_task_that_failed_is_run_again(root: Path, ran: list[list[str]]) -> None:
    journal(root).add(made(root, failed="exit 4: no memory"))
    found = run_missing(journal(root), code="one")(TASK)
    assert found is not None
    assert found.failed is None
    assert len(ran) == 1


def test_a_failed_command_keeps_what_it_said_and_ends_the_task(
    root: Path, ran: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    err = "a warning\nerror: the file has no rows\n  fix: give some\n"
    monkeypatch.setattr(asking, "forecast", lambda *_, **__: Finished(3, "", err, 1.0))
    task = Task((*TASK.steps, ("evaluate", "RUN")))
    found = run_missing(journal(root), code="one")(task)
    assert found is not None
    assert found.failed == "exit 3: the file has no rows"
    assert found.seconds == [1.0]


@pytest.mark.parametrize("name", ["a.csv", CONFIG])
def test_nothing_is_run_without_the_data_or_the_configuration(
    root: Path, ran: list[list[str]], capsys: pytest.CaptureFixture[str], name: str
) -> None:
    (root / name).unlink()
    ask = run_missing(journal(root), code="one")
    assert ask(TASK) is None
    assert ask(TASK) is None
    assert ran == []
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 1
    assert said[0].endswith(name)


def test_words_stand_for_the_folders_of_this_machine() -> None:
    train, evaluate = (
        words(("train", "datasets/a/b.csv"), Path("/r")),
        words(("evaluate", "RUN", "--actuals", "datasets/c.csv"), Path("/r")),
    )
    assert train == ["train", str(DATASETS / "a/b.csv"), "--output", "/r", "--quiet", "--json"]
    assert evaluate[:4] == ["evaluate", "/r", "--actuals", str(DATASETS / "c.csv")]
    assert "--output" not in evaluate
