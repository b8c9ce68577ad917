"""What the linear path of a network begins as: a ridge regression where that is better.

The path maps a window to its horizon, both in the units of window normalisation. It may begin by
repeating the last season, which needs no data, or as the map that a regression finds,

    weights = base + (Z'Z + penalty I)^-1 Z'(Y - Z base),    Z (W, L) windows, Y (W, H) horizons,

drawn towards repeating the last value (base 0) or the last season. Fitted without the last tenth
of the training rows, the one that forecasts it best is taken, and fitted again on all of them.
Of a mixture, those paths begin as that map that repeat nothing of their own.
Gradient steps find such a map slowly where a window holds much noise; from there, they refine it.

References
----------
Hoerl & Kennard (1970), Ridge regression; direct linear maps: Zeng et al. (2023), DLinear, arXiv
2205.13504.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import torch
from torch import Tensor

from forecast.data.windows import gather_context, gather_target
from forecast.models.problem import WindowProblem
from forecast.networks.build import Network
from forecast.networks.normalise import window_statistics
from forecast.training.loss import masked_mean, point_errors
from forecast.training.objectives import LossKind

StartKind: TypeAlias = Literal["regression", "season"]

PENALTIES = (1e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1.0, 10.0, 100.0)
"""Multiples of the mean variance of the inputs, summed over the windows."""
LONGEST = 2048
"""A longer context begins with the season: its equations would take longer than training."""
MOST_WINDOWS, MOST_HELD = 20_000, 512
"""Windows that a regression is fitted on, and that it is judged on; evenly spaced among all."""
HELD_SHARE = 10


def begin_linear(network: Network, problem: WindowProblem) -> None:
    """Set the weights of the linear path in place, where a regression beats what they are."""
    if network.skip is None:
        return
    found = regression(network, problem, season=network.skip.season_map())
    if found is not None:
        network.skip.begin_as(found)


def regression(network: Network, problem: WindowProblem, *, season: Tensor) -> Tensor | None:
    """Fit a linear map from context to horizon, both in the units of ``network``.

    Parameters
    ----------
    season : Tensor of shape (H, L)
        The map that repeats a season.

    Returns
    -------
    Tensor of shape (H, L), or None where the season forecasts better, or all is too long.
    """
    if problem.shape.context_length > LONGEST:
        return None
    picks = evenly(torch.arange(problem.size, device=problem.device), MOST_WINDOWS)
    ahead = (problem.train.stop - problem.train.row)[picks] - 1  # rows that may be targets
    held_rows = max(
        problem.shape.horizon, (int(ahead.max()) + problem.shape.context_length) // HELD_SHARE
    )
    early = ahead >= held_rows + problem.shape.horizon
    held = evenly(picks[ahead <= held_rows], MOST_HELD)
    if not len(held) or not bool(early.any()):
        return None
    with torch.no_grad():
        repeated = season.T.to(torch.float64)  # (L, H)
        bases = torch.stack([torch.zeros_like(repeated), repeated])
        known = _sum_up(network, problem, picks[early], bases)
        choice = _choose(network, problem, held, known, bases)
        if choice is None:
            return None
        sums = known.plus(_sum_up(network, problem, picks[~early], bases))
        base, penalty = choice
        weights = bases[base] + sums.solve(base, penalty)
    return weights.T.contiguous() if bool(torch.isfinite(weights).all()) else None


@dataclass(frozen=True, eq=False)
class _Sums:
    """``Z'Z`` (L, L) and, for each base, ``Z'(Y - Z base)`` (2, L, H)."""

    gram: Tensor
    cross: Tensor

    @property
    def size(self) -> float:
        return float(self.gram.diagonal().mean())

    def plus(self, other: _Sums) -> _Sums:
        return _Sums(self.gram + other.gram, self.cross + other.cross)

    def solve(self, base: int, penalty: float) -> Tensor:
        ridge = self.gram + penalty * self.size * torch.eye(len(self.gram)).to(self.gram)
        solved: Tensor = torch.linalg.solve(ridge, self.cross[base])
        return solved


def _choose(
    network: Network, problem: WindowProblem, held: Tensor, sums: _Sums, bases: Tensor
) -> tuple[int, float] | None:
    """Base and penalty that forecast the held windows best; None where the season itself does."""
    if not bool(torch.isfinite(sums.gram).all()) or sums.size == 0:
        return None
    windows = [_look(network, problem, part) for part in _parts(problem, held)]
    kind: LossKind = problem.loss_kind if problem.loss_kind in ("mse", "huber") else "mae"

    def error(weights: Tensor) -> float:
        pairs = [
            (point_errors(z @ weights * scale, y * scale, kind), counts)
            for z, y, counts, scale in windows
        ]
        errors, counts = (torch.cat(column) for column in zip(*pairs, strict=True))
        return float(masked_mean(errors, counts))

    values, vectors = torch.linalg.eigh(sums.gram)
    best, choice = error(bases[1]), None
    for base in range(len(bases)):
        turned = vectors.T @ sums.cross[base]
        for penalty in PENALTIES:
            spread = values.clamp_min(0) + penalty * sums.size
            found = error(bases[base] + vectors @ (turned / spread[:, None]))
            if found < best:
                best, choice = found, (base, penalty)
    return choice


def _sum_up(network: Network, problem: WindowProblem, picks: Tensor, bases: Tensor) -> _Sums:
    """Sum over the windows whose horizons were observed whole."""
    length = problem.shape.context_length
    gram, cross = bases.new_zeros(length, length), torch.zeros_like(bases)
    for part in _parts(problem, picks):
        z, y, counts, _ = _look(network, problem, part)
        whole = counts.all(dim=1)
        z, y = z[whole], y[whole]
        gram += z.T @ z
        for place, base in enumerate(bases):
            cross[place] += z.T @ (y - z @ base)
    return _Sums(gram, cross)


def _look(
    network: Network, problem: WindowProblem, picks: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Windows (B, L), horizons (B, H), which of those count, scale of each window (B, 1)."""
    windows = problem.train.pick(picks)
    context = gather_context(
        problem.packed, windows.row, windows.series, context_length=problem.shape.context_length
    )
    target, counts = gather_target(problem.packed, windows, horizon=problem.shape.horizon)
    centre, scale = window_statistics(
        context.values, context.missing, network.shape.window_normalisation
    )
    return (context.values - centre) / scale, (target - centre) / scale, counts, scale


def _parts(problem: WindowProblem, picks: Tensor) -> tuple[Tensor, ...]:
    return torch.split(picks, problem.per_batch)


def evenly(picks: Tensor, most: int) -> Tensor:
    """Return at most so many of ``picks``, evenly spaced."""
    if len(picks) <= most:
        return picks
    return picks[torch.linspace(0, len(picks) - 1, most, device=picks.device).round().long()]
