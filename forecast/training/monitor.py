"""What a fit tells whoever watches it, and how he asks it to stop.

The library prints nothing: it calls a monitor. The command line draws bars with one, a notebook
may pass its own, and tests pass `SILENT`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class EpochRecord:
    """One finished epoch of one fit.

    Parameters
    ----------
    fit : str
        Which fit, such as ``gru, fold 1 of 3`` or ``gru, final fit``.
    epoch, epochs : int
        Counted from 1; ``epochs`` is the most that will be run.
    step : int
        Optimiser steps so far.
    train_loss : float
        Mean loss over the epoch, in scaled units.
    validation_loss : float or None
        Loss on the validation tail, in scaled units; None where there is no tail.
    learning_rate : float
        At the end of the epoch.
    gradient_norm : float
        Mean over the epoch of the norm before clipping.
    best : bool
        Whether these are the best weights so far.
    gradient_norms : mapping of str to float
        ``gradient_norm`` of each layer by itself.
    """

    fit: str
    epoch: int
    epochs: int
    step: int
    train_loss: float
    validation_loss: float | None
    learning_rate: float
    gradient_norm: float
    best: bool
    gradient_norms: Mapping[str, float] = field(default_factory=dict)


class Monitor(Protocol):
    """Watches a run."""

    def say(self, text: str) -> None:
        """Take one sentence about something that was decided or noticed."""

    def start_fit(self, fit: str, index: int, total: int, epochs: int) -> None:
        """Hear that fit ``index`` (from 0) of ``total`` begins and runs at most ``epochs``."""

    def end_epoch(self, record: EpochRecord) -> None:
        """Hear that an epoch has ended."""

    def end_fit(self, fit: str) -> None:
        """Hear that a fit has ended."""

    def should_stop(self) -> bool:
        """Answer whether the run should stop after the current step."""


class SilentMonitor:
    """Hears everything, says nothing, never stops."""

    def say(self, text: str) -> None:
        """Ignore the sentence."""

    def start_fit(self, fit: str, index: int, total: int, epochs: int) -> None:
        """Ignore the start."""

    def end_epoch(self, record: EpochRecord) -> None:
        """Ignore the epoch."""

    def end_fit(self, fit: str) -> None:
        """Ignore the end."""

    def should_stop(self) -> bool:
        """Never stop."""
        return False


SILENT = SilentMonitor()
