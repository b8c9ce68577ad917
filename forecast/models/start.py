"""What the linear path of a network begins as: a ridge regression where that is better.

The path maps a window to its horizon, both in the units of window normalisation. It may begin by
repeating the last season, which needs no data; as the mean of the last two or three seasons, each
about its own level, around the level of the last; or as the map that a regression finds,

    weights = base + (Z'Z + penalty I)^-1 Z'(Y - Z base),    Z (W, L) windows, Y (W, H) horizons,

drawn towards one of those, or towards what a window is relative to (base 0): its last value, its
mean, or 0 where windows are as they are. Fitted without the last
tenth of the training rows, the one that forecasts it best is taken, and fitted again on all of
them. Where windows are few that tenth is one or two horizons, and a choice by it is luck: then the
four last such parts are forecast, each from the rows before it, and the sum of the errors decides.
Of a mixture, those paths begin as that map that repeat nothing of their own.
Gradient steps find such a map slowly where a window holds much noise; from there, they refine it.

References
----------
Hoerl & Kennard (1970), Ridge regression; direct linear maps: Zeng et al. (2023), DLinear, arXiv
2205.13504; several origins: Tashman (2000), Out-of-sample tests of forecasting accuracy.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

import torch
from torch import Tensor

from forecast.data.windows import evenly, gather_context, gather_target
from forecast.models.problem import WindowProblem
from forecast.networks.build import Network
from forecast.training.loss import point_errors
from forecast.training.objectives import LossKind

StartKind: TypeAlias = Literal["regression", "season"]

PENALTIES = (1e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1.0, 10.0, 100.0)
"""Multiples of the mean variance of the inputs, summed over the windows."""
LONGEST = 2048
"""A longer context begins with the season: its equations would take longer than training."""
MOST_WINDOWS, MOST_HELD = 20_000, 512
"""Windows that a regression is fitted on, and that it is judged on; evenly spaced among all."""
HELD_SHARE = 10
FEW_WINDOWS, PARTS_OF_FEW = 1000, 4
"""With fewer windows, so many held parts decide instead of one."""
MOST_SEASONS = 3
"""Seasons that a mean season is made of."""

Choice: TypeAlias = tuple[int, float | None]
"""A base, and the penalty of the regression that is drawn towards it; None for the base itself."""
REPEATED: Choice = (1, None)


def begin_linear(network: Network, problem: WindowProblem) -> None:
    """Set the weights of the linear path in place, where something beats what they are."""
    if network.skip is None:
        return
    found = regression(network, problem, season=network.skip.season_map())
    if found is not None:
        network.skip.begin_as(found)


def regression(network: Network, problem: WindowProblem, *, season: Tensor) -> Tensor | None:
    """Find a linear map from context to horizon, both in the units of ``network``.

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
    looked_at = problem.train.pick(picks)
    ahead = looked_at.stop - looked_at.row - 1  # rows that may be targets
    with torch.no_grad():
        bases = _bases(season.T.to(torch.float64), problem.shape.initial_season)
        choice, sums = _choose(network, problem, picks, ahead, bases)
        if choice is None or choice == REPEATED:
            return None
        base, penalty = choice
        weights = bases[base] if penalty is None else bases[base] + sums.solve(base, penalty)
    return weights.T.contiguous() if bool(torch.isfinite(weights).all()) else None


def _bases(season: Tensor, length: int) -> Tensor:
    """Maps that repeat the last value, the last season and, where there are two, the mean one."""
    rows, horizon = season.shape
    count = min(MOST_SEASONS, rows // length)
    bases = [torch.zeros_like(season), season]
    if length > 1 and count > 1:
        mean, step = torch.zeros_like(season), torch.arange(horizon, device=season.device)
        mean[rows - length :] += 1 / length
        for back in range(length, (count + 1) * length, length):
            mean[rows - back + step % length, step] += 1 / count
            mean[rows - back : rows - back + length] -= 1 / (count * length)
        bases.append(mean)
    return torch.stack(bases)


@dataclass(frozen=True, eq=False)
class _Sums:
    """``Z'Z`` (L, L) and, for each base, ``Z'(Y - Z base)`` (bases, L, H)."""

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
    network: Network, problem: WindowProblem, picks: Tensor, ahead: Tensor, bases: Tensor
) -> tuple[Choice | None, _Sums]:
    """Find what forecasts the held parts best, None where none can be held, and sum up all windows.

    Parameters
    ----------
    ahead : Tensor of shape (W,)
        Rows after each of the windows ``picks`` that may be targets.
    """
    horizon = problem.shape.horizon
    rows = int(ahead.max()) + problem.shape.context_length
    held_rows = max(horizon, rows // HELD_SHARE)
    length = problem.shape.context_length
    sums = _Sums(bases.new_zeros(length, length), torch.zeros_like(bases))
    totals: dict[Choice, float] = {}
    known = torch.zeros_like(ahead, dtype=torch.bool)
    for part in range(PARTS_OF_FEW if len(picks) < FEW_WINDOWS else 1, 0, -1):
        stop = part * held_rows
        early = ahead >= stop + horizon
        held = evenly(picks[(ahead > stop - held_rows) & (ahead <= stop)], MOST_HELD)
        sums = sums.plus(_sum_up(network, problem, picks[early & ~known], bases))
        known = early
        if len(held) and bool(torch.isfinite(sums.gram).all()) and sums.size > 0:
            for choice, error in _errors(network, problem, held, sums, bases):
                totals[choice] = totals.get(choice, 0.0) + error
    sums = sums.plus(_sum_up(network, problem, picks[~known], bases))
    return min(totals, key=lambda choice: totals[choice], default=None), sums


def _errors(
    network: Network, problem: WindowProblem, held: Tensor, sums: _Sums, bases: Tensor
) -> Iterator[tuple[Choice, float]]:
    """Sum of the errors of each choice over the held windows, the repeated season first."""
    windows = [_look(network, problem, part) for part in _parts(problem, held)]
    kind: LossKind = problem.loss_kind if problem.loss_kind in ("mse", "huber") else "mae"

    def error(weights: Tensor) -> float:
        errors = (
            point_errors(z @ weights * scale, y * scale, kind)[counts]
            for z, y, counts, scale in windows
        )
        return float(sum(part.sum() for part in errors))

    yield from (((base, None), error(bases[base])) for base in range(1, len(bases)))
    values, vectors = torch.linalg.eigh(sums.gram)
    for base in range(len(bases)):
        turned = vectors.T @ sums.cross[base]
        for penalty in PENALTIES:
            spread = values.clamp_min(0) + penalty * sums.size
            yield (base, penalty), error(bases[base] + vectors @ (turned / spread[:, None]))


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
    frame = network.normalisation(context.values, context.missing)
    return frame.inward(context.values), frame.inward(target), counts, frame.gain


def _parts(problem: WindowProblem, picks: Tensor) -> tuple[Tensor, ...]:
    return torch.split(picks, problem.per_batch)
