"""A configuration from Python, refused with the words of the command line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

from forecast.config.load import resolve_config
from forecast.config.schema import Config
from forecast.errors import UsageError
from forecast.workflows.arguments import as_path

Asked: TypeAlias = Config | Mapping[str, object] | None
EXAMPLE = "{'model.horizon': 24}"


def configure(
    values: Mapping[str, object] | None = None, *, file: str | Path | None = None
) -> Config:
    """Build a configuration from dotted keys, on top of a file and the defaults.

    Parameters
    ----------
    values : mapping of str to object, optional
        Such as ``{"model.name": "lstm", "model.horizon": 24}``; ``forecast config show`` lists
        the keys.
    file : path, optional
        YAML, such as the ``config.yaml`` of a run folder.

    Raises
    ------
    ConfigError
        If a key is unknown or a value refused.
    InputNotFoundError
        If the file is not there.

    Examples
    --------
    >>> configure({"model.horizon": 24}).model.horizon
    24
    """
    if not isinstance(values, Mapping | None):
        raise _not_a_mapping(values)
    where = None if file is None else as_path(file, name="file")
    return resolve_config(file=where, values=values).config


def as_config(config: Asked) -> Config:
    """Return the configuration that an argument stands for.

    Raises
    ------
    ConfigError
        If a key is unknown or a value refused.
    UsageError
        If the argument is something else.
    """
    return config if isinstance(config, Config) else configure(config)


def _not_a_mapping(values: object) -> UsageError:
    return UsageError(
        f"the configuration is {values!r:.80}, and must be a forecast.Config or a mapping of keys",
        location="argument config",
        fix=f"for example {EXAMPLE}; forecast.configure(file=...) reads a file",
    )
