"""The fields of the schema as a table: what each is called, takes and shows as an example."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from forecast.config.schema import Config
from forecast.config.section import Section

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True)
class FieldFacts:
    """One configuration key.

    Parameters
    ----------
    key : str
        Dotted, such as ``model.horizon``.
    default : object
        Its default value.
    description : str
        One sentence for people.
    allowed : str
        What it takes, in words.
    example : object
        A value that works.
    is_text : bool
        Whether what is typed on a command line is taken as text, never as a number.
    is_list : bool
        Whether it takes several values.
    is_switch : bool
        Whether it takes true and false.
    words : tuple of str
        Those that it takes; others than words may be taken, too.
    """

    key: str
    default: object
    description: str
    allowed: str
    example: object
    is_text: bool
    is_list: bool
    is_switch: bool
    words: tuple[str, ...]


@cache
def fields() -> Mapping[str, FieldFacts]:
    """Return all keys in the order of the schema."""
    table: dict[str, FieldFacts] = {}
    for section, model in sections().items():
        properties = model.model_json_schema()["properties"]
        for name, field in model.model_fields.items():
            schema: dict[str, Any] = properties[name]
            key = f"{section}.{name}"
            table[key] = FieldFacts(
                key=key,
                default=field.default,
                description=field.description or "",
                allowed=schema.get("allowed") or _in_words(schema),
                example=field.examples[0] if field.examples else field.default,
                is_text=_is_text(schema),
                is_list=schema.get("type") == "array",
                is_switch=any(kind.get("type") == "boolean" for kind in _kinds(schema)),
                words=tuple(word for kind in _kinds(schema) for word in _words(kind)),
            )
    return table


@cache
def sections() -> Mapping[str, type[Section]]:
    """Return the section models by name."""
    return {name: type(field.default) for name, field in Config.model_fields.items()}


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate most like a word, or None where none is near."""
    found = difflib.get_close_matches(word, list(candidates), n=1, cutoff=0.6)
    return found[0] if found else None


def _is_text(schema: Mapping[str, Any]) -> bool:
    return all(
        kind.get("type") in {"string", "null"} and "const" not in kind for kind in _kinds(schema)
    )


def _kinds(schema: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the schemas of what is taken, of a list those of its items."""
    kinds: list[dict[str, Any]] = schema.get("anyOf", [schema.get("items", schema)])
    return kinds


def _words(kind: Mapping[str, Any]) -> list[str]:
    found = [*kind.get("enum", []), *([kind["const"]] if "const" in kind else [])]
    return [word for word in found if isinstance(word, str)]


def _in_words(schema: Mapping[str, Any]) -> str:
    if "anyOf" in schema:
        return ", or ".join(_in_words(part) for part in schema["anyOf"])
    if "const" in schema:
        return str(schema["const"])
    if "enum" in schema:
        *most, last = schema["enum"]
        return f"{', '.join(most)} or {last}"
    kind = schema["type"]
    if kind == "array":
        return f"{_in_words(schema['items'])}, or a list of such"
    words = {
        "integer": "a whole number",
        "number": "a number",
        "string": "text",
        "boolean": "true or false",
        "null": "null",
    }
    return words[kind] + _bounds(schema)


def _bounds(schema: Mapping[str, Any]) -> str:
    phrases = {
        "minimum": "of at least",
        "exclusiveMinimum": "above",
        "maximum": "at most",
        "exclusiveMaximum": "below",
    }
    found = [f"{phrase} {schema[name]}" for name, phrase in phrases.items() if name in schema]
    return " " + " and ".join(found) if found else ""
