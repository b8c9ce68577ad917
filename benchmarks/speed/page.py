"""The page, made whole of what was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks.accuracy.figures import block
from benchmarks.accuracy.journal import Entry
from benchmarks.speed import limit, neighbours, start, training
from benchmarks.speed.asking import Ask, Job
from benchmarks.speed.cells import Cell
from benchmarks.speed.process import CONTENDERS, PEER_NAMES

SECTIONS = (training.SECTION, limit.SECTION, neighbours.SECTION, start.SECTION)
HEAD = """# Speed

Written by `python -m benchmarks.speed`; every figure is measured, none is typed by hand. Run it on
a machine that does nothing else; it goes on where it was stopped.

{commands}
{ran}

{versions}

"""
COMMANDS = ("make bench-peers", "make bench")


def section(name: str, ask: Ask, cells: Mapping[str, Sequence[Cell]], rounds: int) -> str:
    """Return one section, asking for all that it shows."""
    if name == training.SECTION:
        return training.section(ask, cells[name], rounds)
    if name == limit.SECTION:
        return limit.section(ask, cells[name], rounds)
    if name == neighbours.SECTION:
        return neighbours.section(ask, cells[name], rounds)
    return start.section(ask, rounds)


def page(
    ask: Ask, cells: Mapping[str, Sequence[Cell]], rounds: int, versions: Mapping[str, str]
) -> str:
    """Return the page of all that ``ask`` finds."""
    used: list[Entry] = []

    def noted(job: Job) -> Entry | None:
        found = ask(job)
        if found is not None:
            used.append(found)
        return found

    sections = [section(name, noted, cells, rounds) for name in SECTIONS]
    head = HEAD.format(commands=block(COMMANDS), ran=ran(used), versions=said(versions))
    return head + "\n".join(sections)


def ran(used: Sequence[Entry]) -> str:
    """Say on which machines, with which code, and for how long it was measured."""
    if not used:
        return "Nothing is run yet."
    machines = " and ".join(sorted({entry.machine for entry in used}))
    codes = " and ".join(sorted({entry.code for entry in used}))
    minutes = sum(sum(entry.seconds) for entry in used) / 60
    return f"On {machines}; code {codes}; {minutes:.0f} minutes."


def said(versions: Mapping[str, str]) -> str:
    """List the versions of each environment, and name those that are not built."""
    lines = [f"- {name}: {text}" for name, text in versions.items()]
    absent = [name for name in PEER_NAMES if not CONTENDERS[name].built]
    return "\n".join([*lines, *(f"- {name}: not built (`make bench-peers`)" for name in absent)])
