"""How long it takes from a command to a model as accurate as a peer's."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.accuracy.asking import words as in_place
from benchmarks.accuracy.figures import NOT_RUN, block, table
from benchmarks.accuracy.journal import Entry
from benchmarks.accuracy.long_horizon import task
from benchmarks.accuracy.process import DATASETS, forecast
from benchmarks.speed.asking import Ask, Job
from benchmarks.speed.pairs import Turn, median
from benchmarks.speed.process import CONTENDERS, ContenderError, printed

SECTION = "accuracy"
FILE = "ltsf/ETTh1.csv"
LONGEST = 4 * 3600
"""Seconds after which a peer is given up."""
PLAIN = ("--max-steps", "300")
COMMANDS = {
    "the recipe, 64 units": ("--hidden-size", "64", "--max-steps", "20"),
    "the recipe, 256 units": ("--max-steps", "20"),
    "without its regression": ("--hidden-size", "64", "--set", "model.skip=none", *PLAIN),
}
"""What a user adds to the recipe of long horizons, by what a row calls it."""
PEERS = {
    "neuralforecast": ("nixtla_etth1", "LSTM, its defaults"),
    "darts": ("darts_etth1", "BlockRNNModel, LSTM, 20 minutes of its 100 epochs"),
}
COLUMNS = ("who", "what", "steps", "seconds", "MSE", "MAE", "times as fast as neuralforecast")
HEAD = """## Time to accuracy

ETTh1, all channels, horizon 96, by the protocol of docs/accuracy.md. Seconds of ours are those of
a whole command, in the median of {rounds} runs after one that warms up: it starts, reads, trains,
judges every test window beside two baselines, and writes the run with its report. Those of the
peers, which run once, end with the fitted model; what they are judged with comes after and counts
for nothing. Our recipe begins at a linear regression, and after so few steps its forecast is nearly
that of the regression; without it the network learns all by itself.

{commands}
"""


def words_of(extra: Sequence[str]) -> tuple[str, ...]:
    """Return what follows ``forecast``."""
    return (*task("ETTh1", 96, 0).steps[0], *extra, "--intervals", "none")


def section(ask: Ask, rounds: int) -> str:
    """Return the section; the peers are those that are built."""
    commands = block(f"forecast {' '.join(words_of(extra))}" for extra in COMMANDS.values())
    head = HEAD.format(rounds=rounds, commands=commands)
    if not (DATASETS / FILE).exists():
        return f"{head}{NOT_RUN}: {FILE} is not there.\n"
    peers = {name: ask(peer_job(name)) for name in PEERS if CONTENDERS[name].built}
    slow = once(peers.get("neuralforecast"), "neuralforecast")
    against = None if slow is None else float(slow["seconds"])
    rows = own_rows(ask(own_job(rounds)), against)
    rows += [peer_row(name, peers.get(name)) for name in PEERS]
    return head + table(COLUMNS, rows)


def own_job(rounds: int) -> Job:
    """Return the job of our commands."""
    flags = "; ".join(" ".join(extra) for extra in COMMANDS.values())
    files = ("accuracy.py", "../../configs/long-horizon.yaml")
    return Job(SECTION, flags, tuple(COMMANDS), rounds, _ours, files)


@contextmanager
def _ours() -> Iterator[Mapping[str, Turn]]:
    yield {name: partial(run_ours, extra) for name, extra in COMMANDS.items()}


def run_ours(extra: Sequence[str]) -> dict[str, Any]:
    """Run a command as a user does; the seconds are those of the whole process.

    Raises
    ------
    ContenderError
        If it fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        asked = in_place(words_of(extra), Path(folder) / "run")
        found = forecast(asked, longest=LONGEST)
    if found.code:
        raise ContenderError(found.error)
    said = json.loads(found.out)
    errors, kept = said["metrics_standardised"], said["fits"][0]["best_epoch"]
    return {"seconds": found.seconds, "mse": errors["mse"], "mae": errors["mae"], "kept": kept}


def peer_job(name: str) -> Job:
    """Return the job of a peer: once, for it takes long."""
    module, what = PEERS[name]
    files = (f"{module}.py", "etth1.py", "peers.txt")

    @contextmanager
    def begin() -> Iterator[Mapping[str, Turn]]:
        told = str(DATASETS / FILE)
        yield {name: partial(printed, CONTENDERS[name].python, module, told, longest=LONGEST)}

    return Job(SECTION, what, (name,), 0, begin, files, ours=False)


def once(entry: Entry | None, name: str) -> dict[str, Any] | None:
    """What one said that ran once; None where it did not come so far."""
    return None if entry is None else entry.said[0].get(name)


def own_rows(entry: Entry | None, against: float | None) -> list[list[object]]:
    """Return the rows of our commands."""
    rows: list[list[object]] = []
    for name, extra in COMMANDS.items():
        said = [] if entry is None else entry.said
        seconds, mse, mae, kept = (
            median(said, name, key) for key in ("seconds", "mse", "mae", "kept")
        )
        steps = extra[extra.index("--max-steps") + 1]
        if seconds is None or mse is None or mae is None:
            rows.append(["ours", name, steps, NOT_RUN if entry is None else "failed", "", "", ""])
            continue
        if not kept:
            steps += ", the regression kept"
        times = "" if against is None else f"{against / seconds:.0f}"
        figures = (f"{seconds:.1f}", f"{mse:.4f}", f"{mae:.4f}")
        rows.append(["ours", name, steps, *figures, times])
    return rows


def peer_row(name: str, entry: Entry | None) -> list[object]:
    """Return the row of a peer."""
    _, what = PEERS[name]
    found = once(entry, name)
    if not CONTENDERS[name].built:
        return [name, what, "", "not built", "", "", ""]
    if found is None:
        return [name, what, "", NOT_RUN if entry is None else f"failed: {entry.failed}", "", "", ""]
    figures = (f"{found['seconds']:.0f}", f"{found['mse']:.4f}", f"{found['mae']:.4f}")
    return [name, what, f"{found['steps']:,}", *figures, ""]
