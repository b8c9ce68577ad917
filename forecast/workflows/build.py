"""From a resolved configuration to a forecaster."""

from __future__ import annotations

from forecast.config.schema import Config
from forecast.data.covariates import NOTHING, Beside
from forecast.data.gaps import Gaps
from forecast.models.forecaster import Forecaster
from forecast.models.registry import RECURRENT, build_rule


def build(
    config: Config, name: str, *, beside: Beside = NOTHING, stop_after: int | None = None
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
    stop_after : int, optional
        Epochs after which a network stops without looking at validation; by default early
        stopping decides.
    """
    model, training = config.model, config.training
    if name not in RECURRENT:
        return build_rule(name, season_length=int(config.data.season_length))
    # torch takes a second to import: a rule has no need of it
    from forecast.models.neural import FitSettings, NeuralForecaster
    from forecast.networks.recurrent import RecurrentShape
    from forecast.training.loop import TrainingPlan

    shape = RecurrentShape(
        cell=name,  # type: ignore[arg-type]
        context_length=int(model.context_length),
        horizon=int(model.horizon),
        segment_length=int(model.segment_length),
        hidden_size=int(model.hidden_size),
        num_layers=model.num_layers,
        dropout=model.dropout,
        window_normalisation=model.window_normalisation,
        skip=model.skip,
        initial_season=int(model.initial_season),
        past_channels=beside.past_channels,
        future_channels=beside.future_channels,
        static_channels=beside.static_channels,
    )
    epochs = int(training.epochs)
    plan = TrainingPlan(
        epochs=epochs,
        stop_after=epochs if stop_after is None else stop_after,
        max_steps=training.max_steps,
        batch_size=int(training.batch_size),
        learning_rate=training.learning_rate,
        weight_decay=training.weight_decay,
        gradient_clip=training.gradient_clip,
        schedule=training.schedule,
        warmup=int(training.warmup),
        patience=int(training.patience),
    )
    fitting = FitSettings(
        plan, loss=model.loss, device=training.device, threads=int(training.threads)
    )
    return NeuralForecaster(
        shape, scaler=model.scaler, fitting=fitting, gaps=gaps_of(config), beside=beside
    )


def gaps_of(config: Config) -> Gaps:
    """Return what a network sees where values are missing, as ``config`` says."""
    data = config.data
    season = int(data.season_length) if data.fill == "seasonal" else 1
    return Gaps(data.fill, season, data.max_gap)
