"""The panel: one or many series of one frequency, packed end to end on one grid of rows.

Nothing is padded: N series of unequal length take as much memory as their values. Row p of the
grid is the same instant for every series (or, without stamps, the same distance from the end), so
a cutoff is one integer for the whole panel.

    grid row      0   1   2   3   4   5
    'a'           1   2   3   4   5   6      first 0, length 6
    'b'                   7   .   9  10      first 2, length 4; the dot is a missing value (nan)

    values   [1 2 3 4 5 6 | 7 . 9 10]        offsets [0, 6, 10]
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from forecast.data.arrays import FloatArray, IntArray
from forecast.data.covariates import Covariates
from forecast.data.packing import offsets_of, runs
from forecast.data.times.clock import Clock


@dataclass(frozen=True)
class Span:
    """The rows of the grid that one fit may learn from, half-open.

    Parameters
    ----------
    start : int
        First row.
    train_stop : int
        One past the last row of a training target; the scaler sees rows ``start`` to here.
    stop : int
        One past the last row of the validation tail; equal to ``train_stop`` when there is none.
    """

    start: int
    train_stop: int
    stop: int


@dataclass(frozen=True, eq=False)
class Panel:
    """N series on one grid; see the module for the layout.

    Parameters
    ----------
    unique_ids : tuple of str
        The N names, in order.
    values : array of shape (sum of lengths,), in units of the file
        Packed values, nan where missing.
    offsets : array of shape (N + 1,)
        Series i is ``values[offsets[i]:offsets[i + 1]]``.
    first : array of shape (N,)
        The grid row of each series' first value.
    clock : Clock
        Tells the stamp of a grid row.
    covariates : Covariates or None
        Further columns, packed alike.
    """

    unique_ids: tuple[str, ...]
    values: FloatArray
    offsets: IntArray
    first: IntArray
    clock: Clock
    covariates: Covariates | None = None

    @property
    def n_series(self) -> int:
        """N, the number of series."""
        return len(self.unique_ids)

    @property
    def lengths(self) -> IntArray:
        """Rows of each series, shape (N,)."""
        return np.diff(self.offsets)

    @property
    def owners(self) -> IntArray:
        """Index of the series that each packed value belongs to, shape (R,)."""
        return np.repeat(np.arange(self.n_series, dtype=np.int64), self.lengths)

    @property
    def length(self) -> int:
        """Rows of the grid: one past the last row of the series that ends last."""
        return int((self.first + self.lengths).max(initial=0))

    def series(self, index: int) -> FloatArray:
        """View of the values of one series."""
        return self.values[self.offsets[index] : self.offsets[index + 1]]

    def at(self, positions: IntArray) -> FloatArray:
        """Values of every series at grid rows ``positions``.

        Parameters
        ----------
        positions : array of shape (...)
            Grid rows; they may lie outside the grid.

        Returns
        -------
        array of shape (N, ...)
            nan where a series has no value.
        """
        flat = positions.reshape(-1)
        local = flat[None, :] - self.first[:, None]
        inside = (local >= 0) & (local < self.lengths[:, None])
        if not self.values.size:
            return np.full((self.n_series, *positions.shape), np.nan)
        source = np.where(inside, local + self.offsets[:-1, None], 0)
        found = np.where(inside, self.values[source], np.nan)
        return found.reshape(self.n_series, *positions.shape)

    def matrix(self, start: int, stop: int) -> FloatArray:
        """Values at grid rows ``start`` to ``stop - 1`` as time x series, shape (rows, N)."""
        return self.at(np.arange(start, stop, dtype=np.int64)).T

    def horizon_after(self, cutoffs: IntArray, horizon: int) -> FloatArray:
        """Actual values of the ``horizon`` rows after each cutoff, shape (N, K, H)."""
        steps = np.arange(1, horizon + 1, dtype=np.int64)
        return self.at(cutoffs[:, None] + steps[None, :])

    def take(self, indices: IntArray) -> Panel:
        """Panel of the series at ``indices``, in that order, on the same grid."""
        lengths = self.lengths[indices]
        source = runs(self.offsets[:-1][indices], lengths)
        return replace(
            self,
            unique_ids=tuple(self.unique_ids[index] for index in indices),
            values=self.values[source],
            offsets=offsets_of(lengths),
            first=self.first[indices],
            clock=self.clock.take(indices),
            covariates=self.covariates and self.covariates.rows(source).series(indices),
        )

    def tail(self, rows: int | IntArray) -> Panel:
        """Panel of the last ``rows`` rows of every series, or (N,) of each, kept where it ends."""
        lengths = np.minimum(self.lengths, rows)
        first = self.first + self.lengths - lengths
        start = int(first.min(initial=self.length))
        source = runs(self.offsets[1:] - lengths, lengths)
        return replace(
            self,
            values=self.values[source],
            offsets=offsets_of(lengths),
            first=first - start,
            clock=self.clock.shifted(start),
            covariates=self.covariates and self.covariates.rows(source),
        )

    def slice(self, start: int, stop: int) -> Panel:
        """Panel of the grid rows ``start`` to ``stop - 1``; row numbers begin again at 0.

        A series without a row in that stretch keeps its name and has length 0.
        """
        begin = np.clip(self.first, start, stop)
        end = np.clip(self.first + self.lengths, start, stop)
        lengths = np.maximum(end - begin, 0)
        source = runs(self.offsets[:-1] + begin - self.first, lengths)
        return replace(
            self,
            values=self.values[source],
            offsets=offsets_of(lengths),
            first=begin - start,
            clock=self.clock.shifted(start),
            covariates=self.covariates and self.covariates.rows(source),
        )
