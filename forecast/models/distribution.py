"""What a head says of the future: quantiles, probabilities and sample paths.

A network gives each step a distribution of its own. Sample paths join them by a Gaussian copula
whose steps follow an AR(1) process: normal numbers z[h] = rho z[h - 1] + sqrt(1 - rho^2) e[h],
turned into probabilities and those into values by the inverse distribution function of each step.
Every step keeps its own distribution, and neighbours move together as much as ``rho`` says.

References
----------
Nelsen (2006), An introduction to copulas, section 2.3 (Sklar's theorem) and 2.9 (sampling);
Salinas et al. (2019), arXiv 1910.03002, for Gaussian copulas of network forecasts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from forecast.data.arrays import FloatArray

if TYPE_CHECKING:
    from forecast.data.units import Units
    from forecast.networks.heads import Head

MOST_CORRELATION = 0.995
LEAST_CHANCE = 1e-6
"""Probabilities nearer to 0 or 1 count as this near where correlation is measured."""


def quantiles(
    head: Head, parameters: FloatArray, levels: Sequence[float], units: Units
) -> FloatArray:
    """Exact quantiles; of a quantile head, straight lines between those that it has.

    Parameters
    ----------
    head : Head
    parameters : array of shape (..., H, P), scaled
    levels : sequence of float, above 0 and below 1
    units : Units
        Of shape (..., 1).

    Returns
    -------
    array of shape (..., H, Q), scaled

    Raises
    ------
    ValueError
        If the head has no quantile at a level.
    """
    check_answerable(head, levels)
    chances = np.asarray(levels, dtype=np.float64)
    whole = np.broadcast_to(chances, (*parameters.shape[:-1], len(chances)))
    return _inverse(head, parameters[..., None, :], whole, _spread_out(units))


def check_answerable(head: Head, levels: Sequence[float]) -> None:
    """Refuse quantile levels that a head says nothing of.

    Raises
    ------
    ValueError
        With the level, and what the head has.
    """
    if head.kind == "point":
        raise ValueError("a point head has no quantiles")
    for level in levels:
        if head.levels and not head.levels[0] <= level <= head.levels[-1]:
            raise ValueError(
                f"quantile {level:g} is outside {head.levels[0]:g} to {head.levels[-1]:g}, the "
                "levels that the network was trained on"
            )


def probabilities(
    head: Head, parameters: FloatArray, values: FloatArray, units: Units
) -> FloatArray:
    """Probability integral transforms: the share of the distribution below each value.

    Of a count, its own probability counts half (the mid-distribution).

    Parameters
    ----------
    parameters : array of shape (..., H, P), scaled
    values : array of shape (..., H), scaled
        nan gives nan.
    """
    from scipy import stats

    if head.kind == "gaussian":
        found = stats.norm.cdf(values, parameters[..., 0], parameters[..., 1])
    elif head.kind == "student-t":
        location, scale, freedom = np.moveaxis(parameters, -1, 0)
        found = stats.t.cdf(values, freedom, location, scale)
    elif head.kind == "negative-binomial":
        center, divisor = _file_units(units)
        size, share = _counting(head, parameters, units)
        count = np.round(values * divisor + center)
        found = stats.nbinom.cdf(count, size, share) - 0.5 * stats.nbinom.pmf(count, size, share)
    else:
        found = _chance_between(head, parameters, values)
    return np.asarray(found, dtype=np.float64)


def correlated_normals(
    rng: np.random.Generator, count: int, horizon: int, *, rho: float
) -> FloatArray:
    """Draw ``count`` paths of standard normal numbers, shape (count, horizon).

    Each follows ``z[h] = rho z[h - 1] + sqrt(1 - rho^2) e[h]`` from a normal ``z[0]``.
    """
    normals = rng.standard_normal((count, horizon))
    for step in range(1, horizon):
        normals[:, step] *= np.sqrt(1 - rho**2)
        normals[:, step] += rho * normals[:, step - 1]
    return normals


def sample(head: Head, parameters: FloatArray, normals: FloatArray, units: Units) -> FloatArray:
    """Turn paths of standard normal numbers into paths of values.

    Parameters
    ----------
    parameters : array of shape (..., H, P), scaled
    normals : array of shape (n, H) or (..., n, H)
        See `correlated_normals`.
    units : Units
        Of shape (..., 1).

    Returns
    -------
    array of shape (..., n, H), scaled
        Beyond its outer levels a quantile head goes on as the tail of a normal distribution.

    Raises
    ------
    ValueError
        If the head is a point.
    """
    check_answerable(head, ())
    each = parameters[..., None, :, :]  # (..., 1, H, P)
    normals = np.broadcast_to(normals, (*parameters.shape[:-2], *normals.shape[-2:]))
    if head.kind == "gaussian":
        found: FloatArray = each[..., 0] + each[..., 1] * normals
        return found
    from scipy.special import ndtr

    found = _inverse(head, each, ndtr(normals), _spread_out(units))
    if head.kind == "quantile":
        found = _with_tails(head, each, normals, found)
    return found


def lag_one(chances: FloatArray) -> float:
    """Estimate the correlation of neighbouring steps from probability integral transforms.

    Parameters
    ----------
    chances : array of shape (M, H)
        Of the targets of M windows; nan where a target is missing.

    Returns
    -------
    float
        Correlation of the normal numbers of neighbouring steps, pooled; 0 where there are fewer
        than two pairs or nothing varies.
    """
    from scipy.special import ndtri

    normals = ndtri(np.clip(chances, LEAST_CHANCE, 1 - LEAST_CHANCE))
    before, after = normals[:, :-1].ravel(), normals[:, 1:].ravel()
    both = np.isfinite(before) & np.isfinite(after)
    if np.count_nonzero(both) < 2:  # noqa: PLR2004 - a pair has no correlation
        return 0.0
    before, after = before[both] - before[both].mean(), after[both] - after[both].mean()
    size = np.sqrt((before**2).sum() * (after**2).sum())
    rho = float((before * after).sum() / size) if size > 0 else 0.0
    return min(max(rho, -MOST_CORRELATION), MOST_CORRELATION)


def _inverse(head: Head, parameters: FloatArray, chances: FloatArray, units: Units) -> FloatArray:
    """Values below which ``chances`` (...) lie, of parameters (..., P) that broadcast with them."""
    from scipy import stats

    if head.kind == "gaussian":
        found = stats.norm.ppf(chances, parameters[..., 0], parameters[..., 1])
    elif head.kind == "student-t":
        location, scale, freedom = np.moveaxis(parameters, -1, 0)
        found = stats.t.ppf(chances, freedom, location, scale)
    elif head.kind == "negative-binomial":
        center, divisor = _file_units(units)
        size, share = _counting(head, parameters, units)
        found = (stats.nbinom.ppf(chances, size, share) - center) / divisor
    else:
        found = _between(head, parameters, chances)
    return np.asarray(found, dtype=np.float64)


def _between(head: Head, parameters: FloatArray, chances: FloatArray) -> FloatArray:
    """Straight lines between the quantiles of a quantile head; its outer ones beyond."""
    levels = np.asarray(head.levels)
    inside = np.clip(chances, levels[0], levels[-1])
    place = np.clip(np.searchsorted(levels, inside, side="right") - 1, 0, len(levels) - 2)
    share = (inside - levels[place]) / (levels[place + 1] - levels[place])
    every = np.broadcast_to(parameters, (*chances.shape, len(levels)))
    low = np.take_along_axis(every, place[..., None], axis=-1)[..., 0]
    high = np.take_along_axis(every, place[..., None] + 1, axis=-1)[..., 0]
    return np.where(share == 1, high, low + share * (high - low))


def _with_tails(
    head: Head, parameters: FloatArray, normals: FloatArray, inside: FloatArray
) -> FloatArray:
    """Carry the outermost step of a quantile head on, straight in normal numbers."""
    from scipy.special import ndtri

    edge = ndtri(np.asarray(head.levels))
    low = (parameters[..., 1] - parameters[..., 0]) / (edge[1] - edge[0])
    high = (parameters[..., -1] - parameters[..., -2]) / (edge[-1] - edge[-2])
    under = parameters[..., 0] + (normals - edge[0]) * low
    over = parameters[..., -1] + (normals - edge[-1]) * high
    return np.where(normals < edge[0], under, np.where(normals > edge[-1], over, inside))


def _chance_between(head: Head, parameters: FloatArray, values: FloatArray) -> FloatArray:
    """Invert `_between` and `_with_tails`."""
    from scipy.special import ndtr, ndtri

    levels = np.asarray(head.levels)
    below = (parameters <= values[..., None]).sum(axis=-1)
    place = np.clip(below - 1, 0, len(levels) - 2)
    low = np.take_along_axis(parameters, place[..., None], axis=-1)[..., 0]
    high = np.take_along_axis(parameters, place[..., None] + 1, axis=-1)[..., 0]
    width = np.where(high > low, high - low, 1.0)
    share = (values - low) / width
    edge = ndtri(levels)
    straight = levels[place] + share * (levels[place + 1] - levels[place])
    tail = ndtr(edge[place] + share * (edge[place + 1] - edge[place]))
    outside = (below == 0) | (below == len(levels))
    found: FloatArray = np.where(outside, tail, straight)
    return found


def _counting(head: Head, parameters: FloatArray, units: Units) -> tuple[FloatArray, FloatArray]:
    """Number of failures and chance of success, as scipy.stats.nbinom counts them."""
    import torch

    from forecast.networks.heads import NegativeBinomialHead

    if not isinstance(head, NegativeBinomialHead):
        raise TypeError(f"a {head.kind} head does not count")
    here = type(units)(*(number.cpu() for number in units))
    mean: FloatArray = head.mean(torch.from_numpy(np.ascontiguousarray(parameters)), here).numpy()
    dispersion: FloatArray = parameters[..., 1]
    share: FloatArray = 1 / (1 + dispersion * mean)
    return 1 / dispersion, share


def _file_units(units: Units) -> tuple[FloatArray, FloatArray]:
    return units.center.cpu().numpy(), units.divisor.cpu().numpy()


def _spread_out(units: Units) -> Units:
    """Units (..., 1) for values of shape (..., a, b) in place of (..., H)."""
    return type(units)(*(number[..., None] for number in units))
