"""All that is measured of a panel before anybody trains on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from forecast.data.arrays import FloatArray
from forecast.data.panel import Panel
from forecast.data.profile.basics import Basics, count_basics
from forecast.data.profile.outliers import Outliers, find_outliers
from forecast.data.profile.seasons import Season, find_seasons
from forecast.data.profile.shifts import Shifts, find_shifts
from forecast.data.profile.stationarity import Stationarity, judge_stationarity, missing_extra
from forecast.data.profile.strength import strengths

TESTED = 10
"""Series that are tested for stationarity, evenly spaced: a test takes a tenth of a second."""


@dataclass(frozen=True, eq=False)
class Profile:
    """N series, measured.

    Parameters
    ----------
    season : int, in steps
        The season in use, by which the others are measured.
    basics, outliers, shifts
        See their modules.
    trend, seasonal : arrays of shape (N,)
        Strengths from 0 to 1; nan where they are not defined.
    seasons : tuple of Season
        All that were found, the shortest first.
    stationarity : mapping of int to Stationarity or None
        By number of the series, for those that were tested.
    untested : str or None
        Why none was tested.
    """

    season: int
    basics: Basics
    outliers: Outliers
    shifts: Shifts
    trend: FloatArray
    seasonal: FloatArray
    seasons: tuple[Season, ...]
    stationarity: Mapping[int, Stationarity | None]
    untested: str | None


def profile(panel: Panel, *, season: int, freq: str | None) -> Profile:
    """Measure a panel.

    Parameters
    ----------
    panel : Panel
        N series.
    season : int, in steps
        The season in use; 1 for none.
    freq : str or None
        Alias of the grid; None when rows are counted.
    """
    trend, seasonal = strengths(panel, season)
    untested = missing_extra()
    chosen = np.unique(np.linspace(0, panel.n_series - 1, TESTED).astype(np.int64))
    tested = {} if untested else {int(i): judge_stationarity(panel.series(int(i))) for i in chosen}
    return Profile(
        season=season,
        basics=count_basics(panel),
        outliers=find_outliers(panel, season),
        shifts=find_shifts(panel, season),
        trend=trend,
        seasonal=seasonal,
        seasons=find_seasons(panel, freq),
        stationarity=tested,
        untested=untested,
    )
