"""Forged contents under a right checksum, which a forger can compute: bounds must catch them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from forecast.bundle.bundle import Bundle
from forecast.bundle.load import load_bundle
from forecast.errors import CorruptBundleError

Forging = Callable[[Bundle], Any]

# Each changes a manifest whose checksum is then made right again: a forger can do that.
MANIFEST_ATTACKS: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    # skops, CVE-2024-37065: a type name in the file chose what was imported
    "type name": (lambda manifest: manifest.update(model="os.system"), "no model is called"),
    "type name with settings": (
        lambda manifest: manifest.update(model="naive", settings={"__class__": 1}),
        "does not fit",
    ),
    "path as a further key": (lambda manifest: manifest.update(weights="/etc/passwd"), "weights"),
    "other type": (lambda manifest: manifest.update(horizon="4"), "horizon"),
    "boolean horizon": (lambda manifest: manifest.update(horizon=True), "horizon"),
    "missing key": (lambda manifest: manifest.pop("clock"), "clock"),
    "format 0": (lambda manifest: manifest.update(format=0), "format"),
    "format as text": (lambda manifest: manifest.update(format="2"), "format"),
    "horizon that takes all memory": (
        lambda manifest: manifest.update(horizon=10**12),
        "horizon",
    ),
    "tail that takes all memory": (lambda manifest: manifest.update(tail_rows=10**15), "tail_rows"),
    "tail shorter than its series": (
        lambda manifest: manifest.update(tail_rows=3),
        "outside the 3 rows",
    ),
    "formats of other columns": (
        lambda manifest: manifest["columns"].update(time=["t"], time_format=["%Y", "%m"]),
        "one format",
    ),
    "rows without an id": (
        lambda manifest: manifest["columns"].update(layout="rows", id=[]),
        "has one id",
    ),
    "levels without end": (
        lambda manifest: manifest.update(levels=[1 + at / 1000 for at in range(20_000)]),
        "levels",
    ),
    "no series": (lambda manifest: manifest.update(unique_ids=[]), "unique_ids"),
    "one name for two series": (
        lambda manifest: manifest.update(unique_ids=["a", "a", "b", "c"]),
        "one name",
    ),
    "more names than series": (
        lambda manifest: manifest.update(unique_ids=["a", "b", "c", "d", "e"]),
        r"'example|'intervals|'tail",
    ),
    "season 0": (lambda manifest: manifest.update(settings={"season_length": 0}), "is 0, not"),
    "season as text": (
        lambda manifest: manifest.update(settings={"season_length": "7"}),
        "not a whole number",
    ),
    "season huge": (
        lambda manifest: manifest.update(settings={"season_length": 10**18}),
        "season_length",
    ),
    "freq that stands still": (
        lambda manifest: manifest["clock"].update(freq="0h"),
        "stands still|not readable",
    ),
    "freq that goes back": (lambda manifest: manifest["clock"].update(freq="-1h"), "stands still"),
    "unknown freq": (lambda manifest: manifest["clock"].update(freq="fortnight"), "not readable"),
    "freq beyond the end of time": (
        lambda manifest: manifest["clock"].update(freq="999999999D"),
        "not readable",
    ),
    "origin that is the present": (
        lambda manifest: manifest["clock"].update(origin="now"),
        "not readable",
    ),
    "origin that is no date": (
        lambda manifest: manifest["clock"].update(origin="2024-13-45"),
        "not readable",
    ),
    # dateutil opens the file that a zone of this kind names
    "zone that is a path": (
        lambda manifest: manifest["clock"].update(time_zone="dateutil//etc/passwd"),
        "not readable",
    ),
    "zone that climbs": (
        lambda manifest: manifest["clock"].update(time_zone="../../etc/passwd"),
        "not readable",
    ),
    "unknown zone": (
        lambda manifest: manifest["clock"].update(time_zone="Mars/Base"),
        "not readable",
    ),
    "other kind of clock": (
        lambda manifest: manifest.update(clock={"kind": "count", "step": 1, "length": 14}),
        r"'clock\.last' is missing",
    ),
}


@pytest.mark.parametrize("attack", MANIFEST_ATTACKS)
def test_manifest_attack_is_corrupt(forge: Forging, bundle: Bundle, attack: str) -> None:
    change, words = MANIFEST_ATTACKS[attack]
    forged = forge(bundle)
    change(forged.manifest)

    with pytest.raises(CorruptBundleError, match=words):
        load_bundle(forged.write())


def _put(name: str, value: object) -> Callable[[dict[str, Any]], None]:
    return lambda tensors: tensors.update({name: np.array(value)})


def _poke(name: str, place: object, value: float) -> Callable[[dict[str, Any]], None]:
    def poke(tensors: dict[str, Any]) -> None:
        tensors[name] = tensors[name].copy()
        tensors[name][place] = value

    return poke


TENSOR_ATTACKS: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "offsets that descend": (_poke("tail.offsets", 1, 99), "do not ascend"),
    "offsets that begin late": (_poke("tail.offsets", 0, 1), "do not ascend"),
    "offsets beyond the values": (_poke("tail.offsets", -1, 10**9), "do not ascend"),
    "negative offsets": (_poke("tail.offsets", 1, -5), "do not ascend"),
    "row before the grid": (_poke("tail.first", 0, -1), "outside the 14 rows"),
    "row after the grid": (_poke("tail.first", 0, 2**62), "outside the 14 rows"),
    "row that overflows": (_poke("tail.first", 0, 2**63 - 1), "outside the 14 rows"),
    "infinite value": (_poke("tail.values", 2, np.inf), "infinite"),
    "negative scale": (_poke("intervals.scale", 0, -1.0), "negative or infinite"),
    "counts beyond the scores": (_poke("intervals.counts", 0, 10**9), "do not count"),
    "negative counts": (_poke("intervals.counts", 0, -1), "do not count"),
    "scores that descend": (_poke("intervals.scores", (0, 0), 1e9), "do not ascend"),
    "negative scores": (_poke("intervals.scores", (0, 0), -1.0), "do not ascend"),
    "scores that are nan": (_poke("intervals.scores", (0, 0), np.nan), "do not"),
    "other type": (_put("tail.values", np.zeros(56, np.float32)), "is F32"),
    "other shape": (_put("tail.first", np.zeros((2, 2), np.int64)), "is I64"),
    "fewer counts than steps": (_put("intervals.counts", np.zeros(1, np.int64)), "is I64"),
    "missing": (lambda tensors: tensors.pop("intervals.scale"), "is missing"),
    "scores without counts": (lambda tensors: tensors.pop("intervals.counts"), "is missing"),
    "counts without scores": (lambda tensors: tensors.pop("intervals.scores"), "is missing"),
    "one scale of the errors": (_put("scores.seasonal", np.ones(4)), "'scores.deviation' is miss"),
    "unknown": (_put("hook", np.zeros(1)), "'hook' is unknown"),
    "name that is a path": (_put("../../.bashrc", np.zeros(1)), "is unknown"),
    "weights for a rule": (_put("model.weight", np.zeros(1)), "has no tensors"),
    "example of another shape": (_put("example.forecast", np.zeros((3, 5))), "is F64"),
}


@pytest.mark.parametrize("attack", TENSOR_ATTACKS)
def test_tensor_attack_is_corrupt(forge: Forging, bundle: Bundle, attack: str) -> None:
    change, words = TENSOR_ATTACKS[attack]
    forged = forge(bundle)
    change(forged.tensors)

    with pytest.raises(CorruptBundleError, match=words):
        load_bundle(forged.write())


@pytest.mark.parametrize(
    "clock", [{"step": 0}, {"step": 10**15, "length": 10**9}, {"length": -(10**30)}], ids=str
)
def test_count_clock_out_of_bounds_is_corrupt(
    forge: Forging, kit: Any, clock: dict[str, int]
) -> None:
    forged = forge(kit.make_bundle(kit.count_clock()))
    forged.manifest["clock"].update(clock)

    with pytest.raises(CorruptBundleError, match="out of bounds"):
        load_bundle(forged.write())


def test_count_that_overflows_is_corrupt(forge: Forging, kit: Any) -> None:
    forged = forge(kit.make_bundle(kit.count_clock()))
    forged.tensors["clock.last"] = np.full(4, 2**63 - 1)

    with pytest.raises(CorruptBundleError, match="out of bounds"):
        load_bundle(forged.write())
