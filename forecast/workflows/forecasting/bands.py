"""Which intervals a model gives, and of what they are made: past errors, or its own head."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from forecast.data.transform import DIFFERENCES
from forecast.errors import ConfigError, UsageError
from forecast.models.intervals import (
    ConformalIntervals,
    IntervalKind,
    Spread,
    edge_shares,
    interval_columns,
)
from forecast.models.registry import NETWORKS
from forecast.validation.bands import Bands
from forecast.workflows.forecasting.ahead import each_after

if TYPE_CHECKING:
    import pandas as pd

    from forecast.bundle.bundle import Bundle
    from forecast.bundle.manifest import Manifest
    from forecast.config.schema import Config
    from forecast.data.arrays import FloatArray, IntArray
    from forecast.data.panel import Panel
    from forecast.models.forecaster import Forecaster
    from forecast.validation.quantiles import Edges

SCORED = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
"""Levels at which a head with a whole distribution is scored: those that a quantile head has."""


@dataclass(frozen=True)
class Known:
    """What a model knows of the distribution of what it forecasts.

    Parameters
    ----------
    head : str
        ``point`` for a rule, too.
    levels : tuple of float
        Those of a quantile head, ascending; empty for another.
    differences : bool
        Whether it forecasts differences, whose quantiles are none of values.
    """

    head: str = "point"
    levels: tuple[float, ...] = ()
    differences: bool = False

    @classmethod
    def of_config(cls, config: Config, name: str) -> Known:
        """What a model of a run knows."""
        if name not in NETWORKS:
            return cls()
        levels = config.model.quantile_levels if config.model.head == "quantile" else ()
        return cls(config.model.head, levels, config.data.transform in DIFFERENCES)

    @classmethod
    def of_bundle(cls, manifest: Manifest) -> Known:
        """What the model of a bundle knows."""
        head = str(manifest.settings.get("head", "point"))
        text = str(manifest.settings.get("quantile_levels", "")) if head == "quantile" else ""
        levels = tuple(float(part) for part in text.split(",") if part)
        return cls(head, levels, manifest.transform in DIFFERENCES)

    @property
    def quantiles(self) -> bool:
        """Whether it has quantiles of values."""
        return self.head != "point" and not self.differences

    def shares(self, levels: Sequence[float]) -> tuple[float, ...]:
        """Quantile levels to score: its own or usual ones, and the ends of intervals; or none."""
        if not self.quantiles:
            return ()
        ends = (share for level in levels if self.reaches(level) for share in edge_shares(level))
        return tuple(sorted({*(self.levels or SCORED), *ends}))

    def reaches(self, level: float) -> bool:
        """Whether it knows both ends of the interval of a level."""
        low, high = edge_shares(level)
        return not self.levels or self.levels[0] <= low < high <= self.levels[-1]

    def lacks(self, levels: Sequence[float]) -> tuple[str, str] | None:
        """Say why it has no interval of one of the levels, and what mends it; None if it has."""
        if self.head == "point":
            return "one value a step is forecast, and no distribution", "--head gaussian"
        if self.differences:
            why = "quantiles of values do not follow from those of their differences"
            return why, "--transform none"
        for level in levels:
            if not self.reaches(level):
                low, high = self.levels[0], self.levels[-1]
                why = f"an interval of {level:g} % ends outside the quantiles {low:g} to {high:g}"
                return why, "--head gaussian"
        return None


def check_intervals(config: Config) -> None:
    """Refuse intervals of a head that has none, before anything is read.

    Raises
    ------
    ConfigError
    """
    if config.validation.intervals != "head":
        return
    name = config.model.name
    lacking = Known.of_config(config, name).lacks(config.validation.level)
    if lacking is None:
        return
    why, mend = lacking
    if name not in NETWORKS:
        mend = f"--model gru {mend}"
    raise ConfigError(
        f"{name} has no intervals of its own head: {why}",
        location="validation.intervals",
        fix=f"pass --intervals conformal, or {mend}",
    )


def bands_of(config: Config, name: str) -> Bands:
    """Intervals of a model of a run; a rule that won over heads has conformal ones."""
    asked = config.validation.intervals
    if asked == "none":
        return Bands("none", ())
    headless = not Known.of_config(config, name).quantiles
    return Bands("conformal" if headless else asked, config.validation.level)


def bands_notes(config: Config, name: str) -> tuple[str, ...]:
    """Say where intervals are other than asked for."""
    if config.validation.intervals == bands_of(config, name).kind:
        return ()
    return (f"intervals of {name} are conformal: it is a rule and has no head",)


def bands_asked(bundle: Bundle, kind: IntervalKind | None, levels: Sequence[float] | None) -> Bands:
    """Intervals that a bundle is asked for.

    Parameters
    ----------
    kind : str or None
        None for those that it was trained with.
    levels : sequence of float or None, in percent
        None for those that it was trained with.

    Raises
    ------
    UsageError
        If it has none of the kind, or levels are given where there are no intervals.
    """
    manifest = bundle.manifest
    known = Known.of_bundle(manifest)
    made = manifest.intervals if kind is None else kind
    found = manifest.levels if levels is None else tuple(levels)
    trained = "train with --intervals conformal"
    other = f"pass --intervals head, or {trained}" if known.quantiles else trained
    if made == "none":
        if levels:
            why = "the model was trained with --intervals none" if kind is None else "none is asked"
            raise UsageError(
                f"level {levels[0]:g} of no intervals: {why}",
                location="flag --level",
                fix="leave out --level, or --intervals none" if kind is not None else other,
            )
        return Bands("none", ())
    if made == "head":
        lacking = known.lacks(found)
        if lacking is not None:
            raise UsageError(
                f"{manifest.model} has no intervals of its own head: {lacking[0]}",
                location="flag --intervals",
                fix=f"pass --intervals conformal, or train with {lacking[1]}",
            )
    if made == "conformal" and manifest.intervals == "none":
        raise UsageError(
            "the model was trained with --intervals none, and keeps no past errors",
            location="flag --intervals",
            fix=other,
        )
    return Bands(made, found)


def conformal_edges(
    y_hat: FloatArray, intervals: ConformalIntervals, spread: Spread, levels: Sequence[float]
) -> Edges:
    """Ends of the intervals around forecasts (N, ..., H), in their shape, by level."""
    horizon = y_hat.shape[-1]
    return {level: spread.around(y_hat, intervals.half_width(level, horizon)) for level in levels}


def head_edges(
    panel: Panel,
    forecaster: Forecaster,
    rows: IntArray,
    *,
    horizon: int,
    levels: Sequence[float],
) -> Edges:
    """Ends of the intervals of the head after a row of each series, (N, H) each, by level."""
    shares = sorted({share for level in levels for share in edge_shares(level)})
    if not shares:
        return {}

    def ask(some: Panel, cutoffs: IntArray) -> FloatArray:
        return forecaster.predict_quantiles(some, cutoffs, horizon=horizon, levels=shares)

    found = each_after(panel, rows, ask)  # (N, H, Q)
    place = {share: index for index, share in enumerate(shares)}
    ends = {level: edge_shares(level) for level in levels}
    return {
        level: (found[..., place[low]], found[..., place[high]])
        for level, (low, high) in ends.items()
    }


def add_edges(frame: pd.DataFrame, edges: Edges, *, model: str) -> pd.DataFrame:
    """Return the frame of forecasts with a lower and an upper column for each level."""
    wide = frame.copy()
    for level, pair in edges.items():
        for name, edge in zip(interval_columns(model, level), pair, strict=True):
            wide[name] = edge.reshape(-1)
    return wide
