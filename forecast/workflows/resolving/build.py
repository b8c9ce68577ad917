"""From a resolved configuration to a forecaster."""

from __future__ import annotations

from dataclasses import dataclass, replace

from forecast.config.schema import Config
from forecast.data.covariates import NOTHING, Beside
from forecast.data.gaps import Gaps
from forecast.data.transform import AS_IT_IS, Target
from forecast.models.companions import AccompaniedForecaster
from forecast.models.ensemble import EnsembleForecaster
from forecast.models.forecaster import Forecaster
from forecast.models.registry import NETWORKS, build_classic
from forecast.models.transformed import TransformedForecaster
from forecast.workflows.resolving.architecture import shape_of


@dataclass(frozen=True)
class Settled:
    """What the folds have settled for a fit without validation rows.

    Parameters
    ----------
    epochs : int or None
        After which a network stops; None lets early stopping decide.
    share : float or None
        Of a linear map beside it; None lets the validation rows decide.
    companion_share : float or None
        Of its companions, likewise.
    """

    epochs: int | None = None
    share: float | None = None
    companion_share: float | None = None


UNSETTLED = Settled()


def build(
    config: Config, name: str, *, beside: Beside = NOTHING, settled: Settled = UNSETTLED
) -> Forecaster:
    """Build the unfitted forecaster ``name`` as ``config`` describes it.

    Parameters
    ----------
    config : Config
        With every automatic value resolved.
    name : str
        A model of the registry; the configuration's own or another with the same sizes.
    beside : Beside
        What a network reads beside the series.
    settled : Settled, optional
        By default everything is left to the validation rows.
    """
    season = int(config.data.season_length)
    target = target_of(config, season)
    if name not in NETWORKS:
        return _build_classic(name, season, target)
    count = config.training.ensemble
    members = [_build_network(config, name, beside, settled, place) for place in range(count)]
    network = _transformed(members[0] if count == 1 else EnsembleForecaster(members), target)
    beside_it = _of_companions(target)
    companions = [_build_classic(one, season, beside_it) for one in config.model.companions]
    if not companions:
        return network
    return AccompaniedForecaster(
        network,
        companions,
        season_length=season,
        horizon=int(config.model.horizon),
        share=settled.companion_share,
    )


def _of_companions(target: Target) -> Target:
    """Clip companions at zero where a transform takes nothing far below: nor can the network go."""
    bounded = target.elementwise.transform != "none"
    return replace(target, non_negative=target.non_negative or bounded)


def _build_classic(name: str, season: int, target: Target) -> Forecaster:
    """Build what forecasts the values themselves: of ``target`` only the clipping is left."""
    inner = build_classic(name, season_length=season)
    return _transformed(inner, Target(non_negative=target.non_negative))


def _transformed(inner: Forecaster, target: Target) -> Forecaster:
    return inner if target == AS_IT_IS else TransformedForecaster(inner, target)


def _build_network(
    config: Config, name: str, beside: Beside, settled: Settled, place: int
) -> Forecaster:
    model, training = config.model, config.training
    # torch takes a second to import: a rule has no need of it
    from forecast.models.neural import FitSettings, NeuralForecaster
    from forecast.training.plan import TrainingPlan

    epochs = int(training.epochs)
    plan = TrainingPlan(
        epochs=epochs,
        stop_after=epochs if settled.epochs is None else settled.epochs,
        max_steps=training.max_steps,
        batch_size=int(training.batch_size),
        learning_rate=training.learning_rate,
        weight_decay=training.weight_decay,
        gradient_clip=training.gradient_clip,
        schedule=training.schedule,
        warmup=int(training.warmup),
        patience=int(training.patience),
        clip_by=training.clip_by,
        precision="bf16" if training.precision == "bf16" else "32",
        average=training.average,
        max_time=training.max_time,
        truncate=training.truncate,
    )
    fitting = FitSettings(
        plan,
        loss=model.loss,  # type: ignore[arg-type]
        season_length=int(config.data.season_length),
        start=model.start,
        share=settled.share,
        device=training.device,
        threads=None if training.threads == "auto" else training.threads,
    )
    return NeuralForecaster(
        shape_of(config, name, beside, member=place),
        scaler=model.scaler,
        fitting=fitting,
        gaps=gaps_of(config),
        beside=beside,
        scope=model.scaler_scope,
    )


def gaps_of(config: Config) -> Gaps:
    """Return what a network sees where values are missing, as ``config`` says.

    A gap of values is a gap of differences that is one longer.
    """
    data = config.data
    season = int(data.season_length) if data.fill == "seasonal" else 1
    longest = data.max_gap
    if longest is not None and data.transform == "difference":
        longest += 1
    return Gaps(data.fill, season, longest)


def target_of(config: Config, season: int) -> Target:
    """Return what ``config`` does to the target of a network, where the season is resolved.

    What a head forecasts that counts is not negative, nor are its intervals.
    """
    data = config.data
    lag = season if data.transform == "seasonal-difference" else 1
    counts = config.model.head == "negative-binomial"
    return Target(data.transform, lag, data.non_negative or counts)
