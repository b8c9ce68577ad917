"""Season and horizon: the season by the frequency or by the values, the horizon one season."""

from __future__ import annotations

from forecast.config.schema import Config
from forecast.data.load import Reading
from forecast.data.panel import Panel
from forecast.data.season import detect_season
from forecast.data.table.frequency import season_length
from forecast.data.times.observed import ObservedClock
from forecast.validation.plan import DEFAULT_FOLDS
from forecast.validation.sizes import count_rows
from forecast.workflows.resolving.layout import first_schedule, fold_plan

FALLBACK_HORIZON = 6
"""Steps ahead where there is no season; M4 asks as many of its yearly series."""
HORIZON_SHARE, TRAINING_SHARE = 8, 4
"""A horizon takes so small a part of all rows, and of the rows that a fold is trained on."""


def resolve_season(reading: Reading, config: Config) -> tuple[int, str]:
    """Season in steps and a sentence on where it comes from; seen on rows up to the first cutoff.

    Raises
    ------
    NotEnoughDataError
        If the rows do not hold what was asked for.
    """
    panel, asked = reading.panel, config.data.season_length
    if asked != "auto":
        season, why = asked, "as given"
    elif isinstance(panel.clock, ObservedClock):
        season, why = panel.clock.season, "of the observed calendar"
    elif reading.freq is not None:
        season, why = season_length(reading.freq), f"from the frequency {reading.freq}"
    else:
        season, why = _detected(panel, config), "found by autocorrelation"
    if season > 1:
        return season, f"season of {season} steps, {why}"
    return season, "no season: seasonal naive is the naive forecast"


def resolve_horizon(panel: Panel, config: Config, season: int) -> tuple[int, tuple[str, ...]]:
    """Horizon in steps and what to say of it; one season, or fewer steps on few rows."""
    if config.model.horizon != "auto":
        return config.model.horizon, ()
    wanted = season if season > 1 else FALLBACK_HORIZON
    most, rows = min(_limits(panel, config))
    horizon = max(1, min(wanted, most))
    short = f" instead of {wanted}, which is too far for {rows}" if horizon < wanted else ""
    ahead = "1 step" if horizon == 1 else f"{horizon} steps"
    return horizon, (f"forecasts {ahead} ahead{short} (--horizon N asks for another number)",)


def _limits(panel: Panel, config: Config) -> list[tuple[int, str]]:
    """Longest horizons that the rows allow, each with the rows that allow no more."""
    plan = fold_plan(config, panel)
    sizes = {name: count_rows(name, size, panel.length) for name, size in plan.sizes.items()}
    limits = [(panel.length // HORIZON_SHARE, f"{panel.length} rows")]
    if plan.max_train_size is not None:
        size = plan.max_train_size
        limits.append((size // TRAINING_SHARE, f"a training window of {size} rows"))
    if plan.cutoffs:
        rows = plan.cutoffs[0].row + 1
        limits.append((rows // TRAINING_SHARE, f"{rows} rows up to the first cutoff"))
        after = panel.length - 1 - plan.cutoffs[-1].row
        limits.append((after, f"{after} rows after the last cutoff"))
    if plan.window == "blocked":
        size = panel.length // (plan.folds or DEFAULT_FOLDS)
        limits.append((size // HORIZON_SHARE, f"a stretch of {size} rows"))
    if "train_size" in sizes:
        size = sizes["train_size"]
        limits.append((size // TRAINING_SHARE, f"{size} training rows"))
    for name, words in (("validation_size", "validation rows"), ("test_size", "test rows")):
        if sizes.get(name):
            limits.append((sizes[name], f"{sizes[name]} {words}"))
    return limits


def _detected(panel: Panel, config: Config) -> int:
    """Detect a season on rows up to the first cutoff of the folds that it leads to."""

    def first_cutoff(season: int) -> int:
        horizon, _ = resolve_horizon(panel, config, season)
        folds = first_schedule(panel, config, horizon=horizon, season=season).folds
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
