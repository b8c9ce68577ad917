"""The checksum of a bundle, over its structure and its numbers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from forecast.storage.hashing import canonical_json

CHECKSUM = "sha256"  # the field of the manifest that holds it


def checksum(structure: Mapping[str, object], tensors: Mapping[str, bytes | memoryview]) -> str:
    """SHA-256 over the canonical JSON of a manifest and the bytes of all tensors in name order.

    The manifest lists names, types and shapes, so that no two bundles share the hashed bytes.
    """
    digest = hashlib.sha256()
    rest = {key: value for key, value in structure.items() if key != CHECKSUM}
    digest.update(canonical_json(rest).encode("utf-8"))
    for name in sorted(tensors):
        digest.update(tensors[name])
    return digest.hexdigest()
