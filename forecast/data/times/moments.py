"""How moments are written in what is said of them."""

from __future__ import annotations

import pandas as pd


def shown(moment: object, *, with_time: bool = False) -> str:
    """Write a stamp or count; midnight is left out unless it is asked for."""
    if not isinstance(moment, pd.Timestamp):
        return str(moment)
    if _is_midnight(moment) and not with_time:
        return moment.strftime("%Y-%m-%d")
    return moment.strftime("%Y-%m-%d %H:%M" + (":%S" if moment.second else ""))


def shown_span(first: object, last: object) -> tuple[str, str]:
    """Write two moments in one form: with the time of day where either has one.

    Examples
    --------
    >>> shown_span(pd.Timestamp("2024-01-01"), pd.Timestamp("2024-01-31 23:00"))
    ('2024-01-01 00:00', '2024-01-31 23:00')
    """
    ends = [moment for moment in (first, last) if isinstance(moment, pd.Timestamp)]
    with_time = not all(map(_is_midnight, ends))
    return shown(first, with_time=with_time), shown(last, with_time=with_time)


def _is_midnight(moment: pd.Timestamp) -> bool:
    wall = moment.tz_localize(None)
    return bool(wall == wall.normalize())
