"""Values to try for keys of a configuration, and the settings that they make."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from forecast.config.differences import settings_of
from forecast.config.fields import fields, nearest
from forecast.config.load import resolve_config
from forecast.config.yaml import write_value
from forecast.errors import ConfigError

if TYPE_CHECKING:
    from forecast.config.schema import Config

Grid: TypeAlias = Mapping[str, tuple[str, ...]]
FLAG = "flag --vary"
SECTIONS = ("model", "training")
EXAMPLE = "--vary hidden_size=32,128"
BETWEEN_PAIRS = re.compile(r"\s+(?=[\w.]+=)")
BETWEEN_VALUES = re.compile(r",(?![^\[]*\])")  # a comma in brackets belongs to a list
ELSEWHERE = {
    "model.name": "models are named with --models",
    "model.horizon": "all models forecast the same steps",
    "training.seed": "seeds are tried with --seeds",
}


@dataclass(frozen=True)
class Setting:
    """One combination of values.

    Parameters
    ----------
    words : str
        Such as ``context_length=96 hidden_size=32``; empty where nothing is varied.
    values : mapping of str to object
        By dotted key.
    config : Config
        As asked for, with these values.
    """

    words: str
    values: Mapping[str, object]
    config: Config


def read_grid(given: Mapping[str, Sequence[object]] | Sequence[str], config: Config) -> Grid:
    """Read which values of which keys are to be tried.

    Parameters
    ----------
    given : mapping of str to sequence, or sequence of str
        Values by key, or texts such as ``hidden_size=32,128``, several of them with spaces between.
    config : Config
        What the values are set in.

    Returns
    -------
    mapping of str to tuple of str
        By dotted key, as the configuration file spells them.

    Raises
    ------
    ConfigError
        If a key is unknown, fixed or named twice, or a value is refused or given twice.

    Examples
    --------
    >>> from forecast.config.schema import Config
    >>> read_grid(["context_length=96,336 model.hidden_size=32"], Config())
    {'model.context_length': ('96', '336'), 'model.hidden_size': ('32',)}
    """
    grid: dict[str, tuple[str, ...]] = {}
    for word, values in _pairs(given):
        key = _key(word)
        if key in grid:
            raise _refused(f"{key} is varied twice", "write all of its values in one list")
        typed = [_with(config, {key: value}) for value in values]
        for index, one in enumerate(typed):
            if one in typed[:index]:
                raise _refused(f"{key} names {values[index]} twice", "leave one of them out")
        grid[key] = values
    return grid


def settings_in(config: Config, grid: Grid) -> list[Setting]:
    """Give every combination of the values, the last key changing fastest.

    Raises
    ------
    ConfigError
        If two values contradict each other.
    """
    found = []
    for values in itertools.product(*grid.values()):
        chosen = dict(zip(grid, values, strict=True))
        words = " ".join(f"{key.partition('.')[2]}={value}" for key, value in chosen.items())
        varied = _with(config, chosen)
        typed = {key: _value(varied, key) for key in chosen}
        found.append(Setting(words, typed, varied))
    return found


def _pairs(
    given: Mapping[str, Sequence[object]] | Sequence[str],
) -> list[tuple[str, tuple[str, ...]]]:
    """Split what was given into keys and the texts of their values."""
    if isinstance(given, Mapping):
        return [(str(key), tuple(map(_text, _listed(key, of)))) for key, of in given.items()]
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, (list, tuple)) or not all(isinstance(text, str) for text in texts):
        raise _refused(
            f"vary is {given!r}, and must be a mapping or words",
            "for example vary={'hidden_size': [32, 128]}",
        )
    pairs = []
    for text in (part for item in texts for part in BETWEEN_PAIRS.split(item.strip())):
        key, equals, values = text.partition("=")
        parts = tuple(part.strip() for part in BETWEEN_VALUES.split(values))
        if not equals or not all(parts):
            raise _refused(f"{text!r} is not KEY=VALUE,VALUE", f"for example {EXAMPLE}")
        pairs.append((key.strip(), parts))
    return pairs


def _listed(key: str, values: object) -> Sequence[object]:
    if isinstance(values, Sequence) and not isinstance(values, str) and values:
        return values
    raise _refused(
        f"vary of {key!r} is {values!r}, and must be a list of values",
        "for example vary={'hidden_size': [32, 128]}",
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else write_value(value)


def _key(word: str) -> str:
    """Return the dotted key of a word; the section may be left out."""
    names = {key.partition(".")[2]: key for key in fields() if key.split(".")[0] in SECTIONS}
    known = {**names, **{key: key for key in names.values()}}
    key = known.get(word)
    if key in ELSEWHERE:
        raise _refused(f"{word} is not varied: {ELSEWHERE[key]}", f"for example {EXAMPLE}")
    if key is not None:
        return key
    if word in fields():
        raise _refused(
            f"{word} is not varied: data and folds are the same for all models",
            f"pass it for all with --set {word}=VALUE, or vary a key of model or training",
        )
    near = nearest(word, known)
    lists = "'forecast config show' lists all keys"
    raise _refused(
        f"unknown key {word!r}", lists if near is None else f"did you mean {near!r}? ({lists})"
    )


def _with(config: Config, texts: Mapping[str, str]) -> Config:
    """Set values as ``--set`` would."""
    sets = [f"{key}={value}" for key, value in texts.items()]
    try:
        found = resolve_config(values=settings_of(config), sets=sets).config
    except ConfigError as error:
        fix = (error.fix or "").replace("--set", "--vary")
        raise ConfigError(error.message, location=FLAG, fix=fix) from error
    return found.model_copy(update={"run": config.run})


def _value(config: Config, key: str) -> object:
    section, _, name = key.partition(".")
    return getattr(getattr(config, section), name)


def _refused(message: str, fix: str) -> ConfigError:
    return ConfigError(message, location=FLAG, fix=fix)
