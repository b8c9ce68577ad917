"""Runs that were cut off and go on: what they were begun with, and where their checkpoints lie.

A run that is at work keeps ``resume.json`` and a checkpoint of each fit in its folder. An
interrupted run leaves both in its run folder, a killed one in its hidden one, and so does one that
ended early (`forecast.workflows.running.staging`). To go on is to begin the same run again with
them: a fit that came to its end is not run again, the one that was cut off goes on from its last
epoch. A comparison keeps what each model made of each fold, too; a training makes its forecasts
anew. The end is that of a run never cut off.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from forecast import __version__
from forecast.config.differences import settings_of
from forecast.config.schema import Config
from forecast.errors import DataError, UsageError
from forecast.models.registry import NETWORKS
from forecast.storage.lock import is_locked
from forecast.storage.run_folder import RESUME_NAME, STAGED, RunFolder, leftovers, open_run
from forecast.storage.write import write_error, write_text
from forecast.workflows.arguments import as_path, as_source
from forecast.workflows.reading import read_data
from forecast.workflows.running import fold_results
from forecast.workflows.terms import Terms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from forecast.data.load import Reading
    from forecast.training.checkpoint import CheckpointFolder
    from forecast.workflows.reading import Source

MACHINE = ("training.device", "training.threads", "training.precision")
"""Keys that are resolved by the machine: a run goes on with what it began with."""


@dataclass(frozen=True)
class Beginning:
    """What a run was begun with.

    Parameters
    ----------
    command : str
        ``train`` or ``compare``.
    data : tuple of str
        As words of a command, relative to ``cwd``.
    cwd : str
    config : dict
        As it was asked for.
    machines : tuple of dict
        What was resolved by the machine for each setting, by dotted key.
    terms : Terms or None
        What is compared; None of a training.
    fingerprint : str
        Of the data.
    versions : dict
        Of this package and of torch.
    """

    command: str
    data: tuple[str, ...]
    cwd: str
    config: dict[str, Any]
    machines: tuple[dict[str, Any], ...]
    terms: Terms | None
    fingerprint: str
    versions: dict[str, str]


@dataclass(frozen=True)
class Resumed:
    """A run that is to go on.

    Parameters
    ----------
    run : Path
        What is left of it: its run folder, or a hidden one.
    begun : Beginning
    config : Config
        As asked for then, but for the ``run`` section: that of now.
    """

    run: Path
    begun: Beginning
    config: Config

    @property
    def staged(self) -> str | None:
        """Name that a run that was cut off would have had; None where the run was interrupted."""
        match = STAGED.fullmatch(self.run.name)
        return None if match is None else match["name"]

    @property
    def named(self) -> bool:
        """Whether it goes on to a name that somebody chose, and that may be replaced."""
        return self.staged is None or self.begun.config["run"]["output"] is not None

    def source(self, data: Source | None) -> Source:
        """Return the data given, or else those of the beginning.

        Raises
        ------
        UsageError
            If they came through a pipe or from Python.
        """
        if data is not None:
            return data
        words = self.begun.data
        if words in (("-",), ("DATA",)):
            raise UsageError(
                "the data of this run came through a pipe or from Python, and are not given now",
                location=str(self.run),
                fix=f"give them again: forecast {self.begun.command} - --resume {self.run} < FILE",
            )
        if Path(self.begun.cwd) != Path.cwd():
            words = tuple(str(Path(self.begun.cwd) / word) for word in words)
        return Path(words[0]) if len(words) == 1 else [Path(word) for word in words]

    def refuse_other(self, reading: Reading) -> None:
        """Refuse data that are not those that the run began with.

        Raises
        ------
        DataError
            Naming both fingerprints.
        """
        if reading.fingerprint != self.begun.fingerprint:
            raise DataError(
                f"{reading.name} has changed since the run began: its fingerprint was "
                f"{self.begun.fingerprint[:12]} and is {reading.fingerprint[:12]}",
                location=str(self.run),
                fix="put the rows back as they were, or begin a new run without --resume",
            )

    def open_folder(self, *, stem: str, model: str) -> RunFolder:
        """Open the folder that the run would have been written to, or the one named now."""
        output, force, name = self.config.run.output, self.config.run.force, self.staged
        if output is not None:
            folder = open_run(Path(output), stem=stem, model=model, force=force)
        elif name is None:
            folder = open_run(self.run, stem=stem, model=model, force=True)
        elif self.begun.config["run"]["output"] is None:
            folder = open_run(None, stem=stem, model=model, force=False, root=self.run.parent)
        else:
            force = force or bool(self.begun.config["run"]["force"])
            folder = open_run(self.run.parent / name, stem=stem, model=model, force=force)
        if not folder.go_on_with(self.run, hidden=name is not None):
            folder.discard()
            raise _still_at_work(self.run)
        return folder


def begin(
    command: str, config: Config, data: Source | None, resume: str | Path | None
) -> tuple[Config, Source, Resumed | None]:
    """Return with what a run begins: as asked for, or as the run began that is to go on.

    Raises
    ------
    UsageError
        If there is nothing to go on with, or the data are of no kind that can be read.
    """
    if resume is None:
        return config, as_source(data), None
    resumed = find_resumed(as_path(resume, name="resume"), command, config)
    return resumed.config, as_source(resumed.source(data)), resumed


def beginning(
    words: Sequence[str],
    asked: Config,
    settled: Sequence[Config],
    *,
    fingerprint: str,
    terms: Terms | None = None,
) -> Beginning:
    """Say what a run is begun with.

    Parameters
    ----------
    words : sequence of str
        The verb, then the data as words of a command.
    asked : Config
        As the user gave it.
    settled : sequence of Config
        Of each setting, with every automatic value resolved.
    """
    return Beginning(
        command=words[0],
        data=tuple(words[1:]),
        cwd=os.getcwd(),  # noqa: PTH109 - a word of the file, not a path to walk
        config=asked.model_dump(mode="json"),
        machines=tuple(
            {key: getattr(config.training, key.partition(".")[2]) for key in MACHINE}
            for config in settled
        ),
        terms=terms,
        fingerprint=fingerprint,
        versions=_versions(),
    )


def keep_checkpoints(
    folder: Path, begun: Beginning, resumed: Resumed | None
) -> CheckpointFolder | None:
    """Let a run folder hold what the run needs to go on; take over what a resumed one has.

    None, and nothing held, where the model is a rule: it begins again as quickly.
    """
    if begun.config["model"]["name"] not in NETWORKS:
        return None
    # torch takes a second to import: a run of rules has no need of it
    from forecast.training.checkpoint import SUFFIX, CheckpointFolder

    if resumed is not None:
        for suffix in (SUFFIX, fold_results.SUFFIX):
            for path in sorted(resumed.run.glob(f"*{suffix}")):
                try:
                    shutil.copyfile(path, folder / path.name)
                except OSError as error:
                    raise write_error(folder / path.name, error) from error
    write_text(folder / RESUME_NAME, json.dumps(asdict(begun), indent=2) + "\n")
    return CheckpointFolder(folder)


def forget_checkpoints(folder: Path, checkpoints: CheckpointFolder | None) -> None:
    """Leave nothing to resume: the run has come to its end."""
    if checkpoints is not None:
        checkpoints.clear()
        for path in folder.glob(f"*{fold_results.SUFFIX}"):
            path.unlink()
    (folder / RESUME_NAME).unlink(missing_ok=True)


def find_resumed(run: Path, command: str, given: Config) -> Resumed:
    """Read what a run was begun with.

    Parameters
    ----------
    run : Path
        Its folder.
    command : str
        The verb that is to go on with it.
    given : Config
        What was asked for now: the ``run`` section alone may say something.

    Raises
    ------
    UsageError
        If there is nothing to go on with, or something else was asked for.
    """
    begun = _read(run)
    if is_locked(run):
        raise _still_at_work(run)
    if begun.command != command:
        raise UsageError(
            f"the run in {str(run)!r} was begun by 'forecast {begun.command}'",
            location=str(run),
            fix=f"forecast {begun.command} --resume {shlex.quote(str(run))}",
        )
    if changed := settings_of(given):
        raise UsageError(
            f"--resume takes the configuration of the run, and {', '.join(changed)} "
            f"{'is' if len(changed) == 1 else 'are'} given, too",
            location="flag --resume",
            fix="leave out all flags but --output, --force and --jobs, or begin a new run without "
            "--resume",
        )
    if begun.versions != _versions():
        then, now = _in_words(begun.versions), _in_words(_versions())
        raise UsageError(
            f"the run was begun with {then}, and this is {now}: its end would be another",
            location=str(run),
            fix=f"install {then}, or begin a new run without --resume",
        )
    return Resumed(run, begun, _config(begun, run).model_copy(update={"run": given.run}))


def _still_at_work(run: Path) -> UsageError:
    return UsageError(
        f"the run in {str(run)!r} is still at work",
        location=str(run),
        fix="wait for its end, or stop it first",
    )


def read_as_begun(data: Source, config: Config, resumed: Resumed | None) -> Reading:
    """Read the data of a run, and refuse others than those that it began with."""
    reading = read_data(data, config.data)
    if resumed is not None:
        resumed.refuse_other(reading)
    return reading


def has_checkpoints(folder: Path) -> bool:
    """Whether a fit of the run in ``folder`` has come so far that it can go on."""
    if not (folder / RESUME_NAME).is_file():
        return False
    from forecast.training.checkpoint import SUFFIX  # as in keep_checkpoints

    return any(folder.glob(f"*{SUFFIX}"))


def verb_of(left: Path) -> str | None:
    """Return the verb that goes on with what a cut-off run left; None where nothing can."""
    if STAGED.fullmatch(left.name) is None or not (left / RESUME_NAME).is_file():
        return None
    try:
        return _read(left).command
    except UsageError:
        return None


def _read(run: Path) -> Beginning:
    try:
        facts = json.loads((run / RESUME_NAME).read_text(encoding="utf-8"))
        terms = None if facts["terms"] is None else Terms.from_facts(facts["terms"])
        found = Beginning(**{**facts, "terms": terms})
    except OSError as error:
        raise _nothing_left(run) from error
    except (ValueError, TypeError, KeyError) as error:
        raise _unreadable(run, error) from error
    return replace(found, data=tuple(found.data), machines=tuple(found.machines))


def _nothing_left(run: Path) -> UsageError:
    """Say why a folder has nothing to go on with, and name what others left beside it."""
    if not os.path.isdir(run):  # noqa: PTH112 - nor the next raises where it may not look
        what = "is not there"
    else:
        finished = os.path.isfile(run / "metrics.json")  # noqa: PTH113
        what = "is finished" if finished else f"holds no {RESUME_NAME}"
    left = [path for path in leftovers(run.parent) if verb_of(path) is not None]
    own = [path for path in left if f".{run.name}." in path.name] or left
    if own:
        fix = f"name what was left: --resume {shlex.quote(str(own[-1]))}"
    else:
        fix = "name the folder of a run that was cut off, or begin a new run without --resume"
    return UsageError(
        f"{str(run)!r} {what}: there is nothing to go on with", location="flag --resume", fix=fix
    )


def _config(begun: Beginning, run: Path) -> Config:
    try:
        return Config.model_validate_json(json.dumps(begun.config))
    except ValidationError as error:
        raise _unreadable(run, error) from error


def _unreadable(run: Path, error: Exception) -> UsageError:
    return UsageError(
        f"{RESUME_NAME} of {str(run)!r} is not as it was written: {str(error).splitlines()[0]}",
        location=str(run / RESUME_NAME),
        fix="begin a new run without --resume",
    )


def _in_words(versions: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in versions.items())


def _versions() -> dict[str, str]:
    return {"forecast": __version__, "torch": version("torch")}
