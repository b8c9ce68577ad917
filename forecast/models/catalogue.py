"""What there is to choose from, in words: models, decoders and heads. It imports no model.

A recurrent layer that reads E numbers a step and has D hidden units has, in each gate, a matrix for
what it reads, one for its own state, and a bias: G D (E + D + 1) numbers for G gates. torch keeps
two biases a gate, G D (E + D + 2). A layer above another reads its D outputs, or 2 D where both
directions are read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["cell", "comparator", "rule", "statistical", "decoder", "head"]


@dataclass(frozen=True)
class Entry:
    """One thing to choose.

    Parameters
    ----------
    kind, name : str
    use : str
        When to choose it, in one line.
    title, source : str
        Its name in full, and where it was published.
    equations : tuple of str
        One step of a cell, or what another model forecasts.
    gates : int
        Of a cell.
    numbers : str
        That a head emits for each step ahead.
    """

    kind: Kind
    name: str
    use: str
    title: str = ""
    source: str = ""
    equations: tuple[str, ...] = ()
    gates: int = 0
    numbers: str = ""

    @property
    def formula(self) -> str:
        """Parameters of one layer of a cell, with one bias a gate; empty for anything else."""
        if self.kind != "cell":
            return ""
        return f"{self.gates} D (E + D + 1)" if self.gates > 1 else "D (E + D + 1)"


@dataclass(frozen=True)
class Sizes:
    """Of a recurrent stack: numbers read a step, hidden units, layers, and whether both ways."""

    input_size: int = 1
    hidden_size: int = 64
    num_layers: int = 1
    bidirectional: bool = False


@dataclass(frozen=True)
class LayerCount:
    """Parameters of one layer, both directions together: with one bias a gate, and as torch has."""

    reads: int
    textbook: int
    actual: int


def count_parameters(cell: Entry, sizes: Sizes) -> tuple[LayerCount, ...]:
    """Count the parameters of each layer of a stack, the lowest first.

    Examples
    --------
    >>> [count_parameters(cell, Sizes(1, 8))[0].textbook for cell in entries("cell")]
    [240, 320, 80]
    """
    hidden, ways = sizes.hidden_size, 2 if sizes.bidirectional else 1
    counts = []
    for layer in range(sizes.num_layers):
        reads = sizes.input_size if layer == 0 else ways * hidden
        textbook, actual = (
            ways * cell.gates * hidden * (reads + hidden + biases) for biases in (1, 2)
        )
        counts.append(LayerCount(reads, textbook, actual))
    return tuple(counts)


def entries(kind: Kind) -> tuple[Entry, ...]:
    """Return what there is of one kind."""
    return tuple(entry for entry in CATALOGUE if entry.kind == kind)


CATALOGUE = (
    Entry(
        "cell",
        "gru",
        "the default: holds as long as lstm, a quarter smaller",
        title="gated recurrent unit",
        source="Cho et al. (2014), arXiv 1406.1078; reset after the product, as cuDNN has it",
        equations=(
            "r = sigmoid(W_r x + U_r h + b_r)         how much of the old state is read",
            "z = sigmoid(W_z x + U_z h + b_z)         how much of it is kept",
            "n = tanh(W_n x + b_n + r (U_n h + c_n))  what is new",
            "h = (1 - z) n + z h",
        ),
        gates=3,
    ),
    Entry(
        "cell",
        "lstm",
        "much to hold over many steps, in a memory of its own",
        title="long short-term memory",
        source="Hochreiter & Schmidhuber (1997); forget gate: Gers et al. (2000)",
        equations=(
            "i = sigmoid(W_i x + U_i h + b_i)         how much is written",
            "f = sigmoid(W_f x + U_f h + b_f)         how much of the memory is kept",
            "o = sigmoid(W_o x + U_o h + b_o)         how much of it is shown",
            "g = tanh(W_g x + U_g h + b_g)            what is new",
            "c = f c + i g",
            "h = o tanh(c)",
        ),
        gates=4,
    ),
    Entry(
        "cell",
        "rnn",
        "contexts of few steps; shows what gates are worth",
        title="simple recurrent network",
        source="Elman (1990)",
        equations=("h = tanh(W x + U h + b)",),
        gates=1,
    ),
    Entry(
        "comparator",
        "linear",
        "one map from context to horizon: what a network has to beat",
        title="linear map, NLinear where windows are relative to their last value",
        source="Zeng et al. (2023), arXiv 2205.13504",
        equations=("y_hat = W z + b, z the normalised context",),
    ),
    Entry(
        "comparator",
        "mlp",
        "the whole context at once, without order",
        title="multilayer perceptron, two hidden layers for each of --num-layers",
        source="Rumelhart, Hinton & Williams (1986)",
        equations=("h = relu(W x + b), x all segments end to end",),
    ),
    Entry(
        "comparator",
        "cnn",
        "shapes wherever they occur",
        title="convolutions over the context, two for each of --num-layers",
        source="Binkowski, Marti & Donnat (2018), arXiv 1703.04122",
        equations=("u' = relu(conv(u)); the last output beside the mean of all",),
    ),
    Entry(
        "comparator",
        "tcn",
        "long contexts, all steps side by side",
        title="temporal convolutional network",
        source="Bai, Kolter & Koltun (2018), arXiv 1803.01271",
        equations=("u' = relu(u + relu(conv(relu(conv(u))))), dilated by 1, 2, 4, ...",),
    ),
    Entry(
        "comparator",
        "transformer",
        "much data, and steps that matter wherever they stand",
        title="transformer encoder over segments, two layers for each of --num-layers",
        source="Vaswani et al. (2017), arXiv 1706.03762; Nie et al. (2023), arXiv 2211.14730",
        equations=("u = u + attention(norm(u)), u = u + W2 gelu(W1 norm(u))",),
    ),
    Entry(
        "comparator",
        "ssm",
        "very long contexts, by a recurrence that is run as a convolution",
        title="diagonal state space model, two layers for each of --num-layers",
        source="Gu, Goel & Re (2022), arXiv 2111.00396; Gu et al. (2022), S4D, arXiv 2206.11893",
        equations=("s[t] = exp(dt A) s[t - 1] + B u[t], y[t] = Re(C s[t]) + D u[t]",),
    ),
    Entry(
        "rule",
        "naive",
        "the best forecast of a random walk",
        title="the last value",
        equations=("y_hat[c + h] = y[c]",),
    ),
    Entry(
        "rule",
        "seasonal_naive",
        "the reference of every skill: what repeats, repeats",
        title="the last season",
        equations=("y_hat[c + h] = y[c + h - m ceil(h / m)], m the season",),
    ),
    Entry(
        "rule",
        "drift",
        "a trend without a season",
        title="the line from the first value to the last",
        equations=("y_hat[c + h] = y[c] + h (y[c] - y[first]) / (c - first)",),
    ),
    Entry(
        "rule",
        "moving_average",
        "noise around a level that moves slowly",
        title="the mean of the last season",
        equations=("y_hat[c + h] = mean(y[c - m + 1], ..., y[c]), m the season",),
    ),
    Entry(
        "rule",
        "naive2",
        "the reference of OWA: the last value, seasonally adjusted",
        title="the last value without its season, given that of the steps ahead",
        source="Makridakis, Spiliotis & Assimakopoulos (2020), The M4 competition",
        equations=("y_hat[c + h] = y[c] s[c + h] / s[c], s the seasonal factors",),
    ),
    Entry(
        "statistical",
        "ets",
        "level, trend and season that move slowly",
        title="exponential smoothing in its three likeliest forms, by AICc",
        source="Hyndman, Koehler, Snyder & Grose (2002)",
        equations=(
            "y_hat = (l + phi b) s          or l + phi b + s",
            "l = l + phi b + alpha e / s",
            "b = phi b + beta e / s",
            "s = s + gamma e / (l + phi b)",
        ),
    ),
    Entry(
        "statistical",
        "arima",
        "values that depend on the last few; seasons of at most 24 steps",
        title="autoregression and moving average of differences, orders chosen by AICc",
        source="Box & Jenkins (1970); Hyndman & Khandakar (2008)",
        equations=("phi(B) Phi(B^m) (1 - B)^d (1 - B^m)^D y = theta(B) Theta(B^m) e",),
    ),
    Entry(
        "statistical",
        "theta",
        "many short series: hard to beat in the M3 competition",
        title="exponential smoothing with half the slope, seasonally adjusted",
        source="Assimakopoulos & Nikolopoulos (2000); Hyndman & Billah (2003)",
        equations=("y_hat[c + h] = (l + b / 2 (h - 1 + (1 - (1 - alpha)^n) / alpha)) s",),
    ),
    Entry(
        "statistical",
        "stl_ets",
        "a season that is long or changes; needs the extra 'stats'",
        title="season by local regressions, the rest by exponential smoothing",
        source="Cleveland, Cleveland, McRae & Terpenning (1990)",
        equations=("y_hat[c + h] = ets(y / s) s",),
    ),
    Entry(
        "decoder",
        "direct",
        "the whole horizon at once from the last state: no error is fed back",
    ),
    Entry(
        "decoder",
        "recursive",
        "one step, fed back as if observed, and again: fewest weights, but errors add up",
    ),
    Entry(
        "decoder",
        "seq2seq",
        "a second recurrent network writes step by step: where each follows from the last",
    ),
    Entry(
        "decoder",
        "parallel",
        "all segments of the horizon at once, each from its place: long horizons, few weights",
    ),
    Entry("head", "point", "one number: where no spread is asked for", numbers="1"),
    Entry(
        "head",
        "quantile",
        "chosen levels that never cross, of any distribution",
        numbers="one a level",
    ),
    Entry("head", "gaussian", "symmetric errors without outliers", numbers="2"),
    Entry("head", "student-t", "symmetric errors with outliers", numbers="3"),
    Entry("head", "negative-binomial", "counts: whole numbers from 0 on", numbers="2"),
)
