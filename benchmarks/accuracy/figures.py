"""From values of several seeds to the cells of a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

NOT_RUN = "not run"


@dataclass(frozen=True)
class Spread:
    """Mean, least and greatest of some values."""

    mean: float
    low: float
    high: float

    def text(self, digits: int) -> str:
        """Return ``mean (low to high)``; one value, or several that look alike, is the mean."""
        mean, low, high = (f"{value:.{digits}f}" for value in (self.mean, self.low, self.high))
        return mean if low == high else f"{mean} ({low} to {high})"


def spread(values: Iterable[float]) -> Spread:
    """Return mean, least and greatest; there has to be a value."""
    known = list(values)
    return Spread(sum(known) / len(known), min(known), max(known))


def ratio(value: float, anchor: float | None) -> str:
    """Return value over anchor as a cell; empty without an anchor."""
    return "" if anchor is None else f"{value / anchor:.3f}"


def reaches(value: float, anchor: float, *, digits: int) -> bool:
    """Whether a value is at or below an anchor, to the digits that were published."""
    return round(value, digits) <= anchor


def table(names: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table in Markdown; a pipe in a cell is escaped, None is empty."""
    lines = [names, ["---"] * len(names), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines) + "\n"


def block(lines: Iterable[str]) -> str:
    """Return lines as a block of code."""
    return "".join(f"    {line}".rstrip() + "\n" for line in lines)


def _cell(value: object) -> str:
    return "" if value is None else str(value).replace("|", "\\|")
