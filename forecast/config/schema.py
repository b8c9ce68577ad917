"""The configuration of a run: five frozen sections, each value described and bounded.

``"auto"`` stands for a value that a workflow resolves on the rows up to the first cutoff.
Values are taken strictly: text is never read as a number here (`forecast.config.load` does that
for flags and the environment, by the scalars of YAML 1.2).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

MOST_STEPS = 1_000_000  # beyond any series that fits this program; keeps a slip from filling memory
MOST_UNITS = 65_536
MOST_ROWS = 10**12
MOST_SEED = 2**32 - 1  # the largest that numpy takes

ModelName: TypeAlias = Literal[
    "gru", "lstm", "rnn", "naive", "seasonal_naive", "drift", "moving_average"
]
Auto: TypeAlias = Literal["auto"]
Steps: TypeAlias = Annotated[int, Field(ge=1, le=MOST_STEPS)]
Units: TypeAlias = Annotated[int, Field(ge=1, le=MOST_UNITS)]
Rows: TypeAlias = Annotated[int, Field(ge=1, le=MOST_ROWS)]
Fraction: TypeAlias = Annotated[float, Field(gt=0, lt=1)]
Name: TypeAlias = Annotated[str, Field(min_length=1)]
Level: TypeAlias = Annotated[float, Field(ge=1, lt=100)]  # in percent: 0.8 would be a slip

SIZE_ALLOWED = "a whole number of rows of at least 1, or a fraction with a decimal point (0.2)"


def _as_tuple(value: object) -> object:
    """Take a list, and a single value as a list of one."""
    if isinstance(value, list):
        return tuple(value)
    if isinstance(value, (str, int, float)):
        return (value,)
    return value


def _without_repeats(values: tuple[object, ...]) -> tuple[object, ...]:
    """Refuse a list that names something twice."""
    for index, value in enumerate(values):
        if value in values[:index]:
            raise PydanticCustomError("repeated", "names {value} twice", {"value": repr(value)})
    return values


Names: TypeAlias = Annotated[
    tuple[Name, ...], BeforeValidator(_as_tuple), AfterValidator(_without_repeats)
]
Levels: TypeAlias = Annotated[
    tuple[Level, ...], BeforeValidator(_as_tuple), AfterValidator(_without_repeats)
]


class Section(BaseModel):
    """What the sections share: frozen, strict, closed."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, protected_namespaces=()
    )


class DataConfig(Section):
    """How the table is read."""

    target: Names = Field(
        default=(),
        description="Columns to forecast; several become several series of one model; "
        "`all` takes every numeric column; empty finds it.",
        examples=[("sales",)],
    )
    time: Names = Field(
        default=(),
        description="Column of the time stamps; several are joined; empty finds it.",
        examples=[("date",)],
    )
    id: Names = Field(
        default=(),
        description="Column that names the series; several are joined with `/`; empty finds it.",
        examples=[("store",)],
    )
    freq: Name = Field(
        default="auto",
        description="Sampling step as a pandas alias (`h`, `D`, `W-SUN`, `MS`).",
    )
    season_length: Steps | Auto = Field(
        default="auto",
        description="Season in steps; automatic is by the frequency, or by autocorrelation "
        "where there is none.",
    )
    layout: Literal["auto", "long", "wide", "rows"] = Field(
        default="auto",
        description="A row per series and time, a column per series, or a row per series with "
        "its values from the left.",
    )
    fill: Literal["none", "interpolate", "forward", "seasonal", "zero"] = Field(
        default="none",
        description="What a network sees where a value is missing, made from earlier rows only; "
        "`none` masks it. A missing value is never a target.",
    )
    max_gap: Steps | None = Field(
        default=None,
        description="More missing values in a row split a series: no window reaches across.",
        examples=[14],
    )
    duplicates: Literal["refuse", "mean", "sum", "first", "last", "max"] = Field(
        default="refuse", description="What becomes of rows with one series and one time."
    )
    resample: Name | None = Field(
        default=None,
        description="Coarser step to gather the rows into, as a pandas alias.",
        examples=["D"],
    )
    aggregate: Literal["mean", "sum", "first", "last", "max"] = Field(
        default="mean", description="How the rows of a resampled step become one value."
    )
    calendar: Literal["regular", "observed"] = Field(
        default="regular",
        description="`observed`: only the weekdays and times of day that occur are steps, such as "
        "trading days and opening hours.",
    )
    since: Name | None = Field(
        default=None, description="First moment of the rows to take.", examples=["2015-01-01"]
    )
    until: Name | None = Field(
        default=None, description="Last moment of the rows to take.", examples=["2019-12-31"]
    )
    series: Names = Field(
        default=(),
        description="Series to take; names, or patterns with `*`.",
        examples=[("store_1", "store_2*")],
    )
    exclude: Names = Field(
        default=(),
        description="Series to leave out; names, or patterns with `*`.",
        examples=[("test*",)],
    )
    separator: Literal["auto", "comma", "semicolon", "tab", "pipe"] = Field(
        default="auto", description="What stands between two cells."
    )
    decimal: Literal["auto", "point", "comma"] = Field(
        default="auto",
        description="Decimal mark; automatic is by the evidence of each column.",
    )
    thousands: Literal["auto", "none", "comma", "point", "space", "apostrophe"] = Field(
        default="auto", description="What stands between groups of three digits."
    )
    encoding: Name = Field(
        default="auto",
        description="Encoding of the text; automatic is UTF-8, else what its bytes tell.",
        json_schema_extra={"allowed": "auto, or a name such as latin-1"},
    )
    comment: Name = Field(
        default="auto",
        description="What a comment line begins with; `none` for no comments; automatic is `#` "
        "where the line cannot be a row.",
    )
    no_header: bool = Field(
        default=False,
        description="The first line is a row; columns are called `column_1`, `column_2`, ...",
    )
    date_format: Name = Field(
        default="auto",
        description="How dates are written, such as `%d.%m.%Y %H:%M`; `epoch` and `epoch_ms` are "
        "seconds and milliseconds since 1970.",
    )
    missing_values: Names = Field(
        default=(),
        description="Cells that count as missing beside empty ones, NaN, NA, `?`, `-` and None.",
        examples=[("-999",)],
    )
    allow_truncated: bool = Field(
        default=False, description="Drop a last line that was cut off instead of refusing it."
    )
    time_zone: Name = Field(
        default="auto",
        description="Zone of the times, such as `Europe/Paris`; automatic is as the file says.",
        json_schema_extra={"allowed": "auto, or a name such as Europe/Paris"},
    )
    max_bytes: Rows | None = Field(
        default=None,
        description="Most bytes of text to read, unpacked; null for 4 GiB, less for archives.",
        examples=[10_000_000_000],
    )


class ModelConfig(Section):
    """What is fitted."""

    name: ModelName = Field(default="gru", description="Architecture.")
    horizon: Steps | Auto = Field(
        default="auto", description="Steps ahead; automatic is one season."
    )
    context_length: Steps | Auto = Field(
        default="auto", description="Input window in steps (lookback, sequence length)."
    )
    segment_length: Steps | Auto = Field(
        default="auto", description="Observations that one recurrent step reads (1 = classic)."
    )
    hidden_size: Units | Auto = Field(default="auto", description="Units of the recurrent state.")
    num_layers: Annotated[int, Field(ge=1, le=16)] = Field(
        default=1, description="Recurrent layers."
    )
    dropout: Annotated[float, Field(ge=0, lt=1)] = Field(
        default=0.0, description="Share of units dropped while training."
    )
    scaler: Literal["standard", "minmax", "robust", "none"] = Field(
        default="standard", description="Scaling of each series, fitted on training rows only."
    )
    loss: Literal["mae", "mse", "huber"] = Field(
        default="mae", description="What training minimises, in scaled units."
    )
    window_normalisation: Literal["last", "standard", "none"] = Field(
        default="last",
        description="Each window relative to its last value, by its own mean and deviation, "
        "or as it is.",
    )
    skip: Literal["linear", "none"] = Field(
        default="linear", description="A linear path from the context straight to the forecast."
    )
    initial_season: Steps | Auto = Field(
        default="auto",
        description="The untrained network repeats the last so many values (1 = the last value); "
        "automatic takes what repeats best.",
    )


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
    window: Literal["expanding", "rolling"] = Field(
        default="expanding",
        description="Training rows from the first on, or the last max_train_size of them; "
        "rolling where only max_train_size is given.",
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
                {"key": "window", "fix": "add --max-train-size ROWS, or leave out the window"},
            )
        if self.window == "expanding" and self.max_train_size is not None:
            raise PydanticCustomError(
                "contradiction",
                "validation.window is 'expanding', and validation.max_train_size is {size}",
                {
                    "key": "window",
                    "size": self.max_train_size,
                    "fix": "pass --window rolling, or leave out --max-train-size",
                },
            )
        return self


class RunConfig(Section):
    """Where the run goes; not stored in bundles or in a run's config.yaml."""

    output: Name | None = Field(
        default=None,
        description="Run folder; null takes `runs/<file stem>-<model>`.",
        examples=["runs/sales"],
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
