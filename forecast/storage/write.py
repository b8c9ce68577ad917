"""The one way a file is written: whole, or not at all.

The bytes go to a temporary file in the target folder, are flushed to the disk, and take the
target's name in one rename; then the folder is flushed, so that the name survives a power cut too.
Whoever reads the target at any moment, or after any crash, finds the old file or the new one.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from typing import TYPE_CHECKING

from forecast.errors import WriteError

if TYPE_CHECKING:
    from pathlib import Path

NEW_FILE_MODE = 0o666  # less the umask, as every program creates files
NAME_CHARS = 40  # of the target's name in the temporary's, which may hold 255 bytes
NO_FOLDER_SYNC = (errno.EINVAL, errno.ENOTSUP)  # file systems that cannot flush a folder


def write_bytes(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path`` atomically; the mode of an existing file is kept.

    Raises
    ------
    WriteError
        If the target is a link or not a plain file, or the system refuses (permission, disk
        full). The target is then as it was, and no temporary is left.
    """
    try:
        _replace(path, data, flush=True)
        sync_folder(path.parent)
    except OSError as error:
        raise write_error(path, error) from error


def replace_bytes(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path`` in one rename, without flushing it to the disk.

    Whoever reads it, or kills the process, finds the old bytes or the new; a power cut may leave
    neither, so that the reader has to tell.

    Raises
    ------
    WriteError
        As `write_bytes`.
    """
    try:
        _replace(path, data, flush=False)
    except OSError as error:
        raise write_error(path, error) from error


def write_text(path: Path, text: str) -> None:
    """Write ``text`` to ``path`` as UTF-8, atomically; see `write_bytes`.

    What UTF-8 cannot have, such as a byte of a file name in another encoding, is written in ASCII.
    """
    write_bytes(path, text.encode("utf-8", errors="backslashreplace"))


def write_error(path: Path, error: OSError) -> WriteError:
    """Name what the system refused."""
    reason = error.strerror or str(error)
    fixes = {
        errno.ENOSPC: "free some space, or write to another disk",
        errno.EDQUOT: "free some space, or write to another disk",
        errno.ENOENT: "create the folder first",
        errno.ELOOP: "name the file that the link points to",
    }
    fix = fixes.get(error.errno or 0, "choose a place that you may write to")
    return WriteError(f"cannot write {path.name!r}: {reason}", location=str(path), fix=fix)


def sync_folder(folder: Path) -> None:
    """Flush the names in ``folder`` to the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in NO_FOLDER_SYNC:
            raise
    finally:
        os.close(descriptor)


def write_all(descriptor: int, data: bytes, *, flush: bool = True) -> None:
    """Write all of ``data``, however few bytes the system takes at a time, and flush it."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
    if flush:
        os.fsync(descriptor)


def _replace(path: Path, data: bytes, *, flush: bool) -> None:
    mode = _mode_of_target(path)
    temporary = path.with_name(f".{path.name[:NAME_CHARS]}.{secrets.token_hex(4)}.tmp")
    try:
        _write_new(temporary, data, mode=mode, flush=flush)
        temporary.replace(path)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def _mode_of_target(path: Path) -> int | None:
    """Permission bits of the file that will be replaced, None where there is none."""
    try:
        found = path.lstat().st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISLNK(found):
        raise OSError(errno.ELOOP, "it is a link, which would be replaced and not followed")
    if not stat.S_ISREG(found):
        raise OSError(errno.EEXIST, "something that is not a plain file has that name")
    return stat.S_IMODE(found)


def _write_new(path: Path, data: bytes, *, mode: int | None, flush: bool) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, NEW_FILE_MODE)
    try:
        if mode is not None:
            os.fchmod(descriptor, mode)
        write_all(descriptor, data, flush=flush)
    finally:
        os.close(descriptor)
