"""The learning rate over a fit, as a multiple of its peak.

constant       warm-up, then flat
cosine         warm-up, then half a cosine down to a hundredth at the last step
               (Loshchilov & Hutter 2017, SGDR, equation 5, without restarts)
plateau        warm-up, then halved whenever the loss has not improved for a while, and never raised
               (He et al. 2016, Deep residual learning, section 3.4, divide by 10)
exponential    warm-up, then by the same factor each step down to a hundredth at the last
               (Senior et al. 2013, An empirical study of learning rates in deep neural networks
               for speech recognition, section 2.3)
one-cycle      the warm-up is a rise from a 25th of the peak along half a cosine, then another half
               down to a 10,000th of where it began (Smith & Topin 2018, Super-convergence, with
               the cosines of fastai; momentum stays as it is)

The linear warm-up of the others is that of Goyal et al. (2017), section 2.2.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

ScheduleKind: TypeAlias = Literal["constant", "cosine", "plateau", "one-cycle", "exponential"]

FLOOR = 0.01
"""The cosine and the exponential end at this multiple of the peak."""
ONE_CYCLE_START, ONE_CYCLE_END = 1 / 25, 1 / 250_000
PLATEAU_EPOCHS = 3
"""Epochs without improvement before the rate is halved."""


@dataclass(frozen=True)
class Schedule:
    """Learning rate as a function of the step and of the halvings so far.

    Parameters
    ----------
    kind : str
        One of those above.
    peak : float
        Highest learning rate.
    warmup, total : int
        Steps of rise; steps of the whole fit.
    """

    kind: ScheduleKind
    peak: float
    warmup: int
    total: int

    def rate(self, step: int, *, halvings: int = 0) -> float:
        """Learning rate of step ``step`` (from 0); ``halvings`` matter to a plateau alone."""
        if step < self.warmup:
            return self.peak * self._rise(step)
        if self.kind == "plateau":
            return self.peak * 0.5**halvings
        progress = min(1.0, (step - self.warmup) / max(1, self.total - self.warmup))
        return self.peak * self._fall(progress)

    def _rise(self, step: int) -> float:
        if self.kind == "one-cycle":
            return _half_cosine(ONE_CYCLE_START, 1.0, step / self.warmup)
        return (step + 1) / self.warmup

    def _fall(self, progress: float) -> float:
        if self.kind == "cosine":
            return _half_cosine(1.0, FLOOR, progress)
        if self.kind == "one-cycle":
            return _half_cosine(1.0, ONE_CYCLE_END, progress)
        if self.kind == "exponential":
            return float(FLOOR**progress)
        return 1.0


def _half_cosine(start: float, end: float, progress: float) -> float:
    return end + (start - end) * 0.5 * (1 + math.cos(math.pi * progress))


@dataclass
class Plateau:
    """Counts how often the loss has not improved for `PLATEAU_EPOCHS` epochs in a row."""

    halvings: int = 0
    best: float = math.inf
    stagnant: int = 0

    def hear(self, loss: float) -> None:
        """Take the loss of one more epoch."""
        if loss < self.best:
            self.best, self.stagnant = loss, 0
            return
        self.stagnant += 1
        if self.stagnant == PLATEAU_EPOCHS:
            self.halvings += 1
            self.stagnant = 0
