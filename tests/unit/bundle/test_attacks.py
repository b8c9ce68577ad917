"""Files made to harm: each ends in a named error, before a weight is used and without running code.

Origins: safetensors' `attacks/README.md` and the names of its errors in `tensor.rs`; skops'
CVE-2024-37065; the classics of pickle and YAML; SQLite's fuzzing of every byte.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import pickle  # noqa: TID251 - to make the file that must be refused
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from forecast.bundle import layout as layout_module
from forecast.bundle.bundle import Bundle
from forecast.bundle.load import load_bundle, read_manifest
from forecast.errors import (
    BundleError,
    CorruptBundleError,
    NewerBundleError,
    UntrustedBundleError,
)

Forging = Callable[[Bundle], Any]


class Bomb:
    """A pickle of this leaves a file behind when it is loaded."""

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, ("pickle-was-run",)


def torch_checkpoint() -> bytes:
    """A checkpoint as torch writes it."""
    buffer = io.BytesIO()
    torch.save({"weight": torch.zeros(2)}, buffer)  # noqa: TID251
    return buffer.getvalue()


def zip_archive() -> bytes:
    """A zip archive, such as skops and Keras write."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("schema.json", "{}")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        *[
            pytest.param(
                lambda protocol=protocol: pickle.dumps(Bomb(), protocol=protocol),
                f"a pickle \\(protocol {0 if protocol < 2 else protocol}\\)",
                id=f"pickle {protocol}",
            )
            for protocol in (0, 2, 3, 4, 5)
        ],
        pytest.param(torch_checkpoint, "a torch checkpoint", id="torch"),
        pytest.param(zip_archive, "a zip archive", id="zip"),
        pytest.param(lambda: gzip.compress(pickle.dumps(Bomb())), "gzip", id="joblib"),
        pytest.param(lambda: b"\x89HDF\r\n\x1a\n" + bytes(100), "HDF5", id="keras h5"),
        # PyYAML's classic, CVE-2017-18342
        pytest.param(
            lambda: b"!!python/object/apply:os.mkdir [pickle-was-run]\n", "text file", id="yaml"
        ),
        pytest.param(lambda: b"ds,y\n2024-01-01,1\n" * 1000, "text file", id="csv"),
        pytest.param(lambda: "é".encode() * 3000, "text file", id="text cut in a letter"),
        pytest.param(lambda: b'{"format": 1}', "text file", id="json"),
    ],
)
def test_p10_other_kinds_of_file_are_named_and_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[], bytes], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("model").write_bytes(make())

    with pytest.raises(UntrustedBundleError, match=words) as caught:
        load_bundle(Path("model"))

    assert caught.value.exit_code == 4
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_p10_run_folder_whose_bundle_is_a_pickle_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bundle.safetensors").write_bytes(pickle.dumps(Bomb()))

    with pytest.raises(UntrustedBundleError):
        load_bundle(tmp_path)


def test_device_that_never_ends_is_not_read() -> None:
    with pytest.raises(UntrustedBundleError, match="not a plain file"):
        load_bundle(Path("/dev/zero"))


@pytest.mark.parametrize("length", [0, 1, 7, 8, 9, 100, -1, -8, -1000])
def test_truncated_file_is_corrupt(tmp_path: Path, content: bytes, length: int) -> None:
    (tmp_path / "a").write_bytes(content[:length])

    # One byte may be a letter, and so a text file.
    with pytest.raises(BundleError if length == 1 else CorruptBundleError):
        load_bundle(tmp_path / "a")


def test_bytes_after_the_end_are_refused(tmp_path: Path, content: bytes) -> None:
    # safetensors, MetadataIncompleteBuffer: a polyglot hides its other half behind the data
    (tmp_path / "a").write_bytes(content + zip_archive())

    with pytest.raises(CorruptBundleError, match="holds"):
        load_bundle(tmp_path / "a")


def test_huge_header_is_refused_before_it_is_read(tmp_path: Path) -> None:
    # safetensors, HeaderTooLarge; the file is sparse and takes no room
    with (tmp_path / "a").open("wb") as stream:
        stream.write((2**30).to_bytes(8, "little") + b"{")
        stream.truncate(2**30 + 100)

    with pytest.raises(CorruptBundleError, match="header claims 1073741824 bytes"):
        load_bundle(tmp_path / "a")


def test_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with (tmp_path / "a").open("wb") as stream:
        stream.truncate(layout_module.MAX_BYTES + 1)

    with pytest.raises(CorruptBundleError, match="at most 4294967296 are read"):
        load_bundle(tmp_path / "a")


def _entry(header: dict[str, Any], name: str = "tail.values") -> dict[str, Any]:
    entry: dict[str, Any] = header[name]
    return entry


# Each changes the header in place; the names are those of safetensors' errors where it has one.
HEADER_ATTACKS: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "overlap (InvalidOffset)": (
        lambda header: header.update(copy=dict(_entry(header))),
        "begins at byte",
    ),
    "hole (InvalidOffset)": (lambda header: header.pop("tail.first"), "begins at byte"),
    "offsets beyond the end": (
        lambda header: _entry(header).update(shape=[10**6], data_offsets=[0, 8 * 10**6]),
        "byte",
    ),
    "shape too large (TensorInvalidInfo)": (
        lambda header: _entry(header).update(shape=[2**31]),
        "needs 17179869184 bytes",
    ),
    "shape that overflows (ValidationOverflow)": (
        lambda header: _entry(header).update(shape=[2**32] * 8),
        "needs",
    ),
    "shape of a thousand dimensions": (
        lambda header: _entry(header).update(shape=[1] * 1000),
        "has shape",
    ),
    "negative offsets": (lambda header: _entry(header).update(data_offsets=[-8, 0]), "offsets"),
    "offsets that are no integers": (
        lambda header: _entry(header).update(data_offsets=[0.0, 8.0]),
        "offsets",
    ),
    "three offsets": (lambda header: _entry(header).update(data_offsets=[0, 8, 16]), "offsets"),
    "unknown type": (lambda header: _entry(header).update(dtype="F4"), "has type 'F4'"),
    "type that is a list": (lambda header: _entry(header).update(dtype=[]), "has type"),
    "further key": (lambda header: _entry(header).update(path="/etc/passwd"), "not described by"),
    "entry that is a list": (lambda header: header.update({"tail.values": []}), "not described"),
    "no metadata": (lambda header: header.pop("__metadata__"), "one key"),
    "second metadata key": (
        lambda header: header["__metadata__"].update(path="/etc/passwd"),
        "one key",
    ),
    "manifest that is no text": (
        lambda header: header["__metadata__"].update(forecast=1),
        "not text",
    ),
    "manifest that is no object": (
        lambda header: header["__metadata__"].update(forecast="[]"),
        "not a JSON object",
    ),
    "manifest nested deeply": (
        lambda header: header["__metadata__"].update(forecast="[" * 500_000),
        "nested too deeply",
    ),
    "manifest with nan": (
        lambda header: header["__metadata__"].update(forecast='{"rows":NaN}'),
        "NaN is not a number",
    ),
    "manifest with infinity": (
        lambda header: header["__metadata__"].update(forecast='{"rows":1e999}'),
        "not readable",
    ),
    "manifest with a number of 5,000 digits": (
        lambda header: header["__metadata__"].update(forecast=f'{{"rows":{"9" * 5000}}}'),
        "not readable",
    ),
    "manifest with half a letter": (
        lambda header: header["__metadata__"].update(forecast='{"rows":"\\ud800"}'),
        "unable to parse",
    ),
}


@pytest.mark.parametrize("attack", HEADER_ATTACKS)
def test_header_attack_is_corrupt(tmp_path: Path, kit: Any, content: bytes, attack: str) -> None:
    change, words = HEADER_ATTACKS[attack]
    header, data = kit.split(content)
    change(header)
    (tmp_path / "a").write_bytes(kit.join(header, data))

    with pytest.raises(CorruptBundleError, match=words) as caught:
        load_bundle(tmp_path / "a")

    assert len(caught.value.message) <= 400


def test_duplicate_keys_are_refused_outside_and_inside(
    tmp_path: Path, kit: Any, content: bytes
) -> None:
    # safetensors' attack 5: two readers take two different values of one key
    header, data = kit.split(content)
    outside = json.dumps(header)[:-1] + ',"tail.first":' + json.dumps(header["tail.first"]) + "}"
    inside = header["__metadata__"]["forecast"][:-1] + ',"horizon":4}'

    (tmp_path / "a").write_bytes(kit.join(outside, data))
    with pytest.raises(CorruptBundleError, match=r"'tail\.first' is there twice"):
        load_bundle(tmp_path / "a")

    header["__metadata__"]["forecast"] = inside
    (tmp_path / "a").write_bytes(kit.join(header, data))
    with pytest.raises(CorruptBundleError, match="'horizon' is there twice"):
        load_bundle(tmp_path / "a")


def test_header_and_manifest_that_disagree_are_corrupt(forge: Forging, bundle: Bundle) -> None:
    forged = forge(bundle)

    with pytest.raises(CorruptBundleError, match="in the header, but"):
        load_bundle(forged.write(listed={"tail.values": ["F64", [1]]}))


def test_tensors_that_change_places_are_corrupt(tmp_path: Path, kit: Any, content: bytes) -> None:
    # Both fit in type, shape and size; only the checksum can tell
    header, data = kit.split(content)
    one, two = header["tail.first"], header["intervals.counts"]
    one["data_offsets"], two["data_offsets"] = two["data_offsets"], one["data_offsets"]
    (tmp_path / "a").write_bytes(kit.join(header, data))

    with pytest.raises(CorruptBundleError, match="checksum"):
        load_bundle(tmp_path / "a")


def test_wrong_checksum_is_corrupt(tmp_path: Path, kit: Any, content: bytes) -> None:
    header, data = kit.split(content)
    manifest = json.loads(header["__metadata__"]["forecast"])
    manifest["season_length"] = 8
    header["__metadata__"]["forecast"] = json.dumps(manifest)
    (tmp_path / "a").write_bytes(kit.join(header, data))

    with pytest.raises(CorruptBundleError, match="checksum"):
        load_bundle(tmp_path / "a")


@pytest.mark.parametrize("read", [load_bundle, read_manifest])
def test_newer_format_is_named(
    forge: Forging, bundle: Bundle, read: Callable[[Path], object]
) -> None:
    forged = forge(bundle)
    forged.manifest.update(format=2, forecast_version="9.1", further={"keys": []})
    del forged.manifest["clock"]

    with pytest.raises(NewerBundleError, match=r"format 2, written by forecast 9\.1.* up to 1"):
        read(forged.write())


def test_newer_format_does_not_print_what_the_file_says(forge: Forging, bundle: Bundle) -> None:
    # A version may hold the escapes of a terminal
    forged = forge(bundle)
    forged.manifest.update(format=2, forecast_version="\x1b]0;pwned\x07")

    with pytest.raises(NewerBundleError) as caught:
        load_bundle(forged.write())

    assert "\x1b" not in str(caught.value)


def test_every_flipped_byte_is_a_named_error_or_changes_nothing(
    tmp_path: Path, bundle: Bundle, content: bytes
) -> None:
    size = 8 + int.from_bytes(content[:8], "little")
    places = [*range(0, size, 5), *range(size, len(content), 97)]
    survivors = 0
    for place in places:
        altered = bytearray(content)
        altered[place] ^= 1 << (place % 8)
        (tmp_path / "a").write_bytes(altered)
        try:
            loaded = load_bundle(tmp_path / "a")
        except BundleError:
            continue
        survivors += 1
        assert loaded.manifest == bundle.manifest
        np.testing.assert_array_equal(loaded.example, bundle.example)
        np.testing.assert_array_equal(loaded.tail.values, bundle.tail.values)

    assert survivors < len(places) / 100  # only blanks between the parts may differ
