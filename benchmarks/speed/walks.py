"""One contender in a process of its own: it fits once, and is asked for walks over cutoffs.

A cell comes in as a line of JSON: its steps are cutoffs, its batch how many are asked for at once.
Out goes the mean time of a forecast, as a line of JSON.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace

import pandas as pd

from benchmarks.speed.cells import HORIZON, ROWS, Cell
from benchmarks.speed.series import made_series

AT_ONCE = 0
Walk = Callable[[Cell], int]
Fitted = Callable[[Cell, pd.DataFrame], Walk]


def cutoffs(count: int) -> range:
    """Rows of the last cutoffs that have a whole horizon behind them."""
    return range(ROWS - HORIZON - count, ROWS - HORIZON)


def serve(fitted: Fitted) -> None:
    """Answer for as long as there are questions."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    walk: Walk | None = None
    for line in sys.stdin:
        cell = Cell(**json.loads(line))
        walk = walk or fitted(replace(cell, batch=32, steps=2), made_series(1))
        begun = time.perf_counter()
        made = walk(cell)
        seconds = time.perf_counter() - begun
        if made != cell.timed * HORIZON:
            raise RuntimeError(f"{made} values where {cell.timed * HORIZON} were asked for")
        answers.write(json.dumps({"step": seconds / cell.timed}) + "\n")
        answers.flush()
