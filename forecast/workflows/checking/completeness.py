"""Findings about what is there twice or not at all: duplicates, gaps, open ends."""

from __future__ import annotations

import numpy as np
import pandas as pd

from forecast.data.arrays import IntArray
from forecast.data.profile.basics import Basics
from forecast.data.profile.segments import runs
from forecast.data.table.repair import duplicated
from forecast.workflows.checking.finding import Finding, counted, percent
from forecast.workflows.checking.lenient import Lenient
from forecast.workflows.checking.places import Finder, first_rows

NAMED = 3
SOME_MISSING, MANY_MISSING = 0.01, 0.3


def completeness(read: Lenient, basics: Basics, finder: Finder) -> list[Finding]:
    """Say what of the series is not there."""
    found = _duplicates(read)
    found.append(_gaps(read, basics, finder))
    open_end = np.flatnonzero(basics.open_end)
    if len(open_end):
        longest = int(open_end[np.argmax(basics.open_end[open_end])])
        name = read.reading.panel.unique_ids[longest]
        found.append(
            Finding(
                "open_end",
                "note",
                f"{counted(len(open_end), 'series ends', 'series end')} without values, "
                f"{name!r} with {counted(int(basics.open_end[longest]), 'row')}: the first "
                "forecasts start from old values",
                "leave the rows out with --until, or pass --fill forward",
            )
        )
    return found


def count_duplicates(read: Lenient) -> IntArray:
    """Rows of each series, shape (N,), whose time is there already."""
    frame = read.table.frame
    ids = frame["unique_id"].cat
    twice = ids.codes.to_numpy()[duplicated(read.table)]
    counts = np.bincount(twice, minlength=len(ids.categories)).astype(np.int64)
    place = ids.categories.get_indexer(pd.Index(read.reading.panel.unique_ids))
    return counts[place]


def _duplicates(read: Lenient) -> list[Finding]:
    """Say how many stamps stand twice; where that was mended the refusal has said it."""
    again = duplicated(read.table)
    if not again.any():
        return [Finding("duplicates", "ok", "no time stands twice in a series")]
    if any(one.code == "duplicates" for one in read.findings):
        return []
    how = read.data.duplicates
    return [
        Finding(
            "duplicates",
            "note",
            f"{counted(int(again.sum()), 'row')} of a time that is there already: the {how} of "
            "each is taken, as asked for",
            places=first_rows(read.table, again, NAMED),
        )
    ]


def _gaps(read: Lenient, basics: Basics, finder: Finder) -> Finding:
    reading, panel = read.reading, read.reading.panel
    gaps = int(basics.gaps.sum())
    if not gaps:
        return Finding("gaps", "ok", "no value is missing and no step absent")
    starts, lengths = runs(panel, ~np.isfinite(panel.values))
    rows, missing = len(panel.values), int(lengths.sum())
    longest = int(np.argmax(lengths))
    first, far = finder.place(int(starts[0])), finder.place(int(starts[longest]))
    begins = "" if gaps == 1 else f"the first at {first} of {first.series!r}, "
    parts = [
        f"{reading.absent:,} absent" if reading.absent else "",
        f"{reading.missing:,} empty" if reading.missing else "",
    ]
    said = f" ({' and '.join(part for part in parts if part)})" if any(parts) else ""
    return Finding(
        "gaps",
        "note",
        f"no value at {missing:,} of {rows:,} steps{said}: {percent(missing / rows)}, in "
        f"{counted(gaps, 'gap')} of {counted(int((basics.gaps > 0).sum()), 'series', 'series')}; "
        f"{begins}the longest of {counted(int(lengths[longest]), 'step')} from {far} of "
        f"{far.series!r}",
        _bridge(missing / rows),
        places=finder.places(starts[:NAMED]),
    )


def _bridge(share: float) -> str:
    """Say what may be done about gaps."""
    if share < SOME_MISSING:
        return "none needed: they are seen as missing and are never a target"
    if share > MANY_MISSING:
        return "--resample gathers sparse rows; --fill seasonal or interpolate shows a network more"
    return "--fill seasonal or interpolate shows a network more; --max-gap N splits at long ones"
