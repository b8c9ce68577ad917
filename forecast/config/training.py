"""The ``training`` section of a configuration: how a network is fitted."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from forecast.config.section import MOST_STEPS, Auto, Rows, Section, Steps
from forecast.config.times import seconds_of

MOST_SEED = 2**32 - 1  # the largest that numpy takes


def _as_text(value: object) -> object:
    """Take the number 32 as the word that it is, as a file has it without quotes."""
    return str(value) if type(value) is int else value


def _as_seconds(value: object) -> object:
    """Turn a time such as ``10m`` into seconds."""
    if not isinstance(value, str):
        return value
    seconds = seconds_of(value)
    if seconds is None:
        raise PydanticCustomError("time", "must be seconds, or a time such as 90s, 10m or 2h")
    return seconds


class TrainingConfig(Section):
    """How it is fitted."""

    epochs: Annotated[int, Field(ge=1, le=100_000)] | Auto = Field(
        default="auto", description="Most passes over the training windows."
    )
    max_steps: Rows | None = Field(
        default=None, description="Most optimiser steps; null for no limit.", examples=[1000]
    )
    max_time: Annotated[float, BeforeValidator(_as_seconds), Field(gt=0)] | None = Field(
        default=None,
        description="Most time of each fit, after which the current step is the last; null for no "
        "limit. With it, the same seed need not give the same model.",
        examples=["10m"],
        json_schema_extra={"allowed": "seconds above 0, a time such as 90s, 10m or 2h, or null"},
    )
    batch_size: Steps | Auto = Field(default="auto", description="Windows per step.")
    learning_rate: Annotated[float, Field(gt=0, le=1)] = Field(
        default=1e-3, description="Peak learning rate of AdamW."
    )
    weight_decay: Annotated[float, Field(ge=0, le=1)] = Field(
        default=1e-4, description="Decoupled weight decay of AdamW."
    )
    gradient_clip: Annotated[float, Field(ge=0)] = Field(
        default=1.0, description="Largest norm, or value, of the gradients (0 = off)."
    )
    clip_by: Literal["norm", "value"] = Field(
        default="norm",
        description="All gradients together are shortened to that norm, or each number of them is "
        "bounded by that value.",
    )
    schedule: Literal["constant", "cosine", "plateau", "one-cycle", "exponential"] = Field(
        default="cosine", description="Learning rate after the warm-up."
    )
    warmup: Annotated[int, Field(ge=0, le=MOST_STEPS)] | Auto = Field(
        default="auto",
        description="Steps over which the learning rate rises (0 = none); automatic is a twentieth "
        "of them, of one-cycle three tenths.",
    )
    precision: Annotated[Literal["auto", "32", "bf16"], BeforeValidator(_as_text)] = Field(
        default="auto",
        description="Bits of the matrix products while training; automatic is bf16 where the "
        "hardware multiplies it natively and the hidden size is at least 256.",
    )
    average: Literal["none", "ema"] = Field(
        default="none",
        description="Whether an exponential moving average of the weights is judged and kept "
        "instead of the weights themselves.",
    )
    truncate: Steps | None = Field(
        default=None,
        description="Recurrent steps after which backpropagation is cut, for long contexts; the "
        "state is carried across the cut. null for never.",
        examples=[100],
    )
    patience: Annotated[int, Field(ge=1, le=100_000)] | Auto = Field(
        default="auto", description="Epochs without a better validation loss before stopping."
    )
    ensemble: Annotated[int, Field(ge=1, le=1000)] = Field(
        default=1,
        description="Networks that differ by their seeds, and by model.window_normalisation where "
        "that is varied; they forecast their mean.",
    )
    seed: Annotated[int, Field(ge=0, le=MOST_SEED)] = Field(
        default=0, description="Seed of weights and batches."
    )
    device: Annotated[str, Field(pattern=r"^(auto|cpu|cuda(:[0-9]{1,3})?)$")] = Field(
        default="auto",
        description="Where to train.",
        json_schema_extra={"allowed": "auto, cpu, cuda or cuda:N"},
    )
    threads: Annotated[int, Field(ge=1, le=1024)] | Auto = Field(
        default="auto", description="Processor threads."
    )
