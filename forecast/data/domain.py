"""Which values a transform of the target or a head can take, and the refusal of those it cannot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.data.arrays import BoolArray, FloatArray
from forecast.data.panel import Panel
from forecast.data.times.moments import shown
from forecast.data.transform import Target
from forecast.errors import DataError

LEAST = {"log1p": "above -1", "sqrt": "of at least 0", "box-cox": "above 0"}


def refuse_outside(
    panel: Panel, target: Target, *, stop: int | None = None, location: str | None = None
) -> None:
    """Refuse values before grid row ``stop`` that the transform of the target cannot take.

    Raises
    ------
    DataError
        Naming the first such value, its series and its stamp.
    """
    kind = target.transform
    if kind not in LEAST:
        return
    first = _first(panel, _outside(kind, panel.values), stop)
    if first is not None:
        raise DataError(
            f"{first.where}, and {kind} takes values {LEAST[kind]}{first.more}",
            location=location,
            fix=f"mend the values, or train with --transform {_instead(panel.values)}",
        )


def refuse_uncountable(
    panel: Panel, *, stop: int | None = None, location: str | None = None
) -> None:
    """Refuse values before grid row ``stop`` that are no counts: negative, or not whole.

    Raises
    ------
    DataError
        Naming the first such value, its series and its stamp.
    """
    first = _first(panel, (panel.values < 0) | (panel.values % 1 > 0), stop)
    if first is not None:
        raise DataError(
            f"{first.where}, and head negative-binomial takes whole numbers of at least 0"
            f"{first.more}",
            location=location,
            fix="mend the values, or train with --head gaussian",
        )


@dataclass(frozen=True)
class _Found:
    """Where the first of some values is, in words, and how many more there are."""

    where: str
    more: str


def _first(panel: Panel, bad: BoolArray, stop: int | None) -> _Found | None:
    """Find the first bad value before grid row ``stop``; None where there is none."""
    if stop is not None and stop < panel.length:
        rows = np.arange(len(bad)) - np.repeat(panel.offsets[:-1] - panel.first, panel.lengths)
        bad = bad & (rows < stop)
    places = np.flatnonzero(bad)
    if not len(places):
        return None
    series = np.searchsorted(panel.offsets, places, side="right") - 1
    row = places[:1] - panel.offsets[series[:1]] + panel.first[series[:1]]
    stamp = shown(panel.clock.stamps(series[:1], row)[0])
    name, value = panel.unique_ids[int(series[0])], float(panel.values[places[0]])
    among = len(np.unique(series))
    more = f" (such values: {len(places)}, in {among} series)" if len(places) > 1 else ""
    return _Found(f"series {name!r} has the value {value:g} at {stamp}", more)


def _outside(kind: str, values: FloatArray) -> BoolArray:
    if kind == "log1p":
        return np.asarray(values <= -1)
    return np.asarray(values < 0 if kind == "sqrt" else values <= 0)


def _instead(values: FloatArray) -> str:
    """Name the transforms that take all the values."""
    fitting = [kind for kind in ("sqrt", "log1p") if not _outside(kind, values).any()]
    return " or ".join(fitting) if fitting else "difference, which takes any"
