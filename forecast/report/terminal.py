"""Small charts in text, for a terminal or a log; no colour, no control codes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from forecast.data.arrays import FloatArray
from forecast.report.series import clean, positions, recent_rows, rows_of, values
from forecast.report.table import DASH, format_number

_BLOCKS = "▁▂▃▄▅▆▇█"
_BRAILLE = 0x2800
_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))  # by column, from the top
_DOT_ROWS = 4
_CUTOFF = "│"
_SPOTS_PER_COLUMN = 40  # enough for a steep stretch to leave no hole


def sparkline(numbers: Sequence[float | None], *, width: int = 40) -> str:
    """Draw numbers as one line of blocks, the lowest at the bottom; a gap is a space.

    More numbers than ``width`` are averaged in stretches.
    """
    y = _finite(np.array([np.nan if n is None else n for n in numbers], dtype=np.float64))
    if len(y) > width:
        y = np.array([_mean(part) for part in np.array_split(y, width)])
    if not np.isfinite(y).any():
        return " " * len(y)
    low, high = float(np.nanmin(y)), float(np.nanmax(y))
    top = len(_BLOCKS) - 1
    return "".join(
        " " if math.isnan(value) else _BLOCKS[round(_share(value, low, high) * top)] for value in y
    )


def score_bars(scores: Mapping[str, float | None], *, width: int = 40) -> list[str]:
    """Draw one bar a model, from zero, with its score; an undefined score is a dash."""
    names = [clean(name, 24) for name in scores]
    column = max((len(name) for name in names), default=0)
    finite = [s for s in scores.values() if s is not None and math.isfinite(s)]
    most = max(map(abs, finite), default=0.0) or 1.0
    lines = []
    for name, score in zip(names, scores.values(), strict=True):
        if score is None or not math.isfinite(score):
            lines.append(f"{name:<{column}}  {DASH}")
        else:
            bar = "█" * max(1, round(abs(score) / most * width))
            lines.append(f"{name:<{column}}  {bar} {format_number(score)}")
    return lines


def terminal_chart(
    frame: pd.DataFrame,
    recent: pd.DataFrame,
    *,
    model: str,
    width: int = 72,
    height: int = 8,
) -> list[str]:
    """Draw the first series of a forecast in braille dots: history, a bar at the cutoff, forecast.

    Parameters
    ----------
    frame, recent : DataFrame
        Those of a ``PredictResult``.
    model : str
        Name of the model's column.
    width, height : int
        In characters, without the line of labels below.

    Returns
    -------
    list of str
        Lines without a newline; empty when there is nothing to draw.
    """
    if frame.empty:
        return []
    name = frame["unique_id"].iloc[0]
    ahead = rows_of(frame, name)
    past = recent_rows(recent, name, len(ahead))
    x = np.concatenate((positions(past["ds"]), positions(ahead["ds"])))
    y = np.concatenate((values(past, "y"), values(ahead, model)))
    if not np.isfinite(y).any():
        return []
    low, high = float(np.nanmin(y)), float(np.nanmax(y))
    edges = [format_number(high), format_number(low)]
    margin = max(map(len, edges))
    columns = max(8, width - margin - 2)
    grid = _dots(x, y, (columns, height))
    if len(past):
        _mark(grid, round(_share(x[len(past) - 1], x[0], x[-1]) * (columns - 1)))
    heads = [edges[0], *[""] * (height - 2), edges[1]] if height > 1 else edges[:1]
    lines = [f"{head:>{margin}} ┤{''.join(row)}" for head, row in zip(heads, grid, strict=True)]
    first, last = (_stamp(pd.concat((past["ds"], ahead["ds"])).iloc[at]) for at in (0, -1))
    space = " " * max(1, columns - len(first) - len(last))
    return [*lines, f"{'':>{margin}}  {first}{space}{last}"]


def _dots(x: FloatArray, y: FloatArray, size: tuple[int, int]) -> list[list[str]]:
    """Set a braille dot for each point of a line drawn through ``(x, y)``; gaps stay empty."""
    columns, height = size
    wide, tall = 2 * columns - 1, _DOT_ROWS * height - 1
    low, high = float(np.nanmin(y)), float(np.nanmax(y))
    codes = np.zeros((height, columns), dtype=np.int64)
    fine = np.linspace(0, len(y) - 1, _SPOTS_PER_COLUMN * columns)
    spots = np.interp(fine, np.arange(len(y)), x), np.interp(fine, np.arange(len(y)), y)
    spots = np.append(spots[0], x), np.append(spots[1], y)
    for across, up in zip(*spots, strict=True):
        if math.isnan(up):
            continue
        column = round(_share(across, x[0], x[-1]) * wide)
        row = round((1 - _share(up, low, high)) * tall)
        codes[row // _DOT_ROWS, column // 2] |= _DOTS[column % 2][row % _DOT_ROWS]
    return [[chr(_BRAILLE + int(code)) if code else " " for code in line] for line in codes]


def _mark(grid: list[list[str]], column: int) -> None:
    for row in grid:
        if row[column] == " ":
            row[column] = _CUTOFF


def _share(value: float, low: float, high: float) -> float:
    """Place of a value between two ends, from 0 to 1; half way where they are equal."""
    return 0.5 if high == low else (value - low) / (high - low)


def _finite(y: FloatArray) -> FloatArray:
    return values(pd.DataFrame({"y": y}), "y")


def _mean(part: FloatArray) -> float:
    there = part[np.isfinite(part)]
    return float(there.mean()) if len(there) else math.nan


def _stamp(value: object) -> str:
    return f"{value:%Y-%m-%d %H:%M}" if isinstance(value, pd.Timestamp) else str(value)
