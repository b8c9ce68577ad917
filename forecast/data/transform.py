"""Transforms of the target: what a network forecasts in place of the values of the file.

    log1p                 z = log(1 + y)               y above -1
    sqrt                  z = sqrt(y)                  y of at least 0
    box-cox               z = (y^p - 1) / p, or log y  y above 0; p for each series
    difference            z[t] = y[t] - y[t - 1]
    seasonal-difference   z[t] = y[t] - y[t - m]       m the season

An inverted point forecast is of the median kind: where a network forecasts the mean of z, log1p,
sqrt and box-cox turn that into less than the mean of y, and no correction is added. A missing value
stays missing, and so does a difference from one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, get_args

import numpy as np

from forecast.data.arrays import BoolArray, FloatArray, IntArray
from forecast.data.panel import Panel
from forecast.data.power import likeliest_powers

TransformKind: TypeAlias = Literal[
    "none", "log1p", "sqrt", "box-cox", "difference", "seasonal-difference"
]
DIFFERENCES = ("difference", "seasonal-difference")
LARGEST_LOG = 709.0  # a forecast inverts to 8e307 at most, never to infinity
LARGEST_ROOT = 1e154
LEAST_POWER = 1e-100
"""A smaller power is the logarithm; multiplied by one it would be lost below the least number."""
ROUNDING = 8 * np.finfo(np.float64).eps
"""Relative size of what is left of two equal values by rounding."""


@dataclass(frozen=True)
class Target:
    """What is done to the target on its way into a network and out again.

    Parameters
    ----------
    transform : str
        See the module.
    season_length : int, in steps
        Of a seasonal difference; 1 for anything else.
    non_negative : bool
        Whether forecasts and intervals below 0 are delivered as 0. Beyond the trained horizon the
        network is fed what it forecast, not what was delivered.
    """

    transform: TransformKind = "none"
    season_length: int = 1
    non_negative: bool = False

    @property
    def lag(self) -> int:
        """Steps between the two values of a difference; 0 where there is none."""
        return self.season_length if self.transform in DIFFERENCES else 0

    @property
    def elementwise(self) -> Target:
        """What of it acts on each value alone: all but differences."""
        return replace(self, transform="none", season_length=1) if self.lag else self

    def check(self) -> None:
        """Refuse what a forged bundle may claim.

        Raises
        ------
        ValueError
            If a value is of another type or out of bounds.
        """
        if self.transform not in get_args(TransformKind):
            raise ValueError(f"transform is {self.transform!r}")
        seasonal = self.transform == "seasonal-difference"
        if type(self.season_length) is not int or self.season_length < 1:
            raise ValueError(f"season_length of the target is {self.season_length!r}")
        if self.season_length > 1 and not seasonal:
            raise ValueError(f"{self.transform} has a season_length of {self.season_length}")
        if type(self.non_negative) is not bool:
            raise ValueError(f"non_negative is {self.non_negative!r}")


@dataclass(frozen=True, eq=False)
class TargetTransform:
    """A transform of N series, fitted.

    Parameters
    ----------
    target : Target
    parameter : array of shape (N,) or None
        ``box-cox``: the power, nan for a series without a value in the rows of the fit.
        Differences: what a series changed by, where it always changed by the same, else nan.
        None for any other transform.
    """

    target: Target
    parameter: FloatArray | None = None

    def take(self, indices: IntArray) -> TargetTransform:
        """Return the transform of the series at ``indices``."""
        chosen = None if self.parameter is None else self.parameter[indices]
        return TargetTransform(self.target, chosen)

    def followed_by(self, other: TargetTransform) -> TargetTransform:
        """Return the transform of these series and those of ``other``, of the same target."""
        if self.parameter is None or other.parameter is None:
            return self
        return TargetTransform(self.target, np.concatenate([self.parameter, other.parameter]))

    def apply(self, panel: Panel) -> Panel:
        """Transform a panel of N series.

        A value that the transform cannot take becomes nan; see `forecast.data.domain`. Differences
        begin one lag after each series.
        """
        if self.target.lag:
            return self._differenced(panel)
        if self.target.transform == "none":
            return panel
        powers = self._powers()
        if self.parameter is not None:
            powers = np.repeat(powers, panel.lengths)
        return replace(panel, values=_forward(self.target.transform, panel.values, powers))

    def forward(self, values: FloatArray) -> FloatArray:
        """Transform values of shape (N, ...); those of a difference stay as they are.

        Returns
        -------
        array of shape (N, ...)
            nan where there is no finite transformed value.
        """
        return _forward(self.target.elementwise.transform, values, self._shaped(values.ndim))

    def backward(self, values: FloatArray) -> FloatArray:
        """Invert `forward`, shape (N, ...), and clip at 0 where that was asked for.

        What lies beyond the range of the transform becomes the end of its domain.
        """
        found = _backward(self.target.elementwise.transform, values, self._shaped(values.ndim))
        return np.maximum(found, 0.0) if self.target.non_negative else found

    def cumulate(self, differences: FloatArray, repeated: FloatArray) -> FloatArray:
        """Turn forecasts of differences into forecasts of values.

        Parameters
        ----------
        differences : array of shape (N, ..., H)
            Forecasts; nan counts as no change.
        repeated : array of shape (N, ..., H), in units of the file
            The last value, or the last season, repeated.
        """
        if self.parameter is not None:
            steady = self.parameter.reshape(-1, *([1] * (differences.ndim - 1)))
            differences = np.where(np.isnan(steady), differences, steady)
        lag, (*outer, horizon) = max(1, self.target.lag), differences.shape
        whole = np.zeros((*outer, horizon + -horizon % lag))
        whole[..., :horizon] = np.nan_to_num(differences)
        seasons = whole.reshape(*outer, -1, lag).cumsum(axis=-2)  # (N, ..., seasons, lag)
        values: FloatArray = repeated + seasons.reshape(whole.shape)[..., :horizon]
        return values

    def _powers(self) -> FloatArray:
        """Powers of ``box-cox``, 1 where none is known; another kind looks at none."""
        known = np.ones(1) if self.parameter is None else self.parameter
        return np.where(np.isnan(known), 1.0, np.where(known < LEAST_POWER, 0.0, known))

    def _shaped(self, ndim: int) -> FloatArray:
        return self._powers().reshape(-1, *([1] * (ndim - 1)))

    def _differenced(self, panel: Panel) -> Panel:
        found, error = _differences(panel, self.target.lag)
        lengths = found.lengths
        steady = np.zeros(len(lengths)) if self.parameter is None else self.parameter
        values = found.values
        for usual in (np.zeros(len(lengths)), steady):
            level = np.repeat(np.where(np.isnan(usual), 0.0, usual), lengths)
            values = np.where(np.abs(values - level) <= error, level, values)
        return replace(found, values=values)


AS_IT_IS = Target()
PLAIN = TargetTransform(AS_IT_IS)
"""The transform that leaves values as they are, of any number of series."""


def fit_transform(panel: Panel, target: Target, *, start: int, stop: int) -> TargetTransform:
    """Fit a transform for each series on the grid rows ``start`` to ``stop - 1``."""
    if target.lag:
        return TargetTransform(target, _steady(panel.slice(start, stop), target.lag))
    if target.transform != "box-cox":
        return TargetTransform(target)
    rows = panel.slice(start, stop)
    series = rows.owners
    fits = np.isfinite(rows.values) & (rows.values > 0)
    return TargetTransform(target, likeliest_powers(rows.values[fits], series[fits], rows.n_series))


def observed_before(panel: Panel, cutoffs: IntArray) -> IntArray:
    """Count the values of each series at or before each cutoff, shape (N, K)."""
    seen = np.concatenate([[0], np.cumsum(np.isfinite(panel.values))]).astype(np.int64)
    begin, end = panel.offsets[:-1, None], panel.offsets[1:, None]
    upto = np.clip(begin + cutoffs[None, :] - panel.first[:, None] + 1, begin, end)
    counts: IntArray = seen[upto] - seen[begin]
    return counts


def _differences(panel: Panel, lag: int) -> tuple[Panel, FloatArray]:
    """Differences over ``lag`` steps, and how much of each may be rounding."""
    lengths = np.maximum(panel.lengths - lag, 0)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    here = np.arange(offsets[-1], dtype=np.int64) + np.repeat(
        panel.offsets[1:] - lengths - offsets[:-1], lengths
    )
    now, before = panel.values[here], panel.values[here - lag]
    first = panel.first + panel.lengths - lengths
    covariates = panel.covariates and panel.covariates.rows(here)
    found = replace(panel, values=now - before, offsets=offsets, first=first, covariates=covariates)
    return found, ROUNDING * np.maximum(np.abs(now), np.abs(before))


def _steady(rows: Panel, lag: int) -> FloatArray:
    """What each series changes by, where it is always the same, shape (N,); nan elsewhere.

    A single difference shows no habit: such a series counts as one that does not change.
    """
    found, error = _differences(rows, lag)
    steady = np.full(rows.n_series, np.nan)
    begin = found.offsets[:-1]
    seen = observed_before(found, np.array([rows.length], dtype=np.int64))[:, 0]
    some = np.flatnonzero(seen > 0)
    if not len(some):
        return steady
    starts = begin[some]  # series without rows between them take none of the values away
    values = found.values
    low = np.fmin.reduceat(values, starts)
    high = np.fmax.reduceat(values, starts)
    middle = low / 2 + high / 2
    same: BoolArray = high - low <= 2 * np.fmax.reduceat(error, starts)
    steady[some] = np.where(seen[some] == 1, 0.0, np.where(same, middle, np.nan))
    return steady


def _forward(kind: TransformKind, values: FloatArray, powers: FloatArray) -> FloatArray:
    if kind == "none":
        return values
    with np.errstate(divide="ignore", invalid="ignore"):
        if kind == "log1p":
            found = np.log1p(values)
        elif kind == "sqrt":
            found = np.sqrt(values)
        else:
            logs = np.log(values)
            bent = np.expm1(powers * logs) / np.where(powers > 0, powers, 1.0)
            found = np.where(powers > 0, bent, logs)
    return np.where(np.isfinite(found), found, np.nan)


def _backward(kind: TransformKind, values: FloatArray, powers: FloatArray) -> FloatArray:
    if kind == "log1p":
        return np.expm1(np.minimum(values, LARGEST_LOG))
    if kind == "sqrt":
        return np.clip(values, 0.0, LARGEST_ROOT) ** 2
    if kind != "box-cox":
        return values
    with np.errstate(divide="ignore"):
        bent = np.log1p(np.maximum(powers * values, -1.0)) / np.where(powers > 0, powers, 1.0)
    return np.exp(np.minimum(np.where(powers > 0, bent, values), LARGEST_LOG))
