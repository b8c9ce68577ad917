"""The measured series one by one, as a document has them; what is not defined is null."""

from __future__ import annotations

import math

import numpy as np

from forecast.data.arrays import IntArray
from forecast.data.panel import Panel
from forecast.data.profile.basics import DEMANDS, NO_PERCENTAGES
from forecast.data.profile.profile import Profile
from forecast.data.times.moments import shown


def describe_series(
    panel: Panel, profile: Profile, duplicates: IntArray
) -> list[dict[str, object]]:
    """Describe as many series of a panel as there are counts of duplicates, from the first on."""
    basics, most = profile.basics, len(duplicates)
    which = np.arange(most, dtype=np.int64)
    first = panel.first[:most]
    columns: dict[str, list[object]] = {
        "unique_id": list(panel.unique_ids[:most]),
        "first": [shown(stamp) for stamp in panel.clock.stamps(which, first)],
        "last": [
            shown(stamp) for stamp in panel.clock.stamps(which, first + panel.lengths[:most] - 1)
        ],
        "steps": _plain(basics.rows[:most]),
        "observed": _plain(basics.observed[:most]),
        "duplicates": _plain(duplicates),
        "gaps": _plain(basics.gaps[:most]),
        "longest_gap": _plain(basics.longest_gap[:most]),
        "open_end": _plain(basics.open_end[:most]),
        "lowest": _plain(basics.lowest[:most]),
        "mean": _plain(basics.mean[:most]),
        "highest": _plain(basics.highest[:most]),
        "deviation": _plain(basics.deviation[:most]),
        "constant": _plain(basics.constant[:most]),
        "zeros": _plain(basics.zeros[:most]),
        "negatives": _plain(basics.negatives[:most]),
        "demand": [DEMANDS[kind] if kind >= 0 else None for kind in basics.demand[:most]],
        "adi": _plain(basics.interval[:most]),
        "cv2": _plain(basics.variation[:most]),
        "no_percentages": [
            NO_PERCENTAGES[why] if why >= 0 else None for why in basics.percentages[:most]
        ],
        "outliers": _plain(profile.outliers.counts[:most]),
        "level_before": _plain(profile.shifts.before[:most]),
        "level_after": _plain(profile.shifts.after[:most]),
        "trend": _plain(profile.trend[:most]),
        "seasonal": _plain(profile.seasonal[:most]),
        "stationarity": [_tests(profile, int(index)) for index in which],
    }
    names = list(columns)
    return [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _plain(values: np.ndarray) -> list[object]:
    """Turn an array into plain numbers; nan becomes None."""
    return [
        None if isinstance(value, float) and not math.isfinite(value) else value
        for value in values.tolist()
    ]


def _tests(profile: Profile, index: int) -> dict[str, object]:
    """Both tests of one series, or nulls with the reason."""
    tested = profile.stationarity.get(index)
    if tested is not None:
        return {
            "adf": tested.adf,
            "kpss": tested.kpss,
            "verdict": tested.verdict,
            "reason": None,
        }
    reason = "too short, constant or full of gaps"
    if profile.untested is not None:
        reason = profile.untested
    elif index not in profile.stationarity:
        reason = f"only {len(profile.stationarity)} series are tested"
    return {"adf": None, "kpss": None, "verdict": None, "reason": reason}
