"""Findings about how the series move: seasons, trend, stationarity."""

from __future__ import annotations

from collections import Counter

import numpy as np

from forecast.data.arrays import FloatArray
from forecast.data.profile.profile import Profile
from forecast.data.profile.seasons import Season
from forecast.workflows.checking.finding import Finding, counted

NEAR = 0.1
WORTH = 0.1
"""What a season foretells, from which on it is worth a flag where the default has none."""
LONG = 1000
STRONG_TREND = 0.6


def dynamics(profile: Profile, *, asked: bool) -> list[Finding]:
    """Say how the series move.

    Parameters
    ----------
    profile : Profile
        The measured panel.
    asked : bool
        Whether the season was given by the user.
    """
    return [_season(profile, asked=asked), _trend(profile.trend), _stationarity(profile)]


def season_in_words(season: Season) -> str:
    """Say a season and its strength."""
    return f"{season.length} steps (strength {season.strength:.2f})"


def _season(profile: Profile, *, asked: bool) -> Finding:
    used = profile.season
    here = [s for s in profile.seasons if abs(s.length - used) <= NEAR * used]
    others = [s for s in profile.seasons if s not in here]
    also = " and ".join(map(season_in_words, others))
    if used > 1 and here:
        more = f"; found, too: {also}" if others else ""
        return Finding("season", "ok", f"the season of {season_in_words(here[0])} is there{more}")
    if used > 1:
        return Finding(
            "season",
            "note",
            f"the data do not show the season of {used} steps that is in use"
            + (f"; found instead: {also}" if others else ""),
            f"--season-length {others[0].length if others else 1} takes another",
        )
    if not others:
        return Finding("season", "ok", "no season is in use, and none was found")
    best = max(others, key=lambda season: season.foretold)
    mends = not asked and best.foretold >= WORTH and best.length < LONG
    return Finding(
        "season",
        "mend" if mends else "note",
        f"no season is in use, and there is one: {also}",
        f"pass --season-length {best.length}",
        {"data.season_length": best.length} if mends else {},
    )


def _trend(strength: FloatArray) -> Finding:
    known = strength[np.isfinite(strength)]
    if not len(known):
        return Finding("trend", "ok", "too short to tell a trend")
    strong = int((known >= STRONG_TREND).sum())
    if len(known) == 1:
        return Finding("trend", "ok", f"strength of the trend: {known[0]:.2f} of 1")
    return Finding(
        "trend",
        "ok",
        f"strength of the trend: {np.median(known):.2f} of 1 in the middle, {STRONG_TREND} or more "
        f"in {strong:,} of {len(known):,} series",
    )


def _stationarity(profile: Profile) -> Finding:
    if profile.untested is not None:
        return Finding("stationarity", "ok", "stationarity was not tested", profile.untested)
    verdicts = Counter(test.verdict for test in profile.stationarity.values() if test is not None)
    if not verdicts:
        return Finding(
            "stationarity", "ok", "stationarity not tested: too short, constant or full of gaps"
        )
    said = ", ".join(f"{count} {verdict}" for verdict, count in verdicts.most_common())
    if len(profile.stationarity) == 1:
        said = next(iter(verdicts))
    else:
        said = f"of {counted(sum(verdicts.values()), 'series', 'series')} tested {said}"
    tests = [test for test in profile.stationarity.values() if test is not None]
    values = f" (p {tests[0].adf:.2g} and {tests[0].kpss:.2g})" if len(tests) == 1 else ""
    return Finding("stationarity", "ok", f"by ADF and KPSS{values} {said}")
