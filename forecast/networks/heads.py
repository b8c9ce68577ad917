"""Heads: what the numbers of a network mean. A head has no weights of its own.

    point              the forecast itself
    quantile           its quantiles                       Koenker & Bassett (1978)
    gaussian           a normal distribution               Salinas et al. (2020), arXiv 1704.04110
    student-t          Student's, for heavy tails          Student (1908), with location and scale
    negative-binomial  counts: whole numbers of at least 0 Salinas et al. (2020)

For every step a network gives one *location* and, with most heads, a few more numbers, the *rest*,
all in normalised units; ``scaled = gain * normalised + offset``. A head turns them into parameters
in scaled units. Raw zeros of the rest are a spread of 0.69 normalised units, or that dispersion.
"""

from __future__ import annotations

from functools import cache
from itertools import accumulate, pairwise
from statistics import NormalDist
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional

from forecast.data.units import Units
from forecast.networks.likelihood import gaussian_nll, negative_binomial_nll, student_t_nll
from forecast.networks.shape import HeadKind

LEAST_SPREAD = 1e-4
"""In normalised units: a likelihood without it grows without end on a series without noise."""
LEAST_DISPERSION = 1e-8
LEAST_MEAN = 1e-6
"""Of a count, in divisors of its series."""
FREEDOM = 10.0
"""Degrees of freedom that one raw unit adds: 2 + 10 softplus(0) = 9, and 30 is near."""
SHARPNESS = 4.0
"""Of the bend that keeps a mean count above 0: 0.5 divisors above it, it is straight to 3 %."""


class Head:
    """What all heads share; a head says what differs.

    Attributes
    ----------
    kind : str
    size : int
        P, the numbers that a network gives for each step.
    levels : tuple of float
        Quantile levels, ascending; empty for another head.
    """

    kind: ClassVar[HeadKind]
    size: int = 1
    levels: tuple[float, ...] = ()

    def parameters(self, location: Tensor, rest: Tensor, gain: Tensor, offset: Tensor) -> Tensor:
        """Turn raw numbers into parameters.

        Parameters
        ----------
        location : Tensor of shape (..., H), normalised
        rest : Tensor of shape (..., H, P - 1), normalised
        gain, offset : Tensor of shape (..., 1), float64
            ``scaled = gain * normalised + offset``; the gain is above 0.

        Returns
        -------
        Tensor of shape (..., H, P), float64, scaled
            The location first; what follows is said by the head.
        """
        located = (gain * location + offset)[..., None]
        return torch.cat([located, self._rest(rest.to(gain.dtype), gain[..., None])], dim=-1)

    def _rest(self, rest: Tensor, gain: Tensor) -> Tensor:  # noqa: ARG002 - a point has no rest
        """Parameters beside the location, (..., H, P - 1)."""
        return rest

    def point(self, parameters: Tensor, units: Units) -> Tensor:  # noqa: ARG002
        """Return the one forecast, shape (..., H), scaled: the median where it is known."""
        return locations(parameters)

    def nll(self, parameters: Tensor, target: Tensor, units: Units) -> Tensor:  # noqa: ARG002
        """Return minus the log likelihood of scaled targets (..., H), in their shape.

        Raises
        ------
        ValueError
            If the head is no distribution.
        """
        raise ValueError(f"a {self.kind} head has no likelihood")


class PointHead(Head):
    """The forecast itself: the mean, the median or another centre, as the loss says."""

    kind = "point"

    def parameters(self, location: Tensor, rest: Tensor, gain: Tensor, offset: Tensor) -> Tensor:  # noqa: ARG002
        """Return the forecast; see `Head.parameters`."""
        return (gain * location + offset)[..., None]


class QuantileHead(Head):
    """Quantiles at given levels, which never cross.

    The location is the median. From there outward every quantile is one step further,
    ``gain (z(p') - z(p)) softplus(raw)`` with z the quantile of the standard normal distribution,
    so that raw zeros are the quantiles of a normal distribution. Parameters are the quantiles in
    the order of their levels.

    References
    ----------
    Koenker & Bassett (1978), Regression quantiles; steps in place of levels: Park et al. (2022),
    Learning quantile functions without quantile crossing, arXiv 2111.06581.
    """

    kind = "quantile"

    def __init__(self, levels: tuple[float, ...]) -> None:
        self.levels = levels
        self.size = len(levels)
        self.middle = levels.index(0.5)
        normal = [NormalDist().inv_cdf(level) for level in levels]
        self.steps = [after - before for before, after in pairwise(normal)]

    def parameters(self, location: Tensor, rest: Tensor, gain: Tensor, offset: Tensor) -> Tensor:
        """Return the quantiles; see `Head.parameters`."""
        median = gain * location + offset
        grown = gain[..., None] * functional.softplus(rest.to(gain.dtype))
        steps = (grown * grown.new_tensor(self.steps)).unbind(dim=-1)
        # one sum after the other: rounding cannot make two of them cross
        below = list(accumulate(reversed(steps[: self.middle])))
        above = list(accumulate(steps[self.middle :]))
        quantiles = [median - step for step in reversed(below)]
        quantiles += [median, *(median + step for step in above)]
        return torch.stack(quantiles, dim=-1)

    def point(self, parameters: Tensor, units: Units) -> Tensor:  # noqa: ARG002
        """Return the median."""
        return parameters[..., self.middle]


class GaussianHead(Head):
    """A normal distribution: location, ``sigma = gain softplus(raw)``.

    References
    ----------
    Salinas et al. (2020), DeepAR, arXiv 1704.04110, equation 3.
    """

    kind = "gaussian"
    size = 2

    def _rest(self, rest: Tensor, gain: Tensor) -> Tensor:
        return gain * _spread(rest)

    def nll(self, parameters: Tensor, target: Tensor, units: Units) -> Tensor:  # noqa: ARG002
        """Minus the log density of scaled targets."""
        location, sigma = parameters.unbind(dim=-1)
        return gaussian_nll(target, location, sigma)


class StudentTHead(Head):
    """Student's distribution: location, ``gain softplus(raw)``, ``2 + 10 softplus(raw)``.

    The second is its scale, the third its degrees of freedom: above 2, so that it has a variance.
    """

    kind = "student-t"
    size = 3

    def _rest(self, rest: Tensor, gain: Tensor) -> Tensor:
        freedom = 2.0 + FREEDOM * functional.softplus(rest[..., 1:])
        return torch.cat([gain * _spread(rest[..., :1]), freedom], dim=-1)

    def nll(self, parameters: Tensor, target: Tensor, units: Units) -> Tensor:  # noqa: ARG002
        """Minus the log density of scaled targets."""
        location, scale, freedom = parameters.unbind(dim=-1)
        return student_t_nll(target, location, scale, freedom)


class NegativeBinomialHead(Head):
    """Counts of the file: location, ``dispersion = softplus(raw)``.

    The mean is ``divisor softplus(x)`` of the location x above zero counts in divisors of the
    series, the variance ``mean + dispersion mean^2``. The forecast is the mean.

    References
    ----------
    Salinas et al. (2020), DeepAR, arXiv 1704.04110, equation 4.
    """

    kind = "negative-binomial"
    size = 2

    def _rest(self, rest: Tensor, gain: Tensor) -> Tensor:  # noqa: ARG002 - free of any unit
        return LEAST_DISPERSION + functional.softplus(rest)

    def mean(self, parameters: Tensor, units: Units) -> Tensor:
        """Mean count, shape (..., H), in units of the file."""
        above = SHARPNESS * (parameters[..., 0] + units.center / units.divisor)
        return units.divisor * (LEAST_MEAN + functional.softplus(above) / SHARPNESS)

    def point(self, parameters: Tensor, units: Units) -> Tensor:
        """Return the mean count, scaled."""
        return (self.mean(parameters, units) - units.center) / units.divisor

    def nll(self, parameters: Tensor, target: Tensor, units: Units) -> Tensor:
        """Minus the log probability of the counts that scaled targets stand for."""
        count = (target * units.divisor + units.center).round().clamp_min(0.0)
        mean = self.mean(parameters, units)
        return negative_binomial_nll(count, mean, parameters[..., 1])


HEADS: dict[str, type[Head]] = {
    "point": PointHead,
    "quantile": QuantileHead,
    "gaussian": GaussianHead,
    "student-t": StudentTHead,
    "negative-binomial": NegativeBinomialHead,
}


@cache
def build_head(kind: str, quantile_levels: tuple[float, ...] = ()) -> Head:
    """Build a head; only ``quantile`` looks at the levels, which `NetworkShape.check` checks.

    Raises
    ------
    ValueError
        If there is no such head.
    """
    if kind not in HEADS:
        raise ValueError(f"head is {kind!r}, not one of {', '.join(HEADS)}")
    return QuantileHead(quantile_levels) if kind == "quantile" else HEADS[kind]()


def locations(numbers: Tensor) -> Tensor:
    """Return the first number of each step: (..., H) of (..., H, P)."""
    if numbers.shape[-1] == 1:
        return numbers.squeeze(-1)  # the gradient of a part is laid into zeros, of this it is none
    return numbers[..., 0]


def _spread(raw: Tensor) -> Tensor:
    """Spread in normalised units, above 0."""
    return LEAST_SPREAD + functional.softplus(raw)
