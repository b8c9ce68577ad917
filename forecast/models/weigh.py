"""How much a linear map counts beside a network: as much as forecasts the validation rows best.

Both have been fitted on the training rows alone. Shares are tried in tenths; the smallest that is
best is taken.
"""

from __future__ import annotations

import torch

from forecast.data.windows import evenly
from forecast.models.caution import TailErrors, is_chance, tail_errors
from forecast.models.problem import WindowProblem
from forecast.models.start import regression
from forecast.networks.blend import Blend
from forecast.networks.build import Network
from forecast.networks.initialise import begin_seasonal

SHARES = torch.linspace(0, 1, 11, dtype=torch.float64)
EVEN = 0.5
"""Where there are no validation rows, and no fold had any, neither counts more than the other."""
MOST_WEIGHED = 4096
"""Windows of the validation tail that are looked at; evenly spaced among all."""


def blend(
    network: Network,
    problem: WindowProblem,
    *,
    share: float | None,
    start: TailErrors | None = None,
) -> float | None:
    """Put a linear map beside a trained network, in place.

    Parameters
    ----------
    share : float or None
        Of the map; None chooses it by the validation tail.
    start : TailErrors or None
        Errors of a network that forecasts as it began: the map counts where it improves on them by
        more than chance. None for a network that has learnt something.

    Returns
    -------
    float or None
        The share; None for a network that has no map beside it.
    """
    beside = network.blend
    if beside is None:
        return None
    season = torch.zeros_like(beside.weight)
    begin_seasonal(season, problem.shape.initial_season)
    found = regression(network, problem, season=season)
    network.eval()
    with torch.no_grad():
        beside.weight.copy_(season if found is None else found)
        chosen = _weigh(network, beside, problem) if share is None else share
        beside.share.fill_(chosen)
        if share is None and start is not None:
            after = tail_errors(network, problem)
            if after is not None and is_chance(start, after):
                chosen = float(beside.share.zero_())
    return chosen


def _weigh(network: Network, beside: Blend, problem: WindowProblem) -> float:
    """Find the share that forecasts the validation tail best."""
    if not len(problem.tail):
        return EVEN
    picks = evenly(torch.arange(len(problem.tail), device=problem.device), MOST_WEIGHED)
    sums = torch.zeros(len(SHARES), dtype=torch.float64, device=problem.device)
    for part in torch.split(picks, problem.per_batch):
        window = problem.look(problem.tail.pick(part))
        alone = network(window)
        beside.share.fill_(1.0)
        other = network(window)
        beside.share.fill_(0.0)
        for place, share in enumerate(SHARES.tolist()):
            found = torch.lerp(alone, other, share)
            sums[place] += problem.tail_errors(found, part)[0].sum()
    return float(SHARES[int(sums.argmin())])
