"""Canonical text of a value, and its fingerprint."""

from __future__ import annotations

import hashlib
import json


def sha256_hex(data: bytes) -> str:
    """SHA-256 of ``data`` in 64 hexadecimal digits.

    Examples
    --------
    >>> sha256_hex(b"")[:16]
    'e3b0c44298fc1c14'
    """
    return hashlib.sha256(data).hexdigest()


def canonical_json(value: object) -> str:
    """JSON text that equal values share: keys sorted, no spaces, no escapes that are not needed.

    Raises
    ------
    ValueError
        If a number is nan or infinite, which JSON cannot say; write null instead.

    Examples
    --------
    >>> canonical_json({"b": [1, 2.5], "a": None})
    '{"a":null,"b":[1,2.5]}'
    """
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
