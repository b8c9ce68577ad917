"""From whatever the user named to one text, or a refusal that says what it is instead."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TextIO

from forecast.errors import InputNotFoundError, SchemaError

# First bytes of files that people hand over instead of a CSV.
SIGNATURES = (
    (b"\x1f\x8b", "a gzip archive", "unpack it first: gunzip {name}"),
    (b"PK\x03\x04", "a zip archive or a spreadsheet", "export it as CSV"),
    (b"PAR1", "a Parquet file", "export it as CSV"),
    (b"\xff\xfe", "UTF-16 text", "save it as UTF-8"),
    (b"\xfe\xff", "UTF-16 text", "save it as UTF-8"),
    (b"\x80\x02", "a pickle", "export the data as CSV"),
)


def read_text(source: Path | str | TextIO) -> tuple[str, str]:
    """Read the whole text of ``source``.

    Parameters
    ----------
    source : path, str or text stream
        A file's path, or an open stream such as standard input.

    Returns
    -------
    tuple of str
        The text without byte order mark, and a name for messages.

    Raises
    ------
    InputNotFoundError
        If the path is not a readable file.
    SchemaError
        If the file is empty, binary or not UTF-8.
    """
    if isinstance(source, (str, Path)):
        path = Path(source)
        name = str(source)
        text = _decode(_bytes_of(path), name)
    else:
        name = str(getattr(source, "name", "stream")).strip("<>")
        try:
            text = source.read().removeprefix("\ufeff")
        except UnicodeDecodeError as error:
            raise _not_utf8(error, name) from error
    if not text.strip():
        raise SchemaError(
            f"the file is empty ({len(text)} characters, none of them visible)"
            if text
            else "the file is empty (0 bytes)",
            location=name,
            fix="it needs a header line and one row per observation, such as: date,y",
        )
    if "\0" in text:
        raise SchemaError(
            f"the file is binary: it has a zero byte at position {text.index(chr(0))}",
            location=name,
            fix="export the data as CSV in UTF-8",
        )
    return text, name


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except IsADirectoryError as error:
        inside = sorted(str(entry) for entry in path.glob("*.csv"))
        raise InputNotFoundError(
            f"{str(path)!r} is a folder, not a file",
            location=str(path),
            fix=f"name a file in it, such as {inside[0]}" if inside else "name a CSV file",
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


def _near(path: Path) -> str:
    try:
        names = [entry.name for entry in path.parent.iterdir()]
    except OSError:
        return f"check the path: there is no folder {str(path.parent)!r}"
    close = difflib.get_close_matches(path.name, names, n=1)
    return f"did you mean {str(path.parent / close[0])!r}?" if close else "check the path"


def _decode(data: bytes, name: str) -> str:
    for signature, what, fix in SIGNATURES:
        if data.startswith(signature):
            raise SchemaError(
                f"the file is {what}, not CSV text", location=name, fix=fix.format(name=name)
            )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _not_utf8(error, name) from error


def _not_utf8(error: UnicodeDecodeError, name: str) -> SchemaError:
    line = error.object[: error.start].count(b"\n") + 1
    return SchemaError(
        f"the file is not UTF-8 text: byte 0x{error.object[error.start]:02x} in line {line}",
        location=name,
        fix="save it as UTF-8, for example: iconv -f latin1 -t utf-8 OLD.csv > NEW.csv",
    )
