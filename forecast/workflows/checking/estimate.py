"""About how long a training takes and what memory it needs, by one simple formula.

    seconds = start + steps * (step + batch * (cell * cells + read * beside))
              + forecasts * forward * cell * cells
    cells   = recurrent steps of a window * hidden size * layers
    beside  = values that a window has beside the series: covariates and the calendar

The constants were measured on one core of a server by ``benchmarks/training_time.py``: a gru, one
layer, float32; that of values beside the series by one `forecast train`. Epochs count in full,
though most fits stop early.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from forecast.data.panel import Panel, Span
from forecast.models.registry import NETWORKS
from forecast.workflows.resolving.amounts import count_windows
from forecast.workflows.resolving.automatic import Plan
from forecast.workflows.resolving.build import target_of

SECONDS_PER_STEP = 2e-3
SECONDS_PER_CELL = 5e-8
"""A cell is one window, one recurrent step, one hidden unit, forward and back."""
SECONDS_PER_READ = 1.5e-8
"""Half-hourly demand with three cycles of the calendar, 256 windows of 384 values: 8 ms a step."""
FORWARD_SHARE = 0.3
RECURSIVE_BLOCKS = 4
"""Horizons that are forecast at each cutoff, for the intervals beyond the trained horizon."""
SECONDS_TO_START = 4.0
BYTES_TO_START = 450e6
BYTES_PER_ROW = 250.0
BYTES_PER_WEIGHT = 24.0
BYTES_PER_CELL = 60.0


@dataclass(frozen=True)
class Estimate:
    """What a training costs on a processor: seconds at most, and bytes of memory."""

    seconds: float
    memory: float


def estimate(panel: Panel, plan: Plan, fits: Sequence[Span]) -> Estimate:
    """Estimate a training.

    Parameters
    ----------
    panel : Panel
        N series.
    plan : Plan
        With every value resolved.
    fits : sequence of Span
        Rows of each fit.
    """
    model = plan.config.model
    if model.name not in NETWORKS:
        return Estimate(SECONDS_TO_START, BYTES_TO_START / 2)
    steps = math.ceil(int(model.context_length) / int(model.segment_length))
    cells = steps * int(model.hidden_size) * model.num_layers
    cutoffs = sum(len(fold.cutoffs) for fold in plan.schedule.folds)
    judged = cutoffs * panel.n_series * RECURSIVE_BLOCKS
    seconds = SECONDS_TO_START + FORWARD_SHARE * SECONDS_PER_CELL * judged * cells
    seconds += sum(_fit_seconds(panel, span, plan, cells) for span in fits)
    return Estimate(_rounded(seconds), _rounded(_memory(panel, plan, cells)))


def _fit_seconds(panel: Panel, span: Span, plan: Plan, cells: int) -> float:
    training = plan.config.training
    batch, epochs = int(training.batch_size), int(training.epochs)
    context = int(plan.config.model.context_length)
    target = target_of(plan.config, int(plan.config.data.season_length))
    windows = count_windows(panel, span, context_length=context, target=target)
    steps = epochs * math.ceil(windows / batch)
    if training.max_steps is not None:
        steps = min(steps, training.max_steps)
    each = SECONDS_PER_CELL * cells + SECONDS_PER_READ * _values_beside(plan)
    return steps * (SECONDS_PER_STEP + min(batch, windows) * each)


def _values_beside(plan: Plan) -> int:
    """Values of a window beside those of the series, over its context and its horizon."""
    context, horizon = int(plan.config.model.context_length), int(plan.config.model.horizon)
    past, future = plan.beside.past_channels, plan.beside.future_channels
    return past * context + future * (context + horizon)


def _memory(panel: Panel, plan: Plan, cells: int) -> float:
    model, batch = plan.config.model, int(plan.config.training.batch_size)
    hidden = int(model.hidden_size)
    weights = 3 * hidden * (hidden + int(model.segment_length) + 2) * model.num_layers
    weights += (hidden + int(model.context_length)) * int(model.horizon)
    return (
        BYTES_TO_START
        + BYTES_PER_ROW * len(panel.values)
        + BYTES_PER_WEIGHT * weights
        + BYTES_PER_CELL * batch * cells
    )


def _rounded(value: float) -> float:
    """Keep two digits: more would promise too much."""
    size = 10 ** math.floor(math.log10(value))
    return float(round(value / size * 10) * size / 10)
