"""How fast is training beside peers, and beside what the machine can do? benchmarks/RESULTS.md.

    python -m benchmarks.speed [SECTION ...] [--quick] ...

What the journal in benchmarks/measured has is not measured again, unless the code or the benchmark
changed; so a run that was stopped goes on. Sections that are not named, where one is, stay in the
page as they are. ``--quick`` measures a few cells anew, prints the page and ends within three
minutes. Peers that `make bench-peers` did not build are left out.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.accuracy.journal import Journal, code_digest
from benchmarks.speed import growth, limit, neighbours, start, step, training, walking
from benchmarks.speed.asking import PEERS_ALONE, either, run_missing
from benchmarks.speed.cells import Cell, grid, limit_grid, with_steps
from benchmarks.speed.machine import all_versions
from benchmarks.speed.page import SECTIONS, page, section
from benchmarks.speed.pairs import PAIRS
from benchmarks.speed.process import ROOT
from benchmarks.speed.walks import AT_ONCE
from benchmarks.speed.workers import end_workers

PAGE = ROOT / "benchmarks" / "RESULTS.md"
QUICK_SECONDS = 100
"""After which a quick run begins no further row; each takes less than a minute."""
CELLS = {
    training.SECTION: grid(),
    limit.SECTION: limit_grid(),
    walking.SECTION: walking.CELLS,
    neighbours.SECTION: neighbours.CELLS,
    step.SECTION: step.CELLS,
}
QUICK = {
    training.SECTION: (Cell(1, "gru", 64, 32, 1, steps=30), Cell(1, "lstm", 64, 512, 2, steps=2)),
    limit.SECTION: (Cell(1, "rnn", 256, 256, 1, steps=2),),
    walking.SECTION: (Cell(1, "gru", 64, AT_ONCE, 1, steps=500),),
    neighbours.SECTION: (Cell(1, "gru", 64, 32, 0, steps=30),),
    step.SECTION: (Cell(1, "gru", 64, 32, 1, steps=30),),
}


def parse(words: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    said = (__doc__ or "").splitlines()[0]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=said)
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=f"of {', '.join(SECTIONS)}")
    parser.add_argument("--quick", action="store_true", help="a few cells; print, write nothing")
    parser.add_argument("--rounds", type=int, default=PAIRS, help="that a median is taken of")
    parser.add_argument("--steps", type=int, help="timed steps of each fit, to try all out")
    parser.add_argument("--largest", type=int, default=10**7, help="most rows of growth")
    parser.add_argument(
        "--work", type=Path, default=ROOT / "benchmarks" / "measured" / "speed", metavar="FOLDER"
    )
    parser.add_argument("--write", action="store_true", help="run nothing, only write the page")
    parser.add_argument(
        "--any-code", action="store_true", help="take what other code said; the page names it"
    )
    parser.add_argument("--page", type=Path, default=PAGE, metavar="FILE")
    asked = parser.parse_args(words)
    unknown = [name for name in asked.sections if name not in SECTIONS]
    if unknown:
        parser.error(f"no section {unknown[0]!r}: choose from {', '.join(SECTIONS)}")
    return asked


def main(words: list[str] | None = None) -> int:
    """Measure what the journal does not have yet, then write the page."""
    asked = parse(words)
    if asked.quick:
        with tempfile.TemporaryDirectory() as folder:
            print(f"\n{measured(asked, Path(folder))}", end="")
        return 0
    asked.work.mkdir(parents=True, exist_ok=True)
    try:
        text = measured(asked, asked.work)
    except KeyboardInterrupt:
        print("stopped: the same command goes on, --write makes the page of what is done")
        return 130
    asked.page.write_text(text, encoding="utf-8")
    print(f"written: {asked.page}")
    return 0


def measured(asked: argparse.Namespace, work: Path) -> str:
    """Measure what is asked for, and return the page of all that there is."""
    code = code_digest(ROOT / "forecast")
    counted = None if asked.any_code else code
    journal = Journal(work / "journal.jsonl", root=ROOT, code=counted)
    peers = Journal(work / "peers.jsonl", root=ROOT, code=PEERS_ALONE)
    until = time.monotonic() + QUICK_SECONDS if asked.quick else None
    sizes = sizes_of(asked)
    if not asked.write:
        ask = either(
            run_missing(journal, code=code, until=until),
            run_missing(peers, code=PEERS_ALONE, until=until),
        )
        for name in asked.sections or ((*QUICK, start.SECTION) if asked.quick else SECTIONS):
            section(name, ask, sizes, asked.rounds)
            end_workers()
    known = either(journal.find, peers.find)
    if not asked.quick and growth.SECTION in (asked.sections or SECTIONS):
        growth.draw(known, growth.up_to(asked.largest), asked.page.parent)
    names, before = asked.sections or SECTIONS, ""
    if not asked.quick and asked.page.exists():
        before = asked.page.read_text(encoding="utf-8")
    return page(known, sizes, asked.rounds, all_versions(), names=names, before=before)


def sizes_of(asked: argparse.Namespace) -> dict[str, Sequence[Any]]:
    """Return the rows of each section that has rows of its own."""
    cells = QUICK if asked.quick else CELLS
    grown = growth.SIZES[:1] if asked.quick else growth.up_to(asked.largest)
    steps = {name: with_steps(found, asked.steps) for name, found in cells.items()}
    return {**steps, growth.SECTION: grown}


if __name__ == "__main__":
    sys.exit(main())
