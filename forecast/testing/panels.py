"""Small panels to ask a forecaster on: one with all that is usual, others with what is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from forecast.data.arrays import FloatArray
from forecast.data.panel import Panel, Span
from forecast.data.times.clock import CalendarClock

HORIZON, SEASON, ROWS = 3, 4, 40
SPAN = Span(0, 22, 28)
"""Rows to learn from: 22, then a validation tail of 6."""
CUTOFFS = np.array([27, 30, 36], dtype=np.int64)


def make_panel(*series: FloatArray, first: tuple[int, ...] | None = None) -> Panel:
    """Return a daily panel across the end of a February.

    Parameters
    ----------
    series : arrays of shape (L,)
    first : tuple of int, optional
        Grid row at which each begins; 0 when not given.
    """
    lengths = np.array([len(values) for values in series], dtype=np.int64)
    return Panel(
        tuple(f"s{index}" for index in range(len(series))),
        np.concatenate(series).astype(np.float64),
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        np.array(first or [0] * len(series), dtype=np.int64),
        CalendarClock(pd.Timestamp("2024-01-29"), "D"),
    )


def usual_panel() -> Panel:
    """Return four series with a season: whole, with gaps, late, and one that ends early."""
    rng = np.random.default_rng(0)
    series = [
        level + 5 * np.sin(2 * np.pi * np.arange(rows) / SEASON) + rng.normal(size=rows)
        for level, rows in [(20, ROWS), (-300, ROWS), (0, 25), (7, 29)]
    ]
    series[1][[0, 1, 9, 10, 27, 33]] = np.nan
    return make_panel(*series, first=(0, 0, 15, 0))


def unusual_panels() -> dict[str, Panel]:
    """Return panels that offer little to learn from, by what is odd about them."""
    flat = np.full(ROWS, 3.25)
    nothing = np.full(ROWS, np.nan)
    rows = np.arange(float(ROWS))
    return {
        "constant": make_panel(flat),
        "all zero": make_panel(0 * flat),
        "one value": make_panel(_lone(4)),
        "one value at the cutoff": make_panel(_lone(int(CUTOFFS[0]))),
        "two values": make_panel(np.append([1.0, 1.0], nothing[2:])),
        "one row": make_panel(np.array([5.0]), first=(3,)),
        "all missing": make_panel(nothing),
        "unequal": make_panel(rows, rows[:9], rows[:2], first=(0, 12, 20)),
        "huge and tiny": make_panel(1e12 + rows, 1e-12 * rows),
        "beside constants": make_panel(np.sin(rows), 0 * flat, 9 + 0 * flat, _lone(4)),
    }


def altered_from(panel: Panel, row: int, seed: int) -> Panel:
    """Return the panel with every value at ``row`` and later replaced, many of them by nothing."""
    other = np.random.default_rng(seed).choice([np.nan, -1e12, 0.0, 1.5, 1e12], len(panel.values))
    begin = np.repeat(panel.offsets[:-1] - panel.first, panel.lengths)
    rows = np.arange(len(panel.values)) - begin
    return replace(panel, values=np.where(rows >= row, other, panel.values))


def _lone(row: int) -> FloatArray:
    values = np.full(ROWS, np.nan)
    values[row] = 5.0
    return values
