"""The section ``model``: what is fitted."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field

from forecast.config.section import Auto, Section, Steps, Units, as_tuple, without_repeats

ModelName: TypeAlias = Literal[
    "gru",
    "lstm",
    "rnn",
    "linear",
    "mlp",
    "cnn",
    "tcn",
    "transformer",
    "ssm",
    "naive",
    "seasonal_naive",
    "drift",
    "moving_average",
    "naive2",
    "ets",
    "arima",
    "theta",
    "stl_ets",
]
Companion: TypeAlias = Literal["ets", "arima", "theta", "stl_ets"]
Share: TypeAlias = Annotated[float, Field(ge=0, lt=1)]


def _numbers(value: object) -> object:
    """Take a list, one number, and numbers with commas between them."""
    if isinstance(value, str) and "," in value:
        parts = [part.strip() for part in value.split(",")]
        try:
            return tuple(float(part) if "." in part else int(part) for part in parts)
        except ValueError:
            return value
    return as_tuple(value)


Dilations: TypeAlias = Annotated[tuple[Steps, ...], BeforeValidator(_numbers)]
Companions: TypeAlias = Annotated[
    tuple[Companion, ...], BeforeValidator(as_tuple), AfterValidator(without_repeats)
]
QuantileLevels: TypeAlias = Annotated[
    tuple[Annotated[float, Field(gt=0, lt=1)], ...], BeforeValidator(_numbers)
]


class ModelConfig(Section):
    """What is fitted."""

    name: ModelName = Field(default="gru", description="Architecture.")
    horizon: Steps | Auto = Field(
        default="auto", description="Steps ahead; automatic is one season."
    )
    context_length: Steps | Literal["auto", "long"] = Field(
        default="auto",
        description="Input window in steps (lookback, sequence length); automatic is some seasons, "
        "long is 720 steps, both as far as the rows hold them.",
        json_schema_extra={"allowed": "auto, long, or a whole number of at least 1"},
    )
    segment_length: Steps | Auto = Field(
        default="auto", description="Observations that one recurrent step reads (1 = classic)."
    )
    hidden_size: Units | Auto = Field(default="auto", description="Units of the recurrent state.")
    num_layers: Annotated[int, Field(ge=1, le=16)] = Field(
        default=1, description="Recurrent layers."
    )
    nonlinearity: Literal["tanh", "relu"] = Field(
        default="tanh", description="Nonlinearity of rnn."
    )
    peephole: bool = Field(default=False, description="Gates of lstm see its cell state.")
    forget_bias: Annotated[float, Field(ge=-100, le=100)] = Field(
        default=1.0, description="Where the forget gate of lstm begins: high remembers."
    )
    recurrent_weights: Literal["orthogonal", "uniform"] = Field(
        default="orthogonal",
        description="How recurrent weights begin: orthogonal ones keep a state over many steps; "
        "uniform ones let it fade, which suits a context of few segments.",
    )
    bidirectional: bool = Field(
        default=False, description="Read the context from its end, too; all of it is known."
    )
    dropout: Share = Field(
        default=0.0,
        description="Share of units dropped between layers and before the decoder while training.",
    )
    recurrent_dropout: Share = Field(
        default=0.0,
        description="Share of the state dropped while training, the same at every step of a "
        "sequence.",
    )
    layer_norm: bool = Field(default=False, description="Normalise inside the recurrence.")
    residual: bool = Field(default=False, description="Add the input of a layer to its output.")
    dilation: Dilations = Field(
        default=(),
        description="Steps back to the state that each layer goes on from, such as [1, 2, 4]; "
        "empty is 1 everywhere.",
        examples=[(1, 2)],
    )
    convolution: Annotated[int, Field(ge=0, le=1024)] = Field(
        default=0, description="Steps of a causal convolution before the recurrence (0 = none)."
    )
    attention: Literal["none", "additive", "dot"] = Field(
        default="none", description="How the decoder looks back at all states of the encoder."
    )
    series_embedding: Annotated[int, Field(ge=0, le=1024)] = Field(
        default=0, description="Numbers learnt for each series (0 = none)."
    )
    decoder: Literal["auto", "direct", "recursive", "seq2seq", "parallel"] = Field(
        default="auto",
        description="How the horizon is written: at once from the last state, segment by segment, "
        "by a recurrent decoder, or all segments side by side; automatic is direct.",
    )
    scheduled_sampling: Literal["none", "linear", "exponential", "inverse-sigmoid"] = Field(
        default="none",
        description="How the share of true values that a seq2seq decoder reads in training falls; "
        "none shows it the truth throughout.",
    )
    sampling_floor: Annotated[float, Field(ge=0, le=1)] = Field(
        default=0.0, description="Least share of true values of scheduled sampling."
    )
    head: Literal["point", "quantile", "gaussian", "student-t", "negative-binomial"] = Field(
        default="point", description="What is said of each step: a value, or a distribution."
    )
    quantile_levels: QuantileLevels = Field(
        default=(0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975),
        description="Levels of the quantile head, rising, with 0.5 among them.",
    )
    loss: Literal["auto", "mae", "mse", "huber", "smape", "mase", "pinball", "nll"] = Field(
        default="auto",
        description="What training minimises; automatic is mae, pinball or nll, by the "
        "head, and mse where a third of the values are 0.",
    )
    supervision: Literal["auto", "last", "every-step"] = Field(
        default="auto",
        description="Learn from the end of each context, or from the end of each of its segments; "
        "automatic is last.",
    )
    scaler: Literal["standard", "minmax", "robust", "none"] = Field(
        default="standard", description="Scaling of each series, fitted on training rows only."
    )
    scaler_scope: Literal["series", "global"] = Field(
        default="series",
        description="Whether each series has a centre and scale of its own, or all share one; a "
        "constant series is always centred on its own value.",
    )
    window_normalisation: Literal[
        "auto", "none", "last", "mean", "standard", "reversible", "varied"
    ] = Field(
        default="auto",
        description="Each window as it is, relative to its last value or its mean, by its own mean "
        "and deviation, or those with a learnt gain and offset; varied is last and standard in "
        "turn, network by network of an ensemble, where a context has 8 values; automatic is last, "
        "and none for counts.",
    )
    skip: Literal["auto", "linear", "mixture", "blended", "none"] = Field(
        default="auto",
        description="A linear path from the context straight to the forecast; or a mixture of "
        "eight in shares that the network sets window by window, for many series that repeat in "
        "unlike ways; blended is one that is not trained with the network but averaged with it, as "
        "the validation rows say; automatic is linear where the supervision allows it.",
    )
    initial_season: Steps | Auto = Field(
        default="auto",
        description="The untrained network repeats the last so many values (1 = the last value); "
        "automatic takes what repeats best, and for a mixture the season.",
    )
    start: Literal["regression", "season"] = Field(
        default="regression",
        description="The linear path begins as a ridge regression on the training windows, or as "
        "the mean of the last seasons, where that forecasts the last windows better than repeating "
        "a season; or always so.",
    )
    companions: Companions = Field(
        default=(),
        description="Statistical methods that are fitted to each series beside the network; the "
        "forecast goes as far towards the mean of all of them as the validation rows say.",
        examples=[("theta", "ets")],
    )
