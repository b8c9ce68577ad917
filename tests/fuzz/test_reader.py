"""Damaged files end in a panel or in a named refusal, never in a traceback."""

from __future__ import annotations

import random
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forecast.data.columns import ColumnChoice
from forecast.data.load import read_panel
from forecast.errors import ForecastError


def seeds() -> list[bytes]:
    days = pd.date_range("2024-01-01", periods=30)
    plain = pd.DataFrame({"date": days, "y": np.arange(30.0) * 1.5})
    long = pd.DataFrame(
        {"ds": days.repeat(2), "shop": ["a,b", 'c"d'] * 30, "y": np.arange(60), "x": 1.25}
    )
    zoned = pd.DataFrame({"t": days.tz_localize("Europe/Paris"), "y": 1, "note": "é\nü"})
    counted = pd.DataFrame({"t": np.arange(30), "v": np.arange(30) % 7})
    return [frame.to_csv(index=False).encode() for frame in (plain, long, zoned, counted)] + [
        b"d;m\r\n13/01/2024;1\r\n14/01/2024;\r\n",
        b"year\tmonth\tv\n2024\t1\t5\n2024\t2\t7\n",
    ]


def mutated(data: bytes, rng: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(out) + 1)
        match rng.randrange(6):
            case 0 if out:
                out[at % len(out)] ^= 1 << rng.randrange(8)
            case 1:
                del out[at : at + rng.randrange(40)]
            case 2:
                out[at:at] = rng.choice(
                    [b",", b";", b'"', b"\n", b"\r", b"\0", b"\xff", b"-", b"e9"]
                )
            case 3:
                out[at:at] = rng.choice([b"inf", b"NaN", b"9" * 30, b"2024-02-30", b"0001-01-01"])
            case 4:
                out = out[:at]
            case _:
                out[at:at] = out[: rng.randrange(60)]
    return bytes(out)


def trial(seed: int, folder: Path) -> bool:
    rng = random.Random(seed)  # noqa: S311 - not for secrets
    path = folder / "fuzz.csv"
    path.write_bytes(mutated(rng.choice(seeds()), rng))
    choice = rng.choice([ColumnChoice(), ColumnChoice(target=("all",)), ColumnChoice(time=("t",))])
    try:
        found = read_panel(path, columns=choice)
    except ForecastError:
        return False
    assert found.panel.offsets[-1] == len(found.panel.values)
    assert not np.isinf(found.panel.values).any()
    return True


@pytest.mark.parametrize("data", seeds(), ids=range(6))
def test_the_files_are_read_before_they_are_damaged(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "whole.csv"
    path.write_bytes(data)
    assert read_panel(path, columns=ColumnChoice()).panel.n_series >= 1


def test_a_small_corpus_of_damaged_files(tmp_path: Path) -> None:
    read = sum(trial(seed, tmp_path) for seed in range(300))
    assert 10 < read < 290  # both ends are reached


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_large_corpus_of_damaged_files(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for seed in range(1_000, 11_000):
            trial(seed, tmp_path)
