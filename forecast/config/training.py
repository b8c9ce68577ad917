"""The ``training`` section of a configuration: how a network is fitted."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from forecast.config.section import MOST_STEPS, Auto, Rows, Section, Steps

MOST_SEED = 2**32 - 1  # the largest that numpy takes


class TrainingConfig(Section):
    """How it is fitted."""

    epochs: Annotated[int, Field(ge=1, le=100_000)] | Auto = Field(
        default="auto", description="Most passes over the training windows."
    )
    max_steps: Rows | None = Field(
        default=None, description="Most optimiser steps; null for no limit.", examples=[1000]
    )
    batch_size: Steps | Auto = Field(default="auto", description="Windows per step.")
    learning_rate: Annotated[float, Field(gt=0, le=1)] = Field(
        default=1e-3, description="Peak learning rate of AdamW."
    )
    weight_decay: Annotated[float, Field(ge=0, le=1)] = Field(
        default=1e-4, description="Decoupled weight decay of AdamW."
    )
    gradient_clip: Annotated[float, Field(ge=0)] = Field(
        default=1.0, description="Largest gradient norm (0 = off)."
    )
    schedule: Literal["cosine", "plateau", "constant"] = Field(
        default="cosine", description="Learning rate after the warm-up."
    )
    warmup: Annotated[int, Field(ge=0, le=MOST_STEPS)] | Auto = Field(
        default="auto", description="Steps over which the learning rate rises (0 = none)."
    )
    patience: Annotated[int, Field(ge=1, le=100_000)] | Auto = Field(
        default="auto", description="Epochs without a better validation loss before stopping."
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
