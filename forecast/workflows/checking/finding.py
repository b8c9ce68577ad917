"""What a check finds: one sentence, how grave it is, where it is, and what would mend it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Severity: TypeAlias = Literal["ok", "note", "mend"]


@dataclass(frozen=True)
class Place:
    """One spot in the data.

    Parameters
    ----------
    series, time : str
        Name of the series, and stamp or count.
    row : int or None
        Row of the file, the header counted; None where the stamp has no row of its own.
    file : str or None
        The file, where there are several.
    """

    series: str
    time: str
    row: int | None
    file: str | None = None

    def __str__(self) -> str:
        """Return the stamp and, if there is one, the row."""
        where = f" of {self.file}" if self.file else ""
        return self.time if self.row is None else f"{self.time}, row {self.row}{where}"

    def document(self) -> dict[str, object]:
        """Return the place's JSON."""
        found: dict[str, object] = {"series": self.series, "time": self.time, "row": self.row}
        return found if self.file is None else {**found, "file": self.file}


@dataclass(frozen=True)
class Finding:
    """One thing that a check found.

    Parameters
    ----------
    code : str
        A word for scripts, such as ``gaps``.
    severity : str
        ``ok``, ``note`` (worth knowing) or ``mend`` (the flags of the train line mend it).
    message : str
        What, with its numbers.
    fix : str or None
        What may be done about it.
    settings : mapping of str to object
        Configuration keys that mend it; part of the train line.
    places : tuple of Place
        The first of them.
    """

    code: str
    severity: Severity
    message: str
    fix: str | None = None
    settings: Mapping[str, object] = field(default_factory=dict)
    places: tuple[Place, ...] = ()

    def document(self) -> dict[str, object]:
        """Return the finding's JSON."""
        return {
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
            "fix": self.fix,
            "settings": dict(self.settings),
            "places": [place.document() for place in self.places],
        }


def counted(number: int, one: str, many: str | None = None) -> str:
    """Count things: ``1 row``, ``8,760 rows``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def percent(share: float) -> str:
    """Say a share in percent, a small one with a digit.

    Examples
    --------
    >>> percent(0.314), percent(0.0042), percent(0.00001)
    ('31 %', '0.4 %', 'below 0.1 %')
    """
    hundred = 100 * share
    if 0 < hundred < 0.1:  # noqa: PLR2004
        return "below 0.1 %"
    return f"{hundred:.1f} %" if hundred < 10 else f"{hundred:.0f} %"  # noqa: PLR2004
