"""Whether training has improved on its start by more than chance, and back to the start if not.

A validation tail of a few horizons is easily improved on by luck, and early stopping picks the
luckiest of many epochs. The windows of the tail overlap, so that errors are summed up over blocks
of one horizon; with block sums ``d`` of the improvement and ``n`` of the targets,

    improvement = sum d / sum n,    standard error = sqrt(sum (d - improvement n)^2) / sum n

Series that move together are wrong together, and a series is wrong in its own way: blocks are made
of all series of a span of time, and of all times of a series, and the larger standard error counts.
An improvement of less than that is taken for chance.

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
    """Errors on the validation tail, and targets that count, summed by series and horizon.

    Parameters
    ----------
    total, targets : Tensor of shape (n,)
    series, time : Tensor of shape (n,), int64
        Which series, and which horizon of it.
    """

    total: Tensor
    targets: Tensor
    series: Tensor
    time: Tensor


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
    length = problem.shape.horizon
    rows = len(problem.packed.values)
    ahead = problem.tail.stop - problem.tail.row  # to the end of its series
    pairs = problem.tail.series * rows + ahead // length
    blocks, place = torch.unique(pairs, return_inverse=True)
    zeros = torch.zeros(len(blocks), dtype=torch.float64, device=place.device)
    return TailErrors(
        zeros.index_add(0, place, total),
        zeros.index_add(0, place, count.to(torch.float64)),
        blocks // rows,
        blocks % rows,
    )


def is_chance(before: TailErrors, after: TailErrors) -> bool:
    """Whether the errors fell by less than one standard error.

    Examples
    --------
    >>> ones, many = torch.ones(8, dtype=torch.float64), torch.full((8,), 10.0, dtype=torch.float64)
    >>> place = torch.arange(8)
    >>> one = TailErrors(ones, many, torch.zeros_like(place), place)
    >>> is_chance(one, one._replace(total=0.9 * ones))
    False
    """
    gained, count = before.total - after.total, before.targets
    improvement = float(gained.sum() / count.sum())
    errors = [
        _standard_error(gained - improvement * count, count, blocks)
        for blocks in (before.series, before.time)
    ]
    return improvement <= max(errors)


def _standard_error(off: Tensor, count: Tensor, blocks: Tensor) -> float:
    """Of a ratio whose parts differ by ``off`` from it; 0 where one block has no spread."""
    seen, place = torch.unique(blocks[count > 0], return_inverse=True)
    if len(seen) < 2:  # noqa: PLR2004 - one block has no spread
        return 0.0
    sums = torch.zeros(len(seen), dtype=off.dtype, device=off.device)
    spread = sums.index_add(0, place, off[count > 0]).square().sum().sqrt() / count.sum()
    return float(spread) * math.sqrt(len(seen) / (len(seen) - 1))
