"""What ``predict`` may be asked beside one forecast a step: intervals, quantiles, sample paths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

import numpy as np

from forecast.bundle.bundle import Bundle
from forecast.data.arrays import FloatArray, IntArray
from forecast.data.panel import Panel
from forecast.errors import UsageError
from forecast.models.forecaster import Draws
from forecast.models.intervals import IntervalKind
from forecast.workflows.arguments import as_count, as_levels
from forecast.workflows.forecasting.ahead import each_after
from forecast.workflows.forecasting.future import Ahead

if TYPE_CHECKING:
    import pandas as pd


MOST_LEVEL = 100
MOST_VALUES = 50_000_000
"""Values of sample paths that one call may ask for: 400 MB before they are written."""


@dataclass(frozen=True)
class Chances:
    """What is asked of the distribution of a forecast.

    Parameters
    ----------
    levels : tuple of float or None
        Interval levels in percent, from 1 to below 100; None for those of the bundle.
    quantiles : tuple of float
        Above 0 and below 1; of a model with a head that has them.
    samples : int
        Possible futures to draw of each series, in place of the one forecast; 0 for none.
    seed : int or None
        That they are drawn by; None for 0.
    intervals : str or None
        What intervals are made of: ``conformal``, ``head`` or ``none``; None as trained.
    """

    levels: tuple[float, ...] | None = None
    quantiles: tuple[float, ...] = ()
    samples: int = 0
    seed: int | None = None
    intervals: IntervalKind | None = None

    def checked(self) -> Chances:
        """Return it with the types that it promises.

        Raises
        ------
        UsageError
            If a number is one that no bundle can answer, or two things exclude each other.
        """
        found = Chances(
            as_levels(self.levels),
            as_levels(self.quantiles, name="quantiles", example="[0.1, 0.9]") or (),
            as_count(self.samples, name="samples", example=100),
            None if self.seed is None else as_count(self.seed, name="seed", example=1),
            self.intervals,
        )
        _check_kind(found.intervals)
        _check_levels(found.levels or ())
        _check_quantiles(found.quantiles)
        _check_samples(found)
        return found

    @property
    def draws(self) -> Draws:
        """What to draw."""
        return Draws(self.samples, self.seed or 0)

    def notes(self, *, trained: int, horizon: int) -> tuple[str, ...]:
        """Say which quantiles are not exact."""
        if not self.quantiles or horizon <= trained:
            return ()
        return (f"quantiles beyond step {trained} are those of paths drawn and fed back",)


def quantile_column(model: str, level: float) -> str:
    """Name of the column of a quantile.

    Examples
    --------
    >>> quantile_column("gru", 0.1)
    'gru-q-0.1'
    """
    return f"{model}-q-{level:g}"


def add_quantiles(
    frame: pd.DataFrame, bundle: Bundle, known: Ahead, chances: Chances, *, horizon: int
) -> pd.DataFrame:
    """Return the frame of N series and ``horizon`` steps with a column for each quantile asked for.

    Raises
    ------
    UsageError
        If the model knows no such quantile.
    """
    levels, forecaster = chances.quantiles, bundle.forecaster
    if not levels:
        return frame

    def ask(some: Panel, cutoffs: IntArray) -> FloatArray:
        return forecaster.predict_quantiles(some, cutoffs, horizon=horizon, levels=levels)

    found = each_after(known.panel, known.rows, ask)  # (N, horizon, Q)
    wide = frame.copy()
    for place, level in enumerate(levels):
        wide[quantile_column(bundle.manifest.model, level)] = found[:, :, place].reshape(-1)
    return wide


def sample_frame(
    frame: pd.DataFrame, bundle: Bundle, known: Ahead, chances: Chances, *, horizon: int
) -> pd.DataFrame | None:
    """Draw paths for N series: ``unique_id, ds, sample, <model>``; None where none are asked for.

    Sorted by series, sample and time; samples count from 0.

    Parameters
    ----------
    frame : DataFrame
        Forecasts of the same series and steps.

    Raises
    ------
    UsageError
        If they are more than memory should hold, or the model knows no distribution.
    """
    draws, forecaster = chances.draws, bundle.forecaster
    if not draws.count:
        return None
    values = len(frame) * draws.count
    if values > MOST_VALUES:
        raise UsageError(
            f"{draws.count} samples of {known.panel.n_series} series and {horizon} steps are "
            f"{values} values, and {MOST_VALUES} are the most",
            location="flag --samples",
            fix=f"pass --samples {max(1, MOST_VALUES // len(frame))}, or a shorter --horizon",
        )

    def ask(some: Panel, cutoffs: IntArray) -> FloatArray:
        return forecaster.sample_paths(some, cutoffs, horizon=horizon, draws=draws)

    paths = each_after(known.panel, known.rows, ask)  # (N, n, horizon)
    step = np.arange(len(frame), dtype=np.int64).reshape(-1, 1, horizon)
    place = np.broadcast_to(step, paths.shape).reshape(-1)
    number = np.broadcast_to(np.arange(draws.count)[:, None], paths.shape).reshape(-1)
    whole = frame[["unique_id", "ds"]].iloc[place].reset_index(drop=True)
    whole["sample"] = number
    whole[bundle.manifest.model] = paths.reshape(-1)
    return whole


def _check_kind(kind: str | None) -> None:
    if kind is not None and kind not in get_args(IntervalKind):
        raise UsageError(
            f"intervals are 'conformal', 'head' or 'none', not {kind!r}",
            location="flag --intervals",
            fix="leave out --intervals for those that the model was trained with",
        )


def _check_levels(levels: Sequence[float]) -> None:
    """Refuse interval levels that are no percentages, or are there twice."""
    for place, level in enumerate(levels):
        if not 1 <= level < MOST_LEVEL:
            meant = f"{100 * level:g}" if 0 < level < 1 else "80"
            raise UsageError(
                f"level {level:g} is not from 1 to below {MOST_LEVEL}: levels are in percent",
                location="flag --level",
                fix=f"such as --level {meant}",
            )
        if level in levels[:place]:
            raise UsageError(
                f"level {level:g} is given twice", location="flag --level", fix="give it once"
            )


def _check_quantiles(levels: Sequence[float]) -> None:
    """Refuse quantile levels that are no shares, or are there twice."""
    for place, level in enumerate(levels):
        if not 0 < level < 1:
            meant = f"{level / 100:g}" if 1 < level < MOST_LEVEL else "0.9"
            raise UsageError(
                f"quantile {level:g} is not above 0 and below 1",
                location="flag --quantiles",
                fix=f"such as --quantiles {meant}",
            )
        if level in levels[:place]:
            raise UsageError(
                f"quantile {level:g} is given twice",
                location="flag --quantiles",
                fix="give it once",
            )


def _check_samples(asked: Chances) -> None:
    """Refuse counts and seeds that draw nothing, and what samples have no place for."""
    if asked.samples < 0:
        raise UsageError(
            f"samples {asked.samples} are below 0",
            location="flag --samples",
            fix="such as --samples 100",
        )
    if asked.seed is not None and (asked.seed < 0 or not asked.samples):
        why = f"seed {asked.seed} is below 0" if asked.seed < 0 else "a seed alone draws nothing"
        raise UsageError(
            why, location="flag --seed", fix="pass --samples 100 --seed 1, or leave out --seed"
        )
    flags = {
        "--quantiles": asked.quantiles,
        "--level": asked.levels,
        "--intervals": asked.intervals,
    }
    beside = next((flag for flag, given in flags.items() if given), None)
    if asked.samples and beside:
        raise UsageError(
            f"--samples writes a row for each sample and step, with no place for {beside}",
            location="flag --samples",
            fix=f"pass --samples or {beside}, not both",
        )
