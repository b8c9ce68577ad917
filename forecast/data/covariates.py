"""Covariates: further columns of the file, beside the target.

past      known up to the cutoff (a sensor)
future    known for the steps ahead, too (a price, a promotion)
static    one value per series (a region, a size)

Past and future ones lie next to the packed values of a `Panel`, row by row. A category is kept as
the place of its word in a vocabulary, and -1 where the vocabulary has no such word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np

from forecast.data.arrays import FloatArray, IntArray
from forecast.data.calendar import channel_count

Role: TypeAlias = Literal["past", "future", "static"]
UNKNOWN = -1.0
"""Code of a word that the vocabulary does not hold."""


@dataclass(frozen=True)
class Covariate:
    """One column.

    Parameters
    ----------
    name : str
        As the file calls it.
    role : str
        ``past``, ``future`` or ``static``.
    words : tuple of str or None
        The vocabulary of a category; None for numbers.
    """

    name: str
    role: Role
    words: tuple[str, ...] | None = None

    @property
    def width(self) -> int:
        """Channels that a network reads: a number and whether it is missing, or one per word."""
        return 2 if self.words is None else len(self.words)


@dataclass(frozen=True, eq=False)
class Covariates:
    """All covariates of a panel of N series and R packed rows.

    Parameters
    ----------
    columns : tuple of Covariate
        Past ones, then future ones: the columns of ``values``.
    values : array of shape (R, C), in units of the file, or codes of words
        nan where missing.
    static_columns : tuple of Covariate
        The columns of ``static``.
    static : array of shape (N, S)
        Likewise.
    """

    columns: tuple[Covariate, ...]
    values: FloatArray
    static_columns: tuple[Covariate, ...]
    static: FloatArray

    @property
    def every(self) -> tuple[Covariate, ...]:
        """All columns, static ones last."""
        return (*self.columns, *self.static_columns)

    def names(self, role: Role) -> tuple[str, ...]:
        """Names of the columns of a role."""
        return tuple(column.name for column in self.every if column.role == role)

    def rows(self, source: IntArray) -> Covariates:
        """Covariates of packed rows ``source``; the series stay."""
        return replace(self, values=self.values[source])

    def series(self, indices: IntArray) -> Covariates:
        """Covariates of the series at ``indices``; the rows stay."""
        return replace(self, static=self.static[indices])

    def with_words(self, vocabularies: Sequence[tuple[str, ...] | None]) -> Covariates:
        """Code the categories by other vocabularies, in the order of ``every``."""
        count = len(self.columns)
        columns, values = _recoded(self.columns, self.values, vocabularies[:count])
        fixed, static = _recoded(self.static_columns, self.static, vocabularies[count:])
        return Covariates(columns, values, fixed, static)


@dataclass(frozen=True)
class Beside:
    """What is read beside the series: which covariates, which calendar.

    Parameters
    ----------
    columns, static_columns : tuple of Covariate
        With the vocabularies that are coded.
    calendar : tuple of str
        Calendar features.
    holidays : str or None
        A country.
    """

    columns: tuple[Covariate, ...] = ()
    static_columns: tuple[Covariate, ...] = ()
    calendar: tuple[str, ...] = ()
    holidays: str | None = None

    @property
    def past_channels(self) -> int:
        """P, channels that are known up to the cutoff."""
        return sum(column.width for column in self.columns if column.role == "past")

    @property
    def future_channels(self) -> int:
        """F, channels that are known for the steps ahead, calendar included."""
        known = sum(column.width for column in self.columns if column.role == "future")
        return known + channel_count(self.calendar, self.holidays)

    @property
    def static_channels(self) -> int:
        """S, channels of a series."""
        return sum(column.width for column in self.static_columns)


NOTHING = Beside()


def _recoded(
    columns: tuple[Covariate, ...],
    values: FloatArray,
    vocabularies: Sequence[tuple[str, ...] | None],
) -> tuple[tuple[Covariate, ...], FloatArray]:
    values, changed = values.copy(), []
    for place, (column, words) in enumerate(zip(columns, vocabularies, strict=True)):
        changed.append(replace(column, words=words))
        if column.words is None or words is None or column.words == words:
            continue
        known = {word: float(code) for code, word in enumerate(words)}
        table = np.array([*(known.get(word, UNKNOWN) for word in column.words), UNKNOWN])
        code = values[:, place]
        missing = np.isnan(code)
        values[:, place] = np.where(missing, np.nan, table[np.where(missing, -1, code).astype(int)])
    return tuple(changed), values


def vocabularies_before(covariates: Covariates, seen: IntArray) -> list[tuple[str, ...] | None]:
    """Vocabularies of the words that occur in packed rows ``seen``; of static ones, all words."""
    found: list[tuple[str, ...] | None] = []
    for place, column in enumerate(covariates.columns):
        if column.words is None:
            found.append(None)
            continue
        codes = covariates.values[seen, place]
        places = np.unique(codes[codes >= 0]).astype(int)
        found.append(tuple(column.words[code] for code in places))
    return [*found, *(column.words for column in covariates.static_columns)]


def join_covariates(
    *parts: tuple[Covariates, IntArray, IntArray], rows: int, series: int
) -> Covariates:
    """Lay covariates of the same columns over each other; what a later part knows stands.

    Parameters
    ----------
    parts : tuples of Covariates, array of shape (R,), array of shape (N,)
        The packed row and the series of each of theirs among those joined; later parts are coded
        by the vocabularies of the first.
    rows, series : int
        Packed rows and series joined.
    """
    first = parts[0][0]
    words = [column.words for column in first.every]
    values = np.full((rows, len(first.columns)), np.nan)
    static = np.full((series, len(first.static_columns)), np.nan)
    for covariates, slots, places in parts:
        coded = covariates.with_words(words)
        for whole, at, part in ((values, slots, coded.values), (static, places, coded.static)):
            whole[at] = np.where(np.isnan(part), whole[at], part)
    return Covariates(first.columns, values, first.static_columns, static)
