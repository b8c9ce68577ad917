"""Where a fit is: everything about it that is no tensor."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Self

from forecast.training.monitor import EpochRecord
from forecast.training.schedule import Plateau

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass
class Progress:
    """Where a fit is.

    Parameters
    ----------
    learning_rate : float
        Peak of the schedule.
    step : int
        Optimiser steps so far.
    best_epoch : int
        0 while no epoch improved on the weights that training began with.
    best_loss : float
        On the validation examples.
    plateau : Plateau
    records : list of EpochRecord
        One per epoch.
    said : list of str
        Sentences that the monitor has heard.
    warned : bool
        Whether one of them was about gradients that vanish or explode.
    halved : bool
        Whether the loss was not finite once, and the learning rate halved.
    averaged : int
        Steps that the average of the weights holds.
    seconds : float
        Spent so far.
    stopped : str or None
        Why the fit ended; None while it has not.
    """

    learning_rate: float
    step: int = 0
    best_epoch: int = 0
    best_loss: float = math.inf
    plateau: Plateau = field(default_factory=Plateau)
    records: list[EpochRecord] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    warned: bool = False
    halved: bool = False
    averaged: int = 0
    seconds: float = 0.0
    stopped: str | None = None

    def facts(self) -> dict[str, Any]:
        """Return it as what JSON has."""
        return asdict(self)

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Self:
        """Build it again."""
        records = [EpochRecord(**record) for record in facts["records"]]
        return cls(**{**facts, "records": records, "plateau": Plateau(**facts["plateau"])})
