"""How points become one number: what is missing is passed over, what is undefined is nan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from forecast.data.arrays import FloatArray, IntArray


def mean_of(values: FloatArray) -> FloatArray:
    """Mean over the last axis of what is not missing; nan where nothing is there."""
    there = ~np.isnan(values)
    return over(np.where(there, values, 0.0).sum(axis=-1), there.sum(axis=-1))


def over(above: FloatArray, below: FloatArray | IntArray) -> FloatArray:
    """Divide where the denominator is above 0; nan elsewhere."""
    ratio = np.full(np.shape(above), np.nan)
    np.divide(above, below, out=ratio, where=np.asarray(below) > 0)
    return ratio[()]  # a number, where the shape is ()
