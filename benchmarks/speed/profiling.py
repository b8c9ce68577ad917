"""Where the time of training steps goes, by operator.

python -m benchmarks.speed.profiling     reads a cell as JSON, prints shares as JSON
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace

from torch.profiler import ProfilerActivity, profile

from benchmarks.speed.cells import Cell
from benchmarks.speed.ours import fit
from benchmarks.speed.series import made_series


def shares(cell: Cell) -> dict[str, float]:
    """Share of each operator in the time of a fit, without what it calls; the largest first."""
    table = made_series(cell.series)
    fit(replace(cell, steps=2), table)  # loads what is needed
    with profile(activities=[ProfilerActivity.CPU]) as watched:
        fit(cell, table)
    took = {event.key: event.self_cpu_time_total for event in watched.key_averages()}
    whole = sum(took.values())
    ordered = sorted(took.items(), key=lambda item: -item[1])
    return {name: time / whole for name, time in ordered}


if __name__ == "__main__":
    print(json.dumps(shares(Cell(**json.loads(sys.stdin.read())))))
