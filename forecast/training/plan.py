"""How to train: everything that a fit is told beforehand."""

from __future__ import annotations

from dataclasses import dataclass

from forecast.training.averaging import AverageKind
from forecast.training.gradients import ClipKind
from forecast.training.precision import Precision
from forecast.training.schedule import ScheduleKind


@dataclass(frozen=True)
class TrainingPlan:
    """How to train.

    Parameters
    ----------
    epochs : int
        Passes over the examples; the schedule runs over all of them.
    stop_after : int
        Epochs after which to end without looking at validation; ``epochs`` when early stopping
        decides.
    max_steps : int or None
        Most optimiser steps.
    batch_size : int
        Examples of a step.
    learning_rate, weight_decay : float
        Of AdamW (Loshchilov & Hutter 2019).
    gradient_clip : float
        Largest norm or value of a gradient; 0 does not clip.
    schedule : str
        See `forecast.training.schedule`.
    warmup : int
        Steps of rise.
    patience : int
        Epochs without improvement after which to stop.
    clip_by : str
        See `forecast.training.gradients`.
    precision : str
        See `forecast.training.precision`.
    average : str
        See `forecast.training.averaging`.
    max_time : float or None, in seconds
        After so long the current step is the last.
    truncate : int or None
        Recurrent steps after which a problem cuts its gradients; the loop itself does not look.
    """

    epochs: int
    stop_after: int
    max_steps: int | None
    batch_size: int
    learning_rate: float
    weight_decay: float
    gradient_clip: float
    schedule: ScheduleKind
    warmup: int
    patience: int
    clip_by: ClipKind = "norm"
    precision: Precision = "32"
    average: AverageKind = "none"
    max_time: float | None = None
    truncate: int | None = None
