"""Time and memory of training and forecasting against rows, series and context."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

from benchmarks.accuracy.figures import NOT_RUN, table
from benchmarks.accuracy.journal import Entry
from benchmarks.speed.asking import Ask, Job
from benchmarks.speed.pairs import Turn
from benchmarks.speed.process import printed

SECTION = "growth"
CHART = "growth.png"
LONGEST = 3600
KEYS = ("train", "train peak", "predict", "predict peak")
COLUMNS = ("axis", "rows", "series", "context", "train, s", "MiB", "times columns")
MORE = ("predict, s", "MiB", "times columns")
HEAD = """## Growth

Made hourly series in a CSV file, a GRU of 16 units that reads values one by one, batches of 1,024,
horizon 18: `forecast.train` for one epoch over all windows without folds, with all that it reads
and writes, and `forecast.predict` for all series with its table written. Once each, after a small
fit of both in the same process. Memory is the most that the process takes above what it had by
then; *times columns* is that in multiples of an id as a category, a time and a value for each row.

"""
SLOPES = """
Slopes on logarithmic axes, fitted through all points and between the last two; 1 is proportional:

"""


class Size(NamedTuple):
    """A point: rows in all, series, context."""

    axis: str
    rows: int
    series: int
    context: int
    horizon: int = 18

    @property
    def along(self) -> int:
        """How large it is on its own axis."""
        return {"rows": self.rows, "series": self.series, "context": self.context}[self.axis]


SIZES = (
    *(Size("rows", 10**power, 1, 24) for power in (4, 5, 6, 7)),
    *(Size("series", 100 * 10**power, 10**power, 24) for power in range(6)),
    *(Size("context", 20_000, 1, context) for context in (24, 72, 240, 720, 2000)),
)
AXES = tuple(dict.fromkeys(size.axis for size in SIZES))


def up_to(rows: int) -> tuple[Size, ...]:
    """Return the sizes of at most so many rows."""
    return tuple(size for size in SIZES if size.rows <= rows)


def section(ask: Ask, sizes: Sequence[Size]) -> str:
    """Return the section, asking for all sizes."""
    found = {size: said(ask(job(size))) for size in sizes}
    rows = [line(size, answer) for size, answer in found.items()]
    known = {size: answer for size, answer in found.items() if isinstance(answer, Mapping)}
    picture = f"\n![Time and memory on logarithmic axes]({CHART})\n" if known else ""
    return HEAD + table([*COLUMNS, *MORE], rows) + SLOPES + slope_table(known) + picture


def job(size: Size) -> Job:
    """Return the job of a size, which runs once: large ones take minutes."""
    files = ("growing.py", "series.py", "worker.py")
    words = f"{size.axis}: {size.rows} rows, {size.series} series, context {size.context}"

    @contextmanager
    def begin() -> Iterator[Mapping[str, Turn]]:
        numbers = (str(number) for number in size[1:])
        yield {"ours": partial(printed, sys.executable, "growing", *numbers, longest=LONGEST)}

    return Job(SECTION, words, ("ours",), 0, begin, files)


def said(entry: Entry | None) -> Mapping[str, float] | str:
    """Return what was measured, or why there is nothing."""
    if entry is None:
        return NOT_RUN
    found: Mapping[str, float] | None = entry.said[0].get("ours")
    return f"failed: {entry.failed}" if found is None else found


def line(size: Size, answer: Mapping[str, float] | str) -> list[object]:
    """Return a row of the table."""
    sizes: list[object] = [size.axis, f"{size.rows:,}", f"{size.series:,}", size.context]
    if isinstance(answer, str):
        return [*sizes, answer, *[""] * 5]
    for name in ("train", "predict"):
        peak = answer[f"{name} peak"]
        times = "" if size.axis == "context" else f"{peak / answer['columns']:.1f}"
        sizes += [f"{answer[name]:.2f}", f"{peak / 2**20:.0f}", times]
    return sizes


def slope_table(known: Mapping[Size, Mapping[str, float]]) -> str:
    """Return the table of slopes, a row an axis."""
    rows: list[list[object]] = []
    for axis in AXES:
        row: list[object] = [axis]
        for key in KEYS:
            points = [
                (size.along, value[key]) for size, value in known.items() if size.axis == axis
            ]
            row.append(slope_text(points))
        rows.append(row)
    return table(["axis", *(f"{key.replace(' ', ', ')}" for key in KEYS)], rows)


def slope_text(points: Sequence[tuple[float, float]]) -> str:
    """Return both slopes in words; points at 0 have no place on the axes."""
    some = [(x, y) for x, y in points if y > 0]
    if len(some) < 2:
        return NOT_RUN
    return f"{slope(some):.2f}; {slope(some[-2:]):.2f}"


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Fit a line to the logarithms by least squares and return its slope.

    Examples
    --------
    >>> slope([(1, 2.0), (10, 20.0), (100, 200.0)])
    1.0
    """
    x, y = ([math.log10(value) for value in axis] for axis in zip(*points, strict=True))
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    above = sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True))
    return round(above / sum((a - mean_x) ** 2 for a in x), 10)


def draw(ask: Ask, sizes: Sequence[Size], folder: Path) -> None:
    """Draw the chart beside the page, where anything is known."""
    from benchmarks.speed.growth_chart import growth_png

    found = {size: said(ask(job(size))) for size in sizes}
    known = {size: answer for size, answer in found.items() if isinstance(answer, Mapping)}
    if known:
        (folder / CHART).write_bytes(growth_png(known))
