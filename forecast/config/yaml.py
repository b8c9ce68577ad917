"""YAML as a person means it, read without running anything.

The scalars are those of YAML 1.2 (``1e-3`` is a number, ``NO`` and ``on`` are text, ``012`` is 12).
Duplicate keys, tags, anchors and aliases are refused with their line, and so is a file over 1 MB.
PyYAML composes the nodes; what they mean is decided here, so none of its constructors is used.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final, cast

import yaml

from forecast.errors import ConfigError

if TYPE_CHECKING:
    from forecast.config.schema import Config

MOST_BYTES: Final = 1_000_000
MOST_DEPTH: Final = 20
PLAIN_FILE: Final = (
    "write sections, and below each, indented, plain keys and values: 'model:' and then "
    "'  horizon: 24'"
)
MOST_DIGITS: Final = 400  # beyond the range of a float; int() itself refuses above 4300

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_INT = re.compile(r"[-+]?[0-9]+", re.ASCII)
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII)
_SPECIAL = {"inf": float("inf"), "nan": float("nan")}
_SPECIAL_FLOAT = re.compile(r"([-+]?)\.(inf|Inf|INF|nan|NaN|NAN)")
# Words that YAML 1.1 readers take for something else, quoted when written.
_AMBIGUOUS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*", re.ASCII)


def read_yaml(text: str, *, name: str) -> tuple[dict[str, object], dict[str, int]]:
    """Read a mapping, and the line of each of its keys.

    Parameters
    ----------
    text : str
        The document; empty is an empty mapping.
    name : str
        What to call it in errors, usually its path.

    Returns
    -------
    tuple of (dict, dict)
        The mapping, and the line (from 1) of each dotted key such as ``model.horizon``.

    Raises
    ------
    ConfigError
        With the line, if it is not YAML, not a mapping, or holds what is refused here.
    """
    node = _compose(text, name)
    if node is None:
        return {}, {}
    if not isinstance(node, yaml.MappingNode):
        raise ConfigError(
            "the document is not a mapping of sections",
            location=_at(name, node.start_mark),
            fix="write sections and keys, such as 'model:' and below it '  horizon: 24'",
        )
    lines: dict[str, int] = {}
    return _mapping(node, name, (), lines), lines


def read_list(text: str, *, name: str) -> object:
    """Read a list in brackets, as typed on a command line.

    Raises
    ------
    ConfigError
        If it is not YAML; the location is ``name``.
    """
    node = _compose(text, name, fix="write plain values in brackets, such as '[1, 2]'")
    return None if node is None else _value(node, name, (), {})


def read_scalar(text: str) -> object:
    """Read a plain scalar by the core schema of YAML 1.2, decimal numbers only."""
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if _INT.fullmatch(text) and len(text) <= MOST_DIGITS:
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    special = _SPECIAL_FLOAT.fullmatch(text)
    if special:
        return float(special[1] + "1") * _SPECIAL[special[2].lower()]
    return text


def dump_yaml(config: Config) -> str:
    """Write a configuration so that `read_yaml` gives it back; the ``run`` section is left out."""
    lines: list[str] = []
    for section, values in config.model_dump(exclude={"run"}).items():
        lines.append(f"{section}:")
        lines.extend(f"  {key}: {write_value(value)}" for key, value in values.items())
    return "\n".join(lines) + "\n"


def write_value(value: object) -> str:
    """Write one value on one line, quoted where a reader could take it for something else."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, str):
        plain = _PLAIN.fullmatch(value) and value.lower() not in _AMBIGUOUS
        return value if plain else _quoted(value)
    if isinstance(value, Mapping):
        return (
            "{" + ", ".join(f"{write_value(k)}: {write_value(v)}" for k, v in value.items()) + "}"
        )
    if isinstance(value, Iterable):
        return "[" + ", ".join(write_value(item) for item in value) + "]"
    raise TypeError(f"cannot write a {type(value).__name__} as YAML")


def _quoted(text: str) -> str:
    """Quote as JSON does, which is YAML too, escaping all that YAML does not print."""
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(char if char.isprintable() else rf"\U{ord(char):08x}" for char in quoted)


class _Composer(yaml.SafeLoader):
    """Composes nodes, and refuses what could surprise before it is built."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: object) -> yaml.Node | None:
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]
        refusal = _refusal(event, self.depth)
        if refusal:
            mark = cast("yaml.Mark | None", event.start_mark)  # the C loader has marks of its own
            raise yaml.MarkedYAMLError(problem=refusal, problem_mark=mark)
        self.depth += 1
        node = super().compose_node(parent, index)  # type: ignore[arg-type]
        self.depth -= 1
        return node


def _refusal(event: yaml.Event, depth: int) -> str | None:
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
        return "anchors and aliases are not taken"
    tag = getattr(event, "tag", None)
    if tag:
        return f"tags are not taken (found {tag!r})"
    if depth > MOST_DEPTH:
        return f"nested more than {MOST_DEPTH} deep"
    return None


def _compose(text: str, name: str, *, fix: str = PLAIN_FILE) -> yaml.Node | None:
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MOST_BYTES:
        raise ConfigError(
            f"the file has {size} bytes, more than the {MOST_BYTES} that are taken",
            location=name,
            fix="give a configuration file, not data",
        )
    try:
        loader = _Composer(text)
        try:
            return loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        raise ConfigError(
            error.problem or "not YAML",
            location=_at(name, error.problem_mark),
            fix=fix,
        ) from error
    except yaml.YAMLError as error:
        raise ConfigError(
            f"not YAML: {str(error).splitlines()[0]}",
            location=name,
            fix="give a text file in UTF-8",
        ) from error


def _value(node: yaml.Node, name: str, path: tuple[str, ...], lines: dict[str, int]) -> object:
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, name, path, lines)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, name, path, {}) for item in node.value]
    plain = not getattr(node, "style", None)  # quoted or block text has a style
    return read_scalar(node.value) if plain else node.value


def _mapping(
    node: yaml.MappingNode, name: str, path: tuple[str, ...], lines: dict[str, int]
) -> dict[str, object]:
    found: dict[str, object] = {}
    for key_node, value_node in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            raise ConfigError(
                "a key is not plain text", location=_at(name, key_node.start_mark), fix="name it"
            )
        key = str(key_node.value)
        dotted = ".".join((*path, key))
        if key in found:
            raise ConfigError(
                f"key {dotted!r} is there twice (first: line {lines.get(dotted, '?')})",
                location=_at(name, key_node.start_mark),
                fix="keep one of the two",
            )
        lines[dotted] = key_node.start_mark.line + 1
        found[key] = _value(value_node, name, (*path, key), lines)
    return found


def _at(name: str, mark: yaml.Mark | None) -> str:
    return name if mark is None else f"{name}:{mark.line + 1}"
