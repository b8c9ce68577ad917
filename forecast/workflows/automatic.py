"""Everything automatic, turned into numbers on the rows up to the first cutoff, and said aloud.

    season      by the frequency, else by autocorrelation; 1 when there is none
    horizon     one season, shortened to an eighth of the rows
    context     seven seasons and at least two horizons, shortened to a quarter of the first
                fold's training rows, or to two seasons where half of the rows hold them
    segment     a divisor of the season that makes 7 to 14 recurrent steps of a context
    start       the last value, the last season or the last seven, whichever repeats best
    epochs      about 1,500 optimiser steps in all

References for the counts: a week of an hourly series; SegRNN (arXiv 2308.11200) reads its context
in 15 to 30 segments, and shorter contexts need fewer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.config.schema import Config
from forecast.data.frequency import season_length
from forecast.data.load import Reading
from forecast.data.observed import ObservedClock
from forecast.data.panel import Panel
from forecast.data.season import detect_season
from forecast.errors import NotEnoughDataError
from forecast.models.naive import SeasonalNaive
from forecast.models.registry import RECURRENT
from forecast.validation.folds import FoldPlan, FoldSchedule, make_folds

FALLBACK_HORIZON = 6
"""Steps ahead where there is no season; M4 asks as many of its yearly series."""
HORIZON_SHARE = 8
CONTEXT_SEASONS, CONTEXT_HORIZONS, CONTEXT_SHARE = 7, 2, 4
FEWEST_SEGMENTS, MOST_SEGMENTS = 7, 14
TARGET_STEPS, FEWEST_EPOCHS, MOST_EPOCHS = 1500, 8, 100
WINDOWS_PER_STEP, SMALLEST_BATCH, LARGEST_BATCH = 64, 16, 256
HIDDEN_SIZE = 64
WARMUP_SHARE = 20
WEEK = 7
TRIED_SERIES, TRIED_CUTOFFS = 256, 256
PATIENCE_SHARE, LEAST_PATIENCE = 3, 5


@dataclass(frozen=True)
class Plan:
    """A run with nothing left open.

    Parameters
    ----------
    config : Config
        Every automatic value is a number.
    schedule : FoldSchedule
        The folds.
    notes : tuple of str
        What was decided, one sentence each.
    """

    config: Config
    schedule: FoldSchedule
    notes: tuple[str, ...]


def resolve(reading: Reading, config: Config) -> Plan:
    """Resolve every automatic value of ``config`` for the data read.

    Raises
    ------
    NotEnoughDataError
        If the rows do not hold what was asked for.
    """
    panel = reading.panel
    season, horizon, season_note = _season_and_horizon(reading, config)
    schedule = _folds(panel, config, horizon, season)
    rows = schedule.folds[0].span.train_stop if schedule.folds else panel.length
    context = _context_length(config, horizon, season, rows)
    model = config.model.model_copy(
        update={
            "horizon": horizon,
            "context_length": context,
            "segment_length": _or_auto(
                config.model.segment_length, segment_length(context, season)
            ),
            "hidden_size": _or_auto(config.model.hidden_size, HIDDEN_SIZE),
            "initial_season": _initial_season(panel, config, context, horizon, season, rows),
        }
    )
    resolved = config.model_copy(
        update={
            "data": config.data.model_copy(
                update={
                    "season_length": season,
                    "target": reading.columns.target,
                    "time": reading.columns.time,
                    "id": reading.columns.id,
                    "layout": reading.columns.layout,
                    "freq": reading.freq or "auto",
                }
            ),
            "model": model,
            "training": _training(panel, config, context, rows),
        }
    )
    notes = [season_note]
    if config.model.horizon == "auto":
        notes.append(f"forecasts {horizon} steps ahead (--horizon N asks for another number)")
    if config.model.name in RECURRENT and config.model.context_length == "auto":
        notes.append(f"reads the last {context} values at a time")
    if config.data.fill != "none" and config.model.name in RECURRENT:
        notes.append(
            f"missing values are filled ({config.data.fill}) as inputs, each from the rows before "
            "the end of its window; none is a target"
        )
    return Plan(resolved, schedule, (*notes, *schedule.notes))


def fold_plan(config: Config) -> FoldPlan:
    """Return the plan of the folds that ``config`` asks for."""
    asked = config.validation
    return FoldPlan(
        folds=None if asked.folds == "auto" else asked.folds,
        step_size=None if asked.step_size == "auto" else asked.step_size,
        gap=asked.gap,
        window=asked.window,
        max_train_size=asked.max_train_size,
        train_size=asked.train_size,
        validation_size=asked.validation_size,
        test_size=asked.test_size,
    )


def segment_length(context: int, season: int) -> int:
    """Return the observations that one recurrent step reads.

    Examples
    --------
    >>> segment_length(168, 24), segment_length(100, 50), segment_length(36, 12)
    (24, 10, 4)
    """
    low, high = context / MOST_SEGMENTS, context / FEWEST_SEGMENTS
    fitting = [size for size in range(1, season + 1) if season % size == 0 and low <= size <= high]
    between = round(2 * context / (FEWEST_SEGMENTS + MOST_SEGMENTS))
    return max(fitting, default=max(1, between))


def _folds(panel: Panel, config: Config, horizon: int, season: int) -> FoldSchedule:
    """Lay out the folds, with room for a decent automatic context where there is any."""
    plan, given = fold_plan(config), config.model.context_length
    if config.model.name not in RECURRENT:
        return make_folds(panel.length, plan=plan, horizon=horizon, context_length=1)
    if given != "auto":
        return make_folds(panel.length, plan=plan, horizon=horizon, context_length=given)
    try:
        room = max(horizon, season)
        return make_folds(panel.length, plan=plan, horizon=horizon, context_length=room)
    except NotEnoughDataError:
        return make_folds(panel.length, plan=plan, horizon=horizon, context_length=1)


def _season_and_horizon(reading: Reading, config: Config) -> tuple[int, int, str]:
    """Resolve season and horizon; where both are open, on rows before any cutoff they imply."""
    panel, asked = reading.panel, config.data.season_length
    if asked != "auto":
        season, why = asked, "as given"
    elif isinstance(panel.clock, ObservedClock):
        season, why = panel.clock.season, "of the observed calendar"
    elif reading.freq is not None:
        season, why = season_length(reading.freq), f"from the frequency {reading.freq}"
    else:
        season, why = _detected(panel, config), "found by autocorrelation"
    horizon = _horizon(panel, config, season)
    if season > 1:
        return season, horizon, f"season of {season} steps, {why}"
    return season, horizon, "no season: seasonal naive is the naive forecast"


def _detected(panel: Panel, config: Config) -> int:
    """Detect a season on rows up to the first cutoff of the folds that it leads to."""

    def first_cutoff(season: int) -> int:
        folds = _folds(panel, config, _horizon(panel, config, season), season).folds
        return folds[0].span.stop if folds else panel.length

    stop = first_cutoff(max(1, panel.length // HORIZON_SHARE))  # of the longest automatic horizon
    season = detect_season(panel, stop=stop)
    while first_cutoff(season) > stop:  # a shorter horizon leaves more rows to look at
        stop = first_cutoff(season)
        again = detect_season(panel, stop=stop)
        if first_cutoff(again) < stop:
            return season
        season = again
    return season


def _horizon(panel: Panel, config: Config, season: int) -> int:
    if config.model.horizon != "auto":
        return config.model.horizon
    wanted = season if season > 1 else FALLBACK_HORIZON
    return max(1, min(wanted, panel.length // HORIZON_SHARE))


def _context_length(config: Config, horizon: int, season: int, rows: int) -> int:
    """Resolve the context on the first fold's training rows, in whole seasons where one fits."""
    if config.model.context_length != "auto":
        return config.model.context_length
    wanted = max(CONTEXT_SEASONS * season, CONTEXT_HORIZONS * horizon)
    most = max(rows // CONTEXT_SHARE, min(2 * season, rows // 2), 1)
    context = min(wanted, most)
    return context if context < season else context - context % season


def _initial_season(
    panel: Panel, config: Config, context: int, horizon: int, season: int, rows: int
) -> int:
    """Resolve which of the last value, season or week of seasons repeats best before ``rows``."""
    if config.model.initial_season != "auto":
        return config.model.initial_season
    lags = [lag for lag in dict.fromkeys((1, season, WEEK * season)) if lag <= context]
    few = np.unique(np.linspace(0, panel.n_series - 1, TRIED_SERIES).astype(np.int64))
    seen = panel.take(few).slice(0, rows)
    first, last = max(lags) - 1, rows - 2
    if len(lags) == 1 or last < first:
        return 1
    cutoffs = np.unique(np.linspace(first, last, TRIED_CUTOFFS).astype(np.int64))
    y = seen.horizon_after(cutoffs, horizon)
    errors = {
        lag: np.abs(SeasonalNaive(lag).predict(seen, cutoffs, horizon=horizon) - y) for lag in lags
    }
    known = np.logical_and.reduce([np.isfinite(error) for error in errors.values()])
    total = np.where(known, errors[1], 0).sum(axis=(1, 2), keepdims=True)
    weight = np.where(total > 0, 1 / np.where(total > 0, total, 1), 0)  # each series counts alike
    scaled = {lag: (np.where(known, error, 0) * weight).sum() for lag, error in errors.items()}
    return min(lags, key=lambda lag: float(scaled[lag]))


def _training(panel: Panel, config: Config, context: int, rows: int) -> object:
    """Resolve batch, epochs, warm-up and patience from the windows of the first fold."""
    asked = config.training
    lengths = np.clip(rows - panel.first, 0, panel.lengths)
    windows = int(np.maximum(lengths - context, np.minimum(lengths, 1)).sum())
    batch = _or_auto(asked.batch_size, _batch_size(windows))
    steps = max(1, -(-windows // batch))
    epochs = _or_auto(
        asked.epochs, min(MOST_EPOCHS, max(FEWEST_EPOCHS, round(TARGET_STEPS / steps)))
    )
    return asked.model_copy(
        update={
            "batch_size": batch,
            "epochs": epochs,
            "warmup": _or_auto(asked.warmup, epochs * steps // WARMUP_SHARE),
            "patience": _or_auto(asked.patience, max(LEAST_PATIENCE, -(-epochs // PATIENCE_SHARE))),
        }
    )


def _batch_size(windows: int) -> int:
    """Return a power of two that makes about 64 steps of an epoch."""
    wanted = max(1, windows // WINDOWS_PER_STEP)
    return int(min(LARGEST_BATCH, max(SMALLEST_BATCH, 1 << (wanted.bit_length() - 1))))


def _or_auto(asked: int | str, automatic: int) -> int:
    return automatic if isinstance(asked, str) else asked
