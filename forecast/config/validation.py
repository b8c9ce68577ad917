"""How a run is judged: its folds, their sizes, and what is kept in the end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from forecast.config.section import (
    MOST_STEPS,
    Auto,
    Fraction,
    Levels,
    Name,
    Rows,
    Section,
    Steps,
    as_tuple,
)

SIZE_ALLOWED = "a whole number of rows of at least 1, or a fraction with a decimal point (0.2)"


class ValidationConfig(Section):
    """How it is judged."""

    folds: Annotated[int, Field(ge=0, le=1000)] | Auto = Field(
        default="auto", description="Models trained and judged in turn (0 = none, automatic 3)."
    )
    step_size: Steps | Auto = Field(
        default="auto", description="Steps between the cutoffs of a fold."
    )
    gap: Annotated[int, Field(ge=0, le=MOST_STEPS)] = Field(
        default=0, description="Steps between the last training target and the first cutoff."
    )
    cutoffs: tuple[int | Name, ...] = Field(
        default=(),
        description="Where to forecast from, one fold each: times, or steps back from the end.",
        examples=[("2024-03-01", 28)],
        json_schema_extra={"allowed": "times or whole numbers of steps back, the earliest first"},
    )
    window: Literal["expanding", "rolling", "blocked"] = Field(
        default="expanding",
        description="Training rows from the first on, or the last max_train_size of them, or "
        "those of a stretch of its own; rolling where only max_train_size is given.",
    )
    refit: Annotated[int, Field(ge=1, le=1000)] | Literal["every", "never"] = Field(
        default="every",
        description="For which folds a model is trained: every one, every so many, or never again "
        "after the first; a fold between is judged by the model before.",
        examples=[2],
    )
    max_train_size: Rows | None = Field(
        default=None, description="Rows of a rolling training window.", examples=[1000]
    )
    train_size: Rows | Fraction | None = Field(
        default=None,
        description="Training rows from the first on: a count, or a fraction with a decimal "
        "point; implies one fold.",
        examples=[0.6],
        json_schema_extra={"allowed": SIZE_ALLOWED},
    )
    validation_size: Rows | Fraction | None = Field(
        default=None,
        description="Rows for early stopping, after the training rows: a count or a fraction; "
        "without, the last tenth of the training rows.",
        examples=[0.2],
        json_schema_extra={"allowed": SIZE_ALLOWED},
    )
    test_size: Rows | Fraction | None = Field(
        default=None,
        description="Rows for the scores, after the others: a count or a fraction.",
        examples=[0.2],
        json_schema_extra={"allowed": SIZE_ALLOWED},
    )
    final_fit: bool | Auto = Field(
        default="auto",
        description="Whether the bundle is trained on all rows; automatic is no with explicit "
        "sizes, else yes.",
    )
    level: Levels = Field(default=(80.0, 95.0), description="Interval levels in percent.")
    intervals: Literal["conformal", "head", "none"] = Field(
        default="conformal",
        description="What intervals are made of: the errors of the folds, or the distribution of "
        "the model's own head; none makes no intervals.",
    )

    @field_validator("cutoffs", mode="before")
    @classmethod
    def _as_tuple(cls, value: object) -> object:
        """Take a list, and one cutoff as a list of one."""
        return as_tuple(value)

    @model_validator(mode="before")
    @classmethod
    def _imply_rolling(cls, values: object) -> object:
        """Read a bare max_train_size as a rolling window: it has no other meaning."""
        if not isinstance(values, Mapping) or "window" in values:
            return values
        if values.get("max_train_size") is None:
            return values
        return {**values, "window": "rolling"}

    @model_validator(mode="after")
    def _agree(self) -> ValidationConfig:
        """Refuse a window that contradicts max_train_size."""
        if self.window == "rolling" and self.max_train_size is None:
            raise PydanticCustomError(
                "contradiction",
                "validation.window is 'rolling', and validation.max_train_size is not set",
                {
                    "key": "window",
                    "fix": "add its rows, such as --max-train-size 1000, or leave out the window",
                },
            )
        if self.window != "rolling" and self.max_train_size is not None:
            raise PydanticCustomError(
                "contradiction",
                "validation.window is '{window}', and validation.max_train_size is {size}",
                {
                    "key": "window",
                    "window": self.window,
                    "size": self.max_train_size,
                    "fix": "pass --window rolling, or leave out --max-train-size",
                },
            )
        return self
