"""The learning rate over a fit, as a multiple of its peak.

cosine     warm-up, then half a cosine down to a hundredth at the last epoch
plateau    warm-up, then halved whenever the loss has not improved for a while, and never raised
constant   warm-up, then flat
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

ScheduleKind: TypeAlias = Literal["cosine", "plateau", "constant"]

FLOOR = 0.01
"""The cosine ends at this multiple of the peak."""
PLATEAU_EPOCHS = 3
"""Epochs without improvement before the rate is halved."""


@dataclass(frozen=True)
class Schedule:
    """Learning rate as a function of the step and of the halvings so far.

    Parameters
    ----------
    kind : str
        ``cosine``, ``plateau`` or ``constant``.
    peak : float
        Highest learning rate.
    warmup, total : int
        Steps of linear rise; steps of the whole fit.
    """

    kind: ScheduleKind
    peak: float
    warmup: int
    total: int

    def rate(self, step: int, *, halvings: int = 0) -> float:
        """Learning rate of step ``step`` (from 0); ``halvings`` matter to a plateau alone."""
        if step < self.warmup:
            return self.peak * (step + 1) / self.warmup
        if self.kind == "cosine":
            progress = (step - self.warmup) / max(1, self.total - self.warmup)
            wave = 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))
            return self.peak * (FLOOR + (1 - FLOOR) * wave)
        if self.kind == "plateau":
            return self.peak * 0.5**halvings
        return self.peak


class Plateau:
    """Counts how often the loss has not improved for `PLATEAU_EPOCHS` epochs in a row."""

    def __init__(self) -> None:
        self.halvings = 0
        self._best = math.inf
        self._stagnant = 0

    def hear(self, loss: float) -> None:
        """Take the loss of one more epoch."""
        if loss < self._best:
            self._best, self._stagnant = loss, 0
            return
        self._stagnant += 1
        if self._stagnant == PLATEAU_EPOCHS:
            self.halvings += 1
            self._stagnant = 0
