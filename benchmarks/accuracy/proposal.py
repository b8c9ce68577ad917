"""What ``forecast check FILE --json`` proposes: the data flags of a file, or why it is refused."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDERS = ("classic", "real", "ltsf", "m3", "m4", "nn5")


@dataclass(frozen=True)
class Proposal:
    """Flags of the train line that was printed, or why there is none.

    Parameters
    ----------
    flags : tuple of str
    refused : str or None
    """

    flags: tuple[str, ...]
    refused: str | None


def proposal(checked: Mapping[str, Any]) -> Proposal:
    """Read the document that ``forecast check FILE --json`` printed."""
    if checked["train"] is None:
        return Proposal((), checked["findings"][0]["message"])
    return Proposal(tuple(shlex.split(checked["train"])[3:]), None)


def files(datasets: Path, folders: tuple[str, ...] = FOLDERS) -> list[str]:
    """Names of the files in some folders, such as ``classic/shampoo.csv``."""
    return [
        f"{folder}/{path.name}"
        for folder in folders
        if (datasets / folder).is_dir()
        for path in sorted((datasets / folder).iterdir())
    ]
