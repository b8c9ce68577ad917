"""A fault at every single system call of a write, one after the other, until a run passes.

In the spirit of SQLite's simulated file system (How SQLite Is Tested, section 3).
"""

from __future__ import annotations

import errno
import itertools
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from forecast.errors import WriteError
from forecast.storage.journal import append_line
from forecast.storage.run_folder import open_run
from forecast.storage.write import write_bytes
from tests.journal import whole_lines

CALLS = ("open", "write", "fsync", "replace", "rename", "fchmod", "mkdir")
OLD, NEW = b"old" * 1000, b"new!" * 2000


class Faults:
    """Fails the n-th of the watched calls, and only that one."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, fail_at: int, code: int) -> None:
        self.count = 0
        self.struck: str | None = None
        for name in CALLS:
            monkeypatch.setattr(os, name, self._wrap(name, getattr(os, name), fail_at, code))

    def _wrap(
        self, name: str, real: Callable[..., object], fail_at: int, code: int
    ) -> Callable[..., object]:
        def call(*args: object, **kwargs: object) -> object:
            if "dir_fd" in kwargs:  # shutil.rmtree at work: cleaning up is not under test
                return real(*args, **kwargs)
            self.count += 1
            if self.count == fail_at:
                self.struck = name
                if name == "write":  # part of the bytes arrive, as on a disk that fills
                    real(args[0], memoryview(args[1])[:7])  # type: ignore[arg-type]
                raise OSError(code, os.strerror(code))
            return real(*args, **kwargs)

        return call


def until_it_passes(
    monkeypatch: pytest.MonkeyPatch, action: Callable[[], None], code: int = errno.EIO
) -> Iterator[str | None]:
    """Run ``action`` with a fault at call 1, 2, 3, ...; yield the call that failed, then None."""
    for fail_at in itertools.count(1):
        with monkeypatch.context() as patch:
            faults = Faults(patch, fail_at, code)
            refused = None
            try:
                action()
            except WriteError as error:
                refused = error
        assert (refused is None) == (faults.struck is None), f"{faults.struck} gave {refused}"
        assert refused is None or os.strerror(code) in refused.message
        yield faults.struck
        if faults.struck is None:
            return


@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC, errno.EACCES])
def test_write_that_fails_anywhere_leaves_old_or_new_and_no_temporary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    target = tmp_path / "bundle.safetensors"
    target.write_bytes(OLD)
    struck = []

    for call in until_it_passes(monkeypatch, lambda: write_bytes(target, NEW), code):
        struck.append(call)
        assert target.read_bytes() in (OLD, NEW)
        assert [entry.name for entry in tmp_path.iterdir()] == [target.name]
        if call in ("open", "write", "fchmod", "replace") and "replace" not in struck[:-1]:
            assert target.read_bytes() == OLD

    assert struck == ["open", "fchmod", "write", "fsync", "replace", "open", "fsync", None]
    assert target.read_bytes() == NEW


def test_first_write_that_fails_anywhere_leaves_nothing_or_the_whole_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "config.yaml"

    for call in until_it_passes(monkeypatch, lambda: write_bytes(target, NEW)):
        assert call is None or not target.exists() or target.read_bytes() == NEW
        assert [entry.name for entry in tmp_path.iterdir()] in ([], [target.name])
        if call is not None:
            target.unlink(missing_ok=True)

    assert target.read_bytes() == NEW


def test_short_writes_are_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: real(descriptor, data[:100]))

    write_bytes(tmp_path / "a", NEW)

    assert (tmp_path / "a").read_bytes() == NEW


def test_interrupt_during_the_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "a"
    target.write_bytes(OLD)

    def interrupt(descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_bytes(target, NEW)

    assert target.read_bytes() == OLD
    assert list(tmp_path.iterdir()) == [target]


def test_append_that_fails_anywhere_keeps_the_lines_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = tmp_path / "history.jsonl"
    append_line(journal, {"epoch": 0})
    epochs: list[object] = [0]

    for epoch, call in enumerate(
        until_it_passes(monkeypatch, lambda: append_line(journal, {"epoch": len(epochs)})), start=1
    ):
        found = [record["epoch"] for record in whole_lines(journal)]
        assert found[: len(epochs)] == epochs
        assert len(found) == len(epochs) + (call is None)
        assert epoch < 10

    assert [record["epoch"] for record in whole_lines(journal)] == [0, 1]


def test_run_that_fails_anywhere_leaves_the_old_run_and_keeps_what_is_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "out"
    output.mkdir()
    for name in ("bundle.safetensors", "config.yaml"):
        (output / name).write_bytes(OLD)

    def replace_run() -> None:
        with open_run(output, stem="s", model="m", force=True) as run:
            write_bytes(run.path / "bundle.safetensors", NEW)
            write_bytes(run.path / "config.yaml", NEW)
            run.commit()

    def content(folder: Path) -> set[bytes]:
        return {(folder / name).read_bytes() for name in ("bundle.safetensors", "config.yaml")}

    kept_at = []
    for call in until_it_passes(monkeypatch, replace_run):
        kept = [entry for entry in tmp_path.iterdir() if entry != output]
        for folder in kept:  # it was whole, and its name is told
            kept_at.append(call)
            assert content(folder) == {NEW}
            shutil.rmtree(folder)
        assert content(output) in ({OLD}, {NEW})

    assert kept_at == ["open", "fsync", "rename", "rename"]  # all of the commit but its end
    assert content(output) == {NEW}


def test_kernel_that_stops_a_write_midway_is_a_write_error(tmp_path: Path, root: Path) -> None:
    """No wrapper: a file size limit makes the kernel take half of the bytes and refuse the rest."""
    target = tmp_path / "a"
    target.write_bytes(OLD)
    code = (
        "import resource, sys; from pathlib import Path\n"
        "from forecast.errors import WriteError; from forecast.storage.write import write_bytes\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))\n"
        "try: write_bytes(Path(sys.argv[1]), b'x' * 8000)\n"
        "except WriteError as error: sys.exit(error.exit_code)\n"
    )

    done = subprocess.run([sys.executable, "-c", code, str(target)], cwd=root, check=False)

    assert done.returncode == 6
    assert target.read_bytes() == OLD
    assert list(tmp_path.iterdir()) == [target]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 kB, where one may be mounted."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    try:
        mounted = subprocess.run(mount, check=False, capture_output=True).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("no small file system may be mounted here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)  # noqa: S607


def test_disk_that_fills_keeps_the_old_file_and_the_whole_lines(small_disk: Path) -> None:
    target, journal = small_disk / "a", small_disk / "history.jsonl"
    write_bytes(target, OLD)
    append_line(journal, {"epoch": 1})

    with pytest.raises(WriteError, match="No space left on device") as caught:
        write_bytes(target, b"x" * 100_000)
    with pytest.raises(WriteError, match="No space left on device"):
        append_line(journal, {"text": "x" * 100_000})

    assert caught.value.fix == "free some space, or write to another disk"
    assert target.read_bytes() == OLD
    assert whole_lines(journal) == [{"epoch": 1}]
    assert sorted(entry.name for entry in small_disk.iterdir()) == ["a", "history.jsonl"]
