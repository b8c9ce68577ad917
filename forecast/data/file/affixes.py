"""What stands around numbers: currencies, percent signs, and the ways of accountants to say minus.

A sign that the whole column has is left out of its numbers, and that is said:

    $1,234.50     99 EUR     USD 5     12.5%
    (1,234)       12-        a minus by parentheses, or behind the number; a typographic one, too
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from forecast.data.file.dialect import THOUSANDS
from forecast.data.file.values import is_number, missing, sample

CODES = (
    *("USD", "EUR", "GBP", "JPY", "CHF", "CNY", "INR", "AUD", "CAD", "NZD", "SEK", "NOK", "DKK"),
    *("PLN", "CZK", "HUF", "RON", "BRL", "MXN", "ZAR", "TRY", "KRW", "SGD", "HKD", "kr", "zł"),
)
SIGN = "[-+\u2212\u2013]"
AFFIX = rf"[A-Z]{{0,2}}[$€£¥₹₽₩₺₴₪฿]|[%‰]|(?:{'|'.join(CODES)})\.?"
GROUPS = re.escape(THOUSANDS["space"] + THOUSANDS["apostrophe"])
ADORNED = re.compile(
    rf"(?P<open>\()?\s?(?P<sign>{SIGN})?\s?(?P<before>{AFFIX})?\s?(?P<inner>{SIGN})?\s?"
    rf"(?P<number>[.,]?\d[\d.,{GROUPS}]*(?:[eE][-+]?\d+)?)"
    rf"\s?(?P<after>{AFFIX})?\s?(?P<behind>[-\u2212])?\s?(?P<close>\))?"
)
BLANKS = re.compile(r"(\s)\s+")
MAJORITY = 0.5


@dataclass(frozen=True)
class _Bare:
    """A cell without what stands around its number."""

    text: str
    affix: str = ""
    plain: bool = True


def bare(column: pd.Series, label: str) -> tuple[pd.Series, tuple[str, ...]]:
    """Take away what stands around the numbers of a text column, where they agree on it.

    A column where some numbers have a sign and others none, or another, is left as it is: nobody
    can tell whether they are of one kind. Cells that hold no number stay, to be refused by name.

    Parameters
    ----------
    column : Series of T cells
        Text.
    label : str
        Name of the column.

    Returns
    -------
    Series of T cells
        The same one where nothing was taken away.
    tuple of str
        What was understood.
    """
    if is_number(column) or not _adorned([str(cell) for cell in pd.unique(sample(column))]):
        return column, ()
    known = ~missing(column)
    codes, distinct = pd.factorize(column[known])
    cells = [str(cell) for cell in distinct]
    found = [_strip(cell) for cell in cells]
    affix = _agreed(found)
    if affix is None:
        return column, ()
    texts = column.astype("str").to_numpy(dtype=object)
    plain = [item.text if item else cell for item, cell in zip(found, cells, strict=True)]
    texts[known] = np.array(plain, dtype=object)[codes]
    return pd.Series(texts, dtype="str"), _notes(label, affix, cells, found)


def _adorned(cells: Sequence[str]) -> bool:
    found = [_strip(cell) for cell in cells]
    fitting = [item for item in found if item is not None]
    return (
        len(fitting) > MAJORITY * len(cells)
        and not all(item.plain for item in fitting)
        and _agreed(fitting) is not None
    )


def _agreed(found: Sequence[_Bare | None]) -> str | None:
    """Return what stands around every number, "" for nothing; None where they do not agree."""
    affixes = {item.affix for item in found if item is not None}
    return affixes.pop() if len(affixes) == 1 else None


def _strip(cell: str) -> _Bare | None:
    """Write the number of a cell without adornment; None where there is none, or two minus."""
    parts = ADORNED.fullmatch(BLANKS.sub(r"\1", cell.strip()))  # many blanks would be tried in turn
    if parts is None or bool(parts["open"]) != bool(parts["close"]):
        return None
    before, after = parts["before"] or "", parts["after"] or ""
    marks = [mark for mark in (parts["sign"], parts["inner"], parts["behind"]) if mark]
    if len(marks) + bool(parts["open"]) > 1 or (before and after):
        return None
    negative = bool(parts["open"]) or any(mark != "+" for mark in marks)
    text = ("-" if negative else "") + parts["number"].strip()
    usual = not parts["open"] and not parts["behind"] and marks in ([], ["-"], ["+"])
    return _Bare(text, before + after, plain=usual and not before and not after)


def _notes(
    label: str, affix: str, cells: Sequence[str], found: Sequence[_Bare | None]
) -> tuple[str, ...]:
    pairs = [(cell, item) for cell, item in zip(cells, found, strict=True) if item is not None]
    notes = []
    if affix:
        cell, item = pairs[0]
        notes.append(f"column {label!r} is in {affix}: {cell.strip()!r} is read as {item.text}")
    odd = [cell for cell, item in pairs if not item.plain and item.text.startswith("-")]
    odd = [cell for cell in odd if "-" not in cell.strip()[:2]]
    if odd:
        notes.append(f"column {label!r} has numbers such as {odd[0].strip()!r}: taken as negative")
    return tuple(notes)
