"""Covariates that give the target away: equal to it, or adding up to it."""

from __future__ import annotations

import numpy as np

from forecast.data.arrays import BoolArray, FloatArray
from forecast.data.panel import Panel

FEWEST_ROWS = 10
MOST_ROWS = 20_000
CLOSE = 1e-6
"""Largest error, relative to the spread of the target, that counts as equal."""


def leak_notes(panel: Panel, *, stop: int) -> list[str]:
    """Say which covariates make the target, by the grid rows before ``stop``.

    Parameters
    ----------
    panel : Panel
        With or without covariates; categories are not looked at.

    Returns
    -------
    list of str
        One sentence each; at most one.
    """
    seen = panel.slice(0, stop)
    covariates = seen.covariates
    if covariates is None:
        return []
    numeric = [place for place, column in enumerate(covariates.columns) if column.words is None]
    names = [covariates.columns[place].name for place in numeric]
    cells = np.column_stack([seen.values, covariates.values[:, numeric]])
    cells = cells[np.isfinite(cells).all(axis=1)]
    cells = cells[:: max(1, len(cells) // MOST_ROWS)]
    y, x = cells[:, 0], cells[:, 1:]
    if len(cells) < max(FEWEST_ROWS, 2 * len(names)) or np.ptp(y) == 0:
        return []
    equal = [name for place, name in enumerate(names) if _same(y, x[:, place])]
    if equal:
        return [_words(f"covariate {equal[0]!r} equals the target")]
    weights = np.linalg.lstsq(x, y, rcond=None)[0]
    if not names or not _same(y, x @ weights):
        return []
    parts = [name for name, weight in zip(names, weights, strict=True) if abs(weight) > CLOSE]
    together = ", ".join(repr(name) for name in parts)
    verb = "equals" if len(parts) == 1 else "add up to"
    scaled = " (times a constant)" if not np.allclose(weights[abs(weights) > CLOSE], 1) else ""
    noun = "covariate" if len(parts) == 1 else "covariates"
    return [_words(f"{noun} {together}{scaled} {verb} the target")]


def _same(y: FloatArray, other: FloatArray) -> bool:
    close: BoolArray = np.abs(y - other) <= CLOSE * np.ptp(y)
    return bool(close.all())


def _words(what: str) -> str:
    return f"{what}: a likely leak, for it will not be known before the target is"
