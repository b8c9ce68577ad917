"""Cells that the user calls missing, such as -999: by their text, or by their number (-999.0)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from forecast.data.arrays import BoolArray
from forecast.data.file.values import as_floats, is_number


def marked(column: pd.Series, markers: Sequence[str]) -> BoolArray:
    """Tell which cells are a marker, or the same number as one, shape (T,).

    Parameters
    ----------
    column : Series of T cells
        Numbers, or text.
    markers : sequence of str
        What the user calls missing.

    Examples
    --------
    >>> marked(pd.Series(["-999", "-999.0", "x", "9"]), ["-999", "x"])
    array([ True,  True,  True, False])
    """
    meant = as_floats(pd.Series(markers, dtype="str"))
    meant = meant[~np.isnan(meant)]
    if is_number(column):
        return np.isin(column.to_numpy(dtype=np.float64, na_value=np.nan), meant)
    codes, distinct = pd.factorize(column.astype("str"), use_na_sentinel=False)
    texts = pd.Series(distinct, dtype="str").str.strip()
    found: BoolArray = texts.isin(markers).to_numpy(dtype=np.bool_)
    if len(meant):
        found = found | np.isin(as_floats(texts), meant)
    return found[codes]


def blanked(column: pd.Series, markers: Sequence[str]) -> pd.Series:
    """Empty the marked cells of a column; the same one where there is none.

    Parameters
    ----------
    column : Series of T cells
        Numbers, or text.
    markers : sequence of str
        What the user calls missing.
    """
    absent = marked(column, markers) if markers else np.zeros(0, dtype=np.bool_)
    if not absent.any():
        return column
    if is_number(column):
        return column.astype("float64").mask(absent)
    blank: pd.Series = column.astype("str").mask(absent, "")
    return blank
