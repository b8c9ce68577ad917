"""The page, made whole of what was found."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from benchmarks.accuracy.figures import block
from benchmarks.accuracy.journal import Entry
from benchmarks.sections import joined, with_origin
from benchmarks.speed import accuracy, growth, limit, neighbours, start, step, training, walking
from benchmarks.speed.asking import PEERS_ALONE, Ask
from benchmarks.speed.process import CONTENDERS, PEER_NAMES

Sizes = Mapping[str, Sequence[Any]]
"""What each section that has rows of its own measures."""
SECTIONS = (
    training.SECTION,
    accuracy.SECTION,
    limit.SECTION,
    growth.SECTION,
    walking.SECTION,
    neighbours.SECTION,
    start.SECTION,
    step.SECTION,
)
HEAD = """# Speed

Written by `python -m benchmarks.speed`; every figure is measured, none is typed by hand. Run it on
a machine that does nothing else; it goes on where it was stopped. Each section says what it was
measured on; `python -m benchmarks.speed SECTION` measures one again and leaves the others.

{commands}
{versions}

"""
COMMANDS = ("make bench-peers", "make bench")


def section(name: str, ask: Ask, sizes: Sizes, rounds: int) -> str:
    """Return one section, asking for all that it shows."""
    of_rows: dict[str, Callable[[Ask, Any, int], str]] = {
        training.SECTION: training.section,
        limit.SECTION: limit.section,
        walking.SECTION: walking.section,
        neighbours.SECTION: neighbours.section,
    }
    if name in of_rows:
        return of_rows[name](ask, sizes[name], rounds)
    if name == growth.SECTION:
        return growth.section(ask, sizes[name])
    if name == step.SECTION:
        return step.section(ask, sizes[name])
    if name == accuracy.SECTION:
        return accuracy.section(ask, rounds)
    return start.section(ask, rounds)


def page(
    ask: Ask,
    sizes: Sizes,
    rounds: int,
    versions: Mapping[str, str],
    *,
    names: Collection[str] = SECTIONS,
    before: str = "",
) -> str:
    """Return the page of all that ``ask`` finds.

    Parameters
    ----------
    names : collection of str
        Of the sections that are written again; the others stay as they are in ``before``, the page
        so far.
    """

    def write(name: str, asking: Ask) -> str:
        return section(name, asking, sizes, rounds)

    sections = with_origin(SECTIONS, write, ask, ran=ran, new=names)
    head = HEAD.format(commands=block(COMMANDS), versions=said(versions))
    return joined(head, sections, before=before)


def ran(used: Sequence[Entry]) -> str:
    """Say on which machines, with which code, and for how long a section was measured."""
    if not used:
        return "Nothing of this is run yet."
    machines = " and ".join(sorted({entry.machine for entry in used}))
    codes = " and ".join(sorted({entry.code for entry in used} - {PEERS_ALONE}))
    minutes = sum(sum(entry.seconds) for entry in used) / 60
    return f"Measured on {machines}; code {codes}; {minutes:.0f} minutes."


def said(versions: Mapping[str, str]) -> str:
    """List the versions of each environment, and name those that are not built."""
    lines = [f"- {name}: {text}" for name, text in versions.items()]
    absent = [name for name in PEER_NAMES if not CONTENDERS[name].built]
    return "\n".join([*lines, *(f"- {name}: not built (`make bench-peers`)" for name in absent)])
