"""``evaluate``: judge a finished bundle on what happened after its training; nothing is fitted."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from forecast.bundle.bundle import Bundle, ErrorScales
from forecast.bundle.load import load_bundle
from forecast.data.arrays import BoolArray, FloatArray, IntArray
from forecast.data.join import Joined
from forecast.data.panel import Panel
from forecast.errors import DataError, NotEnoughDataError, UsageError
from forecast.models.forecaster import Forecaster
from forecast.models.intervals import IntervalKind
from forecast.models.naive import Naive, SeasonalNaive
from forecast.validation.evaluation import Seconds
from forecast.workflows.arguments import as_count, as_path, as_source, check_horizon
from forecast.workflows.evaluating.error_scales import scales_of, until
from forecast.workflows.evaluating.judge_bands import Adaptive, BandsAsked, Scene, judge_bands
from forecast.workflows.evaluating.trial import Adapted, EvaluateResult, Stretch, Trial
from forecast.workflows.forecasting.ahead import each_at, stamp_at
from forecast.workflows.forecasting.history import join_rows, joined_spread
from forecast.workflows.forecasting.remarks import input_notes, named
from forecast.workflows.reading import Source


@dataclass(frozen=True, eq=False)
class Stage:
    """Where a bundle is judged.

    Parameters
    ----------
    joined : Joined
        The N series: stored rows and newer ones.
    chosen : array of shape (N,)
        Their places among the stored series and those behind.
    cutoffs : array of shape (N, K)
        Grid rows.
    notes : tuple of str
    """

    joined: Joined
    chosen: IntArray
    cutoffs: IntArray
    notes: tuple[str, ...]


def evaluate(
    bundle: str | Path,
    data: Source,
    *,
    horizon: int | None = None,
    step_size: int = 1,
    levels: Sequence[float] | float | None = None,
    intervals: IntervalKind | Adaptive | None = None,
    seen_rows: bool = False,
) -> EvaluateResult:
    """Judge a bundle on rows that it was not trained on.

    Every cutoff from the end of training on is judged that has a whole horizon in the data.

    Parameters
    ----------
    bundle : path
        A run folder or a bundle file.
    data : path, text stream or DataFrame
        Rows in the columns of the training file; they join the stored ones by time.
    horizon : int, optional
        Steps ahead; the trained horizon when not given.
    step_size : int
        Steps between the cutoffs.
    levels : float or sequence of float, optional
        Interval levels in percent; those of the bundle when not given.
    intervals : str, optional
        What they are made of: ``conformal``, ``head`` or ``none``; as trained when not given.
        `Adaptive`: conformal ones, and beside them those whose level follows their misses.
    seen_rows : bool
        Judge rows that the model was trained on, too.

    Returns
    -------
    EvaluateResult

    Raises
    ------
    NotEnoughDataError
        If no whole horizon lies after the rows that the model was trained on.
    BundleError, DataError, UsageError
        See `forecast.errors`.
    """
    loaded = load_bundle(as_path(bundle, name="bundle"))
    steps = _horizon(horizon, loaded)
    step_size = as_count(step_size, name="step_size", example=1)
    if step_size < 1:
        raise UsageError(
            f"step size {step_size} is below 1",
            location="flag --step-size",
            fix="such as --step-size 1, for every cutoff",
        )
    whole, notes = join_rows(loaded, as_source(data))
    joined, chosen, more = _given(loaded, whole)
    first, told = _first_cutoff(joined, loaded, horizon=steps, seen_rows=seen_rows)
    rows = np.arange(first, joined.panel.length - steps, step_size, dtype=np.int64)
    cutoffs = np.broadcast_to(rows, (joined.panel.n_series, len(rows)))
    stage = Stage(joined, chosen, cutoffs, (*notes, *more, *told))
    return _judge(loaded, Path(bundle), stage, BandsAsked(levels, intervals), horizon=steps)


def evaluate_actuals(
    bundle: str | Path,
    actuals: Source,
    *,
    horizon: int | None = None,
    levels: Sequence[float] | float | None = None,
    intervals: IntervalKind | None = None,
) -> EvaluateResult:
    """Judge the forecast of a bundle from the end of its stored rows against held-out values.

    Parameters
    ----------
    bundle, horizon, levels, intervals
        See `evaluate`.
    actuals : path, text stream or DataFrame
        What happened after the stored rows, in the layout of the training file. Rows that nothing
        dates follow those of their series.

    Raises
    ------
    DataError
        If it has no series of the bundle, or no value after the stored rows.
    BundleError, UsageError
        See `forecast.errors`.
    """
    loaded = load_bundle(as_path(bundle, name="bundle"))
    steps = _horizon(horizon, loaded)
    whole, notes = join_rows(loaded, as_source(actuals))
    chosen: IntArray = np.flatnonzero(whole.given & whole.known)
    strangers = np.flatnonzero(whole.given & ~whole.known)
    if not len(chosen):
        name = whole.panel.unique_ids[int(strangers[0])] if len(strangers) else ""
        raise DataError(
            f"no series of the actual values is one of the bundle (first: {name!r}; the bundle has "
            f"{loaded.tail.unique_ids[0]!r})",
            location="flag --actuals",
            fix="name the series as the training file does",
        )
    if len(strangers):
        names = [whole.panel.unique_ids[index] for index in strangers]
        notes.append(f"{named(names)} not in the bundle: not judged")
    joined = whole.take(chosen)
    cutoffs = joined.tail_stop[:, None] - 1
    longest = int((joined.new_stop - joined.tail_stop).max())
    if longest < 1:
        last = joined.panel.clock.label(0, int(cutoffs[0, 0]))
        raise DataError(
            f"the actual values hold no row after {last}, where the stored rows end",
            location="flag --actuals",
            fix="give what happened after it",
        )
    if longest > steps:
        notes.append(
            f"{longest - steps} of {longest} actual values after the stored rows are not judged "
            f"(--horizon {longest} would)"
        )
    stage = Stage(joined, chosen, cutoffs, (*notes, *_missing(loaded, whole)))
    return _judge(loaded, Path(bundle), stage, BandsAsked(levels, intervals), horizon=steps)


def _horizon(asked: int | None, bundle: Bundle) -> int:
    if asked is None:
        return bundle.manifest.horizon
    steps = as_count(asked, name="horizon", example=24)
    check_horizon(steps)
    return steps


def _given(bundle: Bundle, whole: Joined) -> tuple[Joined, IntArray, list[str]]:
    """Take the series that the data have."""
    chosen: IntArray = np.flatnonzero(whole.given)
    joined = whole.take(chosen)
    alike = bundle.manifest.settings.get("scaler_scope") == "global"
    return joined, chosen, [*input_notes(joined, left_out=0, alike=alike), *_missing(bundle, whole)]


def _missing(bundle: Bundle, whole: Joined) -> list[str]:
    names = [
        name for name, given in zip(bundle.tail.unique_ids, whole.given, strict=False) if not given
    ]
    return [f"{named(names)} not in the data: not judged"] if names else []


def _first_cutoff(
    joined: Joined, bundle: Bundle, *, horizon: int, seen_rows: bool
) -> tuple[int, list[str]]:
    """Grid row of the first cutoff, and what to say of the rows that were trained on."""
    panel, known = joined.panel, joined.known
    reach = bundle.forecaster.context_length
    whole = panel.first + np.minimum(panel.lengths, reach) - 1
    begin, last = int(whole.min(initial=panel.length)), panel.length - 1
    trained = int(joined.tail_stop[known].max()) - 1 if known.any() else None
    first = begin if seen_rows or trained is None else trained
    if first + horizon <= last:
        return first, _seen_notes(joined, trained, first)
    until_then = panel.clock.label(0, last)
    if trained is None or seen_rows:
        raise NotEnoughDataError(
            f"{last + 1 - int(panel.first.min(initial=0))} rows hold no context of {reach} and "
            f"horizon of {horizon}",
            location="argument DATA",
            fix="give more rows, or fewer steps with --horizon",
        )
    after = last - trained
    what = (
        f"the data hold no row after {panel.clock.label(0, trained)}, up to which the model was "
        "trained"
        if after < 1
        else f"the data hold {after} rows after {panel.clock.label(0, trained)}, up to which the "
        f"model was trained (last: {until_then}), and a horizon takes {horizon}"
    )
    raise NotEnoughDataError(
        what,
        location="argument DATA",
        fix="give newer rows, or pass --seen-rows to judge the model on rows that it has learnt",
    )


def _seen_notes(joined: Joined, trained: int | None, first: int) -> list[str]:
    """Say which rows the model has learnt from."""
    panel = joined.panel
    if trained is None:
        return []
    label = panel.clock.label(0, trained)
    if first < trained:
        return [
            f"in-sample: the model was trained on rows up to {label}, and these are judged, too"
        ]
    both = joined.known & joined.given
    rows = int(np.maximum(joined.tail_stop - joined.new_first, 0)[both].sum())
    if not rows:
        return []
    few = "1 row of the data is" if rows == 1 else f"{rows} rows of the data are"
    return [f"{few} not judged: the model was trained on rows up to {label}"]


def _judge(
    bundle: Bundle, path: Path, stage: Stage, asked: BandsAsked, *, horizon: int
) -> EvaluateResult:
    """Forecast from every cutoff, and score it."""
    manifest, joined, panel = bundle.manifest, stage.joined, stage.joined.panel
    begun = time.perf_counter()
    forecasts = {manifest.model: _ask(bundle.forecaster, panel, stage.cutoffs, horizon)}
    seconds = Seconds(0.0, time.perf_counter() - begun)
    rules = (Naive(), SeasonalNaive(manifest.season_length))
    for rule in rules:
        if rule.name not in forecasts:
            found = _ask(rule, panel, stage.cutoffs, horizon)
            forecasts[rule.name] = np.maximum(found, 0.0) if manifest.non_negative else found
    spread = joined_spread(bundle, joined, stage.chosen, int(stage.cutoffs.min()) + 1)
    scales, scaled_by = _scales(bundle, stage)
    y = each_at(panel, stage.cutoffs, lambda some, rows: some.horizon_after(rows, horizon))
    scene = Scene(bundle, panel, stage.cutoffs, y, forecasts[manifest.model], spread)
    judged = judge_bands(scene, asked)
    trial = Trial(manifest.model, y, forecasts, judged.edges, scales, judged.quantiles)
    scores = trial.scores()
    own = scores[manifest.model]
    first = stamp_at(panel, int(stage.cutoffs.min()))
    cutoff = first.isoformat() if isinstance(first, datetime) else str(first)
    missing = list(judged.notes)
    if horizon > manifest.horizon and bundle.forecaster.parameters:
        missing.append(
            f"steps {manifest.horizon + 1} to {horizon} are beyond the trained horizon: forecasts "
            "are fed back as if observed"
        )
    return EvaluateResult(
        path=path,
        manifest=manifest,
        model=manifest.model,
        metrics=own.metrics,
        metrics_standardised=own.standardised,
        baselines={rule.name: scores[rule.name].metrics for rule in rules},
        intervals=trial.intervals(),
        quantiles=trial.quantile_scores(),
        fold=Stretch(0, cutoff, stage.cutoffs.shape[1], own.metrics),
        horizon=horizon,
        scaled_by=scaled_by,
        parameters=bundle.forecaster.parameters,
        seconds=seconds,
        lay_out=lambda: trial.table(panel, stage.cutoffs),
        notes=(*stage.notes, f"MASE is relative to {scaled_by}", *own.notes, *missing),
        adaptive=None
        if judged.adaptive is None
        else Adapted(judged.adaptive.gamma, trial.held(judged.adaptive.edges)),
    )


def _ask(forecaster: Forecaster, panel: Panel, cutoffs: IntArray, horizon: int) -> FloatArray:
    """Forecast from cutoffs (N, K), shape (N, K, H)."""
    found = each_at(
        panel, cutoffs, lambda some, rows: forecaster.predict(some, rows, horizon=horizon)
    )
    return found.astype(np.float64, copy=False)


def _scales(bundle: Bundle, stage: Stage) -> tuple[ErrorScales, str]:
    """Scales of the series, and in words whose rows they are of."""
    joined, kept = stage.joined, bundle.error_scales
    before = until(joined.panel, stage.cutoffs[:, 0])
    own = scales_of(before, bundle.manifest.season_length)
    known: BoolArray = joined.known
    if kept is None or not known.any():
        why = "its rows up to the first cutoff"
        return (
            own,
            f"{why}: the bundle keeps no scale of the training rows" if kept is None else why,
        )
    place = np.zeros(len(known), dtype=np.int64)
    place[known] = stage.chosen[known]
    words = "the training rows"
    if not known.all():
        words += ", and for series not trained on to their rows up to the first cutoff"
    return kept.take(place).where(known, own), words
