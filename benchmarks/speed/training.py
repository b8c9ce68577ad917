"""Steps per second of the same training, beside a bare loop and the peers."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from benchmarks.accuracy.figures import NOT_RUN, table
from benchmarks.accuracy.journal import Entry
from benchmarks.speed.asking import Ask
from benchmarks.speed.cells import Cell
from benchmarks.speed.pairs import median, median_ratio
from benchmarks.speed.process import CONTENDERS, PEER_NAMES
from benchmarks.speed.workers import fitting_job

NAMES = ("ours", "bare", *PEER_NAMES)
NOT_BUILT = "not built"
WHAT = ("series", "cell", "hidden", "batch", "threads")
SECTION = "training"
HEAD = """## The same training, side by side

Hourly series of 17,420 values, context 96, horizon 24, one layer, Adam, absolute error. *ours* is
the library without early stopping, validation or linear path; *bare* is a loop of torch.nn, written
as plainly as possible; neuralforecast (RNN, LSTM, GRU) and darts (BlockRNNModel) have one linear
layer as their decoder. Each contender is a process of its own with the threads of the row. They
take turns, one fit each, of a second or so of steps, fewer of the peers; figures are medians of
{rounds} rounds after one that warms up, ratios those of the same round. Of 100 series
neuralforecast takes 32 a step, its default, and a batch from their windows.

"""
SECONDS = """
Seconds: from the start of the process to the first step of a small fit, with all that is imported;
then from the table in memory to the first step + from the last step to the model:

"""
MEMORY = """
Most memory of a fit above what the process has after a small one, in MiB and as a multiple of the
times and values:

"""


class Row(NamedTuple):
    """A cell and what was said of it."""

    cell: Cell
    entry: Entry | None

    def value(self, name: str, key: str) -> float | None:
        """Median of one contender."""
        return None if self.entry is None else median(self.entry.said, name, key)

    def faster(self, other: str) -> float | None:
        """How many times as fast as another ours is."""
        said = None if self.entry is None else self.entry.said
        return None if said is None else median_ratio(said, other, "ours", "step")

    def beside_peers(self) -> float | None:
        """How many times as fast as the fastest peer ours is."""
        known = [ratio for ratio in map(self.faster, PEER_NAMES) if ratio is not None]
        return min(known) if known else None

    def cell_of(self, name: str, text: Callable[[dict[str, Any]], str] | str) -> str:
        """Return one contender's cell of a table, or why there is no figure."""
        if self.entry is None:
            return NOT_RUN
        if not any(name in answers for answers in self.entry.said):
            return "failed" if name in str(self.entry.failed) else NOT_BUILT
        if self.value(name, "step") is None:
            return "failed"
        return text if isinstance(text, str) else text(self.entry.said[0][name])


def section(ask: Ask, cells: Iterable[Cell], rounds: int) -> str:
    """Return the section, asking for all cells; the peers are those that are built."""
    names = [name for name in NAMES if CONTENDERS[name].built]
    rows = [Row(cell, ask(fitting_job(SECTION, cell, names, rounds))) for cell in cells]
    parts = [HEAD.format(rounds=rounds), summary(rows), "\nSteps per second:\n\n", speeds(rows)]
    parts += ["\nWindows per second:\n\n", windows(rows), SECONDS, seconds(rows)]
    return "".join([*parts, MEMORY, memory(rows), failures(rows)])


def summary(rows: Sequence[Row]) -> str:
    """Say what the goals are held against: the median and the least of the ratios."""
    lines = []
    ratios = (("the fastest peer", Row.beside_peers), ("the bare loop", _beside_bare))
    for rival, ratio in ratios:
        known = [value for value in map(ratio, rows) if value is not None]
        said = NOT_RUN
        if known:
            said = (
                f"{statistics.median(known):.2f} times as fast in the median, {min(known):.2f} at "
                f"least, {max(known):.2f} at most ({len(known)} of {len(rows)} rows)"
            )
        lines.append(f"- ours beside {rival}: {said}\n")
    return "".join(lines)


def _beside_bare(row: Row) -> float | None:
    return row.faster("bare")


def speeds(rows: Iterable[Row]) -> str:
    """Return the table of steps per second and ratios."""
    shown = [
        [*what(row.cell), *_rates(row, 1), _times(row.faster("bare")), _times(row.beside_peers())]
        for row in rows
    ]
    return table([*WHAT, *NAMES, "ours / bare", "ours / fastest peer"], shown)


def windows(rows: Iterable[Row]) -> str:
    """Return the table of windows per second."""
    return table([*WHAT, *NAMES], [[*what(row.cell), *_rates(row, row.cell.batch)] for row in rows])


def seconds(rows: Iterable[Row]) -> str:
    """Return the table of what a fit takes beside its steps."""
    shown = []
    for row in rows:
        line: list[object] = [*what(row.cell)]
        for name in NAMES:
            before, after = row.value(name, "before"), row.value(name, "after")
            text = f"{before or 0:.2f} + {after or 0:.2f}"
            line.append(row.cell_of(name, _after_ready(text)))
        shown.append(line)
    return table([*WHAT, *NAMES], shown)


def memory(rows: Iterable[Row]) -> str:
    """Return the table of the memory of the first fit in a process."""
    shown = []
    for row in rows:
        size = row.cell.data_bytes
        shown.append([*what(row.cell), *(row.cell_of(name, _peak(size)) for name in NAMES)])
    return table([*WHAT, *NAMES], shown)


def failures(rows: Iterable[Row]) -> str:
    """Say why those failed that did."""
    said = dict.fromkeys(row.entry.failed for row in rows if row.entry and row.entry.failed)
    return "".join(f"\nFailed: {text}\n" for text in said)


def rate(value: float) -> str:
    """Return three digits of a small number, all of a large one.

    Examples
    --------
    >>> rate(2.2777), rate(12345.6)
    ('2.28', '12,346')
    """
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def what(cell: Cell) -> tuple[object, ...]:
    """Return the columns that name a cell."""
    return cell.series, cell.cell, cell.hidden, cell.batch, cell.threads


def _rates(row: Row, each: int) -> list[str]:
    found = []
    for name in NAMES:
        step = row.value(name, "step")
        found.append(row.cell_of(name, "" if step is None else rate(each / step)))
    return found


def _peak(size: int) -> Callable[[dict[str, Any]], str]:
    return lambda first: f"{first['peak'] / 2**20:.0f} ({first['peak'] / size:.1f})"


def _after_ready(rest: str) -> Callable[[dict[str, Any]], str]:
    return lambda first: f"{first['ready']:.2f}; {rest}"


def _times(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
