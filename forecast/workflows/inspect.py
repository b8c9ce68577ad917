"""``inspect``: what a bundle says of itself, and whether it still computes what it did."""

from __future__ import annotations

from pathlib import Path

from forecast.bundle.layout import bundle_file
from forecast.bundle.load import read_manifest
from forecast.workflows.arguments import as_path
from forecast.workflows.results import InspectResult


def inspect(bundle: str | Path, *, verify: bool = False) -> InspectResult:
    """Describe a bundle.

    Parameters
    ----------
    bundle : path
        A run folder or a bundle file.
    verify : bool
        Load it, too, and recompute its worked example.

    Raises
    ------
    BundleError
        If the file is not a whole bundle.
    """
    path = bundle_file(as_path(bundle, name="bundle"))
    verified = None
    if verify:
        from forecast.bundle.describe import verify as recompute
        from forecast.bundle.load import load_bundle

        verified = recompute(load_bundle(path))
    return InspectResult(path, read_manifest(path), verified, path.stat().st_size)
