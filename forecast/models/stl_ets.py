"""STL + ETS: the season taken out by local regressions, the rest forecast by ETS.

The season of the last cycle is repeated. It moves slowly and may be long.

References
----------
Cleveland, Cleveland, McRae & Terpenning (1990), STL: a seasonal-trend decomposition procedure based
on loess; Hyndman & Athanasopoulos, Forecasting: Principles and Practice, 3rd ed., section 5.7.
"""

from __future__ import annotations

import numpy as np

from forecast.data.arrays import FloatArray
from forecast.errors import MissingExtraError
from forecast.models.decompose import Figure, filled_between, positive
from forecast.models.ets import Ets

SMOOTH = 13
"""Seasons that the season of each phase is smoothed over."""


class StlEts:
    """Decomposes each window and fits ETS without a season to what is left.

    The season multiplies where every value is positive, by way of logarithms, else it adds.

    Its parameters are those of `Ets`.

    Parameters
    ----------
    season_length : int, in steps
        1 is ETS alone; so is a window of less than two seasons.
    """

    bounds: tuple[tuple[float, float], ...] = Ets.bounds

    def __init__(self, season_length: int) -> None:
        self.season_length = season_length
        self.rest = Ets(1)

    def fit(self, windows: FloatArray) -> FloatArray:
        """Fit what STL leaves of each window; see `Method`."""
        return self.rest.fit(self._split(windows)[0])

    def forecast(self, windows: FloatArray, parameters: FloatArray, horizon: int) -> FloatArray:
        """Forecast what STL leaves and add the last season; see `Method`."""
        rest, figure = self._split(windows)
        return figure.into(self.rest.forecast(rest, parameters, horizon))

    def _split(self, windows: FloatArray) -> tuple[FloatArray, Figure]:
        """Take the season out of each window; return the rest and the last season by phase.

        Raises
        ------
        MissingExtraError
            If statsmodels is not installed.
        """
        try:
            from statsmodels.tsa.seasonal import STL
        except ImportError as error:
            raise MissingExtraError(
                "model 'stl_ets' needs the extra 'stats', which is not installed",
                location="model.name",
                fix="pip install 'forecast-rnn[stats]'",
            ) from error
        season = self.season_length
        rows, rest, factor = filled_between(windows), windows.copy(), positive(windows)
        figure = np.zeros((len(windows), season))
        for place, row in enumerate(rows):
            there = np.flatnonzero(np.isfinite(row))
            if season == 1 or len(there) < 2 * season + 1:
                continue
            values = np.log(row[there]) if factor[place] else row[there]
            found = STL(values, period=season, seasonal=SMOOTH).fit().seasonal
            figure[place, there[-season:] % season] = found[-season:]
            rest[place, there] = (
                row[there] * np.exp(-found) if factor[place] else row[there] - found
            )
        figure = np.where(factor[:, None], np.exp(figure), figure)
        return rest, Figure(figure, factor, np.ones(len(windows), dtype=np.bool_))
