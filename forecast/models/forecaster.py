"""What every model keeps, from repeating the last value to a network.

A forecaster learns from the rows of a `Span` and forecasts from any cutoff of any panel. At a
cutoff it sees that row and what lies before, nothing after.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, Self, TypeAlias

from forecast.data.arrays import FloatArray, IntArray
from forecast.data.panel import Panel, Span
from forecast.errors import UsageError

if TYPE_CHECKING:
    import torch

    from forecast.training.checkpoint import Checkpoints
    from forecast.training.monitor import EpochRecord, Monitor

Setting: TypeAlias = str | int | float | bool | None


@dataclass(frozen=True)
class FitContext:
    """How one fit is called and watched: its name, its place among all fits, its seed.

    Parameters
    ----------
    name : str
        Such as ``gru, fold 1 of 3``.
    index, total : int
        Place among the fits of the run, from 0.
    seed : int
        Seed of this fit alone.
    monitor : Monitor
        Hears about each epoch.
    checkpoints : Checkpoints or None
        Where a fit with epochs keeps what it needs to go on after a crash.
    """

    name: str
    index: int
    total: int
    seed: int
    monitor: Monitor
    checkpoints: Checkpoints | None = None


@dataclass(frozen=True)
class FitReport:
    """What a fit that has epochs tells afterwards.

    Parameters
    ----------
    best_epoch, epochs_run : int
        Counted from 1; the best is 0 where no epoch improved on the untrained network.
    stopped : str
        Why it ended: ``epochs``, ``patience``, ``max steps``, ``max time`` or ``interrupted``.
    records : tuple of EpochRecord
        One per epoch.
    share : float or None
        Of a linear map beside the network; None where there is none.
    companion_share : float or None
        Of the way to the mean of a network and its companions; None where it has none.
    """

    best_epoch: int
    epochs_run: int
    stopped: str
    records: tuple[EpochRecord, ...]
    share: float | None = None
    companion_share: float | None = None


def settled_share(found: Iterable[float | None]) -> float | None:
    """Median of the shares that fits found; None where there was nothing to have a share."""
    shares = [share for share in found if share is not None]
    return statistics.median(shares) if shares else None


@dataclass(frozen=True)
class Draws:
    """How many possible futures are drawn, and by which seed."""

    count: int
    seed: int = 0


class Forecaster(Protocol):
    """Anything with fit and predict."""

    name: str

    @property
    def parameters(self) -> int:
        """Number of trained numbers; 0 for a rule."""

    @property
    def report(self) -> FitReport | None:
        """How the fit went; None for a rule."""

    @property
    def context_length(self) -> int:
        """Rows up to a cutoff that a forecast reads, where none is missing."""

    def rows_needed(self, panel: Panel) -> IntArray:
        """Rows from the end of each series, shape (N,), that a forecast from there rests on.

        With these rows alone, and whatever is appended to them, the forecasts are those of the
        whole panel. Missing values make them more; they may exceed the rows of a series.
        """

    def fit(self, panel: Panel, *, span: Span, context: FitContext) -> Self:
        """Learn from the rows of ``span`` and return self."""

    def predict(self, panel: Panel, cutoffs: IntArray, *, horizon: int) -> FloatArray:
        """Forecast ``horizon`` steps after each cutoff.

        Parameters
        ----------
        panel : Panel
            Series seen in `fit` or not; rows after a cutoff are not looked at.
        cutoffs : array of shape (K,)
            Grid rows, inclusive.
        horizon : int
            Steps ahead; any number.

        Returns
        -------
        array of shape (N, K, horizon), in units of the file
            nan only where a series has no value at or before the cutoff.
        """

    def predict_quantiles(
        self, panel: Panel, cutoffs: IntArray, *, horizon: int, levels: Sequence[float]
    ) -> FloatArray:
        """Quantiles of each step after each cutoff; see `predict`.

        Parameters
        ----------
        levels : sequence of float
            Above 0 and below 1.

        Returns
        -------
        array of shape (N, K, horizon, Q), in units of the file
            They ascend with the levels.

        Raises
        ------
        UsageError
            If the forecaster knows no quantile at a level.
        """

    def sample_paths(
        self, panel: Panel, cutoffs: IntArray, *, horizon: int, draws: Draws
    ) -> FloatArray:
        """Possible futures after each cutoff; see `predict`.

        Returns
        -------
        array of shape (N, K, n, horizon), in units of the file
            Those of a series are drawn by the seed and its name alone.

        Raises
        ------
        UsageError
            If the forecaster knows no distribution.
        """

    def settings(self) -> Mapping[str, Setting]:
        """Arguments of the constructor, enough to build an equal unfitted forecaster."""

    def state(self) -> Mapping[str, torch.Tensor]:
        """Everything that was learnt, by name; empty for a rule."""


def no_distribution(name: str, flag: str) -> UsageError:
    """Say that a forecaster forecasts points alone, to whoever passed ``flag``."""
    instead = " or, for intervals from past errors, pass --level" if flag == "--quantiles" else ""
    return UsageError(
        f"{name} forecasts one value a step and no distribution",
        location=f"flag {flag}",
        fix=f"train with --model gru --head gaussian{instead}",
    )


class PointsOnly:
    """What a forecaster of one value a step says to whoever asks for a distribution."""

    name: str

    def predict_quantiles(
        self,
        panel: Panel,  # noqa: ARG002
        cutoffs: IntArray,  # noqa: ARG002
        *,
        horizon: int,  # noqa: ARG002
        levels: Sequence[float],  # noqa: ARG002
    ) -> FloatArray:
        """Refuse: there is no distribution."""
        raise no_distribution(self.name, "--quantiles")

    def sample_paths(
        self,
        panel: Panel,  # noqa: ARG002
        cutoffs: IntArray,  # noqa: ARG002
        *,
        horizon: int,  # noqa: ARG002
        draws: Draws,  # noqa: ARG002
    ) -> FloatArray:
        """Refuse: there is no distribution."""
        raise no_distribution(self.name, "--samples")
