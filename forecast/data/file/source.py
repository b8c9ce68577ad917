"""From whatever the user named to the bytes of one text, or a refusal that says what it is."""

from __future__ import annotations

import difflib
import io
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from forecast.data.file.dialect import MOST_BYTES, MOST_LINE, Dialect
from forecast.data.file.encoding import as_utf8
from forecast.data.file.unpack import open_packed, size_of
from forecast.errors import InputNotFoundError, SchemaError

PARQUET = b"PAR1"
BEGIN = 1024
END_OF_FILE = b"\x1a"  # of old programs
GLOB = re.compile(r"[*?\[]")
LINE_END = re.compile(rb"[\r\n]")
VISIBLE = re.compile(rb"\S")

# First bytes of files that people hand over instead of a CSV.
SIGNATURES = (
    (b"\x80\x02", "a pickle"),
    (b"\x80\x04", "a pickle"),
    (b"\x89HDF", "an HDF5 file"),
    (b"\xd0\xcf\x11\xe0", "an old spreadsheet"),
    (b"%PDF", "a PDF document"),
    (b"ARROW1", "an Arrow or Feather file"),
    (b"\x28\xb5\x2f\xfd", "packed with zstd"),
)
MARKUP = (
    (
        re.compile(rb"\s*<(?:!doctype|html|\?xml|table|head|body)", re.IGNORECASE),
        "a web page or XML",
    ),
    (re.compile(rb"\s*(?:\[\s*[\[{]|\{\s*\")"), "JSON"),
)


@dataclass(frozen=True)
class Content:
    """The text of a source.

    Parameters
    ----------
    data : bytes
        UTF-8 without byte order mark, lines ended by a line feed (and perhaps more).
    name : str
        The source, for messages.
    notes : tuple of str
        What the user should know.
    """

    data: bytes
    name: str
    notes: tuple[str, ...] = ()


def read_content(source: Path | str | TextIO | BinaryIO, dialect: Dialect) -> Content:
    """Read the whole of ``source`` as UTF-8, unpacked.

    Parameters
    ----------
    source : path, str or stream
        A file's path, or an open stream such as standard input.
    dialect : Dialect
        What the user said about the encoding and the size.

    Raises
    ------
    InputNotFoundError
        If the path is not a readable file.
    SchemaError
        If the file is empty, binary, damaged or larger than the caps allow.
    """
    if isinstance(source, (str, Path)):
        name = str(source)
        with open_file(Path(source)) as stream:
            data, notes = _bytes_of(stream, name, dialect)
    else:
        name = str(getattr(source, "name", "stream")).strip("<>")
        data, notes = _bytes_of(_binary(source, name), name, dialect)
    if not data:
        raise _empty("0 bytes", name)
    kinds = [what for signature, what in SIGNATURES if data.startswith(signature)]
    kinds += [what for pattern, what in MARKUP if pattern.match(data)]
    if kinds:
        raise SchemaError(
            f"the file is {kinds[0]}, not CSV text", location=name, fix="export it as CSV"
        )
    data, said = as_utf8(data, dialect.encoding, name)
    data = data.rstrip(END_OF_FILE)
    if VISIBLE.search(data) is None:
        raise _empty(f"{len(data)} characters, none of them visible", name)
    if b"\n" not in data and b"\r" in data:
        data = data.replace(b"\r", b"\n")
    return Content(data, name, (*notes, *said))


def open_file(path: Path) -> BinaryIO:
    """Open a file, or say why not and what may be meant.

    Raises
    ------
    InputNotFoundError
        If the path is not a readable file.
    """
    try:
        return path.open("rb")
    except IsADirectoryError as error:
        inside = sorted(str(entry) for entry in path.glob("*.csv"))
        more = f", or all of them: '{path}/*.csv'" if len(inside) > 1 else ""
        raise InputNotFoundError(
            f"{str(path)!r} is a folder, not a file",
            location=str(path),
            fix=f"name a file in it, such as {inside[0]}{more}" if inside else "name a CSV file",
        ) from error
    except FileNotFoundError as error:
        raise InputNotFoundError(
            f"there is no file {str(path)!r}", location=str(path.parent), fix=_near(path)
        ) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputNotFoundError(
            f"{str(path)!r} cannot be read: {reason}",
            location=str(path),
            fix="check the path and its permissions",
        ) from error


def is_piped(path: Path) -> bool:
    """Tell whether a path, such as /dev/stdin, leads to a pipe, which can be read once."""
    try:
        return stat.S_ISFIFO(path.stat().st_mode)
    except (OSError, ValueError):
        return False


def is_parquet(path: Path) -> bool:
    """Tell whether a file is Parquet by its first bytes; False where there is none."""
    try:
        with path.open("rb") as stream:
            return stream.read(len(PARQUET)) == PARQUET
    except (OSError, ValueError):
        return False


def expand(source: str | Path) -> list[Path]:
    """Return the files that a path or pattern such as ``sales-*.csv`` names, in order."""
    path = Path(source)
    if not GLOB.search(path.name) or path.exists():
        return [path]
    found = sorted(entry for entry in path.parent.glob(path.name) if entry.is_file())
    if not found:
        raise InputNotFoundError(
            f"no file is called like {str(path)!r}",
            location=str(path.parent),
            fix="check the pattern and its folder",
        )
    return found


def _empty(what: str, name: str) -> SchemaError:
    return SchemaError(
        f"the file is empty ({what})",
        location=name,
        fix="it needs a header line and one row per observation, such as: date,y",
    )


def _near(path: Path) -> str:
    try:
        names = [entry.name for entry in path.parent.iterdir()]
    except OSError:
        return f"check the path: there is no folder {str(path.parent)!r}"
    close = difflib.get_close_matches(path.name, names, n=1)
    return f"did you mean {str(path.parent / close[0])!r}?" if close else "check the path"


def _binary(source: TextIO | BinaryIO, name: str) -> BinaryIO:
    """Return the bytes below a text stream, or those of its text."""
    inner = getattr(source, "buffer", None)
    if inner is not None:
        return cast("BinaryIO", inner)
    if isinstance(source, (io.RawIOBase, io.BufferedIOBase)):
        return cast("BinaryIO", source)
    try:
        return io.BytesIO(cast("TextIO", source).read().encode())
    except UnicodeError as error:
        raise SchemaError(
            f"the stream is not text: {error}", location=name, fix="give it as bytes"
        ) from error


def _bytes_of(stream: BinaryIO, name: str, dialect: Dialect) -> tuple[bytes, tuple[str, ...]]:
    """Read a stream to its end, unpacked, as far as the caps allow."""
    begin = stream.read(BEGIN)
    if begin.startswith(PARQUET):
        raise SchemaError(
            "the stream is Parquet, which needs a file", location=name, fix="name the file instead"
        )
    packed = open_packed(stream, begin, name, dialect.max_bytes)
    if packed is None:
        return _capped(begin, stream, name, dialect.max_bytes or MOST_BYTES), ()
    try:
        data = _capped(b"", packed.stream, name, packed.cap)
    except (OSError, EOFError, ValueError) as error:
        raise SchemaError(
            f"the {packed.kind} archive is damaged: {error}",
            location=name,
            fix="make or fetch it again",
        ) from error
    return data, (f"unpacked from {packed.kind}",)


def _capped(begin: bytes, stream: BinaryIO, name: str, cap: int) -> bytes:
    """Read on in pieces, while they stay below the cap and none of their lines is endless."""
    gathered = io.BytesIO()
    gathered.write(begin)
    line = len(begin) - _last_end(begin)  # bytes since the last line end
    while piece := stream.read(MOST_LINE):
        if gathered.tell() + len(piece) > cap:
            raise SchemaError(
                f"the text is larger than {cap} bytes",
                location=name,
                fix=f"allow more with --set data.max_bytes={max(2 * cap, size_of(stream))}, or "
                "divide the file",
            )
        ended = LINE_END.search(piece)
        if line + (len(piece) if ended is None else ended.start()) > MOST_LINE:
            raise SchemaError(
                f"a line is longer than {MOST_LINE} bytes",
                location=name,
                fix="write one row per series and time: unique_id,ds,y",
            )
        line = line + len(piece) if ended is None else len(piece) - _last_end(piece)
        gathered.write(piece)
    return gathered.getvalue()


def _last_end(piece: bytes) -> int:
    """Position behind the last line end."""
    return max(piece.rfind(b"\n"), piece.rfind(b"\r")) + 1
