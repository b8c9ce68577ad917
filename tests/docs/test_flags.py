"""That every command, flag and key is documented, in the help and in the README."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, TypeAlias

import pytest

from forecast.cli.app import group
from forecast.cli.options import FLAGS
from forecast.cli.overview import Later
from forecast.config.fields import fields
from tests.docs.readme import README

TEXT = README.read_text(encoding="utf-8")
Command: TypeAlias = tuple[tuple[str, ...], list[tuple[list[str], str]]]
FROM_TYPER = {"--install-completion", "--show-completion"}


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[Command]:
    """Yield each command with its options: their names and their help."""
    if isinstance(command, Later):
        command = command.build()
    options = [item for item in command.params if item.param_type_name == "option"]
    yield path, [(item.opts, item.help) for item in options]
    for name, below in getattr(command, "commands", {}).items():
        yield from commands(below, (*path, name))


EVERY = list(commands(group))


@pytest.mark.parametrize(
    ("path", "options"), EVERY, ids=[" ".join(path) or "forecast" for path, _ in EVERY]
)
def test_command_and_its_flags_are_in_the_readme(
    path: tuple[str, ...], options: list[tuple[list[str], str]]
) -> None:
    assert " ".join(["forecast", *path]) in TEXT
    for names, text in options:
        assert text
        long = next(name for name in names if name.startswith("--"))
        assert re.search(rf"{long}(?![\w-])", TEXT) or long in FROM_TYPER, long


def test_every_flag_sets_a_key_and_says_its_default() -> None:
    known = fields()
    for flag in FLAGS:
        default = known[flag.key].default
        if isinstance(default, str) and default != "auto":
            assert f"{default} (the default)" in flag.help
        elif isinstance(default, (int, float)) and not isinstance(default, bool) and default:
            assert f"default {default:g}" in flag.help, flag.key


@pytest.mark.parametrize("key", list(fields()))
def test_key_has_a_sentence_and_a_row_in_the_readme(key: str) -> None:
    assert fields()[key].description.endswith(".")
    assert f"| `{key}` |" in TEXT
