"""Findings about the values: constants, zeros, percentages, outliers, level shifts."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd

from forecast.data.arrays import IntArray
from forecast.data.panel import Panel
from forecast.data.profile.basics import DEMANDS, NO_PERCENTAGES, Basics
from forecast.data.profile.outliers import DEVIATIONS
from forecast.data.profile.profile import Profile
from forecast.data.profile.shifts import exact_row
from forecast.workflows.checking.finding import Finding, counted, percent
from forecast.workflows.checking.places import Finder

NAMED = 3
COARSER = {"D": 1, "W": 7, "MS": 30, "QS": 91, "YS": 365}
"""Steps to gather sporadic demand in, and their days."""
MUCH = 2
"""A coarser step holds more than so many of the finer."""
SPORADIC = ("intermittent", "lumpy")


def content(panel: Panel, profile: Profile, finder: Finder, *, freq: str | None) -> list[Finding]:
    """Say what the values are like; ``freq`` is their step, None where time is counted."""
    return [
        *_constants(panel, profile.basics),
        *_zeros(profile.basics, freq),
        _percentages(panel, profile.basics),
        _outliers(panel, profile, finder),
        _shifts(panel, profile, finder),
    ]


def _constants(panel: Panel, basics: Basics) -> list[Finding]:
    still = np.flatnonzero(basics.constant)
    if not len(still):
        return []
    first = panel.unique_ids[int(still[0])]
    return [
        Finding(
            "constant",
            "note",
            f"{counted(len(still), 'series never changes', 'series never change')} (first: "
            f"{first!r}, always {basics.lowest[still[0]]:g}): there is nothing to learn",
            f"leave them out, such as --exclude {first!r}" if len(still) < panel.n_series else None,
        )
    ]


def _zeros(basics: Basics, freq: str | None) -> list[Finding]:
    zeros, observed = int(basics.zeros.sum()), int(basics.observed.sum())
    if not zeros:
        return []
    kinds = _counts(basics.demand, DEMANDS)
    said = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
    sporadic = sum(kinds[kind] for kind in SPORADIC)
    return [
        Finding(
            "zeros",
            "note" if sporadic else "ok",
            f"{percent(zeros / observed)} of the values are zero"
            + (f"; demand by Syntetos and Boylan: {said}" if said else ""),
            "a forecast of sporadic demand is a rate, below most sales and above most zeros"
            + _steadier(freq)
            if sporadic
            else None,
        )
    ]


def _steadier(freq: str | None) -> str:
    """Say which coarser step there is; nothing of a step that has none."""
    if freq is None:
        return ""
    step = pd.date_range("2024-01-01", periods=3, freq=freq)
    days = (step[-1] - step[0]) / pd.Timedelta("2D")
    coarser = next((alias for alias, size in COARSER.items() if size > MUCH * days), None)
    return "" if coarser is None else f"; --resample {coarser} --aggregate sum makes it steadier"


def _percentages(panel: Panel, basics: Basics) -> Finding:
    reasons = _counts(basics.percentages, NO_PERCENTAGES)
    if not reasons:
        return Finding("percentages", "ok", "percentage errors (MAPE) can be used")
    said = ", ".join(reasons) if panel.n_series == 1 else _in_series(reasons, panel.n_series)
    return Finding(
        "percentages",
        "note",
        f"percentage errors (MAPE) mean little: {said}",
        "judge by MAE or MASE",
    )


def _in_series(reasons: Counter[str], total: int) -> str:
    parts = [f"{reason} in {count:,}" for reason, count in reasons.most_common()]
    return f"{', '.join(parts)} of {counted(total, 'series', 'series')}"


def _outliers(panel: Panel, profile: Profile, finder: Finder) -> Finding:
    found = profile.outliers
    if not len(found.rows):
        return Finding("outliers", "ok", f"no value is {DEVIATIONS:g} deviations from its season")
    places = finder.places(found.rows[:NAMED])
    share = len(found.rows) / max(1, int(profile.basics.observed.sum()))
    worst = panel.values[found.rows[0]]
    return Finding(
        "outliers",
        "note",
        f"{counted(len(found.rows), 'value stands', 'values stand')} more than {DEVIATIONS:g} "
        f"robust deviations from the seasons beside ({percent(share)}); furthest: {worst:g} at "
        f"{places[0]} of {places[0].series!r}",
        "look at these rows; --loss huber or --scaler robust bears outliers that are real",
        places=places,
    )


def _shifts(panel: Panel, profile: Profile, finder: Finder) -> Finding:
    shifts = profile.shifts
    found = np.flatnonzero(shifts.row >= 0)
    if not len(found):
        return Finding("level_shift", "ok", "no level shift")
    size = np.abs(shifts.after - shifts.before)[found] / profile.basics.deviation[found]
    found = found[np.argsort(-size, kind="stable")][:NAMED]
    places = tuple(finder.place(exact_row(panel, shifts, int(series))) for series in found)
    count = int((shifts.row >= 0).sum())
    first, where = int(found[0]), places[0]
    return Finding(
        "level_shift",
        "note",
        f"{counted(count, 'series steps', 'series step')} to another level: {where.series!r} from "
        f"{shifts.before[first]:.4g} to {shifts.after[first]:.4g} at {where}",
        "if what came before is another world, leave it out: --since",
        places=places,
    )


def _counts(places: IntArray, words: tuple[str, ...]) -> Counter[str]:
    """How many series each word is said of; those of none are left out."""
    numbers = np.bincount(places[places >= 0], minlength=len(words))
    return Counter({word: int(n) for word, n in zip(words, numbers, strict=True) if n})
