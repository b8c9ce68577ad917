"""How near a step comes to what the machine multiplies: its operations over its time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial

from benchmarks.accuracy.figures import NOT_RUN, table
from benchmarks.accuracy.journal import Entry
from benchmarks.speed.asking import Ask, Job
from benchmarks.speed.cells import CONTEXT, GATES, Cell, step_operations
from benchmarks.speed.pairs import Turn, median, median_ratio
from benchmarks.speed.process import CONTENDERS, Worker
from forecast.training.precision import NATIVE, processor_features

SECTION = "limit"
COLUMNS = (
    "cell",
    "hidden",
    "batch",
    "threads",
    "precision",
    "step, GFLOP/s",
    "products, GFLOP/s",
    "share of the limit",
    "times fp32",
)
HEAD = """## The limit

A step of our training beside its matrix products alone, in turns. Operations are counted: forward,
and twice as many backward. The limit is what the same machine, threads and precision reach on the
same shapes: for each recurrent step the state times the weights and the gradient back, for all
steps together one product for the gradient of the weights.

"""


def precisions() -> tuple[str, ...]:
    """Return those that the processor multiplies natively."""
    native = any(feature in processor_features() for feature in NATIVE)
    return ("32", "bf16") if native else ("32",)


def job(cell: Cell, rounds: int) -> Job:
    """Return the job of a cell: fits and products, in each precision."""
    kinds = precisions()

    @contextmanager
    def begin() -> Iterator[Mapping[str, Turn]]:
        with ExitStack() as stack:
            started = {
                name: stack.enter_context(Worker(CONTENDERS[name], threads=cell.threads))
                for name in ("ours", "products")
            }
            yield {
                f"{name} {kind}": partial(worker.ask, replace(cell, precision=kind))
                for kind in kinds
                for name, worker in started.items()
            }

    names = tuple(f"{name} {kind}" for kind in kinds for name in ("ours", "products"))
    return Job(SECTION, cell.words, names, rounds, begin)


def section(ask: Ask, cells: Iterable[Cell], rounds: int) -> str:
    """Return the section, asking for all cells."""
    rows = [row for cell in cells for row in lines(cell, ask(job(cell, rounds)))]
    note = "" if "bf16" in precisions() else "\nThis processor does not multiply bf16 natively.\n"
    return HEAD + table(COLUMNS, rows) + note


def lines(cell: Cell, entry: Entry | None) -> Iterator[list[object]]:
    """Yield the rows of a cell, one a precision."""
    sizes = (cell.cell, cell.hidden, cell.batch, cell.threads)
    if entry is None:
        yield [*sizes, "", NOT_RUN, "", "", ""]
        return
    for kind in precisions():
        ours, products = f"ours {kind}", f"products {kind}"
        step, alone = (median(entry.said, name, "step") for name in (ours, products))
        if step is None or alone is None:
            yield [*sizes, kind, "failed", "", "", ""]
            continue
        work, of_products = step_operations(cell), product_operations(cell)
        share = (median_ratio(entry.said, products, ours, "step") or 0) * work / of_products
        wider = median_ratio(entry.said, "ours 32", ours, "step")
        rates = (f"{work / step / 1e9:.1f}", f"{of_products / alone / 1e9:.1f}")
        yield [*sizes, kind, *rates, f"{share:.0%}", f"{wider:.2f}" if kind != "32" else ""]


def product_operations(cell: Cell) -> int:
    """Multiplications and additions of what `products` multiplies in a step."""
    return 3 * 2 * cell.batch * CONTEXT * GATES[cell.cell] * cell.hidden**2
