"""Lengths of time as people write them: ``90s``, ``10m``, ``1h30m``."""

from __future__ import annotations

import re

SECONDS = {"d": 86_400, "h": 3600, "m": 60, "s": 1}
NUMBER = r"[0-9]+(?:\.[0-9]+)?"
TIME = re.compile("".join(rf"(?:({NUMBER}){unit})?" for unit in SECONDS))
WORDS = "a time such as 90s, 10m or 1h30m"


def seconds_of(text: str) -> float | None:
    """Return the seconds of a length of time; None where the text is none.

    Examples
    --------
    >>> seconds_of("10m"), seconds_of("1h30m"), seconds_of("0.5h"), seconds_of("soon")
    (600.0, 5400.0, 1800.0, None)
    """
    match = TIME.fullmatch(text.strip())
    if match is None or not any(match.groups()):
        return None
    parts = zip(match.groups(), SECONDS.values(), strict=True)
    return float(sum(float(number) * size for number, size in parts if number is not None))
