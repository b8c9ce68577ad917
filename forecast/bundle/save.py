"""Write a bundle: one safetensors file, the same bytes every time."""

from __future__ import annotations

from pathlib import Path

from safetensors.numpy import save

from forecast.bundle.bundle import Bundle
from forecast.bundle.layout import MANIFEST_KEY, MAX_BYTES, MAX_HEADER_BYTES
from forecast.bundle.tensors import seal, tensors_of
from forecast.errors import DataError
from forecast.storage.hashing import canonical_json
from forecast.storage.write import write_bytes


def save_bundle(path: Path, bundle: Bundle) -> str:
    """Write ``bundle`` to ``path``, whole or not at all, and return its checksum.

    Raises
    ------
    WriteError
        If the file cannot be written; an older one is then as it was.
    DataError
        If it would be larger than `load_bundle` reads.
    """
    sha256, content = serialise(bundle)
    write_bytes(path, content)
    return sha256


def serialise(bundle: Bundle) -> tuple[str, bytes]:
    """Checksum and bytes of a bundle."""
    tensors = tensors_of(bundle)
    manifest = seal(bundle, tensors)
    # Several metadata keys would be written in an order of their own; one cannot.
    content: bytes = save(tensors, metadata={MANIFEST_KEY: canonical_json(manifest.structure())})
    header = int.from_bytes(content[:8], "little")
    if header > MAX_HEADER_BYTES or len(content) > MAX_BYTES:
        raise DataError(
            f"the bundle would take {len(content)} bytes (at most {MAX_BYTES}), {header} of them "
            f"the description of {bundle.tail.n_series} series (at most {MAX_HEADER_BYTES})",
            fix="train on fewer series, or give them shorter names",
        )
    return manifest.sha256, content
