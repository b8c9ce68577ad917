"""Bytes of an unknown encoding to UTF-8, saying aloud what was not UTF-8."""

from __future__ import annotations

import codecs
import re

from forecast.data.file.dialect import AUTO
from forecast.errors import SchemaError

MARKS = (  # longest first: the mark of UTF-32 begins like that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
WESTERN = ("cp1252", "latin-1")
CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")
PIECE = 2**24
HEAD = 4096
ZEROS = 0.3  # of every second byte, where text in UTF-16 has no mark


def as_utf8(data: bytes, encoding: str, name: str) -> tuple[bytes, tuple[str, ...]]:
    """Return the text as UTF-8 without mark, and what should be said about its encoding.

    Parameters
    ----------
    data : bytes
        The text as it was found.
    encoding : str
        Its encoding, or ``auto``.
    name : str
        The file, for messages.

    Raises
    ------
    SchemaError
        If the bytes are not text, or not in the encoding.
    """
    if encoding != AUTO and codecs.lookup(encoding).name not in ("utf-8", "utf-8-sig"):
        return _decoded(data, encoding, name), ()
    found = _marked(data) if encoding == AUTO else "utf-8"
    if found not in ("utf-8", "utf-8-sig"):
        return _decoded(data, found, name), (f"the file is {found.upper()}, not UTF-8",)
    data = data.removeprefix(codecs.BOM_UTF8)
    _refuse_binary(data, name)
    bad = _first_bad(data)
    if bad is None:
        return data, ()
    line = data.count(b"\n", 0, bad) + 1
    if encoding != AUTO or _mostly_utf8(data):
        raise SchemaError(
            f"the file is damaged UTF-8 text: byte 0x{data[bad]:02x} in line {line}",
            location=name,
            fix="correct the line, or name another encoding: --set data.encoding=cp1252",
            mend={"data.encoding": "cp1252"},
        )
    for western in WESTERN:
        try:
            text = data.decode(western)
        except UnicodeDecodeError:
            continue
        return text.encode(), (
            f"the file is not UTF-8 (byte 0x{data[bad]:02x} in line {line}): read as {western}",
        )
    raise AssertionError("latin-1 reads any byte")


def _marked(data: bytes) -> str:
    """Encoding by the mark at the beginning, or by the zero bytes of UTF-16 without one."""
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return encoding
    head = data[:HEAD]
    half = max(1, len(head) // 2)
    even, odd = head[0::2].count(0) / half, head[1::2].count(0) / half
    if odd > ZEROS and even < ZEROS / 10:
        return "utf-16-le"
    if even > ZEROS and odd < ZEROS / 10:
        return "utf-16-be"
    return "utf-8"


def _decoded(data: bytes, encoding: str, name: str) -> bytes:
    try:
        text = data.decode(encoding)
        utf8 = text.removeprefix("\ufeff").encode()
    except (UnicodeError, LookupError, TypeError, ValueError) as error:
        raise SchemaError(
            f"the file is not text in {encoding}: {error}",
            location=name,
            fix="name its encoding, such as --set data.encoding=utf-8",
        ) from error
    _refuse_binary(utf8, name)
    return utf8


def _refuse_binary(data: bytes, name: str) -> None:
    at = data.find(b"\0")
    if at >= 0:
        raise SchemaError(
            f"the file is binary: it has a zero byte at position {at}",
            location=name,
            fix="export the data as CSV in UTF-8",
        )


def _first_bad(data: bytes) -> int | None:
    """Position of the first byte that is not UTF-8, looked for in pieces."""
    if data.isascii():
        return None
    decoder = codecs.getincrementaldecoder("utf-8")()
    for begin in range(0, len(data), PIECE):
        piece = data[begin : begin + PIECE]
        kept = len(decoder.getstate()[0])
        try:
            decoder.decode(piece, final=begin + PIECE >= len(data))
        except UnicodeDecodeError as error:
            return begin - kept + error.start
    return None


def _mostly_utf8(data: bytes) -> bool:
    """Tell whether letters beyond ASCII are mostly whole UTF-8: then a bad byte is damage."""
    text = data.decode("utf-8", errors="replace")
    bad = text.count("\ufffd")
    good = sum(len(run) for run in re.findall(r"[^\x00-\x7f\ufffd]+", text))
    return good > bad or CONTROL.search(data) is not None
