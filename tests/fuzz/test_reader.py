"""Damaged files end in a panel or in a named refusal, never in a traceback."""

from __future__ import annotations

import bz2
import gzip
import lzma
import random
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forecast.data.file.dialect import Dialect
from forecast.data.load import read_panel
from forecast.data.table.columns import ColumnChoice
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
        b"# logger\nt;v\n24.12.2024 13.45;1.234,5\n24.12.2024 14.45;7,25\n# end\n",
        b"timestamp,v\n1577836800,1\n1577840400,\n1577844000,3\n",
        b"t,v\n2024-03-31T01:00+01:00,1\n2024-03-31T03:00+02:00,2\n",
        b"q|v\n1995Q3|1\n1995Q4|-\n1996Q1|3\n",
        b'Report\nMonth,$\n(m),($)\nJan 2020,$5\nMar 2020,"$1,200.5"\nTotal,6\n\nSource: x\n',
        "sep=;\nMonat;Rate\nMärz 2020;1,5%\nMai 2020;(2,5%)\nMonat;Rate\nJuli 2020;3%\n".encode(),
        b"Date,Time,v\n16/12/2006,17:24:00,1\n16/12/2006,17:25:00,?\n16/12/2006,17:26:00,3\n",
        b"year,FY\n2010/11,1\n2011/12,2\n2012/13,4\n",
        "Tag;Wert\n2024-01-01;1\u00a0234\n2024-01-02;9\u00a0876\nÄ\n".encode("utf-16"),
        "ort,tag,v\nÅbo,2024-01-01,1\nÅbo,2024-01-02,2\n".encode("latin-1"),
    ]


PACKERS: tuple[Callable[[bytes], bytes], ...] = (gzip.compress, bz2.compress, lzma.compress)


def damaged(data: bytes, rng: random.Random) -> bytes:
    """Damage a text, or the archive that holds it, or stretch it to an absurd width."""
    match rng.randrange(8):
        case 0:
            return mutated(rng.choice(PACKERS)(data), rng)
        case 1:
            return rng.choice(PACKERS)(mutated(data, rng))
        case 2:
            return data.replace(b"\n", rng.choice([b",", b";"]) * rng.randrange(2000) + b"\n")
        case 3:
            return data.decode("latin-1").encode(rng.choice(["utf-16", "utf-32", "utf-8-sig"]))
        case _:
            return mutated(data, rng)


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


SEEDS = seeds()
DIALECTS = (
    *(Dialect(), Dialect(), Dialect(), Dialect(no_header=True), Dialect(allow_truncated=True)),
    *(Dialect(decimal="comma"), Dialect(time_zone="Europe/Paris"), Dialect(comment="#")),
    *(Dialect(date_format="%d.%m.%Y %H.%M"), Dialect(missing_values=("1", "x"))),
)


def trial(seed: int, folder: Path) -> bool:
    rng = random.Random(seed)  # noqa: S311 - not for secrets
    path = folder / "fuzz.csv"
    path.write_bytes(damaged(rng.choice(SEEDS), rng))
    choice = rng.choice([ColumnChoice(), ColumnChoice(target=("all",)), ColumnChoice(time=("t",))])
    dialect = rng.choice(DIALECTS)
    try:
        found = read_panel(path, columns=choice, dialect=dialect)
    except ForecastError:
        return False
    assert found.panel.offsets[-1] == len(found.panel.values)
    assert not np.isinf(found.panel.values).any()
    return True


@pytest.mark.parametrize("data", SEEDS[:-2], ids=range(len(SEEDS) - 2))
def test_the_files_are_read_before_they_are_damaged(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "whole.csv"
    path.write_bytes(data)
    assert read_panel(path, columns=ColumnChoice()).panel.n_series >= 1


def test_a_small_corpus_of_damaged_files(tmp_path: Path) -> None:
    read = sum(trial(seed, tmp_path) for seed in range(20))
    assert 0 < read < 20  # both ends are reached


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_large_corpus_of_damaged_files(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for seed in range(1_000, 11_000):
            trial(seed, tmp_path)
