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
from benchmarks.speed.process import AS_IT_COMES, CONTENDERS, PEER_NAMES
from benchmarks.speed.workers import chosen_precision, fitting_job

NAMES = ("ours", AS_IT_COMES, "bare", *PEER_NAMES)
SAME = "as ours"
NOT_BUILT = "not built"
WHAT = ("series", "cell", "hidden", "batch", "threads")
SECTION = "training"
HEAD = """## The same training, side by side

Hourly series of 17,420 values, context 96, horizon 24, one layer, Adam, absolute error. *ours* is
the library in 32 bits without early stopping, validation or linear path; *as it comes* is the same
without the flag: where `--precision auto`, the default, chooses bf16, and elsewhere *ours* again.
*bare* is a loop of torch.nn, written as plainly as possible; neuralforecast (RNN, LSTM, GRU) and
darts (BlockRNNModel) have one linear layer as their decoder; all three compute in 32 bits, their
default. Each contender is a process of its own with the threads of the row. They take turns, one
fit each, of a second or so of steps, fewer of the peers; figures are medians of {rounds} rounds
after one that warms up, ratios those of the same round. Of 100 series neuralforecast takes 32 a
step, its default, and a batch from their windows.

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

    def faster(self, other: str, *, of: str = "ours") -> float | None:
        """How many times as fast as another one contender is."""
        if self.entry is None:
            return None
        return median_ratio(self.entry.said, other, self.runner(of), "step")

    def beside_peers(self, *, of: str = "ours") -> float | None:
        """How many times as fast as the fastest peer one contender is."""
        known = [ratio for name in PEER_NAMES if (ratio := self.faster(name, of=of)) is not None]
        return min(known) if known else None

    def runner(self, name: str) -> str:
        """Who ran for a contender: ours for itself as it comes, where that is the same."""
        return "ours" if name == AS_IT_COMES and not differs(self.cell) else name

    def cell_of(self, name: str, text: Callable[[dict[str, Any]], str] | str) -> str:
        """Return one contender's cell of a table, or why there is no figure."""
        if self.entry is None:
            return NOT_RUN
        if self.runner(name) != name:
            return SAME
        if not any(name in answers for answers in self.entry.said):
            return "failed" if name in str(self.entry.failed) else NOT_BUILT
        if self.value(name, "step") is None:
            return "failed"
        return text if isinstance(text, str) else text(self.entry.said[0][name])


def section(ask: Ask, cells: Iterable[Cell], rounds: int) -> str:
    """Return the section, asking for all cells; the peers are those that are built."""
    rows = [Row(cell, ask(fitting_job(SECTION, cell, contenders(cell), rounds))) for cell in cells]
    parts = [HEAD.format(rounds=rounds), summary(rows), "\nSteps per second:\n\n", speeds(rows)]
    parts += ["\nWindows per second:\n\n", windows(rows), SECONDS, seconds(rows)]
    return "".join([*parts, MEMORY, memory(rows), failures(rows)])


def contenders(cell: Cell) -> list[str]:
    """Name those that take part and are built."""
    wanted = [name for name in NAMES if name != AS_IT_COMES or differs(cell)]
    return [name for name in wanted if CONTENDERS[name].built]


def differs(cell: Cell) -> bool:
    """Whether a fit that is told no precision takes another."""
    return chosen_precision(cell) != cell.precision


def summary(rows: Sequence[Row]) -> str:
    """Say what the goals are held against: the median and the least of the ratios."""
    lines = []
    for name, said in (("ours", "ours"), (AS_IT_COMES, "ours as it comes")):
        beside = {
            "the fastest peer": [row.beside_peers(of=name) for row in rows],
            "the bare loop": [row.faster("bare", of=name) for row in rows],
        }
        lines += [f"- {said} beside {rival}: {_spread(found)}\n" for rival, found in beside.items()]
    return "".join(lines)


def _spread(found: Sequence[float | None]) -> str:
    known = [value for value in found if value is not None]
    if not known:
        return NOT_RUN
    return (
        f"{statistics.median(known):.2f} times as fast in the median, {min(known):.2f} at least, "
        f"{max(known):.2f} at most ({len(known)} of {len(found)} rows)"
    )


def speeds(rows: Iterable[Row]) -> str:
    """Return the table of steps per second and ratios."""
    ratios = ("ours / bare", "ours / fastest peer", "as it comes / fastest peer")
    shown = []
    for row in rows:
        found = (row.faster("bare"), row.beside_peers(), row.beside_peers(of=AS_IT_COMES))
        shown.append([*what(row.cell), *_rates(row, 1), *map(_times, found)])
    return table([*WHAT, *NAMES, *ratios], shown)


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
