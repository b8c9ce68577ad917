"""What was run, and what it said: JSON lines, found again by the commands and by what they ran on.

An entry counts for the commands, the content of the configuration files that they name, and the
content of the package ``forecast``: where one of the three is another, there is none.
"""

from __future__ import annotations

import hashlib
import json
import os
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

DATA = "datasets/"
"""Beginning of a word that names a file of the shared data sets."""
RUN = "RUN"
"""Word that stands for the run folder of a task."""


class Named(Protocol):
    """What an entry is found by."""

    @property
    def commands(self) -> tuple[str, ...]:
        """Command lines, or other words that name what is run."""

    @property
    def configs(self) -> tuple[str, ...]:
        """Files whose content counts."""


@dataclass(frozen=True)
class Task:
    """Commands that are run one after another, each given by the words after ``forecast``."""

    steps: tuple[tuple[str, ...], ...]

    @property
    def commands(self) -> tuple[str, ...]:
        """The command lines, as they are printed."""
        return tuple(f"forecast {shlex.join(words)}" for words in self.steps)

    @property
    def files(self) -> tuple[str, ...]:
        """Names of the data sets that are read, below their folder."""
        words = (word for step in self.steps for word in step)
        return tuple(
            dict.fromkeys(word.removeprefix(DATA) for word in words if word.startswith(DATA))
        )

    @property
    def configs(self) -> tuple[str, ...]:
        """Configuration files that are named."""
        pairs = (
            (step[place], step[place + 1]) for step in self.steps for place in range(len(step) - 1)
        )
        return tuple(dict.fromkeys(file for flag, file in pairs if flag == "--config"))


@dataclass(frozen=True)
class Entry:
    """A task that was run.

    Parameters
    ----------
    commands : list of str
    configs : dict of str to str
        Digest of each configuration file, by name.
    code : str
        Digest of the package.
    machine : str
    seconds : list of float
        Wall seconds of each command.
    said : list of dict
        The document that each command printed.
    failed : str or None
        Why the last command failed.
    """

    commands: list[str]
    configs: dict[str, str]
    code: str
    machine: str
    seconds: list[float]
    said: list[dict[str, Any]]
    failed: str | None = None


class Journal:
    """The entries of a file, the newest of each task.

    Parameters
    ----------
    path : Path
        Of the file; it need not be there.
    root : Path
        Folder that names of configuration files are relative to.
    code : str or None
        Digest that an entry must have; None takes entries of any.
    """

    def __init__(self, path: Path, *, root: Path, code: str | None) -> None:
        self.path, self.root, self.code = path, root, code
        self._entries: dict[str, Entry] = {}
        self.torn = False
        if path.exists():
            self._read(path.read_text(encoding="utf-8").splitlines(keepends=True))

    def _read(self, lines: Iterable[str]) -> None:
        """Take whole lines; one without its end was cut off while it was written."""
        for line in lines:
            if line.endswith("\n"):
                self._keep(Entry(**json.loads(line)))
            else:
                self.torn = True

    def _keep(self, entry: Entry) -> None:
        if self.code in (None, entry.code):
            self._entries[_key(entry.commands, entry.configs)] = entry

    def find(self, task: Named) -> Entry | None:
        """Return the newest entry of a task as its configuration files are now."""
        return self._entries.get(_key(task.commands, digests(self.root, task.configs)))

    def add(self, entry: Entry) -> None:
        """Append an entry, on the disk when this returns."""
        if self.torn:
            os.truncate(self.path, self.path.read_bytes().rfind(b"\n") + 1)
            self.torn = False
        with self.path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(asdict(entry)) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        self._keep(entry)


def digests(root: Path, names: Iterable[str]) -> dict[str, str]:
    """Digest of each file; an absent one has none."""
    return {
        name: hashlib.sha256((root / name).read_bytes()).hexdigest()[:12]
        for name in names
        if (root / name).exists()
    }


def code_digest(package: Path) -> str:
    """Digest of the source of a package."""
    found = hashlib.sha256()
    for path in sorted(path for path in package.rglob("*.*") if path.suffix in (".py", ".c", ".h")):
        found.update(str(path.relative_to(package)).encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()[:12]


def _key(commands: Iterable[str], configs: Mapping[str, str]) -> str:
    return json.dumps([list(commands), configs], sort_keys=True)
