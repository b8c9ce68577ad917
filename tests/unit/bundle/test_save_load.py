from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from safetensors import safe_open

from forecast.bundle import describe as describe_module
from forecast.bundle import save as save_module
from forecast.bundle.bundle import Bundle
from forecast.bundle.describe import describe, verify
from forecast.bundle.load import load_bundle, read_manifest
from forecast.bundle.save import save_bundle, serialise
from forecast.data.times.clock import CalendarClock, Clock
from forecast.errors import DataError, InputNotFoundError, WriteError

CLOCKS: dict[str, Clock | None] = {
    "summer time begins": CalendarClock(pd.Timestamp("2024-03-30", tz="Europe/Paris"), "h"),
    "no zone": CalendarClock(pd.Timestamp("2024-01-31"), "ME"),
    "fixed offset": CalendarClock(pd.Timestamp("2024-01-01T00:30+05:30"), "30min"),
    "counts": None,
}


@pytest.fixture(params=CLOCKS, ids=list(CLOCKS))
def each(request: pytest.FixtureRequest, kit: Any) -> Bundle:
    """Return a bundle for each kind of clock."""
    made: Bundle = kit.make_bundle(CLOCKS[request.param] or kit.count_clock())
    return made


def test_loaded_bundle_equals_the_saved_one(tmp_path: Path, each: Bundle) -> None:
    sha256 = save_bundle(tmp_path / "bundle.safetensors", each)
    loaded = load_bundle(tmp_path / "bundle.safetensors")

    assert loaded.manifest == each.manifest
    assert loaded.manifest.sha256 == sha256
    assert loaded.tail.unique_ids == each.tail.unique_ids
    np.testing.assert_array_equal(loaded.tail.values, each.tail.values)
    np.testing.assert_array_equal(loaded.tail.first, each.tail.first)
    np.testing.assert_array_equal(loaded.interval_scale, each.interval_scale)
    assert loaded.intervals is not None
    assert each.intervals is not None
    np.testing.assert_array_equal(
        loaded.intervals.half_width(80.0, 4), each.intervals.half_width(80.0, 4)
    )


def test_loaded_bundle_forecasts_the_same_numbers_and_stamps(tmp_path: Path, each: Bundle) -> None:
    save_bundle(tmp_path / "bundle.safetensors", each)
    loaded = load_bundle(tmp_path)

    cutoff = np.array([each.tail.length - 1])
    series, rows = np.arange(4)[:, None], each.tail.length + np.arange(4)[None, :]
    np.testing.assert_array_equal(
        loaded.forecaster.predict(loaded.tail, cutoff, horizon=9),
        each.forecaster.predict(each.tail, cutoff, horizon=9),
    )
    assert list(loaded.tail.clock.stamps(series, rows)) == list(
        each.tail.clock.stamps(series, rows)
    )


def test_saving_twice_or_after_loading_gives_the_same_bytes(tmp_path: Path, each: Bundle) -> None:
    save_bundle(tmp_path / "one", each)
    save_bundle(tmp_path / "two", each)
    save_bundle(tmp_path / "three", load_bundle(tmp_path / "one"))

    first = (tmp_path / "one").read_bytes()
    assert (tmp_path / "two").read_bytes() == first
    assert (tmp_path / "three").read_bytes() == first


def test_bundle_of_one_series_without_intervals_survives(tmp_path: Path, kit: Any) -> None:
    saved = replace(kit.make_bundle(n_series=1), intervals=None)
    save_bundle(tmp_path / "a", saved)

    loaded = load_bundle(tmp_path / "a")

    assert loaded.intervals is None
    assert loaded.example.shape == (1, 4)
    assert verify(loaded)


def test_file_is_safetensors_with_one_metadata_key(tmp_path: Path, bundle: Bundle) -> None:
    save_bundle(tmp_path / "a", bundle)

    with safe_open(tmp_path / "a", framework="numpy") as opened:
        assert list(opened.metadata()) == ["forecast"]
        np.testing.assert_array_equal(opened.get_tensor("tail.values"), bundle.tail.values)


def test_bundle_holds_no_path_and_no_run_section(content: bytes) -> None:
    assert b"/home/me" not in content
    assert b'"run' not in content
    assert os.fsencode(Path.cwd()) not in content


def test_tail_is_the_last_rows_of_the_grid(bundle: Bundle) -> None:
    assert bundle.tail.length == bundle.manifest.tail_rows == 14
    assert bundle.tail.lengths.tolist() == [14, 14, 14, 14]


def test_tail_longer_than_the_data_is_all_of_them(kit: Any, bundle: Bundle) -> None:
    from forecast.bundle.bundle import Origin

    origin = Origin(
        config={}, horizon=2, context_length=None, season_length=1, scaler=None,
        fingerprint="", rows=1,
    )  # fmt: skip
    again = describe(
        origin, bundle.forecaster, bundle.tail,
        tail_rows=1_000, intervals=None, interval_scale=bundle.interval_scale,
    )  # fmt: skip

    assert again.manifest.tail_rows == 14
    np.testing.assert_array_equal(again.tail.values, bundle.tail.values)


def test_rows_too_far_apart_for_a_bundle_are_refused(
    kit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(describe_module, "MAX_ROWS", 13)

    with pytest.raises(DataError, match=r"on a grid of 14 \(at most 13\)"):
        kit.make_bundle()


def test_verify_passes_on_the_example_and_fails_on_another(bundle: Bundle) -> None:
    assert bundle.example.shape == (3, 4)
    assert verify(bundle)
    assert verify(replace(bundle, example=bundle.example * (1 + 1e-7)))
    assert not verify(replace(bundle, example=bundle.example * 1.001))
    assert not verify(replace(bundle, example=bundle.example * np.nan))


def test_manifest_tells_freq_and_zone(kit: Any, bundle: Bundle) -> None:
    counted = kit.make_bundle(kit.count_clock()).manifest

    assert (bundle.manifest.freq, bundle.manifest.time_zone) == ("h", "Europe/Paris")
    assert (counted.freq, counted.time_zone) == (None, None)


def test_reading_the_manifest_or_a_rule_loads_no_torch(
    tmp_path: Path, bundle: Bundle, root: Path
) -> None:
    save_bundle(tmp_path / "a", bundle)
    code = (
        "import sys; from pathlib import Path; from forecast.bundle.load import *\n"
        "manifest = read_manifest(Path(sys.argv[1]))\n"
        "assert manifest.model == 'seasonal_naive'\n"
        "assert not {'torch', 'pandas', 'sklearn'} & set(sys.modules)\n"
        "load_bundle(Path(sys.argv[1]))\n"
        "assert not {'torch', 'sklearn'} & set(sys.modules)\n"
    )

    subprocess.run([sys.executable, "-c", code, str(tmp_path / "a")], cwd=root, check=True)


def test_read_manifest_checks_the_numbers_too(tmp_path: Path, content: bytes) -> None:
    altered = bytearray(content)
    altered[-1] ^= 1
    (tmp_path / "a").write_bytes(altered)

    with pytest.raises(Exception, match="checksum") as caught:
        read_manifest(tmp_path / "a")

    assert getattr(caught.value, "exit_code", None) == 4


def test_folder_without_a_bundle_and_missing_file_are_inputs_not_found(tmp_path: Path) -> None:
    with pytest.raises(InputNotFoundError, match=r"holds no bundle\.safetensors"):
        load_bundle(tmp_path)
    with pytest.raises(InputNotFoundError, match="is not there"):
        load_bundle(tmp_path / "missing")


def test_hundred_thousand_series_fit(tmp_path: Path, kit: Any) -> None:
    n_series = 100_000
    wide = kit.make_bundle(n_series=1)
    tail = replace(
        wide.tail,
        unique_ids=tuple(f"region {n % 97}/département {n}/produit" for n in range(n_series)),
        values=np.zeros(n_series),
        offsets=np.arange(n_series + 1),
        first=np.full(n_series, 13),
    )
    wide = replace(
        wide,
        manifest=wide.manifest.model_copy(update={"unique_ids": tail.unique_ids}),
        tail=tail,
        interval_scale=np.ones(n_series),
        example=np.zeros((3, 4)),
    )
    save_bundle(tmp_path / "a", wide)

    assert load_bundle(tmp_path / "a").tail.n_series == n_series


def test_bundle_too_large_to_read_back_is_not_written(
    tmp_path: Path, bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(save_module, "MAX_HEADER_BYTES", 500)

    with pytest.raises(DataError, match="4 series"):
        save_bundle(tmp_path / "a", bundle)

    assert list(tmp_path.iterdir()) == []


def test_model_that_cannot_be_serialised_leaves_the_old_file(
    tmp_path: Path, bundle: Bundle
) -> None:
    """An object that raises midway (Lightning's test of an interrupted save)."""

    class Poison:
        name = "poison"

        def state(self) -> dict[str, object]:
            raise RuntimeError("midway")

    target = tmp_path / "a"
    save_bundle(target, bundle)
    before = target.read_bytes()

    with pytest.raises(RuntimeError, match="midway"):
        save_bundle(target, replace(bundle, forecaster=Poison()))  # type: ignore[arg-type]

    assert target.read_bytes() == before
    assert list(tmp_path.iterdir()) == [target]


def test_save_into_a_missing_folder_is_a_write_error(tmp_path: Path, bundle: Bundle) -> None:
    with pytest.raises(WriteError):
        save_bundle(tmp_path / "missing" / "a", bundle)


def test_serialise_returns_the_checksum_that_the_manifest_has(bundle: Bundle) -> None:
    sha256, content = serialise(bundle)

    assert sha256 == bundle.manifest.sha256
    assert sha256.encode() in content
