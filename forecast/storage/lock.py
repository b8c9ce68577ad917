"""Whether somebody is at work in a folder: a lock on a file in it.

The system takes the lock away when the process ends, however it ends. The number of a process would
tell less: another may have it by now, and on another machine or in another container it means
another process. The file goes when the work is done; where it is left, a process was killed.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import BinaryIO

LOCK_NAME = ".at-work"


class FolderLock:
    """Says that this process is at work in a folder until it is released.

    Attributes
    ----------
    taken : bool
        Whether another process was at work there before.

    Raises
    ------
    OSError
        If the file cannot be made. That a file system knows no locks is no error: then whoever asks
        is told that somebody is at work as long as the file is there.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / LOCK_NAME
        self._file: BinaryIO = self._path.open("wb")
        self.taken = False
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.taken = True
        except OSError:  # the file system knows no locks
            return

    def release(self) -> None:
        """Say that the work is done; a second time changes nothing."""
        if self._file.closed:
            return
        if not self.taken:
            self._path.unlink(missing_ok=True)
        self._file.close()


def is_locked(folder: Path) -> bool:
    """Whether a process, of whatever machine, is at work in ``folder``."""
    try:
        file = os.open(folder / LOCK_NAME, os.O_RDONLY)
    except FileNotFoundError:
        return False
    except OSError:  # of another user, or gone meanwhile with its folder
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(file)
    return False
