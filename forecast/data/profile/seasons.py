"""All seasons of a panel, not only the one in use: hours of a day, days of a week.

A season counts where the other cycles foretell a cycle: each value, without trend, is set beside
the mean of its phase in all cycles but its own. What that explains must be more than chance
explains, which is the more the fewer cycles there are and the slower the rest wanders. Seasons are
looked for from the shortest on, each in what the ones before have left.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from pandas.tseries.frequencies import to_offset

from forecast.data.arrays import FloatArray
from forecast.data.panel import Panel
from forecast.data.profile.segments import divided, place, totals
from forecast.data.profile.strength import moving_average, phase_sums, standardised, strengths
from forecast.data.season import detect_season
from forecast.data.times.observed import ObservedClock

SERIES_CAP, ROWS_CAP = 64, 50_000
SEARCHED_ROWS = 5_000
MOST_FOUND = 3
LEAST_SHARE = 0.05
DEVIATIONS = 3.0
SOME_SERIES = 0.1
NEAR = 0.1
DAY, WEEK, YEAR = 86_400.0, 7 * 86_400.0, 365.25 * 86_400.0  # seconds
PERIODS: dict[str, tuple[float, ...]] = {
    "D": (7, 365.25),
    "B": (5, 260.9),
    "W": (52.18,),
    **dict.fromkeys(("MS", "ME", "BMS", "BME"), (12,)),
    **dict.fromkeys(("QS", "QE", "BQS", "BQE"), (4,)),
}
NEARLY_WHOLE = 0.02
GUESSES = (4, 5, 7, 12, 24, 48, 52, 96, 168)
NEARLY_BEST = 0.6
LEAST_CYCLES = 2.5


@dataclass(frozen=True)
class Season:
    """One season of a panel.

    Parameters
    ----------
    length : int
        In steps.
    strength : float
        Mean over the series of the strength of Hyndman & Athanasopoulos, 0 to 1.
    foretold : float
        Share of what the shorter seasons leave that the other cycles foretell.
    """

    length: int
    strength: float
    foretold: float


def find_seasons(panel: Panel, freq: str | None) -> tuple[Season, ...]:
    """Find the seasons of a panel, the shortest first.

    Parameters
    ----------
    panel : Panel
        N series; up to 64 of them are looked at, their last 50,000 rows.
    freq : str or None
        Alias of the grid, whose calendar names the seasons to look for; any others are looked
        for in the spectrum.
    """
    few = np.unique(np.linspace(0, panel.n_series - 1, SERIES_CAP).astype(np.int64))
    seen = panel.take(few)
    seen = seen.slice(max(0, seen.length - ROWS_CAP), seen.length)
    rest = replace(seen, values=standardised(seen))
    found: list[tuple[int, float]] = []
    for period in _of_calendar(panel, freq) or _usual(rest):
        foretold, left = _foretold(rest, period)
        if foretold is not None and len(found) < MOST_FOUND:
            found.append((round(period), foretold))
            rest = replace(rest, values=left)
    while len(found) < MOST_FOUND:
        recent = rest.slice(max(0, rest.length - SEARCHED_ROWS), rest.length)
        length = detect_season(recent, stop=recent.length)
        if length == 1 or any(abs(length - old) <= NEAR * old for old, _ in found):
            break
        beside = {
            near: _foretold(rest, near)[0] or 0.0 for near in (length - 1, length, length + 1)
        }
        length = max(beside, key=lambda near: beside[near])  # the search is right to within a step
        foretold, left = _foretold(rest, length)
        if foretold is None:
            break
        found.append((length, foretold))
        rest = replace(rest, values=left)
    return tuple(
        Season(length, _mean(strengths(seen, length)[1]), foretold)
        for length, foretold in sorted(found)
    )


def _of_calendar(panel: Panel, freq: str | None) -> list[float]:
    """Periods in steps that people live by, the shortest first."""
    if isinstance(panel.clock, ObservedClock):
        return sorted({float(panel.clock.season), float(len(panel.clock.kinds))} - {1.0})
    if freq is None:
        return []
    step = to_offset(freq)
    if isinstance(step, pd.offsets.Tick):
        periods = [span * 1e9 / step.nanos for span in (DAY, WEEK, YEAR)]
    else:
        periods = [span / step.n for span in PERIODS.get(step.rule_code.split("-")[0], ())]
    return [p for p in periods if p > 1 and abs(p - round(p)) <= NEARLY_WHOLE * p and round(p) > 1]


def _usual(panel: Panel) -> list[float]:
    """Of the usual seasons, the shortest that foretells nearly best, and those beyond it."""
    shares = {season: _foretold(panel, season)[0] or 0.0 for season in GUESSES}
    best = max(shares.values())
    if best <= 0:
        return []
    first = next(season for season in GUESSES if shares[season] >= NEARLY_BEST * best)
    return [float(season) for season in GUESSES if season >= first]


def _foretold(panel: Panel, period: float) -> tuple[float | None, FloatArray]:
    """How much the other cycles foretell, None where it may be chance; and what they leave.

    Parameters
    ----------
    panel : Panel
        What the shorter seasons have left.
    period : float, in steps
        Need not be whole: a year has 365.25 days.
    """
    season = round(period)
    window = np.full(panel.n_series, season, dtype=np.int64)
    detrended = panel.values - moving_average(panel, panel.values, window)
    phase = np.minimum(np.mod(place(panel), period) * (season / period), season - 1)
    sums, counts = phase_sums(panel, detrended, phase.astype(np.int64), season)
    rest = detrended - divided(sums - detrended, counts - 1)
    known = np.isfinite(rest) & np.repeat(panel.lengths >= LEAST_CYCLES * season, panel.lengths)
    left = totals(panel, np.where(known, rest, 0.0) ** 2)
    share = 1 - divided(left, totals(panel, np.where(known, detrended, 0.0) ** 2))
    judged = np.isfinite(share)
    if not judged.any():
        return None, panel.values
    cycles = max(2.0, float(counts[known].mean()))
    phases = known.sum() / (judged.sum() * cycles)
    noise = DEVIATIONS * (2 / cycles) * np.sqrt(2 / (phases * _independent(rest)))
    # Series of one file move together: as evidence their number counts by its root.
    whole = share[judged].mean() > LEAST_SHARE + noise / judged.sum() ** 0.25
    some = (share[judged] > LEAST_SHARE + noise).mean() >= SOME_SERIES
    if not (whole or some):
        return None, panel.values
    profile = np.where(counts > 0, sums / np.maximum(counts, 1), 0.0)
    return float(np.maximum(share[judged], 0).mean()), panel.values - profile


def _independent(rest: FloatArray) -> float:
    """Share of the rows that count as independent, by the correlation of neighbours."""
    pairs = np.isfinite(rest[1:]) & np.isfinite(rest[:-1])
    first, second = rest[:-1][pairs], rest[1:][pairs]
    power = float((first**2).sum() + (second**2).sum()) / 2
    near = float((first * second).sum()) / power if power > 0 else 0.0
    if near <= 0:  # down to -1, where neighbours cancel each other
        return 1.0
    return float(np.clip((1 - near) / (1 + near), 0.01, 1.0))


def _mean(values: FloatArray) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")
