"""Settings of a recurrent network that make no sense together, each with a reason and a way out.

A bundle was built once, so its shape is known to be none of these; what a user asks for is held
against them before anything is read into memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from forecast.networks.shape import QUANTILE_LEVELS, NetworkShape, Unbuildable

MEDIAN = 0.5
CAUSAL = ("tcn", "ssm")
"""Comparators whose output at a step has seen nothing after it."""
MOST_LEVELS = 99


class Contradiction(NamedTuple):
    """One setting that cannot be had beside the others.

    Parameters
    ----------
    field : str
        Of the shape, and key of the section ``model``.
    reason, fix : str
        Why not, and what to change.
    """

    field: str
    reason: str
    fix: str


def check_shape(shape: NetworkShape) -> None:
    """Refuse a shape that describes no network; nothing is built.

    Raises
    ------
    Unbuildable
        Naming the first field that is wrong.
    """
    shape.check()
    for wrong in contradictions(shape):
        raise Unbuildable(*wrong)


def contradictions(shape: NetworkShape) -> Iterator[Contradiction]:
    """Yield what cannot be had together in ``shape``."""
    yield from _of_cell(shape)
    if not shape.recurrent:
        yield from _of_comparators(shape)
    if shape.encoder == "linear":
        yield from _of_linear(shape)
    yield from _of_layers(shape)
    yield from _of_reach(shape)
    yield from _of_decoder(shape)
    yield from _of_head(shape)
    if shape.supervision == "every-step":
        yield from _of_every_step(shape)


def _of_cell(shape: NetworkShape) -> Iterator[Contradiction]:
    if shape.encoder != "rnn" and shape.nonlinearity != "tanh":
        reason = f"{shape.encoder} has no nonlinearity {shape.nonlinearity!r} of its own"
        yield Contradiction(
            "nonlinearity", reason, "use model rnn, or leave out model.nonlinearity"
        )
    if shape.encoder != "lstm" and shape.peephole:
        yield Contradiction(
            "peephole",
            f"{shape.encoder} has no cell state for its gates to see",
            "use model lstm, or leave out model.peephole",
        )
    if shape.encoder != "lstm" and shape.forget_bias != 1.0:
        yield Contradiction(
            "forget_bias",
            f"{shape.encoder} has no forget gate",
            "use model lstm, or leave out model.forget_bias",
        )


def _of_comparators(shape: NetworkShape) -> Iterator[Contradiction]:
    if shape.recurrent_weights != "orthogonal":
        yield Contradiction(
            "recurrent_weights",
            f"{shape.encoder} has none",
            "use model gru, lstm or rnn, or leave out model.recurrent_weights",
        )
    for field in ("bidirectional", "recurrent_dropout", "layer_norm", "residual", "dilation"):
        if getattr(shape, field):
            yield Contradiction(
                field,
                f"{shape.encoder} is not recurrent",
                f"use model gru, lstm or rnn, or leave out model.{field}",
            )
    if shape.encoder == "mlp" and shape.attention != "none":
        yield Contradiction(
            "attention",
            "mlp makes one output of a whole context: there is nothing to choose from",
            "use a model that reads step by step, or leave out model.attention",
        )
    if shape.decoder == "recursive":
        yield Contradiction(
            "decoder",
            f"{shape.encoder} has no state that a recursive decoder could go on from",
            "use decoder direct, seq2seq or parallel",
        )
    if shape.supervision == "every-step" and shape.encoder not in CAUSAL:
        yield Contradiction(
            "supervision",
            f"{shape.encoder} reads the context as a whole, and has no state at each step of it",
            f"use model {' or '.join(CAUSAL)} or a recurrent one",
        )


def _of_linear(shape: NetworkShape) -> Iterator[Contradiction]:
    lacking: dict[str, object] = {
        "segment_length": 1,
        "convolution": 0,
        "attention": "none",
        "series_embedding": 0,
        "decoder": "direct",
        "dropout": 0.0,
        "num_layers": 1,
        "skip": "linear",
    }
    for field, value in lacking.items():
        if getattr(shape, field) != value:
            yield Contradiction(
                field,
                f"linear is one map from context to horizon, without {field.replace('_', ' ')}",
                f"use another model, or leave out model.{field}",
            )
    for field in ("past_channels", "static_channels"):
        if getattr(shape, field):
            yield Contradiction(
                "name",
                f"linear reads no {field.partition('_')[0]} covariates",
                "use another model, or leave those covariates out",
            )


def _of_layers(shape: NetworkShape) -> Iterator[Contradiction]:
    dilation = shape.dilation
    if dilation and len(dilation) != shape.num_layers:
        yield Contradiction(
            "dilation",
            f"{len(dilation)} steps are given for {shape.num_layers} layers",
            f"give one for each layer, or pass --num-layers {len(dilation)}",
        )
    if dilation and dilation[0] != 1:
        yield Contradiction(
            "dilation",
            f"the first layer would skip {dilation[0] - 1} of {dilation[0]} observations",
            "let it begin with 1",
        )
    if shape.residual and shape.num_layers == 1 and (shape.bidirectional or not shape.embeds):
        yield Contradiction(
            "residual",
            "one layer has no input as wide as its output",
            "pass --num-layers 2, or leave out model.residual",
        )


def _of_reach(shape: NetworkShape) -> Iterator[Contradiction]:
    """Yield what would look further back than a context does."""
    length, steps = shape.context_length, shape.recurrent_steps
    if shape.segment_length > length:
        yield Contradiction(
            "segment_length",
            f"a segment of {shape.segment_length} steps is longer than the context of {length}",
            f"pass --segment-length {length} or less, or raise --context-length",
        )
    if shape.convolution > length:
        yield Contradiction(
            "convolution",
            f"a convolution over {shape.convolution} steps is longer than the context of {length}",
            f"set model.convolution to {length} or less, or raise --context-length",
        )
    if shape.decoder == "recursive":
        steps += shape.decoded_segments - 1  # its encoder goes on through the horizon
    if max(shape.dilation, default=0) >= steps:
        yield Contradiction(
            "dilation",
            f"a state {max(shape.dilation)} steps back is never there: a context is {steps} "
            f"recurrent {'step' if steps == 1 else 'steps'}",
            "give smaller ones, lower --segment-length, or raise --context-length",
        )
    if shape.skip == "none" and shape.initial_season != 1:
        yield Contradiction(
            "initial_season",
            "without the linear path there is none that could begin by repeating a season",
            "use model.skip linear, or leave out model.initial_season",
        )


def _of_decoder(shape: NetworkShape) -> Iterator[Contradiction]:
    recursive = shape.decoder == "recursive"
    if recursive and shape.bidirectional:
        yield Contradiction(
            "bidirectional",
            "a recursive decoder goes on from its encoder, which must read one way",
            "use decoder direct, seq2seq or parallel",
        )
    if recursive and shape.past_channels:
        yield Contradiction(
            "decoder",
            "a recursive decoder would have to read past covariates of the future",
            "use decoder direct, seq2seq or parallel",
        )
    if shape.decoder != "seq2seq" and shape.scheduled_sampling != "none":
        yield Contradiction(
            "scheduled_sampling",
            f"decoder {shape.decoder} is never shown true values",
            "use decoder seq2seq, or leave out model.scheduled_sampling",
        )
    if shape.scheduled_sampling == "none" and shape.sampling_floor:
        yield Contradiction(
            "sampling_floor",
            "there is no scheduled sampling that could fall to it",
            "set model.scheduled_sampling, or leave out model.sampling_floor",
        )


def _of_head(shape: NetworkShape) -> Iterator[Contradiction]:
    levels = shape.quantile_levels
    if shape.head != "quantile" and levels != QUANTILE_LEVELS:
        yield Contradiction(
            "quantile_levels",
            f"head {shape.head} has none",
            "use head quantile, or leave out model.quantile_levels",
        )
    rising = tuple(sorted(set(levels))) == levels
    if shape.head == "quantile" and not (rising and MEDIAN in levels[1:-1]):
        words = ", ".join(f"{level:g}" for level in levels)
        yield Contradiction(
            "quantile_levels",
            f"{words} are not rising with 0.5 between others",
            "order them, with 0.5, which is the forecast, and one below and one above it",
        )
    if shape.head == "quantile" and len(levels) > MOST_LEVELS:
        yield Contradiction(
            "quantile_levels",
            f"{len(levels)} levels are more than {MOST_LEVELS}",
            f"give {MOST_LEVELS} or fewer: what lies between is interpolated",
        )
    if shape.head == "negative-binomial" and shape.window_normalisation != "none":
        yield Contradiction(
            "window_normalisation",
            f"counts have a natural zero, which {shape.window_normalisation!r} takes away",
            "use model.window_normalisation none, or another head",
        )


def _of_every_step(shape: NetworkShape) -> Iterator[Contradiction]:
    later = "a position in the middle of the context would see its own targets"
    if shape.bidirectional:
        yield Contradiction(
            "supervision", f"read both ways, {later}", "leave out model.bidirectional"
        )
    if shape.window_normalisation not in ("none", "last"):
        yield Contradiction(
            "supervision",
            f"normalised by {shape.window_normalisation!r} of the whole window, {later}",
            "use model.window_normalisation last or none",
        )
    if shape.skip != "none":
        yield Contradiction(
            "supervision",
            "the linear path reads a whole context, which positions in its middle lack",
            "use model.skip none",
        )
    if shape.attention != "none":
        yield Contradiction(
            "supervision", f"attending to all states, {later}", "use model.attention none"
        )
    if shape.decoder in ("recursive", "seq2seq"):
        yield Contradiction(
            "supervision",
            f"decoder {shape.decoder} starts from the end of a context alone",
            "use decoder direct or parallel",
        )
