"""A configuration as the command that trains with it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence

from forecast.cli.inputs import as_word
from forecast.cli.options import FLAGS


def train_line(data: Sequence[str], settings: Mapping[str, object]) -> str:
    """Write ``forecast train DATA`` with the flags of some keys, quoted for a shell.

    Parameters
    ----------
    data : sequence of str
        The inputs as they were typed.
    settings : mapping of str to object
        Dotted keys and their values.

    Examples
    --------
    >>> train_line(["my sales.csv"], {"data.target": ("sold",), "data.decimal": "comma"})
    "forecast train 'my sales.csv' --target sold --set data.decimal=comma"
    """
    return shlex.join(["forecast", "train", *map(as_word, data), *flags_of(settings)])


def flags_of(settings: Mapping[str, object]) -> Iterator[str]:
    """Give the words that set some keys, in the order of the help."""
    known = {flag.key: flag for flag in FLAGS}
    for key in sorted(settings, key=lambda key: list(known).index(key) if key in known else 999):
        value, flag = settings[key], known.get(key)
        if flag is None:
            yield from ("--set", f"{key}={_text(value)}")
        elif flag.kind == "switch":
            yield flag.declared[0] if value or flag.off is None else flag.off
        else:
            for item in value if isinstance(value, (tuple, list)) else (value,):
                text = _text(item)
                # an option's value may begin like an option only behind an equals sign
                yield from (
                    (f"{flag.declared[0]}={text}",)
                    if text.startswith("-")
                    else (flag.declared[0], text)
                )


def _text(value: object) -> str:
    if isinstance(value, (tuple, list)):
        return "[" + ", ".join(_quoted(item) for item in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return "null" if value is None else str(value)


def _quoted(value: object) -> str:
    from forecast.config.yaml import write_value

    return write_value(value)
