"""Files that are no bundle or no longer one: exit 4, and their code is never run."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.e2e.conftest import Forecast, Refused

# What a pickle of os.system("touch ran") looks like, protocol 0.
PICKLE = b"cos\nsystem\n(S'touch ran'\ntR."


@pytest.fixture
def whole(trained: Path) -> bytes:
    return (trained / "bundle.safetensors").read_bytes()


@pytest.mark.parametrize("command", ["predict", "inspect"])
@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("model.pkl", PICKLE),
        ("model.pkl", b"\x80\x04" + PICKLE),
        ("model.pt", b"PK\x03\x04" + bytes(100)),
        ("bundle.safetensors", PICKLE),
        ("model.yaml", b"!!python/object/apply:os.system ['touch ran']\n"),
        ("empty", b""),
    ],
    ids=["pickle 0", "pickle 4", "torch", "pickle by our name", "YAML", "empty"],
)
def test_other_kind_of_file_is_refused_unread(
    refused: Refused, tmp_path: Path, command: str, name: str, data: bytes
) -> None:
    (tmp_path / name).write_bytes(data)
    _, where, _ = refused(4, command, name)
    assert name in where
    assert not (tmp_path / "ran").exists()


def test_bundle_cut_anywhere_is_refused(refused: Refused, tmp_path: Path, whole: bytes) -> None:
    for size in (1, 7, 8, 100, len(whole) // 2, len(whole) - 1):
        (tmp_path / "cut").write_bytes(whole[:size])
        refused(4, "predict", "cut")


def test_bundle_with_one_byte_flipped_is_refused(
    refused: Refused, tmp_path: Path, whole: bytes
) -> None:
    draw = random.Random(2)  # noqa: S311 - no secret
    header = int.from_bytes(whole[:8], "little")
    places = [0, 3, 8, 9, *(draw.randrange(8, header) for _ in range(10))]
    places += [header + 8, len(whole) - 1, *(draw.randrange(header, len(whole)) for _ in range(10))]
    for place in places:
        flipped = bytearray(whole)
        flipped[place] ^= 1 << draw.randrange(8)
        (tmp_path / "flipped").write_bytes(flipped)
        refused(4, "predict", "flipped")


def test_bundle_of_a_later_format_is_refused_by_name(
    refused: Refused, tmp_path: Path, whole: bytes
) -> None:
    later = whole.replace(b'\\"format\\":1', b'\\"format\\":2')
    assert later != whole
    (tmp_path / "later").write_bytes(later)
    what, _, _ = refused(4, "predict", "later")
    assert "2" in what


@pytest.mark.parametrize("name", ["nowhere", "folder"])
def test_run_that_is_not_there_is_a_wrong_word(refused: Refused, tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    _, where, _ = refused(2, "predict", name)
    assert name in where


def test_bundle_forecasts_where_it_is_moved_to(
    forecast: Forecast, trained: Path, tmp_path: Path, whole: bytes
) -> None:
    (tmp_path / "moved").write_bytes(whole)
    assert forecast("predict", "moved").out == forecast("predict", trained).out
    assert "worked example: equal" in forecast("inspect", "moved", "--verify").out
