"""The folder that a run writes to, and what is left of it where the run is cut off.

A run that comes to its end commits its folder. One that would end in the same error again leaves
nothing. Whatever else ends it (a second Ctrl-C, a scheduler, a full disk, a fault of this package)
leaves the folder under its hidden name if there is a checkpoint in it, and says how to go on.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from forecast.config.schema import Config
from forecast.data.load import Reading
from forecast.errors import ConfigError, DataError, DivergedError, UsageError
from forecast.storage.run_folder import RunFolder, is_finished, leftovers, open_run
from forecast.training.monitor import Monitor
from forecast.workflows.running.resume import Resumed, has_checkpoints, verb_of

COME_AGAIN = (ConfigError, DataError, DivergedError, UsageError)
"""Errors that a run ends in again, however often it goes on."""


@contextmanager
def open_folder(
    reading: Reading,
    config: Config,
    model: str,
    *,
    monitor: Monitor,
    resumed: Resumed | None = None,
) -> Iterator[RunFolder]:
    """Open the run folder that the configuration names, or the next free automatic one.

    What a run that was cut off left beside it is named.
    """
    with _opened(reading, config, model, resumed=resumed) as folder:
        for left in leftovers(folder.target.parent):
            if left != folder.supersedes:
                monitor.say(f"{left} is what a run that was cut off left behind: {_mend(left)}")
        try:
            yield folder
        except BaseException as error:
            if not isinstance(error, COME_AGAIN) and has_checkpoints(folder.path):
                monitor.say(f"what was done is kept: {_mend(folder.keep())}")
            raise


def _opened(reading: Reading, config: Config, model: str, *, resumed: Resumed | None) -> RunFolder:
    asked = config.run
    if asked.force and asked.output is None and not (resumed is not None and resumed.named):
        raise UsageError(
            "--force without --output: an automatic name is never taken",
            location="flag --force",
            fix="leave out --force, or name the folder with --output",
        )
    stem = reading.name.split(".")[0] or "data"
    if resumed is not None:
        return resumed.open_folder(stem=stem, model=model)
    output = None if asked.output is None else Path(asked.output)
    return open_run(output, stem=stem, model=model, force=asked.force)


def _mend(left: Path) -> str:
    begun = verb_of(left)
    if begun is None:
        return "it is finished: rename or delete it" if is_finished(left) else "it may be deleted"
    return f"forecast {begun} --resume {shlex.quote(str(left))} goes on with it, or delete it"
