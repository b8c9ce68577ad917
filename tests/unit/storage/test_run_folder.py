from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from forecast.errors import OutputExistsError, WriteError
from forecast.storage.lock import is_locked
from forecast.storage.run_folder import RunFolder, leftovers, open_run


def open_auto(root: Path, stem: str = "sales") -> RunFolder:
    return open_run(None, stem=stem, model="gru", force=False, root=root)


def open_named(output: Path, *, force: bool = False) -> RunFolder:
    return open_run(output, stem="sales", model="gru", force=force)


def make_run(folder: Path) -> None:
    folder.mkdir(parents=True)
    for name in ("bundle.safetensors", "config.yaml", "metrics.json", "old.txt"):
        (folder / name).write_text("old")


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_automatic_names_take_the_next_free_number(tmp_path: Path) -> None:
    got = []
    for _ in range(3):
        with open_auto(tmp_path / "runs") as run:
            (run.path / "metrics.json").write_text("{}")
            got.append(run.commit().name)

    assert got == ["sales-gru", "sales-gru-2", "sales-gru-3"]
    assert names(tmp_path / "runs") == got


def test_run_appears_only_at_commit(tmp_path: Path) -> None:
    with open_auto(tmp_path) as run:
        (run.path / "metrics.json").write_text("{}")
        assert run.path.name.startswith(".sales-gru.partial-")
        assert not (tmp_path / "sales-gru").exists()
        run.commit()

    assert names(tmp_path) == ["sales-gru"]
    assert names(tmp_path / "sales-gru") == ["metrics.json"]


def test_exception_discards_everything_even_the_parents_made_for_it(tmp_path: Path) -> None:
    def interrupted() -> None:
        with open_auto(tmp_path / "a" / "runs") as run:
            (run.path / "metrics.json").write_text("{}")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()

    assert names(tmp_path) == []


def test_discard_keeps_parents_that_others_use(tmp_path: Path) -> None:
    run = open_auto(tmp_path / "runs")
    (tmp_path / "runs" / "other").mkdir()

    run.discard()

    assert names(tmp_path / "runs") == ["other"]


def test_discard_after_commit_removes_nothing(tmp_path: Path) -> None:
    run = open_auto(tmp_path)
    place = run.commit()

    run.discard()

    assert place.is_dir()


def test_two_open_runs_of_one_name_both_succeed(tmp_path: Path) -> None:
    first, second = open_auto(tmp_path), open_auto(tmp_path)

    assert first.path != second.path
    assert second.commit().name == "sales-gru"
    assert first.commit().name == "sales-gru-2"


def test_processes_racing_for_one_name_all_succeed(tmp_path: Path, root: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from forecast.storage.run_folder import open_run\n"
        "for turn in range(20):\n"
        "    root = Path(sys.argv[1])\n"
        "    with open_run(None, stem='s', model='m', force=False, root=root) as run:\n"
        "        (run.path / 'id').write_text(f'{sys.argv[2]} {turn}')\n"
        "        run.commit()\n"
    )
    racers = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path), str(n)], cwd=root)
        for n in range(2)
    ]

    assert [racer.wait(30) for racer in racers] == [0, 0]
    written = {(folder / "id").read_text() for folder in tmp_path.iterdir()}
    assert written == {f"{racer} {turn}" for racer in range(2) for turn in range(20)}
    assert len(names(tmp_path)) == 40


@pytest.mark.parametrize("kind", ["run", "empty folder", "file", "link to nowhere"])
def test_named_output_that_exists_is_refused_without_force(tmp_path: Path, kind: str) -> None:
    output = tmp_path / "out"
    if kind == "run":
        make_run(output)
    elif kind == "empty folder":
        output.mkdir()
    elif kind == "file":
        output.touch()
    else:
        output.symlink_to(tmp_path / "nowhere")

    with pytest.raises(OutputExistsError, match="exists already") as caught:
        open_named(output)

    assert caught.value.exit_code == 2
    assert "--force" in str(caught.value.fix)
    assert names(tmp_path) == ["out"]


def test_force_replaces_a_run_by_rename(tmp_path: Path) -> None:
    make_run(tmp_path / "out")

    with open_named(tmp_path / "out", force=True) as run:
        (run.path / "new.txt").write_text("new")
        assert (tmp_path / "out" / "old.txt").exists()
        run.commit()

    assert names(tmp_path) == ["out"]
    assert names(tmp_path / "out") == ["new.txt"]


def test_force_takes_an_empty_folder_and_a_free_name(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    for name in ("empty", "free"):
        with open_named(tmp_path / name, force=True) as run:
            (run.path / "new.txt").touch()
            run.commit()

    assert names(tmp_path / "empty") == names(tmp_path / "free") == ["new.txt"]


def _stranger(kind: str, folder: Path) -> None:
    """Something at ``folder`` that --force must not delete."""
    if kind == "file":
        folder.write_text("mine")
    elif kind == "link to a run":
        make_run(folder.with_name("run"))
        folder.symlink_to(folder.with_name("run"))
    elif kind == "a project with a config.yaml":
        folder.mkdir()
        (folder / "config.yaml").write_text("mine")
        (folder / "thesis.tex").write_text("mine")
    else:
        make_run(folder)
        (folder / "src").mkdir()


@pytest.mark.parametrize(
    "kind", ["file", "link to a run", "a project with a config.yaml", "a run with a folder in it"]
)
def test_force_never_replaces_what_is_no_run(tmp_path: Path, kind: str) -> None:
    _stranger(kind, tmp_path / "out")
    before = sorted(str(path) for path in tmp_path.rglob("*"))

    with pytest.raises(OutputExistsError, match="does not look like a run"):
        open_named(tmp_path / "out", force=True)

    assert sorted(str(path) for path in tmp_path.rglob("*")) == before


def test_named_output_taken_meanwhile_keeps_the_finished_run(tmp_path: Path) -> None:
    with open_named(tmp_path / "out") as run:
        (run.path / "metrics.json").write_text("{}")
        make_run(tmp_path / "out")
        with pytest.raises(OutputExistsError, match="appeared") as caught:
            run.commit()

    assert str(run.path) in str(caught.value.fix)
    assert names(run.path) == ["metrics.json"]
    assert (tmp_path / "out" / "old.txt").exists()


def test_replaced_run_comes_back_when_the_rename_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_run(tmp_path / "out")
    real = Path.rename

    def rename(self: Path, target: Path) -> Path:
        if ".partial-" in self.name:
            raise OSError(5, "Input/output error")
        return real(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    with open_named(tmp_path / "out", force=True) as run:
        (run.path / "new.txt").touch()
        with pytest.raises(WriteError, match="Input/output error") as caught:
            run.commit()

    assert (tmp_path / "out" / "old.txt").read_text() == "old"
    assert names(run.path) == ["new.txt"]
    assert f"the finished run is kept: mv {run.path}" in str(caught.value.fix)


def test_run_to_be_replaced_that_is_none_any_more_keeps_the_finished_one(tmp_path: Path) -> None:
    make_run(tmp_path / "out")

    with open_named(tmp_path / "out", force=True) as run:
        (run.path / "new.txt").touch()
        (tmp_path / "out" / "plots").mkdir()
        with pytest.raises(OutputExistsError, match="does not look like a run") as caught:
            run.commit()

    assert names(run.path) == ["new.txt"]
    assert f"the finished run is kept: mv {run.path}" in str(caught.value.fix)


def test_dot_names_the_folder_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(OutputExistsError, match="'\\.' exists already"):
        open_named(Path())


def test_relative_output_stays_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    with open_named(Path("a/b/")) as run:
        assert run.commit() == Path("a/b")


def test_output_below_a_file_is_a_write_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(WriteError):
        open_named(tmp_path / "file" / "out")


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("a/b c", "a_b_c-gru"),
        ("..", "data-gru"),
        ("été", "été-gru"),
        ("東" * 200, "東" * 40 + "-gru"),
    ],
)
def test_automatic_name_is_one_that_every_file_system_takes(
    tmp_path: Path, stem: str, name: str
) -> None:
    with open_auto(tmp_path, stem) as run:
        assert run.commit().name == name


def test_leftovers_are_those_that_nobody_is_at_work_in(tmp_path: Path) -> None:
    for name in (".sales-gru.partial-1", f".sales-gru.partial-{os.getpid()}", "sales-gru"):
        (tmp_path / name).mkdir()  # each container counts its processes from 1

    with open_auto(tmp_path, "sales") as run:
        assert is_locked(run.path)
        assert run.path not in leftovers(tmp_path)
        assert len(leftovers(tmp_path)) == 2
    assert leftovers(tmp_path / "missing") == ()


def test_process_that_is_killed_is_at_work_no_more(tmp_path: Path) -> None:
    hold = (
        "import sys, pathlib; from forecast.storage.run_folder import open_run\n"
        "run = open_run(pathlib.Path(sys.argv[1]), stem='s', model='gru', force=False)\n"
        "print(run.path, flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", hold, str(tmp_path / "run")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        staged = Path(process.stdout.readline().strip())
        assert is_locked(staged)
        assert leftovers(tmp_path) == ()
        process.kill()
        process.wait(30)
    assert not is_locked(staged)
    assert leftovers(tmp_path) == (staged,)


def test_nothing_of_a_lock_is_left_in_a_run(tmp_path: Path) -> None:
    with open_named(tmp_path / "out") as run:
        assert run.commit() == tmp_path / "out"
    assert names(tmp_path / "out") == []
    with open_named(tmp_path / "cut") as run:
        kept = run.keep()
    assert names(kept) == []
