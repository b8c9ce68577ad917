"""A child is killed with SIGKILL at random moments while it saves, appends or commits."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from forecast.storage.journal import append_line
from forecast.storage.run_folder import leftovers, open_run
from tests.journal import whole_lines

LETTERS = (b"a", b"b")
SIZE = 300_000
LONGEST = 0.04  # seconds of work before the kill

SAVE = """
import itertools, sys
from pathlib import Path
from forecast.storage.write import write_bytes
print("ready", flush=True)
for turn in itertools.count():
    write_bytes(Path(sys.argv[1]) / "target", [b"a", b"b"][turn % 2] * 300_000)
"""
APPEND = """
import itertools, sys
from pathlib import Path
from forecast.storage.journal import append_line
print("ready", flush=True)
for turn in itertools.count():
    append_line(Path(sys.argv[1]) / "history.jsonl", {"turn": turn, "text": "x" * 20_000})
    print(turn, flush=True)
"""
COMMIT = """
import itertools, sys
from pathlib import Path
from forecast.storage.run_folder import open_run
from forecast.storage.write import write_bytes
print("ready", flush=True)
for turn in itertools.count():
    with open_run(None, stem="s", model="m", force=False, root=Path(sys.argv[1])) as run:
        for name in ("config.yaml", "metrics.json"):
            write_bytes(run.path / name, b"x" * 10_000)
        run.commit()
"""

few = [pytest.param(seed, id=str(seed)) for seed in range(4)]
many = [pytest.param(seed, id=str(seed), marks=pytest.mark.slow) for seed in range(4, 200)]


def kill_at_random(code: str, folder: Path, root: Path, seed: int) -> str:
    """Start ``code``, wait until it works, kill it; return what it printed."""
    with subprocess.Popen(
        [sys.executable, "-c", code, str(folder)], cwd=root, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        time.sleep(random.Random(seed).uniform(0, LONGEST))  # noqa: S311
        child.kill()
        return child.stdout.read()


@pytest.mark.parametrize("seed", few + many)
def test_kill_while_saving_leaves_a_whole_file(tmp_path: Path, root: Path, seed: int) -> None:
    (tmp_path / "target").write_bytes(LETTERS[0] * SIZE)

    kill_at_random(SAVE, tmp_path, root, seed)

    assert (tmp_path / "target").read_bytes() in [letter * SIZE for letter in LETTERS]
    others = [entry.name for entry in tmp_path.iterdir() if entry.name != "target"]
    assert len(others) <= 1
    assert all(name.startswith(".target.") and name.endswith(".tmp") for name in others)


@pytest.mark.parametrize("seed", few + many)
def test_kill_while_appending_loses_no_line_that_was_acknowledged(
    tmp_path: Path, root: Path, seed: int
) -> None:
    journal = tmp_path / "history.jsonl"
    journal.touch()

    said = kill_at_random(APPEND, tmp_path, root, seed).split("\n")
    acknowledged = len(said) - 1  # the last piece is empty or torn

    turns = [record["turn"] for record in whole_lines(journal)]
    assert turns == list(range(len(turns)))
    assert acknowledged <= len(turns) <= acknowledged + 1
    append_line(journal, {"turn": len(turns)})
    assert [record["turn"] for record in whole_lines(journal)] == list(range(len(turns) + 1))


@pytest.mark.parametrize("seed", few + many)
def test_kill_while_committing_leaves_whole_runs_only(
    tmp_path: Path, root: Path, seed: int
) -> None:
    kill_at_random(COMMIT, tmp_path, root, seed)

    for folder in tmp_path.glob("s-m*"):
        assert sorted(entry.name for entry in folder.iterdir()) == ["config.yaml", "metrics.json"]
    assert len(leftovers(tmp_path)) <= 1
    with open_run(None, stem="s", model="m", force=False, root=tmp_path) as run:
        run.commit()
