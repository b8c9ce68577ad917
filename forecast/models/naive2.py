"""Naive2: the last value without its season, given the season of the steps ahead.

The reference of OWA and of the M competitions. It learns nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecast.data.gaps import MASKED, rows_needed
from forecast.models.decompose import figure_of, last_value, seasonal, windows_before
from forecast.models.naive import Naive, Rule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecast.data.arrays import FloatArray, IntArray
    from forecast.data.panel import Panel
    from forecast.models.forecaster import Setting

SEASONS, LEAST_ROWS = 100, 1_000
"""History that is looked at: the longest series of the M4 with a season of 24 have 960 values."""
BLOCK_CELLS = 4_000_000  # values that are decomposed together, 32 MB, and a few times that


class Naive2(Rule):
    """Repeats the last value, seasonally adjusted where the series has a season.

    ``y_hat[c + h] = y[c] s[c + h] / s[c]`` with the factors s of a classical multiplicative
    decomposition, where a test of the autocorrelation at 90 % finds a season in the rows up to the
    cutoff; else the naive forecast. Where a value is not positive the season adds. Of a long
    history the last 100 seasons are looked at, and at least 1,000 rows.

    Parameters
    ----------
    season_length : int, in steps
        m; 1 is the naive rule.

    References
    ----------
    Makridakis, Spiliotis & Assimakopoulos (2020), The M4 competition, and its published code
    (github.com/Mcompetitions/M4-methods, Benchmarks and Evaluation.R).
    """

    name = "naive2"

    def __init__(self, season_length: int) -> None:
        self.season_length = season_length

    @property
    def context_length(self) -> int:
        """The history that is looked at; one row where there is no season."""
        m = self.season_length
        return m * max(SEASONS, -(-LEAST_ROWS // m)) if m > 1 else 1

    def rows_needed(self, panel: Panel) -> IntArray:
        """Rows that a forecast rests on, shape (N,): the history, back to an observed value."""
        return rows_needed(panel, self.context_length, MASKED)

    def predict(self, panel: Panel, cutoffs: IntArray, *, horizon: int) -> FloatArray:
        """Forecast ``horizon`` steps after each cutoff, shape (N, K, horizon)."""
        found = Naive().predict(panel, cutoffs, horizon=horizon)
        if self.season_length == 1 or self.season_length > panel.length:
            return found
        rows = min(self.context_length, panel.length + self.season_length)
        chunk = max(1, BLOCK_CELLS // max(1, panel.n_series * rows))
        for start in range(0, len(cutoffs), chunk):
            part = cutoffs[start : start + chunk]
            here = found[:, start : start + chunk]
            windows = windows_before(panel, part, self.context_length, self.season_length)
            ahead = self._ahead(windows.reshape(-1, windows.shape[2]), horizon)
            ahead = ahead.reshape(here.shape)
            found[:, start : start + chunk] = np.where(np.isfinite(ahead), ahead, here)
        return found

    def _ahead(self, windows: FloatArray, horizon: int) -> FloatArray:
        """Forecast from windows (M, W) where they have a season; nan elsewhere."""
        figure = figure_of(windows, self.season_length, asked=seasonal(windows, self.season_length))
        last, _ = last_value(figure.out_of(windows))
        lines = np.where(figure.known, last, np.nan)
        return figure.into(np.repeat(lines[:, None], horizon, axis=1))

    def settings(self) -> Mapping[str, Setting]:
        """Return the arguments of the constructor."""
        return {"season_length": self.season_length}
