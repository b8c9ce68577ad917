"""The configuration of a run: five frozen sections, each value described and bounded.

``"auto"`` stands for a value that a workflow resolves on the rows up to the first cutoff.
Values are taken strictly: text is never read as a number here (`forecast.config.load` does that
for flags and the environment, by the scalars of YAML 1.2).
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from forecast.config.data import DataConfig
from forecast.config.model import ModelConfig
from forecast.config.section import Auto, Name, Section
from forecast.config.training import TrainingConfig
from forecast.config.validation import ValidationConfig


class RunConfig(Section):
    """Where the run goes; not stored in bundles or in a run's config.yaml."""

    output: Name | None = Field(
        default=None,
        description="Run folder; null takes `runs/<file stem>-<model>`.",
        examples=["runs/sales"],
    )
    jobs: Annotated[int, Field(ge=1, le=1024)] | Auto = Field(
        default=1, description="Folds trained at once, each in a process; automatic one a core."
    )
    force: bool = Field(default=False, description="Replace a named run folder.")


class Config(Section):
    """All of a run. Every section and every value has a default."""

    data: DataConfig = Field(default=DataConfig(), description="How the table is read.")
    model: ModelConfig = Field(default=ModelConfig(), description="What is fitted.")
    training: TrainingConfig = Field(default=TrainingConfig(), description="How it is fitted.")
    validation: ValidationConfig = Field(
        default=ValidationConfig(), description="How it is judged."
    )
    run: RunConfig = Field(default=RunConfig(), description="Where the run goes.")
