"""What a command line that cannot be read was meant to say."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from forecast.errors import ForecastError

if TYPE_CHECKING:
    import typer

WHOLE, NUMBER = "a whole number", "a number"
NEEDS = {
    "int_parsing": WHOLE,
    "int_from_float": WHOLE,
    "int_parsing_size": WHOLE,
    "float_parsing": NUMBER,
    "finite_number": NUMBER,
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
}
EXAMPLE = 10  # of a count that has no default


def usage_refusal(error: typer.TyperException, arguments: Sequence[str]) -> ForecastError:
    """Return what is wrong with the arguments, where, and how to mend it."""
    path = getattr(getattr(error, "ctx", None), "command_path", None) or "forecast"
    message = error.format_message().strip()
    what = message[:1].lower() + message[1:].rstrip(".")
    flag = getattr(error, "option_name", None)
    if isinstance(flag, str) and getattr(error, "possibilities", None) is not None:
        return _unknown_flag(error, flag, path, arguments)
    return _refused_number(error) or ForecastError(what, location=path, fix=f"see '{path} --help'")


def _unknown_flag(
    error: typer.TyperException, flag: str, path: str, arguments: Sequence[str]
) -> ForecastError:
    from forecast.config.fields import fields, nearest

    parameters: Any = getattr(getattr(getattr(error, "ctx", None), "command", None), "params", ())
    options = [name for item in parameters for name in item.opts if name.startswith("--")]
    keys = {}
    if "--set" in options:
        for key, facts in fields().items():
            name = key.partition(".")[2].replace("_", "-")
            keys[f"--{name}"] = (key, True)
            if facts.is_switch:
                keys[f"--no-{name}"] = (key, False)
    meant = flag if flag in keys else nearest(flag, [*options, *keys])
    if meant is None:
        fix = f"see '{path} --help'"
    elif meant in options:
        fix = f"did you mean {meant}? ('{path} --help' lists all)"
    else:
        fix = f"pass {_as_set(*keys[meant], flag, arguments)}"
    return ForecastError(f"no such option: {flag}", location=path, fix=fix)


def _as_set(key: str, truth: bool, flag: str, arguments: Sequence[str]) -> str:  # noqa: FBT001
    """Write a key that has no flag as ``--set``, with the value that followed the flag."""
    from forecast.config.fields import fields
    from forecast.config.suggest import as_word, likely

    facts = fields()[key]
    attached = next(
        (word[len(flag) + 1 :] for word in arguments if word.startswith(f"{flag}=")), ""
    )
    if facts.is_switch:
        return f"--set {key}={as_word(likely(facts, attached) if attached else truth)}"
    given = attached or _following(flag, arguments)
    taken = given and (given in facts.words or not facts.words or _is_number(given))
    return f"--set {key}={as_word(given if taken else likely(facts, given))}"


def _following(flag: str, arguments: Sequence[str]) -> str:
    """Return the argument after the flag; empty where that is a flag, or none."""
    if flag not in arguments:  # it was given as --flag=
        return ""
    place = list(arguments).index(flag) + 1
    word = "".join(arguments[place : place + 1])
    return "" if word.startswith("--") else word


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _refused_number(error: typer.TyperException) -> ForecastError | None:
    """Name the value of a flag that takes a number, and what it must be."""
    parameter: Any = getattr(error, "param", None)
    found: Any = getattr(error.__cause__, "errors", None)
    if parameter is None or found is None:
        return None
    first: Mapping[str, Any] = found()[0]
    needs = NEEDS.get(first["type"])
    if needs is None:
        return None
    bounds = first.get("ctx", {})
    flag = next((name for name in parameter.opts if name.startswith("--")), parameter.opts[0])
    example = bounds.get("ge", bounds.get("le", parameter.default or EXAMPLE))
    return ForecastError(
        f"{flag} is {first['input']!r}, and must be {needs.format(**bounds)}",
        location=f"flag {flag}",
        fix=f"for example {flag} {shlex.quote(str(example))}",
    )
