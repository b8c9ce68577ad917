"""What a network is, in the words of the configuration.

Nothing here needs torch: sizes are checked, and combinations refused, before anything is built.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Literal, TypeAlias, get_args

CellKind: TypeAlias = Literal["rnn", "lstm", "gru"]
EncoderKind: TypeAlias = Literal[
    "rnn", "lstm", "gru", "linear", "mlp", "cnn", "tcn", "transformer", "ssm"
]
AttentionKind: TypeAlias = Literal["none", "additive", "dot"]
DecoderKind: TypeAlias = Literal["direct", "recursive", "seq2seq", "parallel"]
HeadKind: TypeAlias = Literal["point", "quantile", "gaussian", "student-t", "negative-binomial"]
SupervisionKind: TypeAlias = Literal["last", "every-step"]
WindowNormalisationKind: TypeAlias = Literal["none", "last", "mean", "standard", "reversible"]
NonlinearityKind: TypeAlias = Literal["tanh", "relu"]
SkipKind: TypeAlias = Literal["linear", "mixture", "blended", "none"]
RecurrentWeightsKind: TypeAlias = Literal["orthogonal", "uniform"]
ForcingKind: TypeAlias = Literal["none", "linear", "exponential", "inverse-sigmoid"]

MOST_COUNT = 1 << 40
MIXED_PATHS = 8
"""Linear paths of a mixture."""
QUANTILE_LEVELS = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
"""Those of the 95, 80 and 50 % intervals, and the median."""


class Unbuildable(ValueError):  # noqa: N818 - said of a shape, and turned into an error above
    """A shape that describes no network.

    Parameters
    ----------
    field : str
        The field of the shape to change.
    reason : str
        What is wrong, with the value.
    fix : str
        A change that mends it, in words of the configuration.
    """

    def __init__(self, field: str, reason: str, fix: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field, self.reason, self.fix = field, reason, fix


@dataclass(frozen=True)
class NetworkShape:
    """A network with nothing left open.

    Parameters
    ----------
    encoder : str
        ``rnn``, ``lstm`` or ``gru``; or a comparator, see `forecast.networks.feedforward`.
    context_length, horizon, segment_length : int, in steps
        A context that is no multiple of the segment repeats its oldest value to fill one.
    hidden_size, num_layers : int
        Width of the state; recurrent layers.
    nonlinearity : str
        Of ``rnn``: ``tanh`` or ``relu``.
    peephole : bool
        Whether the gates of ``lstm`` see its cell state.
    forget_bias : float
        Where the forget gate of ``lstm`` begins.
    recurrent_weights : str
        How recurrent weights begin: ``orthogonal`` or ``uniform``.
    bidirectional : bool
        Whether the context is read from its end, too.
    dropout, recurrent_dropout : float
        Between layers and before the decoder; on the recurrent connection, one mask a sequence.
    layer_norm : bool
        Whether the recurrence is normalised inside.
    residual : bool
        Whether the input of a layer is added to its output.
    dilation : tuple of int
        Steps back to the state that each layer goes on from; empty for 1 everywhere.
    convolution : int, in steps
        Kernel of a causal convolution before the recurrence; 0 for none.
    attention : str
        ``additive`` or ``dot``: the decoder looks back at all states; ``none``.
    series_embedding : int
        Numbers learnt for each series; 0 for none.
    n_series : int
        Series of the fit, where each has an embedding; else 0.
    decoder : str
        ``direct``, ``recursive``, ``seq2seq`` or ``parallel``; see `forecast.networks.decoders`.
    scheduled_sampling, sampling_floor : str, float
        How the share of true values that ``seq2seq`` is shown in training falls, and to what.
    head : str
        What is said of each step; see `forecast.networks.heads`.
    quantile_levels : tuple of float
        Of the ``quantile`` head.
    supervision : str
        ``last`` learns from the end of a context, ``every-step`` from the end of each segment.
    window_normalisation : str
        ``none``, ``last``, ``mean``, ``standard`` or ``reversible``.
    skip : str
        ``linear`` adds a linear map from context to horizon, ``mixture`` several of them in shares
        that the state of the encoder sets; ``blended`` averages the forecast with that of one that
        is apart; ``none`` has neither.
    initial_season : int, in steps
        Before training the skip is the seasonal naive forecast of this season, at most the context;
        1 is the naive forecast. For the paths of a mixture see `forecast.networks.skip`.
    past_channels, future_channels, static_channels : int
        What is read beside the series; see `forecast.networks.exogenous`.
    """

    encoder: EncoderKind
    context_length: int
    horizon: int
    segment_length: int = 1
    hidden_size: int = 64
    num_layers: int = 1
    nonlinearity: NonlinearityKind = "tanh"
    peephole: bool = False
    forget_bias: float = 1.0
    recurrent_weights: RecurrentWeightsKind = "orthogonal"
    bidirectional: bool = False
    dropout: float = 0.0
    recurrent_dropout: float = 0.0
    layer_norm: bool = False
    residual: bool = False
    dilation: tuple[int, ...] = ()
    convolution: int = 0
    attention: AttentionKind = "none"
    series_embedding: int = 0
    n_series: int = 0
    decoder: DecoderKind = "direct"
    scheduled_sampling: ForcingKind = "none"
    sampling_floor: float = 0.0
    head: HeadKind = "point"
    quantile_levels: tuple[float, ...] = QUANTILE_LEVELS
    supervision: SupervisionKind = "last"
    window_normalisation: WindowNormalisationKind = "last"
    skip: SkipKind = "linear"
    initial_season: int = 1
    past_channels: int = 0
    future_channels: int = 0
    static_channels: int = 0

    def check(self) -> None:
        """Refuse sizes and words that describe no network; nothing is built.

        What contradicts itself is refused by `forecast.networks.combinations`.

        Raises
        ------
        Unbuildable
            Naming the first field that is wrong.
        """
        for field, fits in FIELDS.items():
            value = getattr(self, field)
            if not fits(value):
                raise Unbuildable(field, f"{field} is {value!r}", f"change model.{field}")
        if self.initial_season > self.context_length:
            reason = f"{self.initial_season} steps do not fit in {self.context_length} of context"
            raise Unbuildable("initial_season", reason, "raise --context-length")

    @property
    def recurrent(self) -> bool:
        """Whether a recurrent stack reads the context."""
        return self.encoder in get_args(CellKind)

    @property
    def cell(self) -> CellKind:
        """Cell of recurrent layers; that of a decoder behind another encoder is ``gru``."""
        cells: tuple[CellKind, ...] = get_args(CellKind)
        return next((cell for cell in cells if cell == self.encoder), "gru")

    @property
    def embeds(self) -> bool:
        """Whether a linear layer stands between channels and recurrence."""
        return self.segment_length > 1 or bool(self.static_channels or self.series_embedding)

    @property
    def recurrent_steps(self) -> int:
        """T, the recurrent steps of a context."""
        return -(-self.context_length // self.segment_length)

    @property
    def decoded_segments(self) -> int:
        """Segments that hold the horizon."""
        return -(-self.horizon // self.segment_length)


Fits: TypeAlias = Callable[[object], bool]


def _count(least: int, most: int = MOST_COUNT) -> Fits:
    return lambda value: isinstance(value, int) and _exactly(value, int) and least <= value <= most


def _number(low: float, high: float) -> Fits:
    return lambda value: (
        isinstance(value, int | float) and _is_number(value) and low <= value <= high
    )


def _word(words: tuple[str, ...]) -> Fits:
    return lambda value: value in words


def _each(fits: Fits) -> Fits:
    return lambda values: isinstance(values, tuple) and all(fits(value) for value in values)


def _exactly(value: object, kind: type) -> bool:
    return type(value) is kind


def _is_number(value: object) -> bool:
    return type(value) in (int, float)


BELOW_ONE = 1 - 1e-9
FIELDS: dict[str, Fits] = {
    "encoder": _word(get_args(EncoderKind)),
    "context_length": _count(1),
    "horizon": _count(1),
    "segment_length": _count(1),
    "hidden_size": _count(1),
    "num_layers": _count(1, 16),
    "nonlinearity": _word(get_args(NonlinearityKind)),
    "peephole": lambda value: _exactly(value, bool),
    "forget_bias": _number(-100, 100),
    "recurrent_weights": _word(get_args(RecurrentWeightsKind)),
    "bidirectional": lambda value: _exactly(value, bool),
    "dropout": _number(0, BELOW_ONE),
    "recurrent_dropout": _number(0, BELOW_ONE),
    "layer_norm": lambda value: _exactly(value, bool),
    "residual": lambda value: _exactly(value, bool),
    "dilation": _each(_count(1)),
    "convolution": _count(0, 1024),
    "attention": _word(get_args(AttentionKind)),
    "series_embedding": _count(0, 1024),
    "n_series": _count(0),
    "decoder": _word(get_args(DecoderKind)),
    "scheduled_sampling": _word(get_args(ForcingKind)),
    "sampling_floor": _number(0, 1),
    "head": _word(get_args(HeadKind)),
    "quantile_levels": _each(_number(1e-9, BELOW_ONE)),
    "supervision": _word(get_args(SupervisionKind)),
    "window_normalisation": _word(get_args(WindowNormalisationKind)),
    "skip": _word(get_args(SkipKind)),
    "initial_season": _count(1),
    "past_channels": _count(0),
    "future_channels": _count(0),
    "static_channels": _count(0),
}
"""What each field takes; every field of the shape is named."""


Scalar: TypeAlias = str | int | float | bool | None
LISTS = ("dilation", "quantile_levels")


def shape_settings(shape: NetworkShape) -> dict[str, Scalar]:
    """Fields of a shape as a bundle keeps them: lists as text; the count of series is left out."""
    fields = {name: value for name, value in asdict(shape).items() if name != "n_series"}
    for name in LISTS:
        fields[name] = ",".join(repr(value) for value in fields[name])
    return fields


def shape_from_settings(settings: Mapping[str, Scalar], *, n_series: int) -> NetworkShape:
    """Build the shape that `shape_settings` described; nothing but its fields is checked.

    Raises
    ------
    ValueError
        If a field is unknown or of another kind.
    """
    fields: dict[str, object] = dict(settings)
    kinds = {"dilation": int, "quantile_levels": float}
    for name, kind in kinds.items():
        text = fields.get(name)
        if not isinstance(text, str):
            raise ValueError(f"{name} is {text!r}")  # noqa: TRY004 - what a bundle claims
        fields[name] = tuple(kind(part) for part in text.split(",") if part)
    fields["n_series"] = n_series if fields.get("series_embedding") else 0
    try:
        shape = NetworkShape(**fields)  # type: ignore[arg-type]
    except TypeError as error:
        raise ValueError(f"settings do not describe a shape: {error}") from error
    return shape
