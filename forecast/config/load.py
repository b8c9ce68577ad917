"""Bring file, environment and flags together, and remember where each value came from.

Flags override ``FORECAST_<SECTION>_<KEY>`` variables, which override the file, which overrides
the defaults. A refusal names the key, the value, its origin and what would be taken.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING, Literal

from pydantic import ValidationError

from forecast.config.fields import FieldFacts, fields, nearest, sections
from forecast.config.schema import Config
from forecast.config.section import Section
from forecast.config.suggest import as_word, likely
from forecast.config.yaml import MOST_BYTES, read_list, read_scalar, read_yaml, write_value
from forecast.errors import ConfigError, InputNotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

PREFIX = "FORECAST_"
RUN_FILE = "config.yaml"  # what a run folder calls its configuration
MOST_SHOWN = 80  # characters of a refused value
SHORT_FLAGS = {"model.name": "--model"}  # all other flags are named after their key


@dataclass(frozen=True)
class Origin:
    """Where a value came from; prints as people would say it."""

    kind: Literal["default", "file", "environment", "argument", "flag"]
    place: str = ""

    def __str__(self) -> str:
        """Return ``default``, ``a.yaml:12``, ``environment FORECAST_X``, ``flag --x``, ..."""
        if self.kind in {"default", "file"}:
            return self.place or self.kind
        return f"{self.kind} {self.place}"


@dataclass(frozen=True)
class Resolved:
    """A configuration, and the origin of each of its dotted keys."""

    config: Config
    origins: Mapping[str, Origin]


@dataclass(frozen=True)
class _Given:
    """One value somebody gave."""

    key: str
    value: object
    origin: Origin


def resolve_config(
    *,
    file: Path | None = None,
    environ: Mapping[str, str] | None = None,
    values: Mapping[str, object] | None = None,
    flags: Mapping[str, object] | None = None,
    sets: Sequence[str] = (),
) -> Resolved:
    """Resolve a configuration from everything that may say something about it.

    Parameters
    ----------
    file : Path, optional
        A YAML file.
    environ : mapping of str to str, optional
        The environment; only ``FORECAST_<SECTION>_<KEY>`` of a known section is read.
    values : mapping of str to object, optional
        Dotted key to value, or section to a mapping of keys, taken as they are: from Python.
    flags : mapping of str to object, optional
        Dotted key to value; None and an empty list mean that the flag was not given. Text is read
        by the scalars of YAML 1.2 unless the key itself takes text.
    sets : sequence of str
        ``section.key=value``, each as strong as a flag.

    Raises
    ------
    ConfigError
        An unknown key, one set twice on the command line, or a refused value, with its origin.
    InputNotFoundError
        The file is not there.
    """
    given: dict[str, _Given] = {}
    layers = (
        [] if file is None else _from_file(file),
        _from_environment(environ or {}),
        _from_values(values or {}),
        _from_flags(flags or {}),
        _from_sets(sets),
    )
    for layer in layers:
        for item in layer:
            _refuse_twice(item, given.get(item.key))
            given[item.key] = item
    built = {name: _section(name, model, given) for name, model in sections().items()}
    config = Config.model_validate(built)
    return Resolved(config=config, origins=_origins(config, given))


def flag_name(key: str) -> str:
    """Return the flag of a dotted key, such as ``--context-length``."""
    return SHORT_FLAGS.get(key, "--" + key.partition(".")[2].replace("_", "-"))


def variable_name(key: str) -> str:
    """Return the environment variable of a dotted key."""
    return PREFIX + key.replace(".", "_").upper()


def _from_file(file: Path) -> Iterator[_Given]:
    document, lines = read_yaml(_text(file), name=str(file))
    for section, values in document.items():
        location = f"{file}:{lines[section]}"
        if section not in sections():
            raise _unknown_section(section, values, location)
        if values is None:
            continue
        if not isinstance(values, dict):
            raise ConfigError(
                f"section {section!r} is {_shorten(repr(values))}, and must hold keys",
                location=location,
                fix=f"write '{section}:' and below it, indented, 'key: value'",
            )
        for key, value in values.items():
            dotted = f"{section}.{key}"
            place = f"{file}:{lines[dotted]}"
            _known(dotted, place)
            yield _Given(dotted, value, Origin("file", place))


def _text(file: Path) -> str:
    if os.path.isdir(file):  # noqa: PTH112 - never raises
        inside = file / RUN_FILE
        raise InputNotFoundError(
            f"{str(file)!r} is a folder, not a configuration file",
            location="flag --config",
            fix=f"pass --config {shlex.quote(str(inside))}"
            if inside.is_file()
            else "name a YAML file, such as the config.yaml of a run folder",
        )
    try:
        with file.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise InputNotFoundError(
            f"cannot read the configuration file {str(file)!r}: {error.strerror}",
            location="flag --config",
            fix="check the path",
        ) from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"the configuration file is not text in UTF-8 (byte {error.start})",
            location=str(file),
            fix="give a YAML file",
        ) from error


def _from_environment(environ: Mapping[str, str]) -> Iterator[_Given]:
    names = {variable_name(key): key for key in fields()}
    prefixes = tuple(f"{PREFIX}{section.upper()}_" for section in sections())
    for variable in sorted(environ):
        if not variable.startswith(prefixes) or not environ[variable]:
            continue
        location = f"environment {variable}"
        if variable not in names:
            raise _unknown(variable, location, kind="variable", candidates=list(names))
        key = names[variable]
        yield _Given(key, _typed(key, environ[variable], location), Origin("environment", variable))


def _from_values(values: Mapping[str, object]) -> Iterator[_Given]:
    for key, value in values.items():
        if key in sections() and isinstance(value, Mapping):
            yield from _from_values({f"{key}.{name}": item for name, item in value.items()})
            continue
        origin = Origin("argument", str(key))
        _known(str(key), str(origin))
        yield _Given(str(key), _plain(value), origin)


def _plain(value: object) -> object:
    """Turn a path into text and a number of another library into one of Python."""
    if isinstance(value, PathLike):
        return str(value)
    item = getattr(value, "item", None)
    return item() if callable(item) and getattr(value, "ndim", None) == 0 else value


def _from_flags(flags: Mapping[str, object]) -> Iterator[_Given]:
    for key, value in flags.items():
        if value is None or value == []:
            continue
        origin = Origin("flag", flag_name(key))
        _known(key, str(origin))
        yield _Given(key, _typed(key, value, str(origin)), origin)


def _from_sets(sets: Sequence[str]) -> Iterator[_Given]:
    origin = Origin("flag", "--set")
    for text in sets:
        key, equals, value = text.partition("=")
        if not equals:
            raise ConfigError(
                f"{_shorten(repr(text))} has no '='",
                location=str(origin),
                fix="write --set section.key=value, such as --set model.skip=none",
            )
        _known(key.strip(), str(origin))
        yield _Given(key.strip(), _typed(key.strip(), value, str(origin)), origin)


def _refuse_twice(item: _Given, before: _Given | None) -> None:
    """Refuse a key that the command line sets twice: nobody can tell which one was meant."""
    if before is None or item.origin.kind != "flag" or before.origin.kind != "flag":
        return
    raise ConfigError(
        f"{item.key} is set twice: {_shown(before)} by {before.origin.place}, "
        f"{_shown(item)} by {item.origin.place}",
        location=str(item.origin),
        fix="leave one of them out",
    )


def _typed(key: str, value: object, location: str) -> object:
    """Read what was typed: a list in brackets where the key takes one, else a single value."""
    facts = fields()[key]
    if isinstance(value, (list, tuple)):
        return [_single(facts, part) for item in value for part in _parts(facts, item)]
    if facts.is_list and isinstance(value, str) and value.lstrip().startswith("["):
        return read_list(value, name=location)
    parts = _parts(facts, value)
    return [_single(facts, part) for part in parts] if len(parts) > 1 else _single(facts, value)


def _parts(facts: FieldFacts, value: object) -> Sequence[object]:
    """Split a list of numbers at its commas; names may hold them."""
    splits = facts.is_list and not facts.is_text and isinstance(value, str)
    return str(value).split(",") if splits else [value]


def _single(facts: FieldFacts, value: object) -> object:
    """Read a scalar, unless the key takes text as it is: a column may be called 2020."""
    if not isinstance(value, str):
        return value
    if facts.is_text:
        return None if facts.default is None and value == "null" else value
    return read_scalar(value.strip())


def _section(name: str, model: type[Section], given: Mapping[str, _Given]) -> Section:
    values = {
        item.key.partition(".")[2]: item.value
        for item in given.values()
        if item.key.startswith(f"{name}.")
    }
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise _refused(name, error, given) from error


def _refused(section: str, error: ValidationError, given: Mapping[str, _Given]) -> ConfigError:
    first = error.errors()[0]
    context = first.get("ctx", {})
    if first["type"] == "contradiction":
        item = given.get(f"{section}.{context['key']}")
        place = str(item.origin) if item else f"{section}.{context['key']}"
        return ConfigError(first["msg"], location=place, fix=str(context["fix"]))
    key = f"{section}.{first['loc'][0]}"
    item, facts = given[key], fields()[key]
    needs = first["msg"] if first["type"] == "repeated" else f"must be {facts.allowed}"
    return ConfigError(
        f"{key} is {_shown(item)}, and {needs}", location=str(item.origin), fix=_example(item)
    )


def _shown(item: _Given) -> str:
    """Show a value as it was given: as Python has it, or else as YAML does."""
    typed = isinstance(item.value, (list, tuple, bool)) or item.value is None
    in_yaml = typed and item.origin.kind != "argument"
    return _shorten(write_value(item.value) if in_yaml else repr(item.value))


def _example(item: _Given) -> str:
    """Show a value that works, in the form in which the refused one was given."""
    facts = fields()[item.key]
    meant = likely(facts, item.value)
    if item.origin.kind == "file":
        needs_quotes = facts.is_text and isinstance(item.value, (int, float))
        shown = f'"{item.value}"' if needs_quotes else write_value(meant)
        return f"for example '{item.key.partition('.')[2]}: {shown}'"
    if item.origin.kind == "argument":
        return f"for example {{{item.key!r}: {meant!r}}}"
    if item.origin.kind == "environment":
        return f"for example {item.origin.place}={as_word(meant)}"
    if item.origin.place == "--set":
        return f"for example --set {item.key}={as_word(meant)}"
    return f"for example {item.origin.place} {as_word(meant)}"


def _shorten(text: str) -> str:
    """Keep an error on its line, however long the refused value."""
    return text if len(text) <= MOST_SHOWN else text[: MOST_SHOWN - 3] + "..."


def _known(key: str, location: str) -> None:
    """Refuse a key that is not in the schema, with the nearest that is."""
    if key in fields():
        return
    same_name = [known for known in fields() if known.endswith("." + key.rpartition(".")[2])]
    raise _unknown(key, location, kind="key", candidates=same_name or list(fields()))


def _unknown_section(word: str, value: object, location: str) -> ConfigError:
    """Refuse a section that is none; where it holds a value, it is a key outside its section."""
    names = {key.partition(".")[2]: key for key in reversed(list(fields()))}
    key = word if word in fields() else names.get(word)
    if key is None and not isinstance(value, dict) and nearest(word, sections()) is None:
        key = names.get(nearest(word, names) or "")
    if key is None:
        return _unknown(word, location, kind="section", candidates=list(sections()))
    section, _, name = key.partition(".")
    shown = write_value(fields()[key].example if isinstance(value, dict) else value)
    return ConfigError(
        f"unknown section {_shorten(repr(word))}",
        location=location,
        fix=f"write '{section}:' and below it, indented, '{name}: {_shorten(shown)}'",
    )


def _unknown(word: str, location: str, *, kind: str, candidates: Sequence[str]) -> ConfigError:
    near = candidates[0] if len(candidates) == 1 else nearest(word, candidates)
    hint = f"did you mean {near!r}? (" if near else ""
    return ConfigError(
        f"unknown {kind} {_shorten(repr(word))}",
        location=location,
        fix=f"{hint}'forecast config show' lists all keys" + (")" if near else ""),
    )


def _origins(config: Config, given: Mapping[str, _Given]) -> dict[str, Origin]:
    origins = {key: given[key].origin if key in given else Origin("default") for key in fields()}
    if config.validation.window == "rolling" and "validation.window" not in given:
        origins["validation.window"] = origins["validation.max_train_size"]
    return origins
