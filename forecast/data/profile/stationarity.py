"""Whether the level of a series stays where it is: two tests with opposite null hypotheses.

ADF takes a unit root for granted until the data speak against it, KPSS a steady level. Where they
agree there is a verdict; where both or none is rejected, the data do not tell.

References
----------
Dickey & Fuller (1979); Kwiatkowski, Phillips, Schmidt & Shin (1992).
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal, TypeAlias

import numpy as np

from forecast.data.arrays import FloatArray

Verdict: TypeAlias = Literal["stationary", "not stationary", "undecided"]
EXTRA = "ADF and KPSS need the extra 'stats': pip install 'forecast-rnn[stats]'"
LEVEL = 0.05
LEAST_ROWS, MOST_ROWS = 25, 2_000


@dataclass(frozen=True)
class Stationarity:
    """Both tests of one series.

    Parameters
    ----------
    adf, kpss : float
        The p-values; that of KPSS is known from 0.01 to 0.1 only.
    verdict : str
        ``stationary``, ``not stationary`` or ``undecided``.
    """

    adf: float
    kpss: float
    verdict: Verdict


def missing_extra() -> str | None:
    """Say what to install; None where it is there."""
    return None if find_spec("statsmodels") is not None else EXTRA


def judge_stationarity(values: FloatArray) -> Stationarity | None:
    """Test one series on its last stretch without gaps, at most 2,000 rows.

    Parameters
    ----------
    values : array of shape (T,)
        nan where missing.

    Returns
    -------
    Stationarity or None
        None where the series is constant, too short or full of gaps.
    """
    known = _last_stretch(values)[-MOST_ROWS:]
    if len(known) < LEAST_ROWS or np.ptp(known) <= 0:
        return None
    from statsmodels.tsa.stattools import adfuller, kpss

    scaled = (known - known.mean()) / known.std()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a p-value outside the table of KPSS
        unit_root = float(adfuller(scaled)[1])
        steady = float(kpss(scaled, nlags="auto")[1])
    return Stationarity(unit_root, steady, _verdict(unit_root, steady))


def _verdict(unit_root: float, steady: float) -> Verdict:
    if unit_root < LEVEL <= steady:
        return "stationary"
    if steady < LEVEL <= unit_root:
        return "not stationary"
    return "undecided"


def _last_stretch(values: FloatArray) -> FloatArray:
    """Return the last of the longest stretches without a gap."""
    gaps = np.flatnonzero(~np.isfinite(values))
    edges = np.concatenate([[-1], gaps, [len(values)]])
    sizes = np.diff(edges)
    at = len(sizes) - 1 - int(np.argmax(sizes[::-1]))
    return values[edges[at] + 1 : edges[at + 1]]
