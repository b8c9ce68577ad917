"""The outside of a bundle: the safetensors layout, read strictly and by hand.

    8 bytes        length n of the header, little-endian
    n bytes        JSON: {"__metadata__": {"forecast": "<manifest>"}, "<name>": {"dtype": "F32",
                   "shape": [2, 3], "data_offsets": [begin, end]}, ...}, padded with spaces
    rest           the tensors, end to end, without holes

Nothing here looks at a value of a tensor, and nothing needs torch.
"""

from __future__ import annotations

import json
import math
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from forecast.bundle.kinds import kind_of
from forecast.errors import CorruptBundleError, InputNotFoundError, UntrustedBundleError
from forecast.storage.run_folder import BUNDLE_NAME

if TYPE_CHECKING:
    import numpy.typing as npt

MAX_BYTES = 4 * 1024**3
MAX_HEADER_BYTES = 16 * 1024**2  # 100,000 series with names of 150 letters fit
MAX_DIMENSIONS = 8
MESSAGE_CHARS = 400  # a forged name may be megabytes long
LENGTH_BYTES = 8
ALIGNMENT = 8
METADATA = "__metadata__"
MANIFEST_KEY = "forecast"
DTYPES: dict[str, npt.DTypeLike] = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "I64": "<i8",
    "I32": "<i4",
    "U8": "|u1",
    "BOOL": "|b1",
}
RETRAIN = "train again, or take a copy of the file that is whole"
ONLY_BUNDLES = "give a run folder or the bundle.safetensors in it; other kinds of file can run code"


@dataclass(frozen=True)
class TensorEntry:
    """One tensor: its type, its shape, and where its bytes are in the data."""

    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int


@dataclass(frozen=True)
class Layout:
    """A file taken apart.

    Parameters
    ----------
    path : Path
        For messages.
    manifest : str
        The JSON text under the metadata key.
    entries : dict of TensorEntry
        By name, in name order.
    data : bytes
        All tensors.
    plain : bool
        Whether the header holds nothing but what it says: no space, no escape to spare.
    """

    path: Path
    manifest: str
    entries: dict[str, TensorEntry]
    data: memoryview
    plain: bool

    def bytes_of(self, name: str) -> memoryview:
        """Bytes of one tensor."""
        entry = self.entries[name]
        return self.data[entry.begin : entry.end]

    def array(self, name: str) -> npt.NDArray[np.generic]:
        """Copy of one tensor."""
        entry = self.entries[name]
        flat = np.frombuffer(self.bytes_of(name), dtype=DTYPES[entry.dtype])
        return flat.reshape(entry.shape).copy()


def bundle_file(path: Path) -> Path:
    """Return the bundle that ``path``, a run folder or a file, means.

    Raises
    ------
    InputNotFoundError
        If there is none.
    """
    folder = os.path.isdir(path)  # noqa: PTH112 - nor the next raises where it may not look
    found = path / BUNDLE_NAME if folder else path
    if not os.path.exists(found):  # noqa: PTH110
        what = f"holds no {BUNDLE_NAME} that can be read" if folder else "is not there"
        raise InputNotFoundError(
            f"{str(path)!r} {what}",
            location=str(path),
            fix="give the folder of a finished run; 'forecast train' writes one under runs/",
        )
    return found


def read_layout(path: Path) -> Layout:
    """Read a file and check its outside: length, header, types, shapes, offsets.

    Raises
    ------
    InputNotFoundError
        If the file cannot be read.
    UntrustedBundleError
        If it is of another kind.
    CorruptBundleError
        If it is not whole.
    """
    try:
        with path.open("rb") as stream:
            header, data = _read(stream, path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputNotFoundError(
            f"cannot read {str(path)!r}: {reason}",
            location=str(path),
            fix="give the folder of a finished run, or its bundle, that you may read",
        ) from error
    values = parse_json(header, path=path, what="header")
    manifest, entries = _take_apart(values, path)
    _check_offsets(entries, len(data), path)
    return Layout(path, manifest, entries, memoryview(data), plain=_is_plain(values, header))


def parse_json(text: str | bytes, *, path: Path, what: str) -> dict[str, object]:
    """Parse a JSON object that repeats no key and holds finite numbers only.

    Raises
    ------
    CorruptBundleError
        If it is anything else.
    """
    try:
        value = json.loads(text, object_pairs_hook=_unique_keys, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise corrupt(f"the {what} of the bundle is not readable: {reason}", path) from error
    if not isinstance(value, dict):
        raise corrupt(f"the {what} of the bundle is not a JSON object", path)
    return value


def corrupt(message: str, path: Path) -> CorruptBundleError:
    """Say what is wrong with a bundle, and what to do."""
    return CorruptBundleError(message[:MESSAGE_CHARS], location=str(path), fix=RETRAIN)


def _read(stream: BinaryIO, path: Path) -> tuple[bytes, bytes]:
    """Header and data of a file of bounded size."""
    size = _size(stream, path)
    start = stream.read(LENGTH_BYTES + 1)
    length = int.from_bytes(start[:LENGTH_BYTES], "little")
    if start[LENGTH_BYTES:] != b"{" or length > MAX_HEADER_BYTES:
        _refuse_other_kinds(start + stream.read(4096), path)
    if size <= LENGTH_BYTES:
        raise corrupt(f"the bundle has {size} bytes and is cut short", path)
    if length > MAX_HEADER_BYTES:
        raise corrupt(
            f"the header claims {length} bytes; at most {MAX_HEADER_BYTES} are read", path
        )
    if length > size - LENGTH_BYTES:
        raise corrupt(f"the header claims {length} bytes, but {size - LENGTH_BYTES} follow", path)
    stream.seek(LENGTH_BYTES)
    header = stream.read(length)
    data = stream.read(size - LENGTH_BYTES - length + 1)
    if len(header) + len(data) != size - LENGTH_BYTES:
        raise corrupt("the file changed while it was read", path)
    return header, data


def _size(stream: BinaryIO, path: Path) -> int:
    status = os.fstat(stream.fileno())
    if not stat.S_ISREG(status.st_mode):
        raise UntrustedBundleError(
            f"{str(path)!r} is not a plain file", location=str(path), fix=ONLY_BUNDLES
        )
    if status.st_size > MAX_BYTES:
        raise corrupt(f"the file has {status.st_size} bytes; at most {MAX_BYTES} are read", path)
    return status.st_size


def _refuse_other_kinds(start: bytes, path: Path) -> None:
    """Raise where the first bytes are those of a kind of file that people save models in."""
    kind = kind_of(start)
    if kind is not None:
        raise UntrustedBundleError(
            f"{path.name!r} is {kind}, not a bundle", location=str(path), fix=ONLY_BUNDLES
        )


def _take_apart(header: Mapping[str, object], path: Path) -> tuple[str, dict[str, TensorEntry]]:
    """The manifest as text, and what each tensor is."""
    metadata = header.get(METADATA)
    if not isinstance(metadata, dict) or list(metadata) != [MANIFEST_KEY]:
        raise corrupt(
            f"the file is safetensors, but its metadata are not one key {MANIFEST_KEY!r}", path
        )
    manifest = metadata[MANIFEST_KEY]
    if not isinstance(manifest, str):
        raise corrupt(f"the metadata under {MANIFEST_KEY!r} are not text", path)
    names = sorted(name for name in header if name != METADATA)
    return manifest, {name: _entry(name, header[name], path) for name in names}


def _is_plain(header: Mapping[str, object], written: bytes) -> bool:
    """Whether a header is written as briefly as it can be, with spaces to a multiple of 8 bytes."""
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False)
    plain = text.encode("utf-8", "surrogatepass")
    return written == plain.ljust(-(-len(plain) // ALIGNMENT) * ALIGNMENT)


def _entry(name: str, value: object, path: Path) -> TensorEntry:
    """Check one tensor's line of the header."""
    if not isinstance(value, dict) or set(value) != {"dtype", "shape", "data_offsets"}:
        raise corrupt(f"tensor {name!r} is not described by dtype, shape and data_offsets", path)
    dtype, shape, offsets = value["dtype"], value["shape"], value["data_offsets"]
    if not isinstance(dtype, str) or dtype not in DTYPES:
        raise corrupt(f"tensor {name!r} has type {dtype!r}; known are {', '.join(DTYPES)}", path)
    if not _is_naturals(shape) or not _is_naturals(offsets) or len(offsets) != 2:  # noqa: PLR2004
        raise corrupt(f"tensor {name!r} has shape {shape!r} and offsets {offsets!r}", path)
    begin, end = offsets
    needed = math.prod(shape) * np.dtype(DTYPES[dtype]).itemsize
    if end - begin != needed:
        raise corrupt(
            f"tensor {name!r} needs {needed} bytes for {dtype} {shape}, but its offsets {offsets} "
            f"hold {end - begin}",
            path,
        )
    return TensorEntry(dtype, tuple(shape), begin, end)


def _is_naturals(value: object) -> bool:
    if not isinstance(value, list) or len(value) > MAX_DIMENSIONS:
        return False
    return all(type(item) is int and 0 <= item <= MAX_BYTES for item in value)


def _check_offsets(entries: dict[str, TensorEntry], size: int, path: Path) -> None:
    """Refuse holes, overlaps and bytes beyond the end."""
    place = 0
    for name, entry in sorted(entries.items(), key=lambda item: (item[1].begin, item[1].end)):
        if entry.begin != place:
            raise corrupt(f"tensor {name!r} begins at byte {entry.begin}, not at {place}", path)
        place = entry.end
    if place != size:
        how = "it is cut short" if place > size else "something follows them"
        raise corrupt(f"the tensors take {place} bytes, but the file holds {size}: {how}", path)


def _unique_keys(pairs: list[tuple[str, object]]) -> dict[str, object]:
    keys: dict[str, object] = dict(pairs)
    if len(keys) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise ValueError(f"key {twice!r} is there twice")
    return keys


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number that JSON knows")
