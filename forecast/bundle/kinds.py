"""Files that people save models in and that are no bundles, by their first bytes.

Only named, never opened: a pickle runs the code that it holds when it is read.
"""

from __future__ import annotations

MAGIC = (
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b", "a gzip file, perhaps a compressed pickle"),
    (b"\x89HDF", "an HDF5 file"),
    (b"\x93NUMPY", "a NumPy array file"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ", "an xz file"),
)
PICKLE_PROTOCOLS = range(2, 6)
PICKLE_OPENINGS = b"(c]}lidI."  # first letters of the text protocols 0 and 1


def kind_of(start: bytes) -> str | None:
    """What the file is, for a person; None where it is nothing that is known."""
    if start[:4] == b"PK\x03\x04" and b"data.pkl" in start[:256]:
        return "a torch checkpoint (a pickle in a zip archive)"
    for magic, kind in MAGIC:
        if start.startswith(magic):
            return kind
    if start[:1] == b"\x80" and start[1:2] and start[1] in PICKLE_PROTOCOLS:
        return f"a pickle (protocol {start[1]})"
    return _kind_of_text(start)


def _kind_of_text(start: bytes) -> str | None:
    try:
        text = start.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(start) - 4:  # otherwise one letter is cut at the end of the sample
            return None
        text = start[: error.start].decode("utf-8")
    if not text.strip() or any(not (sign.isprintable() or sign in "\t\r\n") for sign in text):
        return None
    if start[:1] in [bytes([letter]) for letter in PICKLE_OPENINGS] and text.rstrip().endswith("."):
        return "a pickle (protocol 0)"
    return "a text file, perhaps YAML or CSV"
