"""A fitted recurrent forecaster from the settings and tensors of a bundle, all checked first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

import torch
from torch import Tensor

from forecast.data.calendar import FEATURES
from forecast.data.covariates import Beside, Covariate
from forecast.data.exogenous import UNSCALED, CovariateScale
from forecast.data.gaps import Gaps
from forecast.data.scale import Scaler, ScalerKind, ScalerScope
from forecast.models.distribution import MOST_CORRELATION
from forecast.models.forecaster import Setting
from forecast.models.learnt import Learnt
from forecast.models.neural import NeuralForecaster
from forecast.networks.build import Network, build_network
from forecast.networks.combinations import check_shape
from forecast.networks.shape import NetworkShape, shape_from_settings
from forecast.training.device import undisturbed

MOST_STEPS = 10_000_000
"""Longest context that a bundle may claim: a forged one would cost memory."""


@undisturbed()
def restore_neural(
    settings: Mapping[str, Setting],
    state: Mapping[str, Tensor],
    *,
    unique_ids: tuple[str, ...],
    covariates: tuple[Covariate, ...] = (),
) -> NeuralForecaster:
    """Build a fitted forecaster from what `settings` and `state` gave; names checked before use.

    Raises
    ------
    ValueError
        If a setting, a name, a shape or a dtype is not what this network has.
    """
    sizes = dict(settings)
    try:
        scaler_kind, scope = sizes.pop("scaler"), sizes.pop("scaler_scope", "series")
        gaps = Gaps(
            **{
                name.removeprefix("gaps."): sizes.pop(name)  # type: ignore[arg-type]
                for name in settings
                if name.startswith("gaps.")
            }
        )
        gaps.check()
        beside = _restore_beside(sizes, covariates)
        shape = shape_from_settings(sizes, n_series=len(unique_ids))
        check_shape(shape)
        _check_channels(shape, beside)
        with torch.device("meta"):  # sizes are checked before memory is taken
            network = build_network(shape)
    except (TypeError, KeyError, ValueError, RuntimeError) as error:
        raise ValueError(f"settings do not describe a network: {error}") from error
    if scaler_kind not in get_args(ScalerKind):
        raise ValueError(f"scaler is {scaler_kind!r}")
    if scope not in get_args(ScalerScope):
        raise ValueError(f"scaler_scope is {scope!r}")
    if shape.context_length > MOST_STEPS:  # where no skip has a weight for each of them
        raise ValueError(f"context_length is {shape.context_length!r}, above {MOST_STEPS}")
    _check_tensors(
        network,
        state,
        n_series=len(unique_ids),
        columns=len(covariates),
        together=scope == "global",
        spread=shape.head != "point",
    )
    shared = state["scaler.shared"].numpy() if scope == "global" else None
    scaler = Scaler(state["scaler.center"].numpy(), state["scaler.scale"].numpy(), shared)
    weights = {name: state[f"network.{name}"] for name in network.state_dict()}
    network.load_state_dict(weights, assign=True)
    forecaster = NeuralForecaster(
        shape,
        scaler=scaler_kind,  # type: ignore[arg-type]
        gaps=gaps,
        beside=beside,
        scope=scope,  # type: ignore[arg-type]
    )
    rho = _restore_correlation(state)
    forecaster.learnt = Learnt(network.eval(), scaler, unique_ids, _restore_scale(state), rho)
    return forecaster


def _check_tensors(
    network: Network,
    state: Mapping[str, Tensor],
    *,
    n_series: int,
    columns: int,
    together: bool,
    spread: bool,
) -> None:
    """Refuse tensors other than those of the network, its scaler and its covariates."""
    expected = {
        f"network.{name}": (value.shape, value.dtype)
        for name, value in network.state_dict().items()
    }
    expected["scaler.center"] = expected["scaler.scale"] = ((n_series,), torch.float64)
    if spread:
        expected["copula.rho"] = ((), torch.float64)
    if together:
        expected["scaler.shared"] = ((2,), torch.float64)
    if columns:
        count = ((columns,), torch.float64)
        expected["covariates.center"] = expected["covariates.scale"] = count
    given = {name: (value.shape, value.dtype) for name, value in state.items()}
    wrong = [name for name in {*expected, *given} if expected.get(name) != given.get(name)]
    if wrong:
        name = min(wrong)
        raise ValueError(f"tensor {name!r} is {given.get(name)}, not {expected.get(name)}")


def _restore_scale(state: Mapping[str, Tensor]) -> CovariateScale:
    if "covariates.center" not in state:
        return UNSCALED
    return CovariateScale(state["covariates.center"].numpy(), state["covariates.scale"].numpy())


def _restore_correlation(state: Mapping[str, Tensor]) -> float | None:
    if "copula.rho" not in state:
        return None
    rho = float(state["copula.rho"])
    if not abs(rho) <= MOST_CORRELATION:
        raise ValueError(f"tensor 'copula.rho' is {rho}, not a correlation")
    return rho


def _restore_beside(sizes: dict[str, Setting], covariates: tuple[Covariate, ...]) -> Beside:
    """Take the calendar out of ``sizes``."""
    features = sizes.pop("calendar.features", "")
    holidays = sizes.pop("calendar.holidays", None)
    names = tuple(str(features).split(",")) if features else ()
    if not set(names) <= set(FEATURES) or not (holidays is None or isinstance(holidays, str)):
        raise ValueError(f"calendar is {features!r} with holidays of {holidays!r}")
    moving = tuple(column for column in covariates if column.role != "static")
    static = tuple(column for column in covariates if column.role == "static")
    return Beside(moving, static, names, holidays)


def _check_channels(shape: NetworkShape, beside: Beside) -> None:
    for name in ("past_channels", "future_channels", "static_channels"):
        if getattr(shape, name) != getattr(beside, name):
            raise ValueError(f"{name} is {getattr(shape, name)}, not {getattr(beside, name)}")
