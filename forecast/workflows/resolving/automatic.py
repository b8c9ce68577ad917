"""Everything automatic, turned into numbers on the rows up to the first cutoff, and said aloud.

    season      by the frequency, else by autocorrelation; 1 when there is none
    horizon     one season, shortened to an eighth of the rows and a quarter of those of a fold
    context     seven seasons and at least two horizons, shortened to a quarter of the first
                fold's training rows, or to two seasons where half of the rows hold them; where
                long is asked for 720 steps, shortened alike
    segment     a divisor of the season that makes 7 to 14 recurrent steps of a context; a
                fifteenth of a long one
    width       64 units; 256 for a long context where there are 10,000 training windows or more
    start       the last value, the last season or the last seven, whichever repeats best
    loss        mae, or mse where a third of the training values are 0; the others by their head
    epochs      about 1,500 optimiser steps in all

Nothing stays open: the configuration that comes out, given again, comes out unchanged and leads
to the same folds and the same weights.

References for the counts: a week of an hourly series; SegRNN (arXiv 2308.11200) reads its context
in 15 to 30 segments, and shorter contexts need fewer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from forecast.config.model import ModelConfig
from forecast.config.schema import Config
from forecast.data.covariates import Beside
from forecast.data.load import Reading
from forecast.data.panel import Panel, Span
from forecast.data.transform import Target, TargetTransform, fit_transform
from forecast.errors import ConfigError
from forecast.models.moderate import believed_share
from forecast.models.naive import SeasonalNaive
from forecast.models.registry import NETWORKS, RECURRENT
from forecast.validation.folds import FoldSchedule
from forecast.workflows.resolving.amounts import count_windows, resolve_training
from forecast.workflows.resolving.architecture import (
    check_architecture,
    resolve_architecture,
    settle_normalisation,
)
from forecast.workflows.resolving.beside import resolve_beside, without_future_rows
from forecast.workflows.resolving.build import target_of
from forecast.workflows.resolving.horizon import resolve_horizon, resolve_season
from forecast.workflows.resolving.layout import LONG_SEGMENTS, Layout, fold_plan, lay_out

FEWEST_SEGMENTS, MOST_SEGMENTS = 7, 14
HIDDEN_SIZE, WIDE_SIZE, MANY_WINDOWS = 64, 256, 10_000
WEEK = 7
TRIED_SERIES, TRIED_CUTOFFS = 256, 256
NAMED = 3
"""Constant series that are named; of more there is only a count."""


@dataclass(frozen=True)
class Plan:
    """A run with nothing left open.

    Parameters
    ----------
    config : Config
        Every automatic value is resolved.
    schedule : FoldSchedule
        The folds.
    notes : tuple of str
        What was decided, one sentence each.
    understood : tuple of str
        Those of the notes that there are in a run where nothing is amiss.
    beside : Beside
        What a network reads beside the series.
    panel : Panel
        The rows, with categories coded by the vocabularies of ``beside``.
    machine : tuple of str
        What was chosen for this machine, and why, where there was a choice.
    """

    config: Config
    schedule: FoldSchedule
    notes: tuple[str, ...]
    understood: tuple[str, ...]
    beside: Beside
    panel: Panel
    machine: tuple[str, ...] = ()


def resolve(reading: Reading, config: Config) -> Plan:
    """Resolve every automatic value of ``config`` for the data read.

    Raises
    ------
    NotEnoughDataError
        If the rows do not hold what was asked for.
    UsageError
        If the configuration contradicts itself, or names a device that is not there.
    """
    panel, set_aside = without_future_rows(reading.panel)
    reading, asked = replace(reading, panel=panel), config.model
    season, season_note = resolve_season(reading, config)
    horizon, horizon_notes = resolve_horizon(panel, config, season)
    layout = lay_out(panel, config, horizon=horizon, season=season)
    target, span = target_of(config, season), layout.span
    transform = fit_transform(panel, target, start=span.start, stop=span.train_stop)
    zeros = _zeros(panel, span)
    context = layout.context_length
    windows = count_windows(panel, span, context_length=context, target=target)
    segment, hidden_size = _segment(asked, context, season), _hidden_size(asked, windows)
    chosen = resolve_architecture(asked, zeros=zeros)
    chosen["window_normalisation"] = settle_normalisation(
        chosen["window_normalisation"],
        context_length=context,
        networks=config.training.ensemble,
    )
    begins: int | str = asked.initial_season
    if begins == "auto":  # without the linear path nothing begins by repeating values
        begins = _begins(chosen["skip"], panel, layout, target, (horizon, season))
    model = asked.model_copy(
        update={
            "horizon": horizon,
            "context_length": context,
            "segment_length": segment,
            "hidden_size": hidden_size,
            **chosen,
            "initial_season": begins,
        }
    )
    folds = layout.schedule.folds
    seen = folds[0].cutoffs[0] + 1 if folds else panel.length
    beside = resolve_beside(panel, config, rows=seen)
    data = config.data.model_copy(
        update={
            "season_length": season,
            "target": reading.columns.target,
            "time": reading.columns.time,
            "id": reading.columns.id,
            "layout": reading.columns.layout,
            "freq": reading.freq or "auto",
            "calendar_features": beside.beside.calendar or ("none",),
        }
    )
    training = resolve_training(config, windows=windows)
    validation = config.validation.model_copy(
        update={
            "folds": len(layout.schedule.folds),
            "step_size": layout.step_size or "auto",
            "final_fit": _final_fit(config, panel, layout.schedule),
        }
    )
    resolved = config.model_copy(
        update={"data": data, "model": model, "training": training, "validation": validation}
    )
    check_architecture(resolved, asked.name, beside.beside, series=panel.n_series)
    believed = _share_notes(config.model.name, windows, horizon)
    sizes = _size_notes(asked, model, int(training.batch_size), windows, many=panel.n_series > 1)
    read = (*layout.understood, *sizes)
    understood = (season_note, *horizon_notes, *read, *believed, *beside.understood)
    more = (
        *set_aside,
        *layout.notes,
        *_fill_notes(config),
        *_loss_notes(resolved, asked.loss, zeros),
        *_varied_notes(resolved, asked.window_normalisation),
        *_target_notes(config.model.name, transform),
        *beside.notes,
        *_flat_notes(panel),
    )
    return Plan(
        resolved, layout.schedule, (*understood, *more), understood, beside.beside, beside.panel
    )


def _segment(asked: ModelConfig, context: int, season: int) -> int:
    """Resolve the segment of a network; a linear map has none.

    Raises
    ------
    ConfigError
        If one is asked for where there is none.
    """
    if asked.name == "linear" and asked.segment_length not in ("auto", 1):
        raise ConfigError(
            f"linear reads no segments, so none of {asked.segment_length} steps",
            location="model.segment_length",
            fix="leave out --segment-length, or use another model",
        )
    if asked.segment_length != "auto":
        return asked.segment_length
    if asked.name == "linear":
        return 1
    if asked.context_length == "long":
        return max(1, context // LONG_SEGMENTS)
    return segment_length(context, season)


def _hidden_size(asked: ModelConfig, windows: int) -> int:
    """Resolve the width: what a long context holds pays where many windows teach it."""
    if asked.hidden_size != "auto":
        return asked.hidden_size
    wide = asked.context_length == "long" and windows >= MANY_WINDOWS
    return WIDE_SIZE if wide else HIDDEN_SIZE


def _size_notes(
    asked: ModelConfig, sizes: ModelConfig, batch: int, windows: int, *, many: bool
) -> list[str]:
    """Say which sizes were chosen for a long context, or for ``many`` series."""
    long = asked.context_length == "long"
    if asked.name not in NETWORKS or not (long or many):
        return []
    told = []
    if long and asked.name in RECURRENT:
        segment = sizes.segment_length
        values = "1 value" if segment == 1 else f"{segment} values"
        told.append(f"a recurrent step reads {values}; {sizes.hidden_size} units")
    return [*told, f"batches of {batch} of {windows:,} training windows"]


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


def _begins(skip: str, panel: Panel, layout: Layout, target: Target, ahead: tuple[int, int]) -> int:
    """Resolve the initial season: a mixture has a path for each candidate, and needs no choice."""
    horizon, season = ahead
    if skip == "none":
        return 1
    if skip == "mixture":
        return min(season, layout.context_length)
    return _initial_season(panel, layout, target, horizon, season)


def _initial_season(panel: Panel, layout: Layout, target: Target, horizon: int, season: int) -> int:
    """Resolve which of the last value, season or week of seasons repeats best in training rows."""
    lags = dict.fromkeys((1, season, WEEK * season))
    fitting = [lag for lag in lags if lag <= layout.context_length]
    few = np.unique(np.linspace(0, panel.n_series - 1, TRIED_SERIES).astype(np.int64))
    seen = panel.take(few).slice(layout.span.start, layout.span.train_stop)
    seen = fit_transform(seen, target, start=0, stop=layout.rows).apply(seen)
    first, last = target.lag + max(fitting) - 1, layout.rows - 2
    if len(fitting) == 1 or last < first:
        return 1
    cutoffs = np.unique(np.linspace(first, last, TRIED_CUTOFFS).astype(np.int64))
    y = seen.horizon_after(cutoffs, horizon)
    errors = {
        lag: np.abs(SeasonalNaive(lag).predict(seen, cutoffs, horizon=horizon) - y)
        for lag in fitting
    }
    known = np.logical_and.reduce([np.isfinite(error) for error in errors.values()])
    total = np.where(known, errors[1], 0).sum(axis=(1, 2), keepdims=True)
    weight = np.where(total > 0, 1 / np.where(total > 0, total, 1), 0)  # each series counts alike
    scaled = {lag: (np.where(known, error, 0) * weight).sum() for lag, error in errors.items()}
    return min(fitting, key=lambda lag: float(scaled[lag]))


def _final_fit(config: Config, panel: Panel, schedule: FoldSchedule) -> bool:
    """Whether the bundle is fitted on all rows: as asked, else unless sizes were explicit."""
    asked = config.validation.final_fit
    if asked == "auto":
        return not fold_plan(config, panel).explicit or not schedule.folds
    return asked


def _share_notes(model: str, windows: int, horizon: int) -> list[str]:
    """Say how far a network is believed that learns from few rows."""
    share = believed_share(windows, horizon)
    if model not in NETWORKS or share == 1:
        return []
    counted = "1 training window teaches" if windows == 1 else f"{windows:,} training windows teach"
    return [f"believes {share:.0%} of what {counted}"]


def _fill_notes(config: Config) -> list[str]:
    if config.data.fill == "none" or config.model.name not in NETWORKS:
        return []
    note = (
        f"missing values are filled ({config.data.fill}) as inputs, each from the rows before "
        "the end of its window; none is a target"
    )
    return [note]


def _zeros(panel: Panel, span: Span) -> float:
    """Share of the observed training values that are 0."""
    values = panel.slice(span.start, span.train_stop).values
    observed = values[np.isfinite(values)]
    return float((observed == 0).mean()) if len(observed) else 0.0


def _loss_notes(config: Config, asked: str, zeros: float) -> list[str]:
    """Say why squared errors are minimised where nobody asked for that."""
    if config.model.name not in NETWORKS or asked != "auto" or config.model.loss != "mse":
        return []
    return [f"{zeros:.0%} of the values are 0: forecasts are means (loss mse), not medians"]


def _varied_notes(config: Config, asked: str) -> list[str]:
    """Say why windows are all normalised alike where that was to vary."""
    settled = config.model.window_normalisation == asked
    if asked != "varied" or settled or config.model.name not in NETWORKS:
        return []
    if config.training.ensemble == 1:
        return ["one network sees windows relative to their last value: several could vary"]
    short = f"a context of {config.model.context_length} is too short to tell its deviation"
    return [f"all networks see windows relative to their last value: {short}"]


def _target_notes(model: str, transform: TargetTransform) -> list[str]:
    """Say what a transform, fitted before the first cutoff, does to a model."""
    target, rule = transform.target, model not in NETWORKS
    if target.transform == "none":
        return []
    asked = f"--transform {target.transform}"
    if rule and target.lag:
        return [f"{asked} changes nothing: {model} is a rule, and forecasts values"]
    if rule:
        return [f"{asked} shapes the intervals only: {model} is a rule"]
    if not target.lag:
        kind = target.transform + _powers_words(transform)
        return [f"the network forecasts {kind} of the values, inverted afterwards"]
    apart = "1 step" if target.lag == 1 else f"{target.lag} steps"
    return [f"the network forecasts changes over {apart}, added to the last values afterwards"]


def _powers_words(transform: TargetTransform) -> str:
    """Powers of a Box-Cox transform, such as `` (power 0.31)``."""
    powers = transform.parameter
    if powers is None or np.isnan(powers).all():
        return ""
    low, high = f"{np.nanmin(powers):.2g}", f"{np.nanmax(powers):.2g}"
    return f" (power {low})" if low == high else f" (powers {low} to {high})"


def _flat_notes(panel: Panel) -> list[str]:
    """Say which series have one value only."""
    observed = np.isfinite(panel.values)
    series = panel.owners[observed]
    values = panel.values[observed]
    changes = (np.diff(values) != 0) & (np.diff(series) == 0)
    varied = np.zeros(panel.n_series, dtype=np.bool_)
    varied[series[1:][changes]] = True
    flat = np.flatnonzero(~varied & (np.bincount(series, minlength=panel.n_series) > 1))
    if not len(flat):
        return []
    names = ", ".join(repr(panel.unique_ids[index]) for index in flat[:NAMED])
    more = f" and {len(flat) - NAMED} more" if len(flat) > NAMED else ""
    if len(flat) == 1:
        return [f"series {names} is constant: forecast as the constant"]
    return [f"series {names}{more} are constant: each is forecast as its constant"]
