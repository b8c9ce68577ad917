"""Is a large file read as fast as it can be expected? Time and memory beside `pandas.read_csv`.

    python benchmarks/reading.py [--rows 10000000] [--runs 5]

Two files are written, both with an id, a time and two columns of numbers: 1,000 series, and series
of 100 rows. Each is read in turn by `pandas.read_csv` with the same types (ids as text, stamps,
float64) and by `forecast.data.load.read_panel`, which makes a panel of it, each time in a process
of its own. Seconds are those of the fastest run, for other work on a machine only adds to them; so
are the seconds of the processor, which such work hardly changes. Memory is the most that a process
takes above what it takes after its imports, in multiples of what the columns take: 8 bytes a time
and number, and ids as categories, which is the least that pandas takes for them. It needs Linux.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from forecast.data.load import read_panel
from forecast.data.table.columns import ColumnChoice

SERIES, LENGTH = 1_000, 100
BLOCK = 200_000
TYPES = {"unique_id": "str", "y": "float64", "x": "float64"}
READERS = ("pandas.read_csv", "read_panel")


def write(file: Path, *, series: int, length: int) -> None:
    """Write hourly series under each other, some of them at a time."""
    rng = np.random.default_rng(0)
    stamps = pd.date_range("2015-01-01", periods=length, freq="h").strftime("%Y-%m-%d %H:%M:%S")
    some = max(1, BLOCK // length)
    with file.open("w", encoding="utf-8") as stream:
        stream.write("unique_id,ds,y,x\n")
        for first in range(0, series, some):
            numbers = np.arange(first, min(first + some, series))
            names = pd.Index(numbers).astype("str").str.zfill(6)
            count = len(numbers) * length
            frame = pd.DataFrame(
                {
                    "unique_id": np.repeat(np.asarray("store_" + names, dtype=object), length),
                    "ds": np.tile(np.asarray(stamps, dtype=object), len(numbers)),
                    "y": rng.normal(100, 10, count).round(4),
                    "x": rng.normal(0, 1, count).round(6),
                }
            )
            frame.to_csv(stream, index=False, header=False)


def measure(reader: str, file: Path) -> dict[str, float]:
    """Read a file in this process; return seconds, bytes at the peak, and those of the columns."""
    before = _status("VmRSS")
    start, worked = time.perf_counter(), time.process_time()
    if reader == READERS[0]:
        pd.read_csv(file, dtype=TYPES, parse_dates=["ds"])
    else:
        read_panel(file, columns=ColumnChoice(target=("y",)))
    return {
        "seconds": time.perf_counter() - start,
        "worked": time.process_time() - worked,
        "peak": _status("VmHWM") - before,
    }


def _status(key: str) -> int:
    """Bytes that the system says of this process."""
    found = re.search(rf"{key}:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    if found is None:
        raise SystemExit("this program needs Linux")
    return 1024 * int(found[1])


def column_bytes(series: int, length: int) -> int:
    """Bytes of the four columns with ids as categories."""
    names = pd.CategoricalDtype([f"store_{number:06d}" for number in range(series)])
    ids = pd.Series(pd.Categorical.from_codes(np.zeros(1, dtype=np.int64), dtype=names))
    return series * length * (ids.cat.codes.dtype.itemsize + 3 * 8)


def machine() -> str:
    """Say in words on what was measured."""
    found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    model = found[1] if found else platform.machine()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores ({model}), {memory:.0f} GiB of memory, {platform.system()}, "
        f"Python {platform.python_version()}, pandas {pd.__version__}"
    )


def main(rows: int, runs: int) -> None:
    """Print a table in Markdown, one line a file."""
    print(f"`python benchmarks/reading.py --rows {rows} --runs {runs}` on {machine()}:\n")
    print("| file | read_csv | read_panel | time | processor time | peak memory |")
    print("|---|---:|---:|---:|---:|---:|")
    for series, length in ((SERIES, rows // SERIES), (rows // LENGTH, LENGTH)):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "series.csv"
            write(file, series=series, length=length)
            found = {reader: list[dict[str, float]]() for reader in READERS}
            for _ in range(runs):
                for reader in READERS:
                    command = [sys.executable, __file__, "--measure", reader, str(file)]
                    done = subprocess.run(command, check=True, capture_output=True, text=True)
                    found[reader].append(json.loads(done.stdout))
        plain, ours = (
            {what: min(run[what] for run in found[reader]) for what in ("seconds", "worked")}
            for reader in READERS
        )
        peak = max(run["peak"] for run in found["read_panel"]) / column_bytes(series, length)
        print(
            f"| {series:,} series of {length:,} rows | {plain['seconds']:.2f} s "
            f"| {ours['seconds']:.2f} s | {ours['seconds'] / plain['seconds']:.2f} "
            f"| {ours['worked'] / plain['worked']:.2f} | {peak:.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--measure", nargs=2, metavar=("READER", "FILE"), help=argparse.SUPPRESS)
    said = parser.parse_args()
    if said.measure:
        print(json.dumps(measure(said.measure[0], Path(said.measure[1]))))
    else:
        main(said.rows, said.runs)
