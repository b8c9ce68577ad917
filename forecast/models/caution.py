"""Whether training has improved on its start by more than chance, and back to the start if not.

A validation tail of a few horizons is easily improved on by luck, and early stopping picks the
luckiest of many epochs. The windows of the tail overlap, so that errors are summed up over blocks
of one horizon of each series; with block sums ``d`` of the improvement and ``n`` of the targets,

    improvement = sum d / sum n,    standard error = sqrt(sum (d - improvement n)^2) / sum n

An improvement of less than one standard error is taken for chance.

References
----------
The one-standard-error rule of Breiman et al. (1984), section 3.4.3; the standard error of a ratio
of sums: Cochran (1977), Sampling techniques, section 6.3.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import NamedTuple

import torch
from torch import Tensor, nn

from forecast.models.problem import WindowProblem
from forecast.training.loop import LoopResult
from forecast.training.state import Weights


class TailErrors(NamedTuple):
    """Errors on the validation tail summed over blocks, and targets that count, (blocks,) each."""

    total: Tensor
    targets: Tensor


def unless_chance(
    network: nn.Module,
    problem: WindowProblem,
    result: LoopResult,
    *,
    start: Weights,
    before: TailErrors | None,
) -> LoopResult:
    """Give a network its start back where training improved on that by no more than chance.

    Parameters
    ----------
    start : dict of Tensor
        Weights before the first step.
    before : TailErrors or None
        Errors with those; None where there is no tail to tell by.
    """
    if before is None or result.best_epoch == 0:
        return result
    after = tail_errors(network, problem)
    if after is None or not is_chance(before, after):
        return result
    network.load_state_dict(start)
    return replace(result, best_epoch=0)


def tail_errors(network: nn.Module, problem: WindowProblem) -> TailErrors | None:
    """Sum up the errors of ``network`` on the validation tail; None where there is none."""
    if not len(problem.tail):
        return None
    training = network.training
    network.eval()
    with torch.no_grad():
        total, count = problem.tail_sums(network)
    network.train(training)
    rows = len(problem.packed.values)
    block = problem.tail.series * rows + problem.tail.row // problem.shape.horizon
    place = torch.unique(block, return_inverse=True)[1]
    zeros = torch.zeros(int(place.max()) + 1, dtype=torch.float64, device=place.device)
    return TailErrors(
        zeros.index_add(0, place, total), zeros.index_add(0, place, count.to(torch.float64))
    )


def is_chance(before: TailErrors, after: TailErrors) -> bool:
    """Whether the errors fell by less than one standard error.

    Examples
    --------
    >>> ones, many = torch.ones(8, dtype=torch.float64), torch.full((8,), 10.0, dtype=torch.float64)
    >>> is_chance(TailErrors(ones, many), TailErrors(0.9 * ones, many))
    False
    """
    gained, count = before.total - after.total, before.targets
    improvement = float(gained.sum() / count.sum())
    spread = float((gained - improvement * count).square().sum().sqrt() / count.sum())
    blocks = int((count > 0).sum())
    if blocks < 2:  # noqa: PLR2004 - one block has no spread
        return improvement <= 0
    return improvement <= spread * math.sqrt(blocks / (blocks - 1))
