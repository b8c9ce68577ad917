"""The command that trains another model on the same data with the same choices."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from forecast.storage.run_folder import CONFIG_NAME

if TYPE_CHECKING:
    from forecast.validation.verdict import Verdict
    from forecast.workflows.reading import Source


def data_words(source: Source) -> tuple[str, ...]:
    """Return the data as words of a command: paths, ``-`` for a stream, ``DATA`` for a frame."""
    if isinstance(source, (str, Path)):
        return (str(source),)
    if isinstance(source, Sequence):
        return tuple(map(str, source))
    return ("DATA",) if isinstance(source, pd.DataFrame) else ("-",)


def again(data: Sequence[str], run: Path) -> tuple[str, ...]:
    """Return the command that trains with every choice of a run, up to the model.

    Parameters
    ----------
    data : sequence of str
        From `data_words`.
    run : path
        The run folder, whose configuration holds the choices.
    """
    return ("forecast", "train", *data, "--config", str(run / CONFIG_NAME))


def command_instead(verdict: Verdict | None, command: Sequence[str]) -> str | None:
    """Complete a command with the model that a verdict recommends; None where there is none."""
    if verdict is None or verdict.instead is None:
        return None
    return shlex.join((*command, "--model", verdict.instead))
