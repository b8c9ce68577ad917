"""Names of files made of words that people read."""

from __future__ import annotations

import hashlib
import re

LONGEST, DIGITS = 80, 12


def file_name(words: str) -> str:
    """Return a name for a file: the words themselves, and a digest where they are not enough.

    Different words give different names.

    Examples
    --------
    >>> file_name("gru, fold 1 of 3")
    'gru-fold-1-of-3'
    >>> file_name("gru forget_bias=-1").rpartition("-")[0]
    'gru-forget_bias-1'
    """
    plain = re.sub(r",? ", "-", words)
    if re.fullmatch(r"[\w-]+", plain) and len(plain) <= LONGEST:
        return plain
    short = re.sub(r"\W+", "-", words)[:LONGEST]
    return f"{short}-{hashlib.sha256(words.encode()).hexdigest()[:DIGITS]}"
