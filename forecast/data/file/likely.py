"""The likeliest meaning of what a file leaves open: proposed in a refusal, never taken unasked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

# Columns that people forecast, and those that only number, date or encode a row.
TARGETS = (
    *("y", "target", "value", "values", "sales", "demand", "consumption", "load", "cnt", "count"),
    *("quantity", "qty", "units", "trips", "visits", "passengers", "orders", "revenue", "turnover"),
    *("ot", "pm2.5", "price", "close", "power", "energy", "total", "amount", "volume"),
)
AMOUNTS = frozenset(
    {
        *("sales", "sold", "demand", "consumption", "cnt", "count", "counts", "quantity", "qty"),
        *("units", "trips", "visits", "visitors", "passengers", "orders", "revenue", "turnover"),
        *("amount", "volume", "rain", "precipitation", "births", "deaths", "cases", "calls"),
    }
)
NUMBERS = frozenset(
    {
        *("no", "id", "instant", "index", "row", "number", "nr", "store", "shop", "dept", "item"),
        *("year", "yr", "quarter", "month", "mnth", "week", "day", "weekday", "dayofweek", "hour"),
        *("hr", "minute", "second", "season", "holiday", "workingday", "isholiday", "weekend"),
        *("lat", "lon", "latitude", "longitude", "zip", "flag"),
    }
)
WORD = re.compile(r"[A-Za-z][A-Za-z0-9.]*")
HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
NUMBERED = re.compile(r"(.*?)\d+")
FEW_NUMBERED = 3


def likely_target(labels: Sequence[str]) -> tuple[str, ...]:
    """Of several columns of numbers, the one that is forecast; ``("all",)`` where they are alike.

    Parameters
    ----------
    labels : sequence of str
        Names in the order of the file, at least one.

    Examples
    --------
    >>> likely_target(["temp", "hum", "cnt"]), likely_target(["Store", "Weekly_Sales", "CPI"])
    (('cnt',), ('Weekly_Sales',))
    >>> likely_target(["NN5-001", "NN5-002", "NN5-003"])
    ('all',)
    """
    stems = {found[1] if (found := NUMBERED.fullmatch(label)) else None for label in labels}
    if len(labels) >= FEW_NUMBERED and len(stems) == 1 and None not in stems:
        return ("all",)
    ranked = [
        (TARGETS.index(word), place)
        for place, label in enumerate(labels)
        for word in _target_words(label)
    ]
    if ranked:
        return (labels[min(ranked)[1]],)
    measured = [label for label in labels if not NUMBERS.intersection(words_of(label))]
    return ((measured or labels)[-1],)


def is_customary(label: str) -> bool:
    """Whether a column has a name that people give to what they forecast."""
    return bool(_target_words(label))


def _target_words(label: str) -> list[str]:
    words = (label.lower(), *(word for word in words_of(label) if len(word) > 1))
    return [word for word in words if word in TARGETS]


def likely_merge(frame: pd.DataFrame, again: np.ndarray, label: str) -> str:
    """How rows of one series and time become one: copies by the first, amounts by their sum.

    Parameters
    ----------
    frame : DataFrame
        Sorted, with a column ``y``.
    again : array of shape (T,)
        Which rows have the series and time of the row before them.
    label : str
        Name of the column of values.
    """
    y = frame["y"].to_numpy(dtype=np.float64)
    at = np.flatnonzero(again)
    if np.array_equal(y[at], y[at - 1], equal_nan=True):
        return "first"
    return likely_aggregate(label)


def likely_aggregate(label: str) -> Literal["mean", "sum"]:
    """How the values of a coarser step become one: amounts by their sum, levels by their mean.

    Examples
    --------
    >>> likely_aggregate("units_sold"), likely_aggregate("temperature")
    ('sum', 'mean')
    """
    return "sum" if AMOUNTS.intersection(words_of(label)) else "mean"


def words_of(label: str) -> tuple[str, ...]:
    """Words of a column name, in lower case: ``Weekly_Sales`` and ``weeklySales`` have two."""
    return tuple(word.lower() for word in WORD.findall(HUMP.sub(" ", label).replace("_", " ")))


def likely_dates(parsed: Mapping[str, pd.Series]) -> str:
    """Of several readings of one column of dates, the one whose steps are most alike.

    Parameters
    ----------
    parsed : mapping of str to Series
        Stamps by format; of equal ones the first counts.
    """
    return min(parsed, key=lambda form: _unevenness(parsed[form]))


def _unevenness(stamps: pd.Series) -> float:
    steps = np.diff(np.unique(stamps.dropna().astype("int64").to_numpy()))
    return float(steps.max() / steps.min()) if len(steps) else 1.0
