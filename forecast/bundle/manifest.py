"""The description inside a bundle: all its structure, none of its numbers.

Canonical JSON under the one metadata key `forecast` of a safetensors file. It holds no path, no
time of day, no duration and no count of workers, so that one training gives one sequence of bytes.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

FORMAT: Final = 1
WEEK = 7 * 86_400_000_000  # microseconds
KINDS = 20_000  # of stamps in a week: one each half minute
MOST_LEVELS = 99
MAX_ROWS = 10_000_000  # no honest tail, season or horizon is longer; a forged one costs memory

Count: TypeAlias = Annotated[int, Field(ge=1, le=MAX_ROWS)]
Scores: TypeAlias = dict[str, dict[str, float | None]]
TensorSpec: TypeAlias = tuple[str, tuple[Annotated[int, Field(ge=0)], ...]]


class _Part(BaseModel):
    """Closed to unknown keys and other types, and never changed."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Versions(_Part):
    """What wrote the file, beside this package."""

    python: str
    torch: str
    numpy: str
    pandas: str


class ColumnNames(_Part):
    """The columns of the training file that were used; empty lists where there was none.

    ``time_format`` says how each time column was written, see `forecast.data.times.written`;
    ``order`` is that of the file, from left to right; ``decimal`` is the mark that its numbers
    showed.
    """

    time: tuple[str, ...] = ()
    target: tuple[str, ...] = ()
    id: tuple[str, ...] = ()
    layout: Literal["auto", "long", "wide", "rows"] = "long"
    time_format: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    decimal: Literal["auto", "point", "comma"] = "auto"

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.time_format and len(self.time_format) != len(self.time):
            raise ValueError("each time column has one format")
        if self.layout == "rows" and len(self.id) != 1:
            raise ValueError("a file of one row for each series has one id")
        return self


class CalendarSpec(_Part):
    """Rows are stamps: row 0 of the tail is ``origin`` (ISO 8601).

    ``kinds`` are those of an observed calendar, in microseconds of the week; empty for a regular
    one.
    """

    kind: Literal["calendar"] = "calendar"
    origin: str
    freq: str
    time_zone: str | None
    kinds: Annotated[tuple[Annotated[int, Field(ge=0, lt=WEEK)], ...], Field(max_length=KINDS)] = ()


class CountSpec(_Part):
    """Rows are counts; those of row ``length - 1`` are the tensor `clock.last`."""

    kind: Literal["count"] = "count"
    step: int
    length: int


class CovariateSpec(_Part):
    """One covariate; the words of a category are in the order of its codes."""

    name: str
    role: Literal["past", "future", "static"]
    words: tuple[str, ...] | None


class Manifest(_Part):
    """Everything that a bundle says of itself.

    Parameters
    ----------
    format : int
        Of the file; a reader refuses a higher one.
    forecast_version, versions
        What wrote it.
    config : dict
        The resolved configuration without its `run` section.
    model : str
        Name in the registry.
    settings : dict
        Arguments that build the forecaster.
    parameters : int
        How many numbers it has learnt; 0 for a rule.
    horizon, season_length : int, in steps
        Trained horizon; season of the reference forecasts.
    context_length : int or None, in steps
        Rows that the forecaster reads; None for a rule.
    columns, clock, unique_ids
        How the training file was read; the names are in the order of the tensors' rows.
    tail_rows : int
        Rows of the grid on which the stored tail lies.
    covariates : tuple of CovariateSpec
        Past, future and static ones, as the columns of their tensors; none for a rule.
    scaler : str or None
        Kind; its numbers are tensors.
    transform : str
        Of the target: what a network forecasts, and where intervals are made.
    non_negative : bool
        Whether forecasts and intervals are clipped at 0.
    fingerprint : str
        Of the training data.
    rows : int
        Of the training data.
    levels : tuple of float, in percent
        Of the intervals that were asked for.
    intervals : str
        What those of a forecast are made of: ``conformal``, ``head`` or ``none``.
    scores : dict of dict
        Metrics over all folds, by model and by name; None where undefined.
    notes : tuple of str
        What a user should know, one sentence each.
    interrupted : str or None
        Where the user stopped the training; such a model was not judged.
    tensors : dict
        Type and shape of each tensor, by name.
    sha256 : str
        Over the canonical JSON of all other fields and the bytes of all tensors in name order.
    """

    format: Literal[1] = FORMAT
    forecast_version: str
    versions: Versions
    config: dict[str, JsonValue]
    model: str
    settings: dict[str, str | int | float | bool | None]
    parameters: Annotated[int, Field(ge=0)]
    horizon: Count
    context_length: Count | None
    season_length: Count
    columns: ColumnNames
    clock: Annotated[CalendarSpec | CountSpec, Field(discriminator="kind")]
    unique_ids: Annotated[tuple[str, ...], Field(min_length=1)]
    tail_rows: Annotated[int, Field(ge=0, le=MAX_ROWS)]
    covariates: tuple[CovariateSpec, ...] = ()
    scaler: Literal["standard", "minmax", "robust", "none"] | None
    transform: Literal["none", "log1p", "sqrt", "box-cox", "difference", "seasonal-difference"] = (
        "none"
    )
    non_negative: bool = False
    fingerprint: str
    rows: Annotated[int, Field(ge=0)]
    levels: Annotated[
        tuple[Annotated[float, Field(gt=0, lt=100)], ...], Field(max_length=MOST_LEVELS)
    ]
    intervals: Literal["conformal", "head", "none"] = "conformal"
    scores: Scores
    notes: tuple[str, ...]
    interrupted: str | None = None
    tensors: dict[str, TensorSpec] = {}
    sha256: str = ""

    @property
    def freq(self) -> str | None:
        """Sampling step of the stamps; None where rows are counts."""
        return self.clock.freq if isinstance(self.clock, CalendarSpec) else None

    @property
    def time_zone(self) -> str | None:
        """Zone of the stamps; None where they have none."""
        return self.clock.time_zone if isinstance(self.clock, CalendarSpec) else None

    def structure(self) -> dict[str, JsonValue]:
        """JSON values of all fields."""
        values: dict[str, JsonValue] = self.model_dump(mode="json")
        return values
