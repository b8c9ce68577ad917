"""Models by name. Listing them imports none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    from forecast.data.covariates import Covariate
    from forecast.models.forecaster import Forecaster, Setting

RECURRENT = ("gru", "lstm", "rnn")
RULES = ("naive", "seasonal_naive", "drift", "moving_average", "naive2")
COMPARATORS = ("linear", "mlp", "cnn", "tcn", "transformer", "ssm")
NETWORKS = (*RECURRENT, *COMPARATORS)
STATISTICAL = ("ets", "arima", "theta", "stl_ets")
CLASSIC = (*RULES, *STATISTICAL)
"""Those that forecast the values themselves: no context, no scaler, no transform."""
MODELS = (*NETWORKS, *CLASSIC)
GROUPS = {
    "all": MODELS,
    "recurrent": RECURRENT,
    "comparators": COMPARATORS,
    "rules": RULES,
    "statistical": STATISTICAL,
}
"""Words that stand for several models."""


def build_classic(name: str, *, season_length: int) -> Forecaster:
    """Build a rule or a statistical forecaster; the moving average spans one season."""
    if name in STATISTICAL:
        from forecast.models.statistical import build_statistical

        return build_statistical(name, season_length=season_length)
    from forecast.models import naive, naive2

    if name == "naive":
        return naive.Naive()
    if name == "seasonal_naive":
        return naive.SeasonalNaive(season_length=season_length)
    if name == "drift":
        return naive.Drift()
    if name == "naive2":
        return naive2.Naive2(season_length=season_length)
    return naive.MovingAverage(window=season_length)


def restore(
    name: str,
    settings: Mapping[str, Setting],
    state: Mapping[str, Tensor],
    *,
    unique_ids: tuple[str, ...],
    covariates: tuple[Covariate, ...] = (),
) -> Forecaster:
    """Build the fitted forecaster that a bundle describes.

    Parameters
    ----------
    name, settings, state
        As the forecaster gave them.
    unique_ids : tuple of str
        Series of the fit.
    covariates : tuple of Covariate
        Columns beside the series, static ones last.

    Raises
    ------
    ValueError
        If the name is unknown, or settings and tensors do not fit each other.
    """
    from forecast.models.companions import NAMES, AccompaniedForecaster, split_companions
    from forecast.models.transformed import PREFIX, TransformedForecaster, split_settings

    if NAMES in settings:
        inside, rest, others, share = split_companions(settings, state, known=STATISTICAL)
        network = restore(name, inside, rest, unique_ids=unique_ids, covariates=covariates)
        companions = [restore(one, *parts, unique_ids=unique_ids) for one, parts in others.items()]
        return AccompaniedForecaster(network, companions, share=share)
    if any(key.startswith(PREFIX) for key in settings):
        inside, rest, fitted = split_settings(settings, state, n_series=len(unique_ids))
        inner = restore(name, inside, rest, unique_ids=unique_ids, covariates=covariates)
        outer = TransformedForecaster(inner, fitted.target)
        outer.fitted, outer.unique_ids = fitted, unique_ids
        return outer
    if name in NETWORKS:
        from forecast.models.ensemble import MEMBERS, EnsembleForecaster, split_members
        from forecast.models.restore import restore_neural

        if MEMBERS not in settings:
            return restore_neural(settings, state, unique_ids=unique_ids, covariates=covariates)
        return EnsembleForecaster(
            [
                restore_neural(*parts, unique_ids=unique_ids, covariates=covariates)
                for parts in split_members(settings, state)
            ]
        )
    if name in STATISTICAL:
        from forecast.models.statistical import restore_statistical

        return restore_statistical(name, settings, state, unique_ids=unique_ids)
    return _restore_rule(name, settings, state)


def _restore_rule(
    name: str, settings: Mapping[str, Setting], state: Mapping[str, Tensor]
) -> Forecaster:
    if name not in RULES:
        raise ValueError(f"no model is called {name!r}; known are {', '.join(MODELS)}")
    if state:
        raise ValueError(f"model {name!r} has no tensors, but {min(state)!r} is given")
    from forecast.models import naive, naive2

    kinds = {
        "naive": naive.Naive,
        "seasonal_naive": naive.SeasonalNaive,
        "drift": naive.Drift,
        "moving_average": naive.MovingAverage,
        "naive2": naive2.Naive2,
    }
    try:
        rule: Forecaster = kinds[name](**settings)
    except TypeError as error:
        raise ValueError(f"settings do not describe {name!r}: {error}") from error
    return rule
