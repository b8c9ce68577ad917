"""What would make the stamps of a file unique, when they are not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Hint:
    """A way to tell rows of equal time apart.

    Parameters
    ----------
    text : str
        In words, with the flags.
    mend : mapping of str to object
        The same as configuration keys and their values.
    likely : bool
        Whether it is likelier than one row written twice.
    """

    text: str
    mend: Mapping[str, object]
    likely: bool = True
