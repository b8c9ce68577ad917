"""The intervals and quantiles of a bundle beside what happened, for ``evaluate``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecast.bundle.bundle import Bundle
from forecast.data.arrays import FloatArray, IntArray
from forecast.data.panel import Panel
from forecast.errors import UsageError
from forecast.models.intervals import IntervalKind, Spread
from forecast.validation.adaptive import GAMMA, adaptive_half_widths
from forecast.validation.bands import Bands
from forecast.validation.conformal import interval_notes
from forecast.validation.quantiles import QuantileForecasts
from forecast.workflows.arguments import as_levels
from forecast.workflows.forecasting.ahead import each_at
from forecast.workflows.forecasting.bands import Known, bands_asked, conformal_edges
from forecast.workflows.forecasting.chances import Chances

if TYPE_CHECKING:
    from forecast.validation.quantiles import Edges


@dataclass(frozen=True)
class Adaptive:
    """Asks for adaptive intervals beside plain ones; see `forecast.validation.adaptive`.

    Parameters
    ----------
    gamma : float
        How far one error moves the level, above 0 and below 1.
    plain : str or None
        What the plain ones are made of; None as trained.
    """

    gamma: float = GAMMA
    plain: IntervalKind | None = None


@dataclass(frozen=True)
class BandsAsked:
    """What is asked of the intervals.

    Parameters
    ----------
    levels : float, sequence of float or None, in percent
    intervals : str, Adaptive or None
        What they are made of.
    """

    levels: Sequence[float] | float | None = None
    intervals: IntervalKind | Adaptive | None = None

    @property
    def adaptive(self) -> Adaptive | None:
        """Whether adaptive ones are asked for, and how."""
        return self.intervals if isinstance(self.intervals, Adaptive) else None

    def of(self, bundle: Bundle) -> Bands:
        """Return the intervals of a bundle that are meant.

        Raises
        ------
        UsageError
            If it has none such.
        """
        plain = self.intervals.plain if isinstance(self.intervals, Adaptive) else self.intervals
        asked = Chances(as_levels(self.levels), intervals=plain).checked()
        bands = bands_asked(bundle, asked.intervals, asked.levels)
        if self.adaptive is None:
            return bands
        if not 0 < self.adaptive.gamma < 1:
            raise UsageError(
                f"gamma {self.adaptive.gamma:g} is not above 0 and below 1",
                location="flag --gamma",
                fix="such as --gamma 0.05",
            )
        if bands.kind != "conformal" or bundle.intervals is None:
            what = f"the intervals are of the kind {bands.kind}"
            kept = bundle.intervals is not None
            raise UsageError(
                f"{what if kept else 'the bundle keeps no past errors'}, and --adaptive widens and "
                "narrows those made of past errors",
                location="flag --adaptive",
                fix="pass --intervals conformal" if kept else "train with --folds 3",
            )
        return bands


@dataclass(frozen=True, eq=False)
class Scene:
    """Forecasts of a bundle beside what happened.

    Parameters
    ----------
    bundle : Bundle
    panel : Panel
        N series.
    cutoffs : array of shape (N, K)
        Grid rows.
    y, y_hat : array of shape (N, K, H), in units of the file
    spread : Spread
        Of the N series.
    """

    bundle: Bundle
    panel: Panel
    cutoffs: IntArray
    y: FloatArray
    y_hat: FloatArray
    spread: Spread

    @property
    def horizon(self) -> int:
        """H, steps ahead."""
        return int(self.y.shape[2])


@dataclass(frozen=True, eq=False)
class AdaptiveFound:
    """Adaptive intervals of all forecasts, (N, K, H), by level, and how they were made."""

    gamma: float
    edges: Edges


@dataclass(frozen=True, eq=False)
class BandsFound:
    """Intervals and quantiles of all forecasts.

    Parameters
    ----------
    edges : mapping of float to two arrays of shape (N, K, H)
    quantiles : QuantileForecasts or None
        Of the model's own head, where it has one.
    adaptive : AdaptiveFound or None
    notes : tuple of str
    """

    edges: Edges
    quantiles: QuantileForecasts | None
    adaptive: AdaptiveFound | None
    notes: tuple[str, ...]


def judge_bands(scene: Scene, asked: BandsAsked) -> BandsFound:
    """Make the intervals that are asked for."""
    bundle, bands = scene.bundle, asked.of(scene.bundle)
    own = _own(scene, bands)
    if bands.kind == "head" and own is not None:
        return BandsFound({level: own.edges(level) for level in bands.levels}, own, None, ())
    if bands.kind == "none":
        return BandsFound({}, own, None, ("no intervals: none were asked for",))
    if bundle.intervals is None:
        return BandsFound({}, own, None, ("no intervals: the bundle has none",))
    edges = conformal_edges(scene.y_hat, bundle.intervals, scene.spread, bands.levels)
    notes = interval_notes(bundle.intervals, bands.levels, scene.horizon)
    adaptive = None
    if asked.adaptive is not None:
        edges_then, more = _adapted(scene, bands, asked.adaptive.gamma)
        adaptive = AdaptiveFound(asked.adaptive.gamma, edges_then)
        notes += more
    return BandsFound(edges, own, adaptive, tuple(notes))


def _own(scene: Scene, bands: Bands) -> QuantileForecasts | None:
    """Quantiles of the model's own head.

    Beyond the trained horizon they take many paths, and are asked for as intervals alone.
    """
    manifest, forecaster, horizon = scene.bundle.manifest, scene.bundle.forecaster, scene.horizon
    shares = Known.of_bundle(manifest).shares(bands.levels)
    if not shares or (horizon > manifest.horizon and bands.kind != "head"):
        return None

    def ask(some: Panel, rows: IntArray) -> FloatArray:
        found = QuantileForecasts.ask(forecaster, some, rows, horizon=horizon, levels=shares)
        return found.values

    return QuantileForecasts(shares, each_at(scene.panel, scene.cutoffs, ask))


def _adapted(scene: Scene, bands: Bands, gamma: float) -> tuple[Edges, list[str]]:
    """Adaptive intervals, and how many wanted to be wider than any error known."""
    intervals, spread = scene.bundle.intervals, scene.spread
    if intervals is None:
        return {}, []
    errors = np.abs(spread.residuals(scene.y, scene.y_hat))
    edges, notes = {}, []
    for level in bands.levels:
        found = adaptive_half_widths(errors, scene.cutoffs[0], intervals, level=level, gamma=gamma)
        edges[level] = spread.around(scene.y_hat, found.half)
        capped = int(found.capped.sum())
        if capped:
            notes.append(
                f"{capped:,} of {found.capped.size:,} adaptive {level:g} % intervals reach as far "
                "as the largest error known: they asked for more"
            )
    return edges, notes
