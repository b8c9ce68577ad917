"""Everything automatic about a network, and whether what was asked for makes one."""

from __future__ import annotations

from forecast.config.model import ModelConfig
from forecast.config.schema import Config
from forecast.data.covariates import NOTHING, Beside
from forecast.errors import ConfigError
from forecast.models.registry import COMPARATORS, NETWORKS
from forecast.networks.combinations import check_shape
from forecast.networks.shape import NetworkShape, Unbuildable, WindowNormalisationKind
from forecast.training.objectives import LOSSES_OF

INTERMITTENT = 1 / 3
"""From this share of zeros on, the median of a step says little: it is 0 or near it."""
VARIED: tuple[WindowNormalisationKind, ...] = ("last", "standard")
"""How the networks of an ensemble normalise their windows in turn, where that is to vary."""
TELLING = 8
"""Values of a context below which its own deviation is mostly chance."""


def resolve_architecture(model: ModelConfig, *, zeros: float = 0.0) -> dict[str, str]:
    """Choose decoder, loss, supervision, window normalisation and skip where they are automatic.

    Parameters
    ----------
    model : ModelConfig
    zeros : float
        Share of the training values that are 0: where it is large a point forecast is the mean.

    Raises
    ------
    ConfigError
        If another path is asked for where there is no other.
    """
    if model.name == "linear" and model.skip not in ("auto", "linear"):
        raise ConfigError(
            f"linear is its linear path and nothing beside it, so skip {model.skip} is none of it",
            location="model.skip",
            fix="leave out model.skip, or use another model",
        )
    supervision = "last" if model.supervision == "auto" else model.supervision
    counts = model.head == "negative-binomial"
    rare = model.head == "point" and zeros >= INTERMITTENT
    chosen = {
        "decoder": "direct",
        "loss": "mse" if rare else LOSSES_OF[model.head][0],
        "supervision": supervision,
        "window_normalisation": "none" if counts else "last",
        "skip": "none" if supervision == "every-step" else "linear",
    }
    asked = {name: getattr(model, name) for name in chosen}
    return {name: chosen[name] if asked[name] == "auto" else asked[name] for name in chosen}


def settle_normalisation(kind: str, *, context_length: int, networks: int) -> str:
    """Vary how windows are normalised only among several networks, and where contexts tell.

    Examples
    --------
    >>> settle_normalisation("varied", context_length=24, networks=2)
    'varied'
    >>> settle_normalisation("varied", context_length=5, networks=2)
    'last'
    """
    able = networks > 1 and context_length >= TELLING
    return VARIED[0] if kind == "varied" and not able else kind


def shape_of(
    config: Config, name: str, beside: Beside = NOTHING, *, member: int = 0
) -> NetworkShape:
    """Build the shape of network ``name``, and check it.

    Parameters
    ----------
    config : Config
        With every automatic value resolved.
    name : str
    beside : Beside
        What the network reads beside the series.
    member : int
        Place of the network among those of an ensemble.

    Raises
    ------
    ConfigError
        If what was asked for contradicts itself.
    """
    model = config.model
    kind = model.window_normalisation
    shape = NetworkShape(
        encoder=name,  # type: ignore[arg-type]
        context_length=int(model.context_length),
        horizon=int(model.horizon),
        segment_length=1 if name == "linear" else int(model.segment_length),
        hidden_size=int(model.hidden_size),
        num_layers=model.num_layers,
        nonlinearity=model.nonlinearity,
        peephole=model.peephole,
        forget_bias=model.forget_bias,
        recurrent_weights=model.recurrent_weights,
        bidirectional=model.bidirectional,
        dropout=model.dropout,
        recurrent_dropout=model.recurrent_dropout,
        layer_norm=model.layer_norm,
        residual=model.residual,
        dilation=model.dilation,
        convolution=model.convolution,
        attention=model.attention,
        series_embedding=model.series_embedding,
        decoder=model.decoder,  # type: ignore[arg-type]
        scheduled_sampling=model.scheduled_sampling,
        sampling_floor=model.sampling_floor,
        head=model.head,
        quantile_levels=model.quantile_levels,
        supervision=model.supervision,  # type: ignore[arg-type]
        window_normalisation=VARIED[member % len(VARIED)] if kind == "varied" else kind,  # type: ignore[arg-type]
        skip="linear" if name == "linear" else model.skip,  # type: ignore[arg-type]
        initial_season=int(model.initial_season),
        past_channels=beside.past_channels,
        future_channels=beside.future_channels,
        static_channels=beside.static_channels,
    )
    try:
        check_shape(shape)
    except Unbuildable as wrong:
        which = f"of windows {kind}, network {member + 1}: " if kind == "varied" else ""
        raise ConfigError(
            f"{which}{wrong.reason}", location=f"model.{wrong.field}", fix=wrong.fix
        ) from None
    return shape


def check_architecture(config: Config, name: str, beside: Beside, *, series: int) -> None:
    """Refuse what makes no network, or what no network of this kind can be taught with.

    Parameters
    ----------
    config : Config
        With every automatic value resolved, those of the machine aside.
    name : str
        Of the model; a rule is held against nothing.
    beside : Beside
        What the network reads beside the series.
    series : int
        How many series there are.

    Raises
    ------
    ConfigError
        Naming the key and what mends it.
    """
    if name not in NETWORKS:
        return
    model, unlike = config.model, range(min(config.training.ensemble, len(VARIED)))
    shape, *_ = (shape_of(config, name, beside, member=member) for member in unlike)
    if model.loss not in LOSSES_OF[model.head]:
        raise ConfigError(
            f"head {model.head} is not taught with loss {model.loss}",
            location="model.loss",
            fix=f"pass --loss {LOSSES_OF[model.head][0]}, or choose another --head",
        )
    if model.companions and model.head != "point":
        names = " and ".join(model.companions)
        raise ConfigError(
            f"head {model.head} forecasts a distribution, and its companions {names} have none",
            location="model.companions",
            fix="pass --head point, or --set model.companions=[]",
        )
    if model.skip == "none" and model.start == "season":
        raise ConfigError(
            "without the linear path there is none that could start from a season",
            location="model.start",
            fix="use model.skip linear, or leave out model.start",
        )
    if config.training.truncate is not None:
        _check_truncate(config.training.truncate, shape)
    if config.training.clip_by == "value" and config.training.gradient_clip == 0:
        raise ConfigError(
            "--gradient-clip 0 clips nothing, by value or otherwise",
            location="training.clip_by",
            fix="pass a --gradient-clip above 0, or leave out training.clip_by",
        )
    _check_scaling(model, series)
    transform = config.data.transform
    if model.head == "negative-binomial" and transform != "none":
        raise ConfigError(
            f"head negative-binomial counts, and {transform} of a count is none",
            location="data.transform",
            fix="pass --transform none, or another --head",
        )


def _check_truncate(truncate: int, shape: NetworkShape) -> None:
    """Refuse to cut gradients where nothing could be cut."""
    if shape.encoder in COMPARATORS:
        raise ConfigError(
            f"{shape.encoder} is not recurrent: gradients have no steps at which they could be cut",
            location="training.truncate",
            fix="leave out training.truncate, or use model gru, lstm or rnn",
        )
    if shape.bidirectional:
        raise ConfigError(
            "read both ways, a context has no earlier part at which gradients could be cut",
            location="training.truncate",
            fix="leave out training.truncate, or model.bidirectional",
        )
    steps = shape.recurrent_steps
    if truncate >= steps:
        counted = "1 recurrent step" if steps == 1 else f"{steps} recurrent steps"
        raise ConfigError(
            f"a context is {counted}: cut after {truncate}, gradients are never cut",
            location="training.truncate",
            fix="leave out training.truncate, lower it or --segment-length, or raise "
            "--context-length",
        )


def _check_scaling(model: ModelConfig, series: int) -> None:
    """Refuse what tells series apart, or treats them alike, where that changes nothing."""
    shared = model.scaler_scope == "global"
    if shared and model.scaler == "none":
        raise ConfigError(
            "--scaler none scales nothing, so there is no scale that all series could share",
            location="model.scaler_scope",
            fix="use another --scaler, or leave out --scaler-scope",
        )
    if shared and series == 1:
        raise ConfigError(
            "there is 1 series, which shares its scale with no other",
            location="model.scaler_scope",
            fix="leave out --scaler-scope",
        )
    if model.series_embedding and series == 1:
        raise ConfigError(
            "there is 1 series, and none that it could be told from",
            location="model.series_embedding",
            fix="leave out model.series_embedding",
        )
