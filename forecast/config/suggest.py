"""What a refused value was likely meant to be: a word that is taken, in the form it was given."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from forecast.config.fields import nearest
from forecast.config.yaml import write_value

if TYPE_CHECKING:
    from forecast.config.fields import FieldFacts

YES = frozenset({"yes", "y", "on", "1"})
NO = frozenset({"no", "n", "off", "0"})


def likely(facts: FieldFacts, value: object) -> object:
    """Return a value that works: the nearest to the refused one, or else the example.

    Examples
    --------
    >>> from forecast.config.fields import fields
    >>> likely(fields()["model.decoder"], "seq2sq"), likely(fields()["model.peephole"], "no")
    ('seq2seq', False)
    """
    if facts.is_switch:
        word = str(value).strip().lower()
        if word in YES | NO:
            return word in YES
        return nearest(word, ("true", "false")) != "false"
    return _near(value, facts.words) or _example(facts)


def as_word(value: object) -> str:
    """Write a value as one word of a command, in the spelling of the configuration file."""
    return shlex.quote(value if isinstance(value, str) else write_value(value))


def _near(value: object, words: tuple[str, ...]) -> str | None:
    return nearest(str(value).strip().lower(), words) if isinstance(value, str) else None


def _example(facts: FieldFacts) -> object:
    return facts.example[0] if isinstance(facts.example, tuple) else facts.example
