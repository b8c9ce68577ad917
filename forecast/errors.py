"""Everything that can go wrong, by name.

    ForecastError                 exit 1 unless said otherwise
    ├── UsageError                2   flags that contradict each other or do not decide
    │   ├── InputNotFoundError    2   the named input is not a file
    │   └── OutputExistsError     2   the named output is there already
    ├── ConfigError               2   a file, environment or flag value refused
    ├── MissingExtraError         2   an optional dependency is not installed
    ├── DataError                 3   the data cannot be forecast as they are
    │   ├── SchemaError               column missing, wrong type, unreadable value
    │   ├── FrequencyError            duplicates, mixed or unknown sampling step
    │   └── NotEnoughDataError        too few rows: has, needs, which series
    ├── BundleError               4   a model file refused
    │   ├── CorruptBundleError        truncated, checksum, names or shapes
    │   ├── NewerBundleError          written by a later version
    │   └── UntrustedBundleError      not a kind of file that is safe to load
    ├── CheckFailed               5   a check that the user asked for was not met
    ├── WriteError                6   permission, disk full
    ├── TrainingError             7   training failed
    │   └── DivergedError             the loss was not finite, twice
    ├── NotFittedError            1   predict before fit
    └── Interrupted             130   the user stopped the run

An error holds what happened, where, and how to mend it; only the command line joins them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar


class ForecastError(Exception):
    """Root of all errors that this package raises on purpose.

    Parameters
    ----------
    message : str
        What went wrong, with the offending value and every number of the failed inequality.
    location : str, optional
        Where: file, line, column, series or configuration key.
    fix : str, optional
        How to mend it: a flag, a command, an example that works.
    mend : mapping of str to object, optional
        The likeliest fix as configuration keys and their values, where flags alone can mend it.
    """

    exit_code: ClassVar[int] = 1

    def __init__(
        self,
        message: str,
        *,
        location: str | None = None,
        fix: str | None = None,
        mend: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.location = location
        self.fix = fix
        self.mend = mend or {}

    def __str__(self) -> str:
        """Join the three parts in one line, for logs and notebooks."""
        where = f" (in {self.location})" if self.location else ""
        mend = f"; fix: {self.fix}" if self.fix else ""
        return f"{self.message}{where}{mend}"


class UsageError(ForecastError):
    """Arguments contradict each other or leave a choice open."""

    exit_code = 2


class InputNotFoundError(UsageError):
    """The named input is not a readable file."""


class OutputExistsError(UsageError):
    """The named output is there already and may not be replaced."""


class ConfigError(ForecastError):
    """A configuration value was refused; the location names its origin."""

    exit_code = 2


class MissingExtraError(ForecastError):
    """An optional dependency is needed and not installed."""

    exit_code = 2


class DataError(ForecastError):
    """The data cannot be forecast as they are."""

    exit_code = 3


class SchemaError(DataError):
    """A column is missing, has the wrong type or holds an unreadable value."""


class FrequencyError(DataError):
    """Stamps are duplicated, mixed or follow no known step."""


class NotEnoughDataError(DataError):
    """A series or panel has fewer rows than the request needs."""


class BundleError(ForecastError):
    """A model file was refused."""

    exit_code = 4


class CorruptBundleError(BundleError):
    """A model file is truncated, altered or does not fit its own description."""


class NewerBundleError(BundleError):
    """A model file was written by a later version of this package."""


class UntrustedBundleError(BundleError):
    """A file of a kind that could run code was given where a bundle should be."""


class CheckFailed(ForecastError):  # noqa: N818 - a verdict, not a fault
    """A check that the user asked for was not met."""

    exit_code = 5


class WriteError(ForecastError):
    """A file could not be written."""

    exit_code = 6


class TrainingError(ForecastError):
    """Training failed."""

    exit_code = 7


class DivergedError(TrainingError):
    """The loss stopped being finite and did not recover."""


class NotFittedError(ForecastError, ValueError, AttributeError):
    """Predict was called before fit."""


class Interrupted(ForecastError):  # noqa: N818 - a request, not a fault
    """The user asked the run to stop; what was finished has been kept."""

    exit_code = 130
