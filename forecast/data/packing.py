"""Arithmetic of packed series: where each begins, and which rows a stretch of each takes up.

lengths 3 1 2      values  [a a a | b | c c]      offsets [0, 3, 4, 6]
"""

from __future__ import annotations

import numpy as np

from forecast.data.arrays import IntArray

ROWS_CAP = 200_000_000
"""Most rows of a panel: a stray stamp centuries away would ask for more."""


def offsets_of(lengths: IntArray) -> IntArray:
    """Where each of N series begins, and one past the end of the last, shape (N + 1,).

    Examples
    --------
    >>> offsets_of(np.array([3, 1, 2])).tolist()
    [0, 3, 4, 6]
    """
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


def runs(starts: IntArray, lengths: IntArray) -> IntArray:
    """Consecutive numbers from each of N starts, one run behind the other.

    Parameters
    ----------
    starts, lengths : array of shape (N,)
        First number of each run, and how many it has.

    Examples
    --------
    >>> runs(np.array([7, 2]), np.array([3, 2])).tolist()
    [7, 8, 9, 2, 3]
    """
    ends = np.cumsum(lengths)
    inside = np.arange(int(ends[-1]) if len(ends) else 0, dtype=np.int64)
    shifts: IntArray = np.repeat(starts - (ends - lengths), lengths)
    return inside + shifts
