"""The learning rate over a fit, as a multiple of its peak.

cosine     warm-up, then half a cosine down to a hundredth at the last epoch
plateau    warm-up, then halved whenever validation has not improved for a while
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
    """Learning rate as a function of the step and of stagnation.

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

    def rate(self, step: int, *, stagnant: int) -> float:
        """Learning rate of step ``step`` (from 0) after ``stagnant`` epochs without improvement."""
        if step < self.warmup:
            return self.peak * (step + 1) / self.warmup
        if self.kind == "cosine":
            progress = (step - self.warmup) / max(1, self.total - self.warmup)
            wave = 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))
            return self.peak * (FLOOR + (1 - FLOOR) * wave)
        if self.kind == "plateau":
            return self.peak * 0.5 ** (stagnant // PLATEAU_EPOCHS)
        return self.peak
