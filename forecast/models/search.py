"""Minimise many small functions at once: a grid, then steps that halve, then a parabola.

Smoothing weights are a handful of numbers between 0 and 1 for each of many series. All series and
all candidates are tried in one call, so that a pass over the rows serves them together.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import TypeAlias

import numpy as np

from forecast.data.arrays import FloatArray

Loss: TypeAlias = Callable[[FloatArray], FloatArray]
"""Takes candidates (M, G, D) from 0 to 1 and gives the loss of each, (M, G)."""
STEPS = (0.15, 0.1, 0.06, 0.04, 0.025, 0.015)


def minimise(
    loss: Loss, count: int, grid: tuple[tuple[float, ...], ...]
) -> tuple[FloatArray, FloatArray]:
    """Find the least of ``count`` functions of D numbers.

    Parameters
    ----------
    loss : callable
    count : int
        M.
    grid : tuple of tuple of float
        Where to begin, of each of the D numbers.

    Returns
    -------
    best : array of shape (M, D)
    least : array of shape (M,)
        inf where no candidate has a loss.
    """
    points = np.array(list(product(*grid)), dtype=np.float64)  # (G, D)
    candidates = np.broadcast_to(points, (count, *points.shape))
    best, least = _least(candidates, _sound(loss(candidates)))
    for step in STEPS:
        around, losses = _around(loss, best, step)
        found, value = _least(around, losses)
        better = value < least
        best = np.where(better[:, None], found, best)
        least = np.where(better, value, least)
    vertex = _vertex(loss, best, least, STEPS[-1])
    value = _sound(loss(vertex[:, None]))[:, 0]
    better = value < least
    return np.where(better[:, None], vertex, best), np.where(better, value, least)


def _around(loss: Loss, best: FloatArray, step: float) -> tuple[FloatArray, FloatArray]:
    """Try a step down and up in each number: candidates (M, 2 D, D) and their losses."""
    size = best.shape[1]
    moves = step * np.concatenate([-np.eye(size), np.eye(size)])
    around = np.clip(best[:, None] + moves, 0.0, 1.0)
    return around, _sound(loss(around))


def _vertex(loss: Loss, best: FloatArray, least: FloatArray, step: float) -> FloatArray:
    """Where the parabola through the best, a step below and a step above is least."""
    size = best.shape[1]
    _, losses = _around(loss, best, step)
    below, above = losses[:, :size], losses[:, size:]
    with np.errstate(all="ignore"):
        move = 0.5 * step * (below - above) / (below - 2 * least[:, None] + above)
    inside = (best >= step) & (best <= 1 - step)
    move = np.where(np.isfinite(move) & inside, move, 0.0)
    return np.clip(best + np.clip(move, -step, step), 0.0, 1.0)


def _sound(losses: FloatArray) -> FloatArray:
    return np.where(np.isfinite(losses), losses, np.inf)


def _least(candidates: FloatArray, losses: FloatArray) -> tuple[FloatArray, FloatArray]:
    place = np.argmin(losses, axis=1)
    rows = np.arange(len(losses))
    return candidates[rows, place], losses[rows, place]
