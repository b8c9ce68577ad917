"""Read a bundle that may come from anywhere: check first, build afterwards.

Size and layout, then the strict schema of the manifest, then names, types and shapes, then the
checksum and that no byte is left over, then the bounds of every index; only then does the registry
build a forecaster from settings and tensors. No code in the file is run and no path in it opened.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from forecast.bundle.checksum import checksum
from forecast.bundle.layout import Layout, bundle_file, corrupt, parse_json, read_layout
from forecast.bundle.manifest import FORMAT, Manifest
from forecast.errors import NewerBundleError
from forecast.storage.hashing import canonical_json

if TYPE_CHECKING:
    from forecast.bundle.bundle import Bundle

VERSION = re.compile(r"[0-9A-Za-z.+-]{1,40}")


def load_bundle(path: Path) -> Bundle:
    """Load the bundle in a run folder or a file.

    Raises
    ------
    InputNotFoundError
        If there is none.
    UntrustedBundleError
        If it is another kind of file.
    NewerBundleError
        If a later version wrote it.
    CorruptBundleError
        If it is cut short, altered, or does not fit its own description.
    """
    from forecast.bundle.assemble import assemble

    layout, manifest = _read(path)
    return assemble(layout, manifest)


def read_manifest(path: Path) -> Manifest:
    """Read what a bundle says of itself, checksum checked; no model is built and no torch loaded.

    Raises as `load_bundle` does.
    """
    return _read(path)[1]


def _read(path: Path) -> tuple[Layout, Manifest]:
    layout = read_layout(bundle_file(path))
    structure = parse_json(layout.manifest, path=layout.path, what="manifest")
    _refuse_newer(structure, layout.path)
    manifest = _validate(structure, layout.path)
    _check_specs(layout, manifest)
    _check_sum(layout, structure, manifest)
    return layout, manifest


def _refuse_newer(structure: Mapping[str, object], path: Path) -> None:
    number = structure.get("format")
    if type(number) is int and number > FORMAT:
        writer = structure.get("forecast_version")
        known = isinstance(writer, str) and VERSION.fullmatch(writer)
        by = f" by forecast {writer}" if known else ""
        raise NewerBundleError(
            f"the bundle has format {number}, written{by}; this version reads up to {FORMAT}",
            location=str(path),
            fix="install that version of forecast or a later one",
        )


def _validate(structure: Mapping[str, object], path: Path) -> Manifest:
    try:
        return Manifest.model_validate_json(canonical_json(structure))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        key = ".".join(str(part) for part in first["loc"])[:80] or "JSON"
        raise corrupt(f"the manifest is refused at {key!r}: {first['msg']}", path) from error
    except (ValueError, RecursionError) as error:  # 1e999, or half of a surrogate pair
        raise corrupt(f"the manifest is not readable: {error}", path) from error


def _check_specs(layout: Layout, manifest: Manifest) -> None:
    """Header and manifest must list the same tensors."""
    given = {name: (entry.dtype, entry.shape) for name, entry in layout.entries.items()}
    if given != manifest.tensors:
        names = {*given, *manifest.tensors}
        name = min(name for name in names if given.get(name) != manifest.tensors.get(name))
        raise corrupt(
            f"tensor {name!r} is {given.get(name)} in the header, "
            f"but {manifest.tensors.get(name)} in the manifest",
            layout.path,
        )


def _check_sum(layout: Layout, structure: Mapping[str, object], manifest: Manifest) -> None:
    found = checksum(structure, {name: layout.bytes_of(name) for name in layout.entries})
    if found != manifest.sha256:
        raise corrupt(
            f"the checksum is {found[:12]}..., but the bundle says {manifest.sha256[:12]!r}...: "
            "it was altered",
            layout.path,
        )
    if not layout.plain or canonical_json(structure) != layout.manifest:
        raise corrupt("its text holds spaces or escapes to spare: it was altered", layout.path)
