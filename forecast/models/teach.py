"""Training the network of a forecaster: what a forecast needs nothing of, and does not load."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecast.models.caution import tail_errors, unless_chance
from forecast.models.moderate import moderate
from forecast.models.start import begin_linear
from forecast.models.weigh import blend
from forecast.networks.memory import memory_kept
from forecast.training.loop import LoopResult, run_loop
from forecast.training.state import weights_of

if TYPE_CHECKING:
    import torch

    from forecast.models.forecaster import FitContext
    from forecast.models.neural import FitSettings
    from forecast.models.problem import WindowProblem
    from forecast.networks.build import Network


def teach(
    network: Network,
    problem: WindowProblem,
    *,
    fitting: FitSettings,
    context: FitContext,
    generator: torch.Generator,
) -> tuple[LoopResult, float | None]:
    """Train ``network`` in place; return how that went, and the share of the linear map beside it.

    Raises
    ------
    DivergedError
        If the loss stops being finite twice.
    """
    if fitting.start == "regression":
        begin_linear(network, problem)
    start, before = weights_of(network), tail_errors(network, problem)
    with memory_kept():
        result = run_loop(
            network,
            problem,
            plan=fitting.plan,
            fit=context.name,
            monitor=context.monitor,
            generator=generator,
            checkpoints=context.checkpoints,
        )
    result = unless_chance(network, problem, result, start=start, before=before)
    moderate(network, problem, start=start)
    idle = before if result.best_epoch == 0 else None
    return result, blend(network, problem, share=fitting.share, start=idle)
