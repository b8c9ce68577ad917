"""Folds and context: each leaves the other its room, so they are resolved together."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

from forecast.config.schema import Config
from forecast.data.panel import Panel, Span
from forecast.data.times.clock import CountClock
from forecast.errors import NotEnoughDataError, UsageError
from forecast.models.registry import NETWORKS
from forecast.validation.folds import FoldPlan, FoldSchedule, final_span, make_folds
from forecast.validation.plan import MAX_CUTOFFS, GivenCutoff, shrunk_tail
from forecast.workflows.resolving.build import target_of

CONTEXT_SEASONS, CONTEXT_HORIZONS, CONTEXT_SHARE = 7, 2, 4
LONG_CONTEXT, LONG_SEGMENTS = 720, 15
"""Steps of a long context, and the segments that it is read in."""
PHASES_SHARED = 2
"""Cutoffs of a fold fall on one in so many phases of the season, at the least."""


@dataclass(frozen=True)
class Layout:
    """Where a run learns and where it is judged.

    Parameters
    ----------
    schedule : FoldSchedule
        The folds.
    step_size : int or None, in steps
        Between two cutoffs of a fold; None where they were given one by one.
    context_length : int, in steps
        Of the windows.
    span : Span
        Rows that the first fit may learn from: all that is automatic is resolved on them.
    understood : tuple of str
        How much a network reads at a time, where that was decided.
    notes : tuple of str
        What was shortened for want of rows.
    """

    schedule: FoldSchedule
    step_size: int | None
    context_length: int
    span: Span
    understood: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def rows(self) -> int:
        """Training rows of the first fit."""
        return self.span.train_stop - self.span.start


def fold_plan(config: Config, panel: Panel) -> FoldPlan:
    """Return the plan of the folds that ``config`` asks for on the rows of ``panel``.

    Raises
    ------
    UsageError
        If a cutoff is no moment of the data's clock.
    """
    asked = config.validation
    return FoldPlan(
        folds=None if asked.folds == "auto" else asked.folds,
        step_size=None if asked.step_size == "auto" else asked.step_size,
        gap=asked.gap,
        window=asked.window,
        cutoffs=tuple(_given(cutoff, panel) for cutoff in asked.cutoffs),
        max_train_size=asked.max_train_size,
        refit={"every": 1, "never": None}[asked.refit]
        if isinstance(asked.refit, str)
        else asked.refit,
        train_size=asked.train_size,
        validation_size=asked.validation_size,
        test_size=asked.test_size,
    )


def _given(cutoff: int | str, panel: Panel) -> GivenCutoff:
    """Find the row of a cutoff: of a whole number as many steps back, else of the moment named."""
    if isinstance(cutoff, int):
        return GivenCutoff(str(cutoff), panel.length - 1 - abs(cutoff))
    try:
        return GivenCutoff(cutoff, panel.clock.position(cutoff))
    except UsageError as error:
        error.location = "validation.cutoffs"
        if isinstance(panel.clock, CountClock):
            error.fix = "the rows of this file have no times: write how many steps back, such as 28"
        raise


def rows_read(config: Config, name: str, context: int, season: int) -> int:
    """Rows that a forecast of model ``name`` reads: a difference begins one lag earlier."""
    return context + target_of(config, season).lag if name in NETWORKS else 1


def first_schedule(panel: Panel, config: Config, *, horizon: int, season: int) -> FoldSchedule:
    """Lay out the folds, with room for a decent context where that is automatic and there is any.

    Raises
    ------
    NotEnoughDataError
        If the rows do not hold what was asked for.
    """
    plan, given = fold_plan(config, panel), config.model.context_length
    room = max(horizon, season) if isinstance(given, str) else given
    room = rows_read(config, config.model.name, room, season)
    if not isinstance(given, str):
        return make_folds(panel.length, plan=plan, horizon=horizon, context_length=room)
    try:
        return make_folds(panel.length, plan=plan, horizon=horizon, context_length=room)
    except NotEnoughDataError:
        return make_folds(panel.length, plan=plan, horizon=horizon, context_length=1)


def lay_out(panel: Panel, config: Config, *, horizon: int, season: int) -> Layout:
    """Resolve folds, cutoffs and context so that the same values, given, lead to the same folds.

    Raises
    ------
    NotEnoughDataError
        If the rows do not hold what was asked for.
    """
    plan = fold_plan(config, panel)
    recurrent = config.model.name in NETWORKS
    schedule = first_schedule(panel, config, horizon=horizon, season=season)
    step = plan.step_size or _step_size(schedule, plan, horizon, season)
    span = _first_span(schedule, panel, plan, horizon, context_length=1)
    rows = span.train_stop - span.start
    context = _context_length(config, horizon, season, rows - target_of(config, season).lag)
    seen = rows_read(config, config.model.name, context, season)
    plan = dataclasses.replace(plan, step_size=step)
    schedule = make_folds(panel.length, plan=plan, horizon=horizon, context_length=seen)
    span = _first_span(schedule, panel, plan, horizon, context_length=seen)
    notes = list(schedule.notes)
    if not schedule.folds:
        shrunk = shrunk_tail(panel.length, span.stop - span.train_stop, horizon=horizon)
        notes += [] if shrunk is None else [shrunk]
    understood: tuple[str, ...] = ()
    if recurrent and isinstance(config.model.context_length, str):
        short = ""
        if context < season:
            short = f", less than a season of {season}: the {rows} training rows hold no more"
        values = "value" if context == 1 else f"{context} values"
        understood = (f"reads the last {values} at a time{short}",)
    return Layout(schedule, step, context, span, understood, tuple(notes))


def _first_span(
    schedule: FoldSchedule, panel: Panel, plan: FoldPlan, horizon: int, *, context_length: int
) -> Span:
    if schedule.folds:
        return schedule.folds[0].span
    return final_span(panel.length, horizon, plan, context_length=context_length)


def _context_length(config: Config, horizon: int, season: int, rows: int) -> int:
    """Resolve the context on the first fit's training rows, in whole seasons where one fits."""
    asked = config.model.context_length
    if not isinstance(asked, str):
        return asked
    long = asked == "long"
    wanted = LONG_CONTEXT if long else max(CONTEXT_SEASONS * season, CONTEXT_HORIZONS * horizon)
    most = max(rows // CONTEXT_SHARE, min(2 * season, rows // 2))
    context = max(1, min(wanted, most, rows - horizon))
    if long and context > LONG_SEGMENTS:
        return context - context % LONG_SEGMENTS
    return context if context < season else context - context % season


def _step_size(schedule: FoldSchedule, plan: FoldPlan, horizon: int, season: int) -> int | None:
    """Resolve the steps between cutoffs: few enough cutoffs, and not all on a few phases."""
    if plan.cutoffs:
        return None
    if plan.explicit or not schedule.folds:
        return 1
    fold = schedule.folds[0]
    last = fold.test_stop - horizon - 1
    step = max(1, -(-(last - fold.cutoffs[0]) // (MAX_CUTOFFS - 1)))
    while math.gcd(step, season) > PHASES_SHARED:
        step += 1
    return step
