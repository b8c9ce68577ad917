"""Packed files: gzip, bzip2, xz, and zip with one member; none may grow without bound."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import zipfile
import zlib
from dataclasses import dataclass
from typing import BinaryIO, cast

from forecast.data.file.dialect import LEAST_UNPACKED, MOST_BYTES, MOST_GROWTH
from forecast.errors import SchemaError

GZIP, BZIP2, XZ, ZIP = b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"PK\x03\x04"
DAMAGED = (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError, zipfile.BadZipFile)


@dataclass(frozen=True, eq=False)
class Packed:
    """What is inside an archive.

    Parameters
    ----------
    stream : binary stream
        The unpacked bytes.
    kind : str
        The kind of archive.
    cap : int
        Most bytes that it may unpack to.
    """

    stream: BinaryIO
    kind: str
    cap: int


class _Joined(io.RawIOBase):
    """A stream whose first bytes were read already."""

    def __init__(self, begin: bytes, stream: BinaryIO) -> None:
        self._begin = begin
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast("bytearray", buffer))
        piece = self._begin[: len(view)] or self._stream.read(len(view))
        self._begin = self._begin[len(view) :]
        view[: len(piece)] = piece
        return len(piece)


class _Sound(io.RawIOBase):
    """An unpacking stream whose every failure is a ValueError."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        try:
            return self._stream.read(size)
        except (*DAMAGED, NotImplementedError, RuntimeError) as error:
            raise ValueError(str(error) or type(error).__name__) from error


def open_packed(stream: BinaryIO, begin: bytes, name: str, most: int | None) -> Packed | None:
    """Open what a packed stream holds; None where it is not packed.

    Parameters
    ----------
    stream : binary stream
        Read up to and with ``begin``.
    begin : bytes
        Its first bytes.
    name : str
        The file, for messages.
    most : int or None
        Most bytes that it may unpack to; None for a cap by its size.

    Raises
    ------
    SchemaError
        If a zip archive does not hold exactly one file.
    """
    if begin.startswith(ZIP):
        whole = begin + _all(stream, most or MOST_BYTES, name)
        return Packed(_only_member(whole, name), "zip", _cap(len(whole), most))
    joined = io.BufferedReader(_Joined(begin, stream))
    opened: BinaryIO
    if begin.startswith(GZIP):
        opened, what = cast("BinaryIO", gzip.GzipFile(fileobj=joined)), "gzip"
    elif begin.startswith(BZIP2):
        opened, what = cast("BinaryIO", bz2.BZ2File(joined)), "bzip2"
    elif begin.startswith(XZ):
        opened, what = cast("BinaryIO", lzma.LZMAFile(joined)), "xz"  # noqa: SIM115
    else:
        return None
    return Packed(cast("BinaryIO", _Sound(opened)), what, _cap(size_of(stream) or None, most))


def _cap(packed: int | None, most: int | None) -> int:
    if most is not None:
        return most
    if packed is None:
        return LEAST_UNPACKED
    return min(MOST_BYTES, max(LEAST_UNPACKED, MOST_GROWTH * packed))


def size_of(stream: BinaryIO) -> int:
    """Bytes of an open file; 0 where that is not known, as of a pipe."""
    try:
        return os.fstat(stream.fileno()).st_size
    except (OSError, AttributeError, ValueError):
        return 0


def _all(stream: BinaryIO, cap: int, name: str) -> bytes:
    data = stream.read(cap + 1)
    if len(data) > cap:
        raise SchemaError(
            f"the archive is larger than {cap} bytes",
            location=name,
            fix=f"allow more with --set data.max_bytes={2 * cap}",
        )
    return data


def _only_member(data: bytes, name: str) -> BinaryIO:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        members = [
            item
            for item in archive.infolist()
            if not item.is_dir() and not item.filename.startswith("__MACOSX/")
        ]
        names = [item.filename for item in members]
        if "[Content_Types].xml" in names or "mimetype" in names:
            raise SchemaError(
                "the file is a spreadsheet, not CSV text", location=name, fix="export it as CSV"
            )
        if len(members) != 1:
            listed = ", ".join(names[:5]) + (" ..." if len(names) > 5 else "")  # noqa: PLR2004
            raise SchemaError(
                f"the zip archive holds {len(members)} files and not 1 ({listed or 'empty'})",
                location=name,
                fix="unpack it and name the file to read",
            )
        return cast("BinaryIO", _Sound(cast("BinaryIO", archive.open(members[0]))))
    except (*DAMAGED, NotImplementedError, RuntimeError) as error:
        raise SchemaError(
            f"the zip archive is damaged: {error}", location=name, fix="make or fetch it again"
        ) from error
