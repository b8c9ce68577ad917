"""What a caller in Python may pass, and how he is told when it is something else."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, cast

import numpy as np
import pandas as pd

from forecast.config.section import MOST_STEPS
from forecast.errors import UsageError

if TYPE_CHECKING:
    from forecast.workflows.reading import Source


def as_source(data: object) -> Source:
    """Return data that can be read; a Series becomes a frame of one column by the times it has.

    Raises
    ------
    UsageError
        If it is no path, data frame, stream or list of paths.
    """
    if isinstance(data, pd.Series):
        return _by_time(data).to_frame("y" if data.name is None else data.name)
    if isinstance(data, (str, Path, pd.DataFrame)):
        return data
    if isinstance(data, (list, tuple)) and all(isinstance(item, (str, Path)) for item in data):
        return data
    if hasattr(data, "read"):
        return cast("TextIO", data)
    raise UsageError(
        f"the data are {_named(data)}, and must be a path, a data frame, a stream or a list of "
        "paths",
        location="argument data",
        fix="name a file, or put the values into a pandas.DataFrame",
    )


def _by_time(series: pd.Series) -> pd.Series:
    """Name an index of numbers as what it is: the steps; one that counts from 0 says nothing."""
    index = series.index
    counts = index.nlevels == 1 and index.name is None and index.inferred_type == "integer"
    if not counts or index.equals(pd.RangeIndex(len(index))):
        return series
    return series.rename_axis("step")


def as_path(path: object, *, name: str) -> Path:
    """Return a path.

    Raises
    ------
    UsageError
        If it is something else.
    """
    if isinstance(path, (str, Path)):
        return Path(path)
    raise UsageError(
        f"{name} is {_named(path)}, and must be a path",
        location=f"argument {name}",
        fix="name a file or folder, such as 'runs/sales-gru'",
    )


def as_horizon(horizon: object) -> int | None:
    """Return steps ahead; None leaves them to the bundle.

    Raises
    ------
    UsageError
        If they are no whole number.
    """
    return None if horizon is None else as_count(horizon, name="horizon", example=24)


def check_horizon(horizon: int | None) -> None:
    """Refuse steps ahead that nothing has room for.

    Raises
    ------
    UsageError
        If they are below 1, or more than a configuration may ask for.
    """
    if horizon is not None and not 1 <= horizon <= MOST_STEPS:
        what = "is below 1" if horizon < 1 else f"is above {MOST_STEPS:,}"
        raise UsageError(
            f"horizon {horizon:,} {what}", location="flag --horizon", fix="such as --horizon 24"
        )


def as_count(count: object, *, name: str, example: int) -> int:
    """Return a whole number.

    Raises
    ------
    UsageError
        If it is none.
    """
    if isinstance(count, Integral) and not isinstance(count, bool):
        return int(count)
    raise UsageError(
        f"{name} is {_named(count)}, and must be a whole number",
        location=f"argument {name}",
        fix=f"for example {name}={example}",
    )


def as_levels(
    levels: object, *, name: str = "levels", example: str = "[80, 95]"
) -> tuple[float, ...] | None:
    """Return levels, one or several; None leaves them open.

    Raises
    ------
    UsageError
        If one is no number.
    """
    if levels is None:
        return None
    several = isinstance(levels, Iterable) and not isinstance(levels, str)
    found: list[float] = []
    for level in cast("Iterable[object]", levels) if several else (levels,):
        if isinstance(level, bool) or not isinstance(level, (Integral, float, np.floating)):
            raise UsageError(
                f"{name[:-1]} {_named(level)} is not a number",
                location=f"argument {name}",
                fix=f"for example {name}={example}",
            )
        found.append(float(level))
    return tuple(found)


def as_cutoff(cutoff: object) -> str | None:
    """Return a cutoff as text; None is the end of each series.

    Raises
    ------
    UsageError
        If it is no moment and no count.
    """
    if cutoff is None or isinstance(cutoff, (str, date, np.datetime64, Integral)):
        return None if cutoff is None else str(cutoff)
    raise UsageError(
        f"cutoff is {_named(cutoff)}, and must be a date or a count",
        location="argument cutoff",
        fix="for example cutoff='2024-06-30'",
    )


def check_names(names: object) -> None:
    """Refuse a kind of names that there is not.

    Raises
    ------
    UsageError
        If they are not ``standard`` or ``input``.
    """
    if names not in ("standard", "input"):
        raise UsageError(
            f"names is {_named(names)}, and must be 'standard' or 'input'",
            location="argument names",
            fix="for example names='input'",
        )


def _named(value: object) -> str:
    """Show a short value, and name the type of a long one."""
    shown = repr(value)
    kind = type(value)
    return shown if len(shown) <= 40 else f"of type {kind.__module__}.{kind.__name__}"  # noqa: PLR2004
