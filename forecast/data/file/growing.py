"""Columns that grow piece by piece: numbers, texts that repeat, and texts that do not.

The parts come as pandas parsed them behind a guide (see `forecast.data.file.pieces`), so the first
cell of each part is none of the column and, in categories, the empty text is always the first.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Generic, Protocol, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from forecast.data.arrays import BoolArray

SHARE = 8
"""One part in so many is added to the room of an array that is full."""
Number = TypeVar("Number", bound=np.generic)


class Column(Protocol):
    """A column that grows at its end."""

    def add(self, part: pd.Series) -> None:
        """Put a part under the others."""

    def whole(self) -> pd.Series:
        """Return all parts as one column."""


def growing(part: pd.Series, room: int, *, repeated: bool) -> Column:
    """Make an empty column for parts such as this one.

    Parameters
    ----------
    part : Series
        The first part; it is not added.
    room : int
        Rows that are expected in all.
    repeated : bool
        Whether texts are stored by their distinct values.
    """
    if part.dtype == np.float64:
        return _Numbers(room)
    return _Repeated(room) if repeated else _Texts()


def known(part: pd.Series) -> BoolArray:
    """Tell which cells of a part hold anything, shape (rows,)."""
    if isinstance(part.dtype, pd.CategoricalDtype):
        filled = part.cat.codes.to_numpy() != 0
    elif part.dtype == np.float64:
        filled = ~np.isnan(part.to_numpy())
    else:
        filled = (part != "").to_numpy(dtype=np.bool_)
    return np.asarray(filled[1:], dtype=np.bool_)


class _Array(Generic[Number]):
    """An array whose room is taken at once: memory is used as it is filled."""

    def __init__(self, kind: type[Number], room: int) -> None:
        self._array: npt.NDArray[Number] = np.empty(room, dtype=kind)
        self._size = 0

    def extend(self, values: npt.NDArray[Number]) -> None:
        stop = self._size + len(values)
        if stop > len(self._array):
            self._array.resize(stop + stop // SHARE, refcheck=False)
        self._array[self._size : stop] = values
        self._size = stop

    @property
    def filled(self) -> npt.NDArray[Number]:
        return self._array[: self._size]


class _Numbers:
    def __init__(self, room: int) -> None:
        self._values = _Array(np.float64, room)

    def add(self, part: pd.Series) -> None:
        self._values.extend(part.to_numpy()[1:])

    def whole(self) -> pd.Series:
        return pd.Series(self._values.filled)


class _Texts:
    def __init__(self) -> None:
        self._parts: list[pd.Series] = []

    def add(self, part: pd.Series) -> None:
        self._parts.append(part.iloc[1:].astype("str"))

    def whole(self) -> pd.Series:
        return pd.concat(self._parts, ignore_index=True)


class _Repeated:
    """Each text once, and for every row its place among them."""

    def __init__(self, room: int) -> None:
        self._codes = _Array(np.int32, room)
        self._places: defaultdict[str, int] = defaultdict()
        self._places.default_factory = self._places.__len__
        self._texts: pd.Index = pd.Index([], dtype="str")
        self._found = np.empty(0, dtype=np.int32)

    def add(self, part: pd.Series) -> None:
        texts = part.cat.categories
        if not texts.equals(self._texts):  # most parts have the texts of the part before
            places = map(self._places.__getitem__, texts)
            self._texts, self._found = texts, np.fromiter(places, dtype=np.int32)
        self._codes.extend(self._found[part.cat.codes.to_numpy()[1:]])

    def whole(self) -> pd.Series:
        texts = np.array(list(self._places), dtype=object)
        order = np.argsort(texts)
        ranks = np.empty(len(order), dtype=np.min_scalar_type(-len(order)))
        ranks[order] = np.arange(len(order))
        codes = ranks[self._codes.filled]
        texts = texts[order]
        if not (codes == 0).any():  # the empty text was only in the guides
            codes, texts = codes - 1, texts[1:]
        names = pd.Index(texts, dtype="str")
        return pd.Series(pd.Categorical.from_codes(codes, categories=names))
