"""Folders that appear complete: written aside under a hidden name, then renamed into place.

    runs/.sales-gru.partial-4711      while the run is at work, and for good where it is killed
    runs/.sales-gru.cut-off           after `RunFolder.keep`
    runs/sales-gru                    after `RunFolder.commit`

Nobody ever sees half a run, two runs that want one name get two names, and a lock tells which of
them are at work.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import re
import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Self

from forecast.errors import OutputExistsError
from forecast.storage.lock import FolderLock, is_locked
from forecast.storage.write import sync_folder, write_error

if TYPE_CHECKING:
    from types import TracebackType

BUNDLE_NAME = "bundle.safetensors"
CONFIG_NAME = "config.yaml"
RESUME_NAME = "resume.json"
RUN_SIGNS = (BUNDLE_NAME, CONFIG_NAME, "metrics.json")
SIGNS_NEEDED = 2  # a lone config.yaml lies in many folders that are no run
STEM_BYTES = 120  # a file name holds 255
TAKEN = (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR)
CUT_OFF = "cut-off"
LEFTOVER = re.compile(rf"\..+\.(?:(?:partial|old)-\d+|{CUT_OFF})(?:-\d+)?")
STAGED = re.compile(rf"\.(?P<name>.+)\.(?:partial-\d+|{CUT_OFF})(?:-\d+)?")


class RunFolder:
    """A run that is being written; made by `open_run`.

    Used as a context manager it discards on an exception and otherwise leaves the commit to the
    caller; what was not committed is discarded as well.

    Parameters
    ----------
    path : Path
        The staging folder: write here.
    target : Path
        Where `commit` puts it.
    numbered : bool
        Whether a target that is taken by then gets the next free number.
    force : bool
        Whether `commit` may replace a run.
    created : tuple of Path
        Parents made for this run, innermost first; removed again if they stay empty.

    Attributes
    ----------
    supersedes : Path or None
        A staging folder that another run left and this one goes on with; `commit` removes it.
    """

    supersedes: Path | None = None
    _other: FolderLock | None = None

    def __init__(
        self,
        path: Path,
        target: Path,
        *,
        numbered: bool,
        force: bool,
        created: tuple[Path, ...] = (),
    ) -> None:
        self.path = path
        self.target = target
        self._numbered = numbered
        self._force = force
        self._created = created
        self._open = True
        self._lock = FolderLock(path)

    def commit(self) -> Path:
        """Rename the staging folder into place and return where it is now.

        Where it cannot be, the finished run stays in `path`, and the error says so.

        Raises
        ------
        OutputExistsError
            If a named output appeared meanwhile, or is no run any more.
        WriteError
            If the system refuses; a run that was to be replaced is back in its place.
        """
        self._open = False
        try:
            self._release()
            sync_folder(self.path)
            self.target = self._move()
        except OutputExistsError as error:
            error.fix = self._finished()
            raise
        except OSError as error:
            refused = write_error(self.target, error)
            refused.fix = f"{refused.fix}; {self._finished()}"
            raise refused from error
        if self.supersedes is not None:
            shutil.rmtree(self.supersedes, ignore_errors=True)
        try:
            sync_folder(self.target.parent)
        except OSError as error:
            raise write_error(self.target, error) from error
        return self.target

    def go_on_with(self, left: Path, *, hidden: bool) -> bool:
        """Take over what a run that was cut off left; False where another run does so already.

        Parameters
        ----------
        left : Path
        hidden : bool
            Whether it has a hidden name, under which nobody would miss it after `commit`.
        """
        self.supersedes = left if hidden else None
        with contextlib.suppress(OSError):  # it may be read alone: then nobody else is kept out
            self._other = FolderLock(left)
        return self._other is None or not self._other.taken

    def keep(self) -> Path:
        """Leave the staging folder under a hidden name, which says that nobody is at work in it."""
        self._open = False
        with contextlib.suppress(OSError):  # then it stays as one that a killed process left
            self._release()
            self.path = _rename(self.path, _fresh_sibling(self.target, CUT_OFF))
        return self.path

    def discard(self) -> None:
        """Remove the staging folder, unless it was committed."""
        if not self._open:
            return
        self._open = False
        with contextlib.suppress(OSError):  # the folder of a full disk, or gone already
            self._release()
        shutil.rmtree(self.path, ignore_errors=True)
        with contextlib.suppress(OSError):  # a parent that others use by now stays
            for folder in self._created:
                folder.rmdir()

    def __enter__(self) -> Self:
        """Enter the context."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Discard what was not committed."""
        self.discard()

    def _release(self) -> None:
        for lock in (self._lock, self._other):
            if lock is not None:
                lock.release()

    def _finished(self) -> str:
        words = (str(self.path), str(_free_name(self.target)))
        return f"the finished run is kept: {shlex.join(('mv', *words))}"

    def _move(self) -> Path:
        if self._numbered:
            return self._move_to_free_name()
        if self._force and os.path.lexists(self.target):
            return self._replace()
        try:
            return _rename(self.path, self.target)
        except OSError as error:
            if error.errno not in TAKEN:
                raise
            raise OutputExistsError(
                f"{str(self.target)!r} appeared while the run was at work",
                location=str(self.target),
            ) from error

    def _move_to_free_name(self) -> Path:
        base = self.target
        while True:
            try:
                return _rename(self.path, self.target)
            except OSError as error:
                if error.errno not in TAKEN:
                    raise
                self.target = _free_name(base)

    def _replace(self) -> Path:
        _refuse_stranger(self.target)
        aside = _fresh_sibling(self.target, _own("old"))
        self.target.rename(aside)
        try:
            self.path.rename(self.target)
        except OSError:
            aside.rename(self.target)
            raise
        shutil.rmtree(aside, ignore_errors=True)
        return self.target


def open_run(
    output: Path | None, *, stem: str, model: str, force: bool, root: Path = Path("runs")
) -> RunFolder:
    """Open a run folder for writing.

    Parameters
    ----------
    output : Path or None
        The wanted folder; None takes ``root/<stem>-<model>``, the next free number appended.
    stem, model : str
        What the automatic name is made of.
    force : bool
        Whether a run of that name may be replaced.
    root : Path
        Where runs without a name go.

    Raises
    ------
    OutputExistsError
        If ``output`` is there already and ``force`` is off, or it does not look like a run.
    WriteError
        If the system refuses.
    """
    if output is None:
        target = _free_name(root / f"{_plain(stem)}-{_plain(model)}")
    else:
        target = _named(output)
    try:
        if output is not None:
            _check_output(target, shown=output, force=force)
        created = _make_parents(target.parent)
        staging = _fresh_sibling(target, _own("partial"))
        staging.mkdir()
        return RunFolder(staging, target, numbered=output is None, force=force, created=created)
    except OSError as error:
        raise write_error(target, error) from error


def leftovers(folder: Path) -> tuple[Path, ...]:
    """Staging folders in ``folder`` that nobody is at work in: a run that was cut off left them."""
    if not folder.is_dir():
        return ()
    named = (entry for entry in sorted(folder.iterdir()) if LEFTOVER.fullmatch(entry.name))
    return tuple(entry for entry in named if not is_locked(entry))


def is_finished(folder: Path) -> bool:
    """Whether all of a run is in ``folder`` and nothing is left to do."""
    whole = all((folder / name).is_file() for name in RUN_SIGNS)
    return whole and not (folder / RESUME_NAME).exists()


def _named(output: Path) -> Path:
    """Return ``output`` with a name of its own (``.`` has none); a link in it is not followed."""
    target = Path(os.path.normpath(output))
    return Path(os.path.abspath(target)) if target.name in ("", "..") else target  # noqa: PTH100


def _check_output(target: Path, *, shown: Path, force: bool) -> None:
    if not os.path.lexists(target):
        return
    if not force:
        raise OutputExistsError(
            f"output {str(shown)!r} exists already",
            location=str(shown),
            fix=_way_on(target, shown)
            + "choose another --output, or pass --force to replace a run",
        )
    _refuse_stranger(target)


def _way_on(target: Path, shown: Path) -> str:
    """How to go on with a run that was interrupted; nothing where the folder holds none."""
    if not (target / RESUME_NAME).is_file():
        return ""
    return f"pass --resume {shlex.quote(str(shown))} to go on with the run in it, "


def _refuse_stranger(target: Path) -> None:
    """Replace nothing but an empty folder or a run: files only, most of a run's among them."""
    if target.is_dir() and not target.is_symlink():
        entries = list(target.iterdir())
        signs = sum(entry.name in RUN_SIGNS for entry in entries)
        nested = any(entry.is_dir() for entry in entries)
        if not entries or (signs >= SIGNS_NEEDED and not nested):
            return
    raise OutputExistsError(
        f"{str(target)!r} does not look like a run, so --force will not replace it",
        location=str(target),
        fix=f"choose another --output; a run holds {', '.join(RUN_SIGNS)} and no folders",
    )


def _free_name(base: Path) -> Path:
    if not os.path.lexists(base):
        return base
    for number in itertools.count(2):
        candidate = base.with_name(f"{base.name}-{number}")
        if not os.path.lexists(candidate):
            return candidate
    raise AssertionError  # itertools.count never ends


def _fresh_sibling(target: Path, kind: str) -> Path:
    return _free_name(target.with_name(f".{target.name}.{kind}"))


def _own(kind: str) -> str:
    return f"{kind}-{os.getpid()}"


def _rename(source: Path, target: Path) -> Path:
    """Rename a folder to a name that nothing has, not even an empty folder."""
    if os.path.lexists(target):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
    return source.rename(target)


def _make_parents(folder: Path) -> tuple[Path, ...]:
    missing = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    if missing:
        folder.mkdir(parents=True, exist_ok=True)
    return tuple(missing)


def _plain(name: str) -> str:
    """Letters, digits and ``._-`` of a name; the rest becomes ``_``."""
    plain = re.sub(r"[^\w.-]", "_", name).lstrip(".")
    return plain.encode()[:STEM_BYTES].decode("utf-8", "ignore") or "data"
