"""What the sections of a configuration share: a strict, closed base and the kinds of values."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

MOST_STEPS = 1_000_000  # beyond any series that fits this program; keeps a slip from filling memory
MOST_UNITS = 65_536
MOST_ROWS = 10**12

Auto: TypeAlias = Literal["auto"]
Steps: TypeAlias = Annotated[int, Field(ge=1, le=MOST_STEPS)]
Units: TypeAlias = Annotated[int, Field(ge=1, le=MOST_UNITS)]
Rows: TypeAlias = Annotated[int, Field(ge=1, le=MOST_ROWS)]
Fraction: TypeAlias = Annotated[float, Field(gt=0, lt=1)]
Name: TypeAlias = Annotated[str, Field(min_length=1)]
Level: TypeAlias = Annotated[float, Field(ge=1, lt=100)]  # in percent: 0.8 would be a slip


def as_tuple(value: object) -> object:
    """Take a list, and a single value as a list of one."""
    if isinstance(value, list):
        return tuple(value)
    if isinstance(value, (str, int, float)):
        return (value,)
    return value


def without_repeats(values: tuple[object, ...]) -> tuple[object, ...]:
    """Refuse a list that names something twice."""
    for index, value in enumerate(values):
        if value in values[:index]:
            raise PydanticCustomError("repeated", "names {value} twice", {"value": repr(value)})
    return values


Names: TypeAlias = Annotated[
    tuple[Name, ...], BeforeValidator(as_tuple), AfterValidator(without_repeats)
]
Levels: TypeAlias = Annotated[
    tuple[Level, ...], BeforeValidator(as_tuple), AfterValidator(without_repeats)
]


class Section(BaseModel):
    """What the sections share: frozen, strict, closed."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, protected_namespaces=()
    )
