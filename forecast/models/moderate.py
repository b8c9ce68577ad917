"""How far training on few rows is believed: part of the way from the start of a network.

From a few dozen windows a network learns their noise, too, and a validation tail of one horizon
does not tell. Half of the way there errs less than either end, where the errors of both differ:

    forecast = start + share * (learnt - start),    share = horizons / 40, from 1/2 to 1,

with as many horizons as the training rows hold one beside the other. The layers that begin at zero
and the linear path go that way, so that the forecast of a direct decoder goes it exactly.

References
----------
Bates & Granger (1969), The combination of forecasts; Stock & Watson (2004) on why equal weights are
hard to beat where weights are estimated from little.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn

    from forecast.models.problem import WindowProblem
    from forecast.training.state import Weights

LEAST_SHARE, ENOUGH_HORIZONS = 1 / 2, 40
LAST_LAYERS = ("skip.", "decoder.output.", "future.output.", "rest")


def moderate(network: nn.Module, problem: WindowProblem, *, start: Weights) -> None:
    """Take ``network``, in place, the share of the way from ``start`` to what it is."""
    share = believed_share(len(problem.train), problem.shape.horizon)
    if share == 1:
        return
    for name, weight in network.named_parameters():
        if name.startswith(LAST_LAYERS):
            weight.data.copy_(start[name] + share * (weight.data - start[name]))


def believed_share(windows: int, horizon: int) -> float:
    """Share of what was learnt from so many windows, one at each row, that is believed.

    Examples
    --------
    >>> [believed_share(windows, 12) for windows in (60, 360, 3000)]
    [0.5, 0.75, 1.0]
    """
    return min(1.0, max(LEAST_SHARE, windows / horizon / ENOUGH_HORIZONS))
